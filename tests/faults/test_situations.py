"""What happens around a flow: the state in the end is sound, and where it does not matter who came first, the same."""

import pytest

from meterdrop.domain.codes import FileCode, Status
from tests.faults import files
from tests.faults.flows import FLOWS
from tests.faults.matrix import Matrix
from tests.faults.situations import SITUATIONS, UPDATED_EVENTS, interrupted
from tests.faults.soundness import unsound
from tests.faults.state import differences
from tests.support.aws.account import CarryOut
from tests.support.aws.messages import AwsResponse, Call, DiedError, NoAnswerError
from tests.support.aws.queues import Delivery
from tests.support.aws.requests import post
from tests.support.event_items import read_events

_FAR = 200
_WITHOUT_MESSAGES = {"create event", "stream events", "cancel event", "summary", "publish", "sweep", "automatic run"}
"""Flows that do not begin with a message, so that there is nothing to acknowledge."""


def events(faults: Matrix) -> int:
    """Count the events that are stored."""
    return sum(len(read_events(item)) for item in faults.queues.functions.items("events"))


@pytest.mark.parametrize("name", SITUATIONS)
def test_at_every_call(faults: Matrix, name: str) -> None:
    """Before each call of an ingest in turn."""
    situation, stored = SITUATIONS[name], set[int]()
    for at in range(1, _FAR):
        faults.begin_anew()
        situation.prepare(faults.queues)
        if not interrupted(faults.queues, situation, at):
            break
        faults.queues.record()
        assert [] == unsound(faults.queues.functions), at
        stored.add(events(faults))
    assert at > 10
    assert situation.events is None or stored == {situation.events}


@pytest.mark.parametrize("flow", [name for name in FLOWS if name not in _WITHOUT_MESSAGES])
def test_killed_before_the_acknowledgement(faults: Matrix, flow: str) -> None:
    """The function is done, and SQS never hears of it: the next delivery changes nothing."""
    of, queues = faults.undisturbed(flow), faults.queues
    queues.functions.account.restore(of.world)
    FLOWS[flow].begin(queues, of.id)
    died: list[bool] = []

    # A message that was passed on to the dead letters may be in both queues: see the table.
    function = "recover" if flow == "recovery" else "ingest"

    def dies(delivery: Delivery) -> None:
        if not died and delivery.function == function:
            died.append(True)
            raise DiedError

    queues.before_acknowledging = dies
    try:
        queues.record()
    finally:
        queues.before_acknowledging = lambda _: None
    assert died
    assert [] == differences(FLOWS[flow].state(queues.functions), of.state)


def test_the_newer_version_first(faults: Matrix) -> None:
    """Notifications of a key in the wrong order: each row counts once."""
    faults.begin_anew()
    queues = faults.queues
    older = queues.put("uploads/usage.csv", files.USAGE)
    queues.hide_messages(60)
    newer = queues.put("uploads/usage.csv", files.UPDATED)
    queues.deliver()
    assert queues.upload(older.upload_id) is None
    queues.record()
    assert [] == unsound(queues.functions)
    assert UPDATED_EVENTS == events(faults)
    found = queues.upload(newer.upload_id)
    assert found is not None
    assert UPDATED_EVENTS == found.counts.success


def test_deleted_for_good_before_it_is_processed(faults: Matrix) -> None:
    """A version that is gone is a failed upload that says so."""
    faults.begin_anew()
    queues = faults.queues
    version = queues.put("uploads/usage.csv", files.USAGE)
    queues.functions.remove(version.bucket, version.key, version.version_id)
    queues.drain()
    assert [] == unsound(queues.functions)
    found = queues.upload(version.upload_id)
    assert found is not None
    assert found.failure is not None
    assert (Status.FAILED, FileCode.NOT_FOUND) == (found.status, found.failure.code)
    assert events(faults) == 0


def test_a_second_dead_letter_after_a_reprocess(faults: Matrix) -> None:
    """The response to the first one was lost. The second must not give up the run that a person has started."""
    faults.begin_anew()
    queues = faults.queues
    id_ = FLOWS["recovery"].prepare(queues)
    account, dead_letters = queues.functions.account, queues.functions.stack.dead_letter_queue_url

    def around(call: Call, carry_out: CarryOut) -> AwsResponse:
        answer = carry_out(call)
        if call.name == "SendMessage dead-letters" and len(account.queue(dead_letters)) == 1:
            raise NoAnswerError
        return answer

    with account.disturbed(around):
        queues.stopped.add("recover")
        while len(account.queue(dead_letters)) < 2:
            account.clock.now += 1_000
            queues.deliver()
        queues.stopped.clear()
    queues.deliver_first_dead_letter()
    post(queues.functions, f"/v1/uploads/{id_}/reprocess", {})
    queues.deliver_first_dead_letter()
    queues.record()
    found = queues.upload(id_)
    assert found is not None
    assert (Status.SUCCEEDED_WITH_ERRORS, 2) == (found.status, found.run)
    assert not [event for event in account.status_events() if event["DetailType"] == "upload.failed"][1:]
    assert [] == unsound(queues.functions)
