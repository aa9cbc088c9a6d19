"""A close among 100 files in progress: every row is in statement 1 or in an adjustment, and none is in both."""

import random

import pytest

from tests.support.aws import catalog
from tests.support.aws.account import CarryOut
from tests.support.aws.messages import AwsResponse, Call, DiedError
from tests.support.aws.queues import Queues
from tests.support.aws.requests import get, post
from tests.support.periods import HEADER, close, lines_of, september, values

FILES, ROWS = 100, 3
DIE = range(2, 14)
"""Calls of a process among which one is its last; the shortest way to a final status has fewer."""


def deliver_dying(queues: Queues, at: int) -> None:
    """Hand the first message over to a process that dies at a call, if it makes so many."""
    left = iter(range(at, -1, -1))

    def around(call: Call, carry_out: CarryOut) -> AwsResponse:
        if queues.functions.running and next(left, 0) == 0:
            raise DiedError
        return carry_out(call)

    with queues.functions.account.disturbed(around):
        queues.deliver_first()


@pytest.mark.parametrize(("seed", "late_policy"), [(0, "adjust"), (1, "refuse")])
def test_every_row_is_in_one_statement(queues: Queues, seed: int, late_policy: str) -> None:
    """Some files are final by the close, some are in the hands of a process or of nobody, others are yet to begin."""
    draw = random.Random(seed)
    functions = queues.functions
    uploads = {}
    for number in range(FILES):
        customer = f"cus_{number}"
        catalog.put_customer(functions, customer)
        rows = "".join(
            f"2024-09-{draw.randint(1, 30):02d},ai_search_api,{customer},{10**row},\n" for row in range(ROWS)
        )
        uploads[customer] = queues.put(f"uploads/{number}.csv", (HEADER + rows).encode()).upload_id
    period = september(queues, late_policy=late_policy)
    for number in range(FILES):
        if number == FILES // 2:
            post(functions, f"/v1/billing_periods/{period}/close", {}, key="close")
        functions.account.clock.now += 1
        deliver_dying(queues, draw.choice([*DIE, 1_000, 1_000]))

    in_flight = get(functions, "/v1/uploads", {"status": "processing", "limit": 100})["data"]
    assert len(in_flight) > FILES // 4
    queues.record()
    first = get(functions, f"/v1/billing_periods/{period}/statements/1")
    second = close(queues, period, "again")
    in_first, in_second = values(lines_of(queues, first)), values(lines_of(queues, second))
    refused = 0
    for customer, id_ in uploads.items():
        upload = get(functions, f"/v1/uploads/{id_}")
        place = ("ai_search_api", customer)
        counts = [found[place][0] for found in (in_first, in_second) if place in found]
        assert sum(counts) == upload["success_count"]
        assert upload["success_count"] + upload["error_count"] == ROWS
        refused += upload["error_count"]
    assert in_first
    if late_policy == "adjust":
        assert refused == 0
        assert in_second
    else:
        assert refused > 0
