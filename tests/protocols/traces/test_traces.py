"""Recorded runs of the product fit the protocol of uploads. Changed records, and a product without a rule, don't.

`tests/faults` replays each run of its matrix too. METERDROP_FAULTS=all runs all of them.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from meterdrop.pipeline.ingest import run
from meterdrop.pipeline.ingest.undo import Owned
from tests.faults.flows import FLOWS
from tests.faults.matrix import Matrix, matrix
from tests.protocols.traces.calls import UnknownCallError, effects_of
from tests.protocols.traces.recorder import Observation
from tests.protocols.traces.replay import NotAllowedError, replay_upload, start_of
from tests.support.aws.messages import AwsResponse, Call, Request

Change = Callable[[list[Observation]], list[Observation]]


@pytest.fixture(scope="module")
def faults() -> Iterator[Matrix]:
    """Deploy the stack once."""
    with matrix() as made:
        yield made


def record(faults: Matrix, flow: str, change: Change = lambda seen: seen) -> None:
    """Record a flow, and replay the upload that it is about, after a change of the record."""
    faults.begin_anew()
    id_ = FLOWS[flow].prepare(faults.queues)
    with faults.replaying() as recorder:
        FLOWS[flow].begin(faults.queues, id_)
        faults.queues.record()
    seen = [each for each in recorder.seen if each.upload == id_]
    replay_upload(id_, start_of(recorder, id_), change(seen), Counter())


@pytest.mark.parametrize("flow", FLOWS)
def test_every_flow(faults: Matrix, flow: str) -> None:
    """Each call is a step of the model, or is listed as one that the model doesn't speak of."""
    record(faults, flow)


def first(seen: list[Observation], what: str) -> int:
    """Return where something was seen first."""
    return next(at for at, each in enumerate(seen) if each.what == what)


def an_event_before_the_claims(seen: list[Observation]) -> list[Observation]:
    """Move the first event before the claims of key and content."""
    event, claim = first(seen, "insert"), first(seen, "take the claim")
    return [*seen[:claim], seen[event], *seen[claim:event], *seen[event + 1 :]]


def a_live_lease_acknowledged(seen: list[Observation]) -> list[Observation]:
    """Deliver the message to a second process in the middle of the first, and let it say that it is done."""
    at = first(seen, "insert")
    deliver, done = seen[0]._replace(process=99), seen[0]._replace(process=99, what="done")
    return [*seen[:at], deliver, done, *seen[at:]]


def a_second_claim_in_between(seen: list[Observation]) -> list[Observation]:
    """Let a second process claim the upload while the first one is alive."""
    at, claim = first(seen, "insert"), first(seen, "write")
    deliver = seen[0]._replace(process=99)
    return [*seen[:at], deliver, seen[claim]._replace(process=99), *seen[at:]]


def an_event_after_the_final_status(seen: list[Observation]) -> list[Observation]:
    """Let an event arrive late."""
    return [*seen[:-1], seen[first(seen, "insert")], seen[-1]]


def no_final_status(seen: list[Observation]) -> list[Observation]:
    """Leave the final status out."""
    at = max(at for at, each in enumerate(seen) if each.what == "write")
    return [*seen[:at], *seen[at + 1 :]]


def no_figures(seen: list[Observation]) -> list[Observation]:
    """Leave the usage figures out."""
    return [each for each in seen if each.what != "put figure"]


def attempts_not_counted(seen: list[Observation]) -> list[Observation]:
    """Let the claim store no attempt."""
    at = first(seen, "write")
    return [*seen[:at], seen[at]._replace(item={**seen[at].item, "attempts": {"N": "0"}}), *seen[at + 1 :]]


def events_before_figures(seen: list[Observation]) -> list[Observation]:
    """Delete an event before the figures."""
    event, figure = first(seen, "delete event"), first(seen, "delete figure")
    return [*seen[:figure], seen[event], *seen[figure:event], *seen[event + 1 :]]


def not_undone(seen: list[Observation]) -> list[Observation]:
    """Claim an upload to give it up, and store the rows once more."""
    at = first(seen, "delete figure")
    return [*seen[:at], seen[at]._replace(what="insert"), *seen[at:]]


@pytest.mark.parametrize(
    ("flow", "change"),
    [
        ("usage", an_event_before_the_claims),
        ("usage", a_live_lease_acknowledged),
        ("usage", a_second_claim_in_between),
        ("usage", an_event_after_the_final_status),
        ("usage", no_final_status),
        ("usage", no_figures),
        ("usage", attempts_not_counted),
        ("recovery", events_before_figures),
        ("recovery", not_undone),
        ("revert", events_before_figures),
    ],
)
def test_a_changed_record_is_refused(faults: Matrix, flow: str, change: Change) -> None:
    """The replay notices what the model forbids."""
    with pytest.raises(NotAllowedError):
        record(faults, flow, change)


def test_a_final_status_without_a_condition_is_refused() -> None:
    """A transaction shows its condition only in the call itself."""
    item = {"id": {"S": "upl_a"}, "status": {"S": "succeeded"}}
    writes = [{"Put": {"TableName": "uploads", "Item": each}} for each in (item, {"id": {"S": "outbox#upl_a#1"}})]
    with pytest.raises(AssertionError, match="without a condition"):
        list(effects_of(call("TransactWriteItems", {"TransactItems": writes}), AwsResponse(200, {}, b"{}")))


def test_a_call_that_nobody_has_explained_is_refused() -> None:
    """A new call needs a step of the model, or a reason why it has none."""
    item = {"TableName": "uploads", "Item": {"id": {"S": "new#1"}}}
    with pytest.raises(UnknownCallError):
        list(effects_of(call("PutItem", item), AwsResponse(200, {}, b"{}")))


def call(operation: str, body: dict[str, Any]) -> Call:
    """Make a call to DynamoDB."""
    return Call("dynamodb", operation, Request("POST", "/", {}, json.dumps(body).encode()))


def without_claims(patch: pytest.MonkeyPatch) -> None:
    """Store rows without a claim on key and content."""
    patch.setattr(run, "claim_accounts", lambda *_, **__: {})
    patch.setattr(run, "claim_contents", lambda *_, **__: None)


def undo_in_the_wrong_order(patch: pytest.MonkeyPatch) -> None:
    """Delete events first."""

    def undo(upload_id: str, ids: Any, events: Any, usage: Any) -> None:
        owned = Owned(upload_id)
        for event in events.read_events(dict.fromkeys(ids)):
            owned.add(event)
        events.delete_events(owned.items)
        usage.remove_contributions(owned.contributions)

    patch.setattr(run, "undo", undo)


@pytest.mark.parametrize(("flow", "break_"), [("usage", without_claims), ("revert", undo_in_the_wrong_order)])
def test_a_product_without_a_rule_is_refused(
    faults: Matrix, monkeypatch: pytest.MonkeyPatch, flow: str, break_: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """Nothing goes wrong in such a run: another file or a crash would have to come at the right moment."""
    break_(monkeypatch)
    with pytest.raises(NotAllowedError):
        record(faults, flow)
