"""Through the handlers, on the whole stack: after the deadline only the lease and the message are handled."""

from collections.abc import Iterator

import pytest

from meterdrop.pipeline.attempt import MARGIN
from tests.faults import files
from tests.support.aws import catalog
from tests.support.aws.account import Account, CarryOut, Saved
from tests.support.aws.functions import deployed
from tests.support.aws.messages import AwsResponse, Call
from tests.support.aws.queues import Queues

_EXEMPT = {"sqs ChangeMessageVisibility", "dynamodb PutItem", "dynamodb GetItem"}
"""The message is hidden, and the lease is released by one write, with a read if it was refused."""


@pytest.fixture(scope="module")
def dropped() -> Iterator[tuple[Queues, Saved]]:
    """Deploy the stack and drop a file of several batches."""
    account = Account()
    with deployed(account) as functions:
        catalog.seed(functions)
        account.lose_messages()
        queues = Queues(functions)
        queues.put("uploads/usage.csv", files.USAGE)
        yield queues, account.save()


def _calls(queues: Queues, late_at: int, answer: AwsResponse | None = None) -> tuple[list[str], list[str]]:
    """Deliver the message; the call number `late_at` takes all the time left. Return the calls before it and after."""
    account = queues.functions.account
    made: list[str] = []
    ends = account.clock.now + queues.functions.stack.functions["ingest"].timeout

    def around(call: Call, carry_out: CarryOut) -> AwsResponse:
        made.append(f"{call.service} {call.operation}")
        if len(made) != late_at:
            return carry_out(call)
        account.clock.now = ends - MARGIN + 1
        return answer or carry_out(call)

    with account.disturbed(around):
        queues.deliver()
    return made[:late_at], made[late_at:]


_THROTTLED = AwsResponse(
    400,
    {"content-type": "application/x-amz-json-1.0"},
    b'{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":""}',
)


@pytest.mark.parametrize("answer", [None, _THROTTLED], ids=["answered late", "throttled late"])
def test_no_call_starts_after_it(dropped: tuple[Queues, Saved], answer: AwsResponse | None) -> None:
    """Whichever call was the last in time, from whichever thread or client: no other starts, no retry either."""
    world, before = dropped
    account = world.functions.account
    account.restore(before)
    whole, _ = _calls(world, 10_000)
    late_in_turn = [number for number, name in enumerate(whole, 1) if name.startswith("dynamodb")]
    assert {"dynamodb BatchExecuteStatement", "dynamodb BatchGetItem", "dynamodb BatchWriteItem"} <= set(whole)
    for number in late_in_turn[:-1] if answer is None else late_in_turn:
        account.restore(before)
        made, after = _calls(world, number, answer)
        assert set(after) <= _EXEMPT, (made[-1], after)
        assert after.count("dynamodb PutItem") <= 1, (made[-1], after)
