"""Items of a form that this code doesn't know, as after an upgrade and back: refused, and left as they are."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from meterdrop.adapters.dynamodb.items import UnknownFormError
from meterdrop.adapters.metering import rollups
from meterdrop.adapters.uploads import duplicates
from tests.faults import files
from tests.forms.conftest import WORLDS
from tests.forms.history import EVENT, OF_A_PARTNER, PERIODS, STREAM, STREAMED, SUMMARY, TOKEN, named
from tests.forms.kinds import documented_kinds, kind_of, kinds
from tests.forms.world import Saved, make_again
from tests.repair.restoring import repair_of
from tests.support.aws.functions import Functions
from tests.support.aws.queues import Queues
from tests.support.aws.requests import get, post
from tools.commands.audit import differences
from tools.setup.trouble import Trouble

_OLDEST = 900 + 1  # seconds after which the sweep looks at what is stalled
_EVERY = 4  # number of interrupted uploads, of which one stays
JULY = 1_719_792_000
STREAMED_AT = 1_719_916_200
"""The time of the events in the stream."""
STAMPS = "usage <meter id>#stamps <month>#<bucket>"
"""Replaced without being read. A new token only lets readers add up a month again (decision 30)."""
ONLY_REPLACED = {
    "usage <meter id>#<month>#rollup bucket#<bucket>",
    "usage <meter id>#<month>#<shard>#rollup bucket#<bucket>",
    "idempotency key_use#<key>",
}
"""Not read after a change of their bucket, which is what this test makes. Only the list of keys reads last uses."""
JULY_PERIOD = "catalog periods#adjust <the ID of a billing period>"
RESPONSES = "idempotency write#<sha256>"
"""Stored responses belong to Powertools."""
KINDS = sorted(documented_kinds().keys() - {STAMPS, RESPONSES})
Items = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def world(deployed_stack: Queues) -> Iterator[Saved]:
    """Make the world of the newest form again, once, with a quarter of its interrupted uploads."""
    account = deployed_stack.functions.account
    before = account.save()
    loaded = thinned(json.loads(WORLDS[-1].read_text(encoding="utf-8")))
    assert {kind.partition(" (")[0] for kind in kinds(loaded["items"])} == documented_kinds().keys()
    make_again(deployed_stack.functions, loaded)
    yield loaded
    account.restore(before)


def thinned(world: Saved) -> Saved:
    """Return the world without most of the numbered uploads, and without all that names them."""
    uploads = [item for item in world["items"]["uploads"] if re.search(r"\d+\.csv$", item.get("key", {}).get("S", ""))]
    dropped = [item for item in uploads if int(re.findall(r"\d+", item["key"]["S"])[-1]) % _EVERY != 1]
    names = {item[name]["S"] for item in dropped for name in ("id", "key", "version_id")}

    def rest(values: Iterable[object]) -> list[object]:
        return [each for each in values if not any(name in json.dumps(each) for name in names)]

    items = {table: rest(each) for table, each in world["items"].items()}
    messages = {name: rest(each) for name, each in world["messages"].items()}
    return {**world, "items": items, "messages": messages, "objects": rest(world["objects"])}


def items_of(functions: Functions, kind: str) -> Items:
    """Return the items of a kind by table and key."""
    table = kind.partition(" ")[0]
    found = functions.call_service("dynamodb", "Scan", {"TableName": table, "ConsistentRead": True})["Items"]
    names = ("pk", "sk") if table in {"usage", "catalog"} else ("id",)
    return {
        (table, " ".join(item[name]["S"] for name in names)): item
        for item in found
        if kind_of(table, item).partition(" (")[0] == kind
    }


def put(functions: Functions, items: Items, form: str) -> Items:
    """Give items another form; returns them."""
    changed = {key: {**item, "form": {"N": form}} for key, item in items.items()}
    for (table, _), item in changed.items():
        functions.call_service("dynamodb", "PutItem", {"TableName": table, "Item": item})
    return changed


def owners_of(functions: Functions, items: Items) -> Items:
    """Return the uploads that have items: the version that wrote the items claimed the uploads before, in its form."""
    uploads = items_of(functions, "uploads upl_…")
    named_in = {id_ for _, key in items for id_ in re.findall("upl_[a-z2-7]{26}", key)}
    return {key: item for key, item in uploads.items() if key[1] in named_in}


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the reasons of all refusals."""
    reasons = list[str]()

    def note(_: object, reason: str) -> None:
        reasons.append(reason)

    monkeypatch.setattr(UnknownFormError, "__init__", note)
    return reasons


def work(queues: Queues) -> None:
    """Do everything once: process all messages, sweep, and send each kind of request."""
    functions = queues.functions
    with suppress(AssertionError):  # before the session expires
        post(functions, STREAM, {"events": STREAMED}, key="streamed", repeats=False, authorization=TOKEN)
    queues.put("uploads/usage.csv", files.UPDATED + b"2024-09-28,logins,@acme,,\n")
    queues.put("uploads/sample/again.csv", OF_A_PARTNER)
    queues.deliver()
    functions.account.clock.now += _OLDEST
    queues.sweep()
    queues.deliver()
    later = EVENT | {"identifier": "later"}
    cancel = {"type": "cancel", "event_name": "ai_search_api", "cancel": {"identifier": "b"}}
    rename = {"display_name": "Renamed"}
    everyone = {name: value for name, value in SUMMARY.items() if name != "customer"}
    taken = {"display_name": "Made", "event_name": "made", "default_aggregation": {"formula": "sum"}}
    july = {"start_time": JULY - 60, "end_time": JULY + 60}  # cuts hours
    streamed = {"start_time": STREAMED_AT - 60, "end_time": STREAMED_AT + 60}
    [period] = [item["id"]["S"] for item in items_of(functions, JULY_PERIOD).values()]
    to_revert = [named(functions, f"uploads/{name}.csv")[0]["id"] for name in ("copy", "earlier", "large")]
    requests: list[Callable[[], object]] = [
        lambda: get(functions, "/v1/uploads", {"limit": 100}),
        lambda: get(functions, "/v1/customers", {"limit": 100}),
        lambda: get(functions, "/v1/billing/meters/mtr_search/event_summaries", SUMMARY),
        lambda: get(functions, "/v1/billing/meters/mtr_search/event_summaries", everyone),
        lambda: get(functions, "/v1/billing/meters/mtr_cpu/event_summaries", july),
        lambda: get(functions, "/v1/billing/meters/mtr_cpu/event_summaries", july | {"customer": "tenant-7"}),
        lambda: get(functions, "/v1/billing/meters/mtr_cpu/event_summaries", streamed),
        lambda: get(functions, "/v1/billing/meters/mtr_search/events", {"limit": 100}),
        lambda: get(functions, "/v1/billing/meters/mtr_search/events", {"limit": 100, "customer": SUMMARY["customer"]}),
        lambda: post(functions, "/v1/billing/meter_events", later, key="later", repeats=False),
        lambda: post(functions, "/v1/billing/meter_event_adjustments", cancel, key="cancel b", repeats=False),
        lambda: post(functions, "/v1/billing/meters/mtr_search", rename, key="rename", repeats=False),
        lambda: post(functions, "/v1/billing/meters/mtr_old/reactivate", {}, key="old", repeats=False),
        lambda: post(functions, "/v1/billing/meters", taken, key="taken", repeats=False),
        lambda: post(functions, "/v1/customers/cus_made", {"name": "Other"}, key="made", repeats=False),
        lambda: get(functions, PERIODS),
        lambda: get(functions, f"{PERIODS}/{period}/statements"),
        lambda: post(functions, f"{PERIODS}/{period}/close", {}, key="close again", repeats=False),
        *(partial(post, functions, f"/v1/uploads/{id_}/revert", {}, key=id_, repeats=False) for id_ in to_revert),
    ]
    for request in requests:
        with suppress(AssertionError):
            request()
    queues.deliver()


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_an_unknown_form_is_refused_and_left_as_it_is(
    queues: Queues, kind: str, refused: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No function changes or deletes it, and the audit stops, unless the kind is in a table that it doesn't read."""
    functions = queues.functions
    monkeypatch.setattr(rollups, "FEW", 1)  # as when they were made
    monkeypatch.setattr(duplicates, "PAGE", 2)
    stored = items_of(functions, kind)
    owners = owners_of(functions, stored)
    unknown = put(functions, stored, "2")
    put(functions, owners, "2")
    work(queues)
    left = items_of(functions, kind)
    assert {key: left.get(key) for key in unknown} == unknown
    reasons = " ".join(refused)
    assert kind in ONLY_REPLACED or [key for _, key in (*stored, *owners) if f'"{key}" has the form 2' in reasons]
    if not kind.startswith(("idempotency", "keys")):
        with pytest.raises(Trouble, match="has the form 2"):
            list(differences(*(functions.items(table) for table in ("events", "usage", "uploads", "catalog"))))


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "kind", ["uploads upl_…", "usage <meter id>#feed <arrival, ten digits>#<owner>", "events <id>"]
)
def test_repair_stops_before_it_changes_anything(queues: Queues, kind: str) -> None:
    """With a message for the operator, and not with a traceback."""
    functions = queues.functions
    put(functions, dict([*items_of(functions, kind).items()][-1:]), "2")
    before = functions.account.save()
    product: Any = SimpleNamespace(functions=functions, now=int(functions.account.clock.now))
    with pytest.raises(Trouble, match="has the form 2"):
        list(repair_of(product).run())
    assert functions.account.save() == before
