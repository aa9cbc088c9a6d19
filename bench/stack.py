"""The deployed stack on an emulator of its own, ready for the measured files."""

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

EVENTS = "bench-events"
"""The table of the baseline Lambda."""
_MAX_WAIT_SECONDS = 300
_POLL_SECONDS = 0.02
_deserialize = TypeDeserializer().deserialize


class Stack:
    """The running stack, with the meters and customers of the measured files, and a table for the baseline Lambda."""

    def __init__(self, running: LocalStack) -> None:
        """Create the table, meters and customers; raise AssertionError if that fails."""
        self.running = running
        self._numbers = count(1)
        dynamodb = running.clients.dynamodb()
        _make_table(dynamodb, EVENTS)
        for meter in METERS:
            form = {
                "event_name": meter.event_name,
                "display_name": meter.display_name,
                "default_aggregation[formula]": "sum",
            }
            post(f"{running.api_url}/v1/billing/meters", form, bearer=running.secret_key)  # two of them exist already
        output = io.StringIO()
        csv.writer(output).writerows([["id"], *([id_] for id_ in CUSTOMERS)])
        self.upload("customers/bench.csv", output.getvalue().encode())

    def upload(self, key: str, data: bytes) -> Upload:
        """Upload a file and wait for its final status; raise AssertionError unless all rows count."""
        version = self.put_object(self.running.outputs.bucket, key, data)
        deadline = time.monotonic() + _MAX_WAIT_SECONDS
        while time.monotonic() < deadline:
            upload = self._find_upload(version)
            if upload is not None and upload.is_final:
                if upload.counts.success != upload.counts.row or not upload.counts.row:
                    raise AssertionError(f"{key}: {upload.counts}, {upload.failure}")
                return upload
            time.sleep(_POLL_SECONDS)
        raise AssertionError(f"{key} has no final status after {_MAX_WAIT_SECONDS} s.")

    def put_object(self, bucket: str, key: str, data: bytes) -> ObjectVersion:
        """Store an object; return its version."""
        response = self.running.clients.s3().put_object(Bucket=bucket, Key=key, Body=data)
        return ObjectVersion(bucket, key, response.get("VersionId", "null"))

    def unique_text(self) -> str:
        """Return a text of six digits that it hasn't returned before."""
        return f"{next(self._numbers):06d}"

    def environment(self, bucket: str, events: str) -> dict[str, str]:
        """Return the environment of a function outside the stack that has the root user's credentials."""
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

    def _find_upload(self, version: ObjectVersion) -> Upload | None:
        response = self.running.clients.dynamodb().get_item(
            TableName=self.running.outputs.uploads_table, Key={"id": {"S": version.upload_id}}, ConsistentRead=True
        )
        item = response.get("Item")
        return from_item({name: _deserialize(value) for name, value in item.items()}) if item else None


@contextmanager
def started() -> Iterator[Stack]:
    """Run the stack, and remove it afterwards."""
    with running_stack(free_port(), STATE / "bench", lambda line: print(f"  {line}", flush=True)) as running:
        yield Stack(running)


def _make_table(dynamodb: "DynamoDBClient", name: str) -> None:
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
