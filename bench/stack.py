"""The deployed stack on an emulator of its own, ready for the files that are measured."""

import csv
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from boto3.dynamodb.types import TypeDeserializer

from bench.files import CUSTOMERS, METERS
from meterdrop.adapters.uploads.upload_items import from_item
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.upload import Upload
from tools.emulator.emulator import free_port
from tools.emulator.web import post
from tools.setup.places import STATE
from tools.stack.local_stack import LocalStack, running_stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

EVENTS, USAGE = "bench-events", "bench-usage"
"""Tables beside those of the stack, with the same keys, for bare calls."""
_PATIENCE = 300  # seconds
_LOOK = 0.02  # seconds between looks at a status
_deserialize = TypeDeserializer().deserialize


class Stack:
    """The running stack, with the meters and customers of the files in its catalog, and two tables for the floor."""

    def __init__(self, running: LocalStack) -> None:
        """Fill the catalog; raises AssertionError where that fails."""
        self.running = running
        self._numbers = count(1)
        dynamodb = running.clients.dynamodb()
        _make_table(dynamodb, EVENTS, "id")
        _make_table(dynamodb, USAGE, "pk", "sk")
        for meter in METERS:
            form = {
                "event_name": meter.event_name,
                "display_name": meter.display_name,
                "default_aggregation[formula]": "sum",
            }
            post(f"{running.api_url}/v1/billing/meters", form, bearer=running.secret_key)  # two are there already
        output = io.StringIO()
        csv.writer(output).writerows([["id"], *([id_] for id_ in CUSTOMERS)])
        self.drop("customers/bench.csv", output.getvalue().encode())

    def drop(self, key: str, data: bytes) -> Upload:
        """Put a file and wait for its final status; every row must be counted."""
        version = self.put(self.running.outputs.bucket, key, data)
        gives_up = time.monotonic() + _PATIENCE
        while time.monotonic() < gives_up:
            upload = self._upload(version)
            if upload is not None and upload.is_final:
                if upload.counts.success != upload.counts.row or not upload.counts.row:
                    raise AssertionError(f"{key}: {upload.counts}, {upload.failure}")
                return upload
            time.sleep(_LOOK)
        raise AssertionError(f"{key} is not final after {_PATIENCE} s")

    def put(self, bucket: str, key: str, data: bytes) -> ObjectVersion:
        """Put an object."""
        answer = self.running.clients.s3().put_object(Bucket=bucket, Key=key, Body=data)
        return ObjectVersion(bucket, key, answer.get("VersionId", "null"))

    def fresh(self) -> str:
        """Return a text that no other key holds."""
        return f"{next(self._numbers):06d}"

    def environment(self, bucket: str, events: str) -> dict[str, str]:
        """Give the environment of a function outside the stack that works on it as its root."""
        outputs = self.running.outputs
        return self.running.clients.environment() | {
            "UPLOAD_BUCKET": bucket,
            "EVENTS_TABLE": events,
            "UPLOADS_TABLE": outputs.uploads_table,
            "USAGE_TABLE": outputs.usage_table,
            "CATALOG_TABLE": outputs.catalog_table,
            "IDEMPOTENCY_TABLE": outputs.idempotency_table,
            "QUEUE_URL": outputs.queue_url,
            "DEAD_LETTER_QUEUE_URL": outputs.dead_letter_queue_url,
            "POWERTOOLS_SERVICE_NAME": "bench",
            "POWERTOOLS_METRICS_NAMESPACE": "bench",
        }

    def _upload(self, version: ObjectVersion) -> Upload | None:
        answer = self.running.clients.dynamodb().get_item(
            TableName=self.running.outputs.uploads_table, Key={"id": {"S": version.upload_id}}, ConsistentRead=True
        )
        item = answer.get("Item")
        return from_item({name: _deserialize(value) for name, value in item.items()}) if item else None


@contextmanager
def started() -> Iterator[Stack]:
    """Run the stack; nothing of it is left behind."""
    with running_stack(free_port(), STATE / "bench", lambda line: print(f"  {line}", flush=True)) as running:
        yield Stack(running)


def _make_table(dynamodb: "DynamoDBClient", name: str, *keys: str) -> None:
    kinds = ("HASH", "RANGE")
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, kinds, strict=False)],  # type: ignore[typeddict-item]
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )
