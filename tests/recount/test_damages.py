"""What the recount finds, a case for each kind of damage; and that it finds nothing where there is none."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from meterdrop.pipeline import recount
from tests.faults import files
from tests.faults.flows import FLOWS
from tests.recount.conftest import SWEEP_SECONDS, Ledger
from tests.support.aws.account import CarryOut
from tests.support.aws.messages import AwsResponse, Call, DiedError
from tests.support.aws.queues import Queues
from tests.support.aws.requests import post

Item = dict[str, Any]


def single_events(ledger: Ledger) -> list[Item]:
    """Return the events of rows with identifiers."""
    return [item for item in ledger.items("events") if "/" not in item["id"]["S"]]


def usage_items(ledger: Ledger, part: str) -> list[Item]:
    """Return the items of uploads' usage whose partition has a part, or has no part beside meter, month and shard."""
    owned = [item for item in ledger.items("usage") if "upl_" in item["sk"]["S"] and "#feed" not in item["pk"]["S"]]
    return [item for item in owned if ("#events#" in item["pk"]["S"]) == (part == "events")]


def key(item: Item) -> Item:
    """Return the key of a usage item."""
    return {"pk": item["pk"], "sk": item["sk"]}


def event_missing(ledger: Ledger) -> None:
    """Delete an event of a row with an identifier."""
    ledger.call("DeleteItem", "events", Key={"id": single_events(ledger)[0]["id"]})


def block_missing(ledger: Ledger) -> None:
    """Delete a block of events."""
    [block] = [item for item in ledger.items("events") if "/" in item["id"]["S"]]
    ledger.call("DeleteItem", "events", Key={"id": block["id"]})


def event_of_another(ledger: Ledger) -> None:
    """Give an event to another upload."""
    event = single_events(ledger)[0] | {"upload": {"S": "upl_" + "b" * 26}}
    ledger.call("PutItem", "events", Item=event)


def figure_too_high(ledger: Ledger) -> None:
    """Count an event twice."""
    item = usage_items(ledger, "figures")[0]
    hour, count, rest = item["hours"]["S"].split("\t", 2)
    ledger.call("PutItem", "usage", Item=item | {"hours": {"S": f"{hour}\t{int(count) + 1}\t{rest}"}})


def figure_missing(ledger: Ledger) -> None:
    """Delete the figures of a customer and month."""
    [item, *_] = [item for item in usage_items(ledger, "figures") if "\t" in item["sk"]["S"]]
    ledger.call("DeleteItem", "usage", Key=key(item))


def list_missing(ledger: Ledger) -> None:
    """Delete an event list."""
    ledger.call("DeleteItem", "usage", Key=key(usage_items(ledger, "events")[0]))


def list_shorter(ledger: Ledger) -> None:
    """Take an event out of a list."""
    item = usage_items(ledger, "events")[0]
    line = item["hours"]["S"].rpartition("\t")[0]
    ledger.call("PutItem", "usage", Item=item | {"hours": {"S": line}})


def reverted_with_events(ledger: Ledger) -> None:
    """Restore the events and the usage of an upload that was reverted."""
    [upload_id] = [item["id"]["S"] for item in ledger.items("uploads") if item["id"]["S"].startswith("upl_")]
    events, usage = ledger.items("events"), ledger.items("usage")
    post(ledger.functions, f"/v1/uploads/{upload_id}/revert", {})
    ledger.queues.drain()
    for table, items in (("events", events), ("usage", usage)):
        for item in items:
            ledger.call("PutItem", table, Item=item)


def cells_changed(ledger: Ledger) -> None:
    """Change the value of an event."""
    event = single_events(ledger)[0]
    changed = event["events"]["S"].replace("\t400", "\t401").replace("\t1.5", "\t1.6")
    assert changed != event["events"]["S"]
    ledger.call("PutItem", "events", Item=event | {"events": {"S": changed}})


DAMAGES: Mapping[str, tuple[Callable[[Ledger], None], set[str]]] = {
    "event missing": (event_missing, {"events missing"}),
    "block missing": (block_missing, {"events missing"}),
    "event of another upload": (event_of_another, {"events missing"}),
    "value of an event changed": (cells_changed, {"figures wrong"}),
    "figure too high": (figure_too_high, {"figures wrong"}),
    "figure missing": (figure_missing, {"figures missing"}),
    "list missing": (list_missing, {"list missing"}),
    "list shorter": (list_shorter, {"list wrong"}),
    "reverted upload with events": (reverted_with_events, {"events too many"}),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damage_is_found(damage: str, ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """By the upload's id and in words that have no cell; never before there is one."""
    assert ledger.recount() == 0
    happen, expected = DAMAGES[damage]
    happen(ledger)
    caplog.clear()
    assert ledger.recount() >= 1
    lines = [vars(each) for each in caplog.records if each.getMessage().startswith("audit difference: ")]
    assert expected <= {line["message"].removeprefix("audit difference: ") for line in lines}
    [upload_id] = [item["id"]["S"] for item in ledger.items("uploads") if item["id"]["S"].startswith("upl_")]
    assert {line["upload"] for line in lines} == {upload_id}
    assert "cus_" not in str(lines)


@pytest.mark.parametrize("name", FLOWS)
def test_sound_uploads_have_no_difference(name: str, empty: Ledger) -> None:
    """Whatever was done to them: cancelled, updated, corrected, reverted, reprocessed, given up."""
    flow = FLOWS[name]
    flow.begin(empty.queues, flow.prepare(empty.queues))
    empty.queues.record()
    assert empty.recount() == 0


@pytest.mark.parametrize("route", ["revert", "reprocess"])
def test_an_upload_in_progress_has_no_difference(route: str, ledger: Ledger) -> None:
    """Its process dies at each write to events or usage in turn; the recount runs, and then it goes on."""
    functions = ledger.functions
    [upload_id] = [item["id"]["S"] for item in ledger.items("uploads") if item["id"]["S"].startswith("upl_")]
    post(functions, f"/v1/uploads/{upload_id}/{route}", {})

    def dies(call: Call, carry_out: CarryOut) -> AwsResponse:
        answer = carry_out(call)
        if functions.running == "ingest" and call.operation in {"BatchWriteItem", "BatchExecuteStatement"}:
            raise DiedError
        return answer

    for _ in range(5):
        with functions.account.disturbed(dies):
            ledger.queues.deliver()
        functions.account.clock.now += SWEEP_SECONDS
        assert functions.call("sweep", {})["differing"] == 0
    ledger.queues.record()
    assert ledger.recount() == 0


def test_a_revert_that_begins_meanwhile_is_no_difference(ledger: Ledger) -> None:
    """It deletes events between two reads of the recount."""
    functions, is_reverted = ledger.functions, False
    [upload_id] = [item["id"]["S"] for item in ledger.items("uploads") if item["id"]["S"].startswith("upl_")]

    def meanwhile(call: Call, carry_out: CarryOut) -> AwsResponse:
        nonlocal is_reverted
        answer = carry_out(call)
        if functions.running == "sweep" and call.name == "BatchGetItem events" and not is_reverted:
            is_reverted = True
            change(ledger, upload_id)
        return answer

    functions.account.clock.now += SWEEP_SECONDS
    with functions.account.disturbed(meanwhile):
        assert functions.call("sweep", {})["differing"] == 0
    assert is_reverted


def change(ledger: Ledger, upload_id: str) -> None:
    """Do to the tables what a revert does first: its status, then a part of its deletes."""
    [item] = [item for item in ledger.items("uploads") if item["id"]["S"] == upload_id]
    revision = int(item["revision"]["N"]) + 1
    ledger.call("PutItem", "uploads", Item=item | {"status": {"S": "reverting"}, "revision": {"N": str(revision)}})
    for usage in usage_items(ledger, "figures"):
        ledger.call("DeleteItem", "usage", Key=key(usage))


def test_an_upload_that_takes_too_long_holds_up_no_other(ledger: Ledger) -> None:
    """It is passed over, and tried again when its turn comes again."""
    functions = ledger.functions
    functions.account.clock.now += 60
    ledger.queues.put("uploads/later.csv", files.SHARED)
    ledger.queues.drain()
    read = list[str]()

    def slow(call: Call, carry_out: CarryOut) -> AwsResponse:
        if functions.running == "sweep" and call.operation == "GetObject":
            read.append(call.request.url)
            functions.account.clock.now += 280 * ("usage.csv" in call.request.url)
        return carry_out(call)

    with functions.account.disturbed(slow):
        for _ in range(2):
            functions.account.clock.now += SWEEP_SECONDS
            functions.call("sweep", {})
    assert "later.csv" in read[1]


def test_the_oldest_come_first_and_then_all_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run takes so many rows; a large upload is followed by a pause that makes up for it."""
    monkeypatch.setattr(recount, "FIRST_ROWS", 50)
    monkeypatch.setattr(recount, "AGAIN_ROWS", 25)
    read = list[str]()
    queues = Queues(ledger.functions)
    for number in range(3):
        ledger.functions.account.clock.now += 60
        queues.put(f"uploads/{number}.csv", files.USAGE.replace(b",\n", b"0,\n") + b"\n" * number)
        queues.drain()

    def around(call: Call, carry_out: CarryOut) -> AwsResponse:
        if ledger.functions.running == "sweep" and call.operation == "GetObject":
            read.append(call.request.url.partition("?")[0].rpartition("/")[2])
        return carry_out(call)

    runs = list[list[str]]()
    with ledger.functions.account.disturbed(around):
        for _ in range(12):
            read.clear()
            ledger.functions.account.clock.now += SWEEP_SECONDS
            ledger.functions.call("sweep", {})
            runs.append(list(read))
    flat = [name for run in runs for name in run]
    assert max(map(len, runs)) <= 3
    cost = recount.ROWS_OF_UPLOAD + 32
    assert len(flat) <= 4 + len(runs) * recount.AGAIN_ROWS // cost + 1
    assert {name: flat.count(name) >= 2 for name in flat} == dict.fromkeys(
        ["usage.csv", "0.csv", "1.csv", "2.csv"], True
    )
