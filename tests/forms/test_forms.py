"""What a released form left behind is read, continued, reprocessed, reverted and audited by the code of today."""

import json
import os
from typing import Any

import pytest

from meterdrop.domain.codes import Status
from tests.forms.conftest import WORLDS
from tests.forms.history import BLOCK, DAY_BEFORE, EVENT, LIST, PERIODS, STREAM, STREAMED, SUMMARY, TOKEN, live, named
from tests.forms.kinds import documented_kinds, kinds
from tests.forms.world import FOLDER, Saved, ends, saved, write
from tests.support.aws import catalog
from tests.support.aws.functions import Functions
from tests.support.aws.queues import Queues
from tests.support.aws.requests import get, post
from tools.commands.audit import differences

_COUNTING = {Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS}
_NEVER_STORED = {Status.PENDING}


def newest() -> Saved:
    """Return the world of the newest form."""
    loaded: Saved = json.loads(WORLDS[-1].read_text(encoding="utf-8"))
    return loaded


def audited(functions: Functions) -> list[str]:
    """Return what `make audit` finds."""
    return list(differences(*(functions.items(table) for table in ("events", "usage", "uploads", "catalog"))))


def summary(functions: Functions) -> dict[str, Any]:
    """Return a customer's usage of a day, in which there were two files and an event, and a cancel."""
    meters = {each["event_name"]: each["id"] for each in get(functions, "/v1/billing/meters", {"limit": "100"})["data"]}
    found: dict[str, Any]
    [found] = get(functions, f"/v1/billing/meters/{meters['ai_search_api']}/event_summaries", SUMMARY)["data"]
    return found


def used(functions: Functions, window: dict[str, object]) -> float:
    """Return the CPU usage of a window."""
    return sum(
        float(each["aggregated_value"])
        for each in get(functions, "/v1/billing/meters/mtr_cpu/event_summaries", window)["data"]
    )


def original(functions: Functions) -> dict[str, Any]:
    """Return the upload that the other one of its key updates."""
    [found] = [item for item in named(functions, "uploads/usage.csv") if "updates" not in item]
    return found


def test_todays_items_have_the_form_of_the_newest_file(queues: Queues) -> None:
    """An item that looks different needs another version of its form, and a file of it."""
    live(queues)
    found = saved(queues.functions)
    assert audited(queues.functions) == []
    queues.record()
    found["ends"] = ends(queues.functions)
    if form := os.environ.get("METERDROP_NEW_FORMS"):
        write(found, FOLDER / f"{form}.json")
        return
    assert kinds(found["items"]) == kinds(newest()["items"])


def test_the_newest_file_has_every_kind_of_item() -> None:
    """Every one that the document lists, and uploads of every kind and status, some of them interrupted."""
    world = newest()
    found = {kind.partition(" (")[0] for kind in kinds(world["items"])}
    assert found == documented_kinds().keys()
    uploads = [item for item in world["items"]["uploads"] if "status_month" in item]
    assert {item["status"]["S"] for item in uploads} == set(Status) - _NEVER_STORED
    assert {item["kind"]["S"] for item in uploads} == {"usage", "customers"}
    assert {item["dry_run"]["BOOL"] for item in uploads} == {True, False}
    assert all(world["messages"].values())


@pytest.mark.usefixtures("world")
def test_it_is_read(queues: Queues) -> None:
    """By every list of the API, and by the audit."""
    functions = queues.functions
    assert audited(functions) == []
    stored = {item["id"]: item["status"] for item in functions.items("uploads") if item["id"].startswith("upl_")}
    listed = dict[str, str]()
    while len(page := get(functions, "/v1/uploads", {"limit": 100, **_after(listed)})["data"]):
        listed |= {each["id"]: each["status"] for each in page}
    assert listed == stored
    assert {"cus_made", "cus_new"} <= {each["id"] for each in get(functions, "/v1/customers", {"limit": "100"})["data"]}
    assert summary(functions)["aggregated_value"] == 1226  # 1 + … + 24 of four files, 1 and 25


def _after(listed: dict[str, str]) -> dict[str, str]:
    return {"starting_after": list(listed)[-1]} if listed else {}


def test_it_is_continued(queues: Queues, world: Saved) -> None:
    """What was interrupted at any call comes to the end to which the version that wrote it brought it."""
    functions = queues.functions
    queues.record()
    assert not [item for item in functions.items("uploads") if item["id"].startswith("outbox#")]
    assert not queues.messages()
    assert ends(functions) == world["ends"]
    assert audited(functions) == []


@pytest.mark.usefixtures("world")
def test_its_requests_are_answered_again(queues: Queues) -> None:
    """A request that its client sends again after the upgrade has the response of the version before."""
    functions = queues.functions
    before = functions.items("events")
    answered = post(functions, "/v1/billing/meter_events", EVENT | {"identifier": "by-hand"}, key="event")
    assert answered["identifier"] == "by-hand"
    unnamed = EVENT | {"timestamp": DAY_BEFORE}
    post(functions, "/v1/billing/meter_events", unnamed, key="event without identifier")
    for item in functions.items("idempotency"):
        functions.call_service("dynamodb", "DeleteItem", {"TableName": "idempotency", "Key": {"id": {"S": item["id"]}}})
    # A day later, only the ID of the event tells that it is the same request.
    post(functions, "/v1/billing/meter_events", unnamed, key="event without identifier")
    assert functions.items("events") == before


@pytest.mark.usefixtures("world")
def test_its_sessions_continue(queues: Queues) -> None:
    """The token is still valid. A request that its client sends again adds nothing, and a new event counts."""
    functions = queues.functions
    before = functions.items("events")
    post(functions, STREAM, {"events": STREAMED}, key="stream", authorization=TOKEN)
    assert functions.items("events") == before
    more = {"events": [STREAMED[0] | {"identifier": "streamed-3"}]}
    post(functions, STREAM, more, key="more", authorization=TOKEN)
    assert len(functions.items("events")) == len(before) + 1
    assert audited(functions) == []


@pytest.mark.usefixtures("world")
def test_its_periods_are_closed(queues: Queues) -> None:
    """The close that waits comes to its end. The next statement of the other period has only what changed since."""
    functions = queues.functions
    queues.record()
    [july] = [each for each in get(functions, PERIODS)["data"] if each["name"] == "July"]
    post(functions, f"{PERIODS}/{july['id']}/close", {}, key="close July again")
    queues.drain()
    periods = get(functions, PERIODS)["data"]
    assert {(each["late_policy"], each["status"], each["statement_count"]) for each in periods} == {
        ("adjust", "closed", 2),
        ("refuse", "closed", 1),
    }
    [second, first] = get(functions, f"{PERIODS}/{july['id']}/statements")["data"]
    assert (first["event_count"], second["event_count"]) == (BLOCK + LIST, len(STREAMED))


@pytest.mark.usefixtures("world")
def test_its_uploads_are_reprocessed(queues: Queues) -> None:
    """A row that was refused counts; nothing counts twice."""
    functions = queues.functions
    first = original(functions)
    catalog.put_customer(functions, "cus_nobody")
    post(functions, f"/v1/uploads/{first['id']}/reprocess", {})
    queues.drain()
    again = original(functions)
    assert again["row_count"] == first["row_count"]
    assert (again["error_count"], first["error_count"]) == (2, 3)
    assert audited(functions) == []


@pytest.mark.usefixtures("world")
def test_its_uploads_are_reverted(queues: Queues) -> None:
    """All of them, until there are no events but those of the API."""
    functions = queues.functions
    queues.record()
    for item in functions.items("uploads"):
        if item.get("kind") == "usage" and item["status"] in _COUNTING and not item["dry_run"]:
            post(functions, f"/v1/uploads/{item['id']}/revert", {}, key=item["id"])
            queues.drain()
    assert {item["upload"][:4] for item in functions.items("events")} == {"req_"}
    assert audited(functions) == []
    assert summary(functions)["aggregated_value"] == 25


@pytest.mark.usefixtures("world")
def test_its_file_is_updated(queues: Queues) -> None:
    """The same file once more, one row longer: the account of the key still knows its rows."""
    functions = queues.functions
    before = {item["id"] for item in named(functions, "uploads/usage.csv")}
    [data] = functions.account.objects("uploads/usage.csv").values()
    queues.put("uploads/usage.csv", data + b"2024-09-28,logins,@acme,,\n")
    queues.drain()
    [newest] = [item for item in named(functions, "uploads/usage.csv") if item["id"] not in before]
    assert newest["success_count"] == 1
    assert audited(functions) == []


@pytest.mark.usefixtures("world")
def test_its_blocks_and_lists_are_read(queues: Queues) -> None:
    """A file of more rows than a block, and more events than a list: each row is found again, and each event."""
    functions = queues.functions
    [large] = named(functions, "uploads/large.csv")
    post(functions, f"/v1/uploads/{large['id']}/reprocess", {})
    queues.drain()
    [again] = named(functions, "uploads/large.csv")
    assert again["success_count"] == large["success_count"]
    assert audited(functions) == []
    midnight = 1_719_792_000
    window = {"start_time": midnight - 60, "end_time": midnight + 60, "customer": "tenant-7"}  # cuts hours
    assert used(functions, window) == BLOCK + LIST
    post(functions, f"/v1/uploads/{large['id']}/revert", {}, key="large")
    queues.drain()
    assert used(functions, window) == 0
    assert not [item for item in functions.items("events") if item["upload"] == large["id"]]
    assert audited(functions) == []
