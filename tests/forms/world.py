"""A world with items of every kind: written by the code of today, kept as a file, and made again from the file.

A file of `tests/data/forms` is never written again: it is what items looked like. `METERDROP_NEW_FORMS=2 pytest
tests/forms` adds the file `2.json`.
"""

import base64
import json
import random
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from meterdrop import settings
from meterdrop.adapters.batching import Threads
from tests.support.aws.account import Account
from tests.support.aws.functions import Functions, deployed
from tests.support.aws.queues import Queues

FOLDER = Path(__file__).parents[1] / "data" / "forms"
TABLES = ("catalog", "uploads", "events", "usage", "keys", "idempotency")
_COUNTS = ("row_count", "success_count", "duplicate_count", "error_count")
Saved = dict[str, Any]


@contextmanager
def stack() -> Iterator[Queues]:
    """Deploy the stack, empty. All that is random is the same each time, and no thread overtakes another."""
    drawn = random.Random(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=drawn.getrandbits(128), version=4))
        patch.setattr(secrets, "token_hex", lambda size: drawn.randbytes(size).hex())
        patch.setattr(secrets, "token_bytes", drawn.randbytes)
        patch.setattr(random, "uniform", drawn.uniform)
        patch.setattr(random, "randrange", drawn.randrange)
        patch.setattr("meterdrop.handlers.bootstrap.Threads", partial(Threads, 1))
        account = Account()
        with deployed(account) as functions:
            yield Queues(functions)


def saved(functions: Functions) -> Saved:
    """Return what is stored, and the messages, as JSON has it."""
    items = {
        table: functions.call_service("dynamodb", "Scan", {"TableName": table, "ConsistentRead": True})["Items"]
        for table in TABLES
    }
    messages = {
        name: [message["body"] for message in functions.account.queue(url)] for name, url in _queues(functions).items()
    }
    objects = list(_versions(functions))
    return {"items": items, "objects": objects, "messages": messages, "time": functions.account.clock.now}


def ends(functions: Functions) -> dict[str, str]:
    """Return what became of each upload: status and counts."""
    return {
        item["id"]: " ".join([item["status"], *(str(item[name]) for name in _COUNTS)])
        for item in functions.items("uploads")
        if item["id"].startswith("upl_")
    }


def write(world: Saved, path: Path) -> None:
    """Write a new file, with a line for each item, object, and message."""
    with path.open("x", encoding="utf-8") as file:
        file.write(_lines(world) + "\n")


def _lines(value: Any, depth: int = 3) -> str:
    if not depth or not isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    if isinstance(value, list):
        return "[\n" + ",\n".join(_lines(each, 0) for each in value) + "\n]"
    return "{\n" + ",\n".join(f"{json.dumps(key)}: {_lines(each, depth - 1)}" for key, each in value.items()) + "\n}"


def make_again(functions: Functions, world: Saved) -> None:
    """Store what was saved, under the same versions, and send the messages again."""
    functions.account.clock.now = world["time"]
    for each in world["objects"]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(uuid, "uuid4", partial(uuid.UUID, each["version_id"]))
            version_id = functions.store(functions.stack.bucket, each["key"], base64.b64decode(each["data"]), {})
        assert version_id == each["version_id"]
    functions.account.lose_messages()
    for table, items in world["items"].items():
        for item in items:
            functions.call_service("dynamodb", "PutItem", {"TableName": table, "Item": item})
    for name, url in _queues(functions).items():
        for body in world["messages"][name]:
            functions.call_service("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": body})


def _queues(functions: Functions) -> dict[str, str]:
    return {"ingest": functions.stack.queue_url, "recover": functions.stack.dead_letter_queue_url}


def _versions(functions: Functions) -> Iterator[dict[str, str]]:
    """Yield all versions of all objects, the oldest of a key first."""
    s3, bucket = settings.s3(), functions.stack.bucket
    for version in reversed(s3.list_object_versions(Bucket=bucket)["Versions"]):
        key, version_id = version["Key"], version["VersionId"]
        with s3.get_object(Bucket=bucket, Key=key, VersionId=version_id)["Body"] as body:
            yield {"key": key, "version_id": version_id, "data": base64.b64encode(body.read()).decode()}
