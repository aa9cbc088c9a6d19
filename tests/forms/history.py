"""What leaves items of every kind behind: work that is done, and then work that the end of a process interrupts."""

import csv
import io
import secrets
from functools import partial
from itertools import count
from typing import Any

import pytest

from meterdrop.adapters.metering import rollups
from meterdrop.adapters.uploads import duplicates
from meterdrop.domain.access.permissions import PRESETS
from meterdrop.domain.uploads.error_parts import Limits
from meterdrop.domain.uploads.transitions import AUTOMATIC_PAUSES_SECONDS
from meterdrop.handlers import bootstrap
from meterdrop.pipeline.attempt import MAX_ATTEMPTS
from meterdrop.pipeline.ingest import key_account
from meterdrop.pipeline.ingest.run import Ingest
from tests.faults import files
from tests.faults.flows import unannounced
from tests.support.api.store import READ_KEY
from tests.support.aws import catalog
from tests.support.aws.account import CarryOut
from tests.support.aws.functions import Functions
from tests.support.aws.messages import AwsResponse, Call, DiedError
from tests.support.aws.queues import Queues
from tests.support.aws.requests import delete, get, post

SUMMARY = {"customer": "cus_QMJJtcu70R1x46", "start_time": "1727222400", "end_time": "1727308800"}
DAY_BEFORE = 1_727_222_400 - 86_400
EVENT = {
    "event_name": "ai_search_api",
    "timestamp": DAY_BEFORE + 86_400,
    "payload": {"stripe_customer_id": "cus_QMJJtcu70R1x46", "value": "25"},
}
TOKEN = "mest_" + "forms" * 8 + "key"
STREAM = "/v2/billing/meter_event_stream"
STREAMED = [
    {**EVENT, "event_name": "cpu_usage", "timestamp": "2024-07-02T10:30:00Z", **identifier}
    for identifier in ({"identifier": "streamed-1"}, {"identifier": "streamed-2"}, {})
]
"""Events of one customer and hour, so that one item names several of them."""
PERIODS = "/v1/billing_periods"
BLOCK, LIST = 401, 501
"""One row more than a block has, and one event more than an item with event lists."""
INTERRUPTED = {"ingest": 12, "customers": 8, "revert": 9, "reprocess": 12, "recover": 11}
"""How many uploads are interrupted: each one two calls later than the one before, until one comes to its end."""
_EVERY = 2  # calls
_SMALL = (
    files.HEADER
    + "2024-08-01,cpu_usage,tenant-7,1.5,{0}-a\n"
    + "2024-08-01,cpu_usage,tenant-7,2,\n"
    + "2024-08-01,cpu_usage,tenant-7,3,\n"
    + "2024-08-02,cpu_usage,cus_nobody,4,\n"
)
OF_A_PARTNER = _SMALL.format("reverted").encode()


def live(queues: Queues) -> None:
    """Leave items of every kind. The limits are small, beyond which there are pages, roll-ups and parts."""
    functions = queues.functions
    catalog.seed(functions)
    catalog.put_key(functions, READ_KEY, PRESETS["read"])
    functions.account.lose_messages()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_account, "MAX_VERSIONS", 1)
        patch.setattr(rollups, "FEW", 1)
        patch.setattr(duplicates, "PAGE", 2)
        _catalog(functions)
        _files(queues)
        _error_files(queues)
        _single_events(functions)
        _summaries(functions)
        _closed_period(queues)
        _given_up(queues)
        unannounced(queues)
        _interrupted(queues)
        _stream(functions)
        _closing_period(functions)


def _catalog(functions: Functions) -> None:
    meters = "/v1/billing/meters"
    for name in ("made", "gone"):
        meter = {"display_name": name, "event_name": name, "default_aggregation": {"formula": "sum"}}
        made = post(functions, meters, meter, key=f"meter {name}")
    post(functions, f"{meters}/{made['id']}/deactivate", {}, key="deactivate")
    ada = {"id": "cus_made", "name": "Ada", "description": "first", "metadata": {"plan": "pro"}}
    post(functions, "/v1/customers", ada, key="customer")
    post(functions, "/v1/customers", {"id": "cus_gone"}, key="gone")
    delete(functions, "/v1/customers/cus_gone")


def _files(queues: Queues) -> None:
    large = "".join(f"2024-07-01,cpu_usage,tenant-7,1,{f'l{row}' * (row > BLOCK)}\n" for row in range(1, BLOCK + LIST))
    for key, data in {
        "customers/new.csv": files.CUSTOMERS,
        "uploads/earlier.csv": files.EARLIER,
        "uploads/usage.csv": files.USAGE,
        "validate/usage.csv": files.USAGE,
        "uploads/again.csv": files.USAGE.replace(b"401,a", b"401,c"),
        "uploads/large.csv": (files.HEADER + large + "2024-07-01,cpu_usage,tenant-7,1,last\n").encode(),
        "uploads/copy.csv": files.USAGE,
        "uploads/reverted.csv": _SMALL.format("reverted").encode(),
        "uploads/sample/small.csv": OF_A_PARTNER,
    }.items():
        queues.put(key, data, allow_duplicate=key == "uploads/copy.csv")
        queues.drain()
    reverted = named(queues.functions, "uploads/reverted.csv")[0]["id"]
    post(queues.functions, f"/v1/uploads/{reverted}/revert", {}, key="revert")
    queues.drain()
    queues.put("uploads/usage.csv", files.UPDATED)
    queues.drain()


def _error_files(queues: Queues) -> None:
    """Leave an error file in parts, and one that came back corrected after its file was updated."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "Ingest", partial(Ingest, limits=Limits(part=200)))
        queues.put("uploads/parts.csv", files.USAGE.replace(b",a\n", b",p\n").replace(b",b\n", b",q\n"))
        queues.drain()
    parent = queues.put("uploads/parent.csv", _SMALL.format("parent").encode())
    queues.drain()
    queues.put("uploads/parent.csv", _SMALL.format("parent").replace("cus_nobody", "tenant-7").encode())
    queues.drain()
    [error_file] = queues.functions.account.objects(f"errors/parent.csv/{parent.upload_id}").values()
    rows = list(csv.reader(io.StringIO(error_file.decode(), newline="")))
    corrected = io.StringIO(newline="")
    csv.writer(corrected).writerows([["tenant-7" if cell == "cus_nobody" else cell for cell in row] for row in rows])
    queues.put("uploads/corrected.csv", corrected.getvalue().encode())
    queues.drain()


def _single_events(functions: Functions) -> None:
    """Leave an event with an identifier, one without, one that is cancelled, and a row that is cancelled."""
    post(functions, "/v1/billing/meter_events", EVENT | {"identifier": "by-hand"}, key="event")
    other = EVENT | {"timestamp": DAY_BEFORE}
    post(functions, "/v1/billing/meter_events", other, key="event without identifier")
    post(functions, "/v1/billing/meter_events", other | {"identifier": "not-counted"}, key="cancelled event")
    for identifier in ("a", "not-counted"):
        cancel = {"type": "cancel", "event_name": "ai_search_api", "cancel": {"identifier": identifier}}
        post(functions, "/v1/billing/meter_event_adjustments", cancel, key=f"cancel {identifier}")


def _stream(functions: Functions) -> None:
    """Leave a session, with the token TOKEN, and the events that came by it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_urlsafe", lambda _: TOKEN.removeprefix("mest_"))
        session = post(functions, "/v2/billing/meter_event_session", {}, key="session")
    assert session["authentication_token"] == TOKEN
    post(functions, STREAM, {"events": STREAMED}, key="stream", authorization=TOKEN)


def _summaries(functions: Functions) -> None:
    """Leave roll-ups, of a customer and of all."""
    [meter_id] = [item["id"] for item in functions.items("catalog") if item.get("event_name") == "ai_search_api"]
    for query in (SUMMARY, {name: value for name, value in SUMMARY.items() if name != "customer"}):
        get(functions, f"/v1/billing/meters/{meter_id}/event_summaries", query)


def _closed_period(queues: Queues) -> None:
    """Leave a period with a statement."""
    july = {"start_time": 1_719_792_000, "end_time": 1_722_470_400, "name": "July"}
    period = post(queues.functions, PERIODS, july, key="July")
    post(queues.functions, f"{PERIODS}/{period['id']}/close", {}, key="close July")
    queues.drain()


def _closing_period(functions: Functions) -> None:
    """Leave a period that is about to be closed, after the uploads in progress."""
    june = {"start_time": 1_717_200_000, "end_time": 1_719_792_000, "late_policy": "refuse", "meters": ["mtr_cpu"]}
    period = post(functions, PERIODS, june, key="June")
    post(functions, f"{PERIODS}/{period['id']}/close", {}, key="close June")


def _given_up(queues: Queues) -> None:
    """Leave an upload that the next sweep reprocesses, and one that a sweep reprocesses in an hour."""
    clock = queues.functions.account.clock
    _until_given_up(queues, ["uploads/automatic.csv"])
    queues.drain()
    clock.now += AUTOMATIC_PAUSES_SECONDS[0]
    _until_given_up(queues, ["uploads/given-up.csv"])
    queues.drain()


def _until_given_up(queues: Queues, keys: list[str]) -> None:
    """Leave uploads with stored events, and their messages in the dead-letter queue."""
    functions = queues.functions
    for key in keys:
        id_ = queues.put(key, _SMALL.format(key).encode()).upload_id
        with functions.account.disturbed(_die_at_usage):
            queues.deliver()
        change = {"UpdateExpression": "SET attempts = :most", "Key": {"id": {"S": id_}}}
        most = {"ExpressionAttributeValues": {":most": {"N": str(MAX_ATTEMPTS)}}}
        functions.call_service("dynamodb", "UpdateItem", {"TableName": "uploads", **change, **most})
    functions.account.clock.now += 700  # until no lease is left
    queues.stopped.add("recover")
    queues.deliver()
    queues.stopped.remove("recover")


def _interrupted(queues: Queues) -> None:
    """Leave uploads whose process died after one call, after three, and so on."""
    functions = queues.functions
    of = {flow: [f"uploads/{flow}-{number:02}.csv" for number in range(INTERRUPTED[flow])] for flow in INTERRUPTED}
    for key in (*of["revert"], *of["reprocess"]):
        queues.put(key, _SMALL.format(key).encode())
    queues.drain()
    _until_given_up(queues, of["recover"])
    queues.sweep()
    _die_later_each_time(queues)
    for flow in ("revert", "reprocess"):
        for key in of[flow]:
            post(functions, f"/v1/uploads/{named(functions, key)[0]['id']}/{flow}", {}, key=key)
        _die_later_each_time(queues)
    for key in of["ingest"]:
        queues.put(key, _SMALL.format(key).encode())
    _die_later_each_time(queues)
    for number in range(INTERRUPTED["customers"]):
        queues.put(f"customers/{number}.csv", files.CUSTOMERS.replace(b"cus_new", b"cus_new%d" % number))
    _die_later_each_time(queues)
    queues.put("uploads/waiting.csv", _SMALL.format("waiting").encode())


def _die_later_each_time(queues: Queues) -> None:
    """Hand over all messages; each process dies a few calls later than the one before."""
    left = count()

    def around(call: Call, carry_out: CarryOut) -> AwsResponse:
        if next(left) == at:
            raise DiedError
        return carry_out(call)

    at = 1 - _EVERY

    def begin(_: float) -> None:
        nonlocal left, at
        left, at = count(), at + _EVERY

    queues.functions.before_call = begin
    with queues.functions.account.disturbed(around):
        queues.deliver()
    queues.functions.before_call = lambda _: None


def _die_at_usage(call: Call, carry_out: CarryOut) -> AwsResponse:
    if call.operation == "BatchWriteItem":
        raise DiedError
    return carry_out(call)


def named(functions: Functions, key: str) -> list[dict[str, Any]]:
    """Return the uploads of a key."""
    return [item for item in functions.items("uploads") if item.get("key") == key]
