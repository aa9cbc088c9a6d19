"""An hour in which one service refuses every call, with many files queued: all succeed afterwards, without a person."""

import os
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from math import ceil
from typing import Any, NamedTuple

import pytest

from meterdrop.adapters import batching
from tests.faults.soundness import unsound
from tests.outage.traffic import InThisThread, Refusal, Traffic
from tests.support.aws import catalog
from tests.support.aws.account import Account
from tests.support.aws.functions import Functions, deployed
from tests.support.aws.messages import Call
from tests.support.aws.queues import Queues

FILES = int(os.environ.get("METERDROP_OUTAGE_FILES", "12"))
IS_WHOLE = "METERDROP_OUTAGE_FILES" in os.environ
HOUR = 3_600
ROWS = 3
SOON = 600
MOST_ATTEMPTS = 300
MOST_REFUSED = 40
"""Calls a minute and file."""
LAST_MINUTE = 90
"""A dead letter waits for up to ten minutes; then an hour, and one or two runs of the sweep."""
NEW = 10
"""Files that arrive in the ten minutes after the outage."""
NEW_SECONDS = 120
"""Within which they are done, beside those that waited for the end."""
HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value,identifier\n"


class Case(NamedTuple):
    """A service, and how it refuses."""

    name: str
    applies: Callable[[Call], bool]
    status: int
    code: str


def of_table(table: str) -> Callable[[Call], bool]:
    """Tell whether a call is one to a table, alone or among others."""
    return lambda call: call.service == "dynamodb" and table in call.target.split("+")


def of_service(service: str) -> Callable[[Call], bool]:
    """Tell whether a call is one to a service."""
    return lambda call: call.service == service


_DYNAMODB = {
    "denies": (400, "AccessDeniedException"),
    "fails": (500, "InternalServerError"),
    "throttles": (400, "ThrottlingException"),
}
_S3 = {"denies": (403, "AccessDenied"), "fails": (500, "InternalError"), "throttles": (503, "SlowDown")}
ALL = [
    *(
        Case(f"{table} table {how}", of_table(table), *refusal)
        for table in ("events", "uploads", "usage", "catalog")
        for how, refusal in _DYNAMODB.items()
    ),
    *(Case(f"bucket {how}", of_service("s3"), *refusal) for how, refusal in _S3.items()),
    Case("queue fails", of_service("sqs"), 500, "InternalError"),
    Case("bus denies", of_service("eventbridge"), 400, "AccessDeniedException"),
]
_SOME = ("events table denies", "uploads table fails", "usage table throttles", "catalog table denies", "bucket denies")
CASES = [case for case in ALL if IS_WHOLE or case.name in (*_SOME, "queue fails", "bus denies")]
"""In each run of the tests, every service refuses in one way."""


@pytest.fixture(scope="module")
def functions() -> Iterator[Functions]:
    """Deploy the stack once."""
    with deployed(Account()) as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(batching, "ThreadPoolExecutor", InThisThread)
        catalog.seed(made)
        made.account.lose_messages()
        yield made


@pytest.fixture(scope="module")
def world(functions: Functions) -> Any:
    """Return the account as it begins."""
    return functions.account.save()


def file_of(number: int) -> bytes:
    """Write a small file: rows with and without identifiers."""
    rows = [f"2024-09-{day:02d},ai_search_api,cus_QMJJtcu70R1x46,{number}," for day in range(1, ROWS)]
    return (HEADER + "\n".join([*rows, f"2024-09-30,cpu_usage,cus_GAXJtSu6021a6s,1.5,id-{number}", ""])).encode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_all_succeed_without_a_person(
    case: Case, functions: Functions, world: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each row counts once, the retries stay bounded, and most files are done minutes after the end."""
    functions.account.restore(world)
    queues, clock = Queues(functions), functions.account.clock
    began = clock.now
    for number in range(FILES):
        queues.put(f"uploads/{number}.csv", file_of(number))
    refusal = Refusal(case.applies, case.status, case.code, began, began + HOUR)
    traffic = Traffic(queues, refusal)
    for number in range(NEW):
        drop = partial(queues.put, f"uploads/new-{number}.csv", file_of(FILES + number))
        traffic.later.append((refusal.ends + 5 + number * SOON / NEW, drop))

    def is_over() -> bool:
        uploads = functions.items("uploads")
        return (
            clock.now > refusal.ends
            and not functions.account.messages()
            and all(item.get("status", "succeeded") == "succeeded" for item in uploads)
            and sum(item["id"].startswith("upl_") for item in uploads) == FILES + NEW
            and not any(item["id"].startswith("outbox#") for item in uploads)
        )

    traffic.run(is_over, began + 4 * HOUR)
    assert unsound(functions) == []
    uploads = [item for item in functions.items("uploads") if item["id"].startswith("upl_")]
    assert sum(int(item["success_count"]) for item in uploads) == (FILES + NEW) * ROWS
    figures = Figures.of(traffic, uploads)
    if IS_WHOLE:
        with capsys.disabled():
            sys.stdout.write(f"\n| {case.name} | {' | '.join(map(str, figures))} |")
    assert figures.most_attempts <= MOST_ATTEMPTS
    assert figures.refused_a_minute <= FILES * MOST_REFUSED
    assert figures.never_given_up == figures.soon
    assert figures.minutes <= LAST_MINUTE
    assert figures.new_seconds <= NEW_SECONDS


class Figures(NamedTuple):
    """What an outage cost, and how it ended."""

    never_given_up: int
    """Files whose first run succeeded."""
    soon: int
    """Those of them that were done ten minutes after the outage."""
    minutes: int
    """From the end of the outage until the last file was done."""
    finished_a_minute: int
    """Most messages done in a minute."""
    most_attempts: int
    """Invocations for one file."""
    refused_a_minute: int
    """Most refused calls in a minute."""
    new_seconds: int
    """Most seconds from the arrival of a new file to its final status."""

    @classmethod
    def of(cls, traffic: Traffic, uploads: list[dict[str, Any]]) -> "Figures":
        """Take the figures of an outage that is over."""
        ends = traffic.refusal.ends
        new = [item for item in uploads if item["file_name"].startswith("new-")]
        uploads = [item for item in uploads if item not in new]
        first = [item for item in uploads if int(item["run"]) == 1]
        return cls(
            never_given_up=len(first),
            soon=sum(item["finished_at"] < ends + SOON for item in first),
            minutes=max(0, ceil((max(item["finished_at"] for item in uploads) - Decimal(ends)) / 60)),
            finished_a_minute=max(traffic.finished.values()),
            most_attempts=max(traffic.attempts.values()),
            refused_a_minute=max(traffic.refused.values(), default=0),
            new_seconds=max(int(item["finished_at"] - item["created"]) for item in new),
        )
