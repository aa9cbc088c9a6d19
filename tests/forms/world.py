"""A world with items of every kind: written by the code of today, kept as a file, and made again from the file.

A file of `tests/data/forms` is never written again: it is what items looked like. `METERDROP_NEW_FORMS=2 pytest
tests/forms` adds the file `2.json`.
"""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from meterdrop import settings
from meterdrop.adapters.metering import rollups
from meterdrop.pipeline.ingest import key_account
from tests.faults import files
from tests.faults.flows import unannounced
from tests.support.aws import catalog
from tests.support.aws.account import Account
from tests.support.aws.functions import Functions, deployed
from tests.support.aws.queues import Queues
from tests.support.aws.requests import delete, get, post

FOLDER = Path(__file__).parents[1] / "data" / "forms"
TABLES = ("catalog", "uploads", "events", "usage")
SUMMARY = {"customer": "cus_QMJJtcu70R1x46", "start_time": "1727222400", "end_time": "1727308800"}
_WORDS = {"bucket", "cancel", "entries", "events", "feed", "hand", "month", "rollup", "stamps", "upload"}
Saved = dict[str, Any]


@contextmanager
def stack() -> Iterator[Queues]:
    """Deploy the stack, empty."""
    account = Account()
    with deployed(account) as functions:
        yield Queues(functions)


def live(queues: Queues) -> None:
    """Leave items of every kind: the limits are small, beyond which there are pages and roll-ups."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_account, "MAX_VERSIONS", 1)
        patch.setattr(rollups, "FEW", 1)
        _live(queues)


def _live(queues: Queues) -> None:
    functions = queues.functions
    catalog.seed(functions)
    queues.functions.account.lose_messages()
    meter = {"display_name": "Made", "event_name": "made", "default_aggregation": {"formula": "sum"}}
    post(functions, "/v1/billing/meters", meter, key="meter")
    post(functions, "/v1/customers", {"id": "cus_made", "name": "Ada", "metadata": {"plan": "pro"}}, key="customer")
    post(functions, "/v1/customers", {"id": "cus_gone"}, key="gone")
    delete(functions, "/v1/customers/cus_gone")
    for key, data in {
        "customers/new.csv": files.CUSTOMERS,
        "uploads/earlier.csv": files.EARLIER,
        "uploads/usage.csv": files.USAGE,
        "uploads/again.csv": files.USAGE.replace(b"401,a", b"401,c"),
    }.items():
        queues.put(key, data)
        queues.drain()
    queues.put("uploads/usage.csv", files.UPDATED)
    queues.drain()
    event = {
        "event_name": "ai_search_api",
        "identifier": "by-hand",
        "timestamp": 1_727_222_400,
        "payload": {"stripe_customer_id": "cus_QMJJtcu70R1x46", "value": "25"},
    }
    post(functions, "/v1/billing/meter_events", event, key="event")
    cancel = {"type": "cancel", "event_name": "ai_search_api", "cancel": {"identifier": "a"}}
    post(functions, "/v1/billing/meter_event_adjustments", cancel, key="cancel")
    [meter_id] = [item["id"] for item in functions.items("catalog") if item.get("event_name") == "ai_search_api"]
    get(functions, f"/v1/billing/meters/{meter_id}/event_summaries", SUMMARY)
    queues.sweep()
    unannounced(queues)


def saved(functions: Functions) -> Saved:
    """Return what is stored, as JSON has it."""
    items = {
        table: functions.call_service("dynamodb", "Scan", {"TableName": table, "ConsistentRead": True})["Items"]
        for table in TABLES
    }
    return {"items": items, "objects": list(_versions(functions)), "time": functions.account.clock.now}


def _versions(functions: Functions) -> Iterator[dict[str, str]]:
    """Yield all versions of all objects, the oldest of a key first."""
    s3, bucket = settings.s3(), functions.stack.bucket
    for version in reversed(s3.list_object_versions(Bucket=bucket)["Versions"]):
        key, version_id = version["Key"], version["VersionId"]
        with s3.get_object(Bucket=bucket, Key=key, VersionId=version_id)["Body"] as body:
            yield {"key": key, "version_id": version_id, "data": base64.b64encode(body.read()).decode()}


def make_again(functions: Functions, world: Saved) -> None:
    """Store what was saved. S3 gives the objects new versions, which the items then name."""
    functions.account.clock.now = world["time"]
    text = json.dumps(world["items"])
    for each in world["objects"]:
        version_id = functions.store(functions.stack.bucket, each["key"], base64.b64decode(each["data"]), {})
        text = text.replace(f'"{each["version_id"]}"', f'"{version_id}"')
    functions.account.lose_messages()
    for table, items in json.loads(text).items():
        for item in items:
            functions.call_service("dynamodb", "PutItem", {"TableName": table, "Item": item})


def kinds(world: Saved) -> dict[str, set[str]]:
    """Return the kinds of items, each with the names and types of all attributes that its items have."""
    found: dict[str, set[str]] = {}
    for table, items in world["items"].items():
        for item in items:
            key = f"{item['pk']['S']} {item['sk']['S']}" if "pk" in item else item["id"]["S"]
            kind = f"{table} {_kind(table, key)}"
            found.setdefault(kind, set()).update(_shapes("", item))
    return found


def _kind(table: str, key: str) -> str:
    if table == "events":
        return "block" if re.fullmatch(r"upl_[a-z2-7]{26}/\d+", key) else "single event"
    if table == "catalog":
        return key.split("#", maxsplit=1)[0].split(" ", maxsplit=1)[0]
    if table == "usage":
        partition, _, sort_key = key.partition(" ")
        words = re.findall("[a-z]{4,}", f"{partition.partition('#')[2]} {sort_key.rpartition(chr(9))[2]}")
        return " ".join(word for word in words if word in _WORDS)
    if key.startswith("key#") and key.rpartition("#")[2].isdigit():
        return "page"
    return key.split("#")[1] if key.startswith("#") else re.split("[#_]", key)[0]


def _shapes(path: str, attributes: dict[str, Any]) -> Iterator[str]:
    for name, value in attributes.items():
        [(kind, content)] = value.items()
        yield f"{path}{name} {kind}"
        if kind == "M" and name in {"error_file", "mark", "failure"}:
            yield from _shapes(f"{name}.", content)
