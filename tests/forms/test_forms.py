"""What a released form left behind is read, counted on, reprocessed, reverted and audited by the code of today."""

import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from meterdrop.domain.codes import Status
from tests.forms.world import FOLDER, SUMMARY, Saved, kinds, live, make_again, saved, stack
from tests.support.aws import catalog
from tests.support.aws.functions import Functions
from tests.support.aws.queues import Queues
from tests.support.aws.requests import get, post
from tools.commands.audit import differences

if TYPE_CHECKING:
    from pathlib import Path

WORLDS = sorted(FOLDER.glob("*.json"), key=lambda path: int(path.stem))


@pytest.fixture(scope="module")
def deployed_stack() -> Iterator[Queues]:
    """Deploy the stack once."""
    with stack() as queues:
        yield queues


@pytest.fixture
def queues(deployed_stack: Queues) -> Iterator[Queues]:
    """Leave the stack as empty as it was."""
    account = deployed_stack.functions.account
    before = account.save()
    yield deployed_stack
    account.restore(before)


@pytest.fixture(params=WORLDS, ids=lambda path: f"form {path.stem}")
def world(request: pytest.FixtureRequest, queues: Queues) -> Saved:
    """Make the world of a form again."""
    path: Path = request.param
    loaded: Saved = json.loads(path.read_text())
    make_again(queues.functions, loaded)
    return loaded


def audited(functions: Functions) -> list[str]:
    """Return what `make audit` finds."""
    return list(differences(*(functions.items(table) for table in ("events", "usage", "uploads"))))


def named(functions: Functions, key: str) -> list[dict[str, Any]]:
    """Return the uploads of a key."""
    return [item for item in functions.items("uploads") if item.get("key") == key]


def original(functions: Functions) -> dict[str, Any]:
    """Return the upload that the other one of its key updates."""
    [found] = [item for item in named(functions, "uploads/usage.csv") if "updates" not in item]
    return found


def test_todays_items_have_the_form_of_the_newest_file(queues: Queues) -> None:
    """An item that looks different needs another version of its form, and a file of it."""
    live(queues)
    found = saved(queues.functions)
    assert audited(queues.functions) == []
    if form := os.environ.get("METERDROP_NEW_FORMS"):
        with (FOLDER / f"{form}.json").open("x") as file:
            json.dump(found, file, indent=1, sort_keys=True, ensure_ascii=False)
        return
    assert kinds(found) == kinds(json.loads(WORLDS[-1].read_text()))


@pytest.mark.usefixtures("world")
def test_it_is_read(queues: Queues) -> None:
    """By every list of the API, and by the audit."""
    functions = queues.functions
    assert audited(functions) == []
    uploads = get(functions, "/v1/uploads", {"limit": "100"})["data"]
    assert len(uploads) == sum(item["id"].startswith("upl_") for item in functions.items("uploads"))
    assert {"cus_made", "cus_new"} <= {each["id"] for each in get(functions, "/v1/customers", {"limit": "100"})["data"]}
    meters = {each["event_name"]: each["id"] for each in get(functions, "/v1/billing/meters", {"limit": "100"})["data"]}
    summaries = get(functions, f"/v1/billing/meters/{meters['ai_search_api']}/event_summaries", SUMMARY)["data"]
    assert [each["aggregated_value"] for each in summaries] == [626]  # 1 + … + 24 of two files, 1 and 25


def test_it_is_continued(queues: Queues, world: Saved) -> None:
    """What was left in the outbox is sent, and the sweep goes on from its cursor."""
    functions = queues.functions
    assert any(item["id"]["S"].startswith("outbox#") for item in world["items"]["uploads"])
    queues.record()
    assert not [item for item in functions.items("uploads") if item["id"].startswith("outbox#")]
    assert audited(functions) == []


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
    """All of them, until there are no events but that of the API."""
    functions = queues.functions
    for item in functions.items("uploads"):
        if item.get("kind") == "usage" and item["status"] in {Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS}:
            post(functions, f"/v1/uploads/{item['id']}/revert", {}, key=item["id"])
            queues.drain()
    assert [item["id"] for item in functions.items("events")] == ["by-hand"]
    assert audited(functions) == []


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
