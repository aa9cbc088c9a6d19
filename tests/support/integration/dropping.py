"""Drops files into the deployed stack and waits for what becomes of them."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from meterdrop.adapters.uploads.upload_items import from_item
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.upload import Upload
from tests.support.event_items import read_events
from tools.commands.recount import Usage
from tools.stack.local_stack import LocalStack

PATIENCE = 90  # seconds; the first files wait for cold functions on a busy machine
_deserialize = TypeDeserializer().deserialize


@dataclass(frozen=True)
class Dropping:
    """The bucket and the tables of one stack."""

    stack: LocalStack

    def put(self, key: str, body: bytes, metadata: Mapping[str, str] | None = None) -> ObjectVersion:
        """Put an object, as partners do."""
        bucket = self.stack.outputs.bucket
        answer = self.stack.clients.s3().put_object(Bucket=bucket, Key=key, Body=body, Metadata=dict(metadata or {}))
        return ObjectVersion(bucket, key, answer["VersionId"])

    def version(self, key: str, version_id: str) -> ObjectVersion:
        """Name an object version that somebody else put."""
        return ObjectVersion(self.stack.outputs.bucket, key, version_id)

    def drop(self, key: str, body: bytes, metadata: Mapping[str, str] | None = None) -> Upload:
        """Put an object and wait for its final status."""
        return self.final(self.put(key, body, metadata))

    def final(self, version: ObjectVersion) -> Upload:
        """Wait for the final status of an object version."""
        gives_up = time.monotonic() + PATIENCE
        while time.monotonic() < gives_up:
            upload = self.upload(version)
            if upload is not None and upload.is_final:
                return upload
            time.sleep(0.1)
        self.stack.save_function_logs()
        logged = self.stack.function_logs.read_text()[-2000:]
        raise AssertionError(f"{version.key} is not final after {PATIENCE} s; the functions logged last: {logged}")

    def upload(self, version: ObjectVersion) -> Upload | None:
        """Read the status of an object version."""
        answer = self.stack.clients.dynamodb().get_item(
            TableName=self.stack.outputs.uploads_table, Key={"id": {"S": version.upload_id}}, ConsistentRead=True
        )
        item = answer.get("Item")
        return from_item({name: _deserialize(value) for name, value in item.items()}) if item else None

    def error_file(self, upload: Upload) -> bytes:
        """Read an upload's error file from the bucket."""
        assert upload.error_file is not None
        answer = self.stack.clients.s3().get_object(Bucket=self.stack.outputs.bucket, Key=upload.error_file.key)
        return answer["Body"].read()

    def notify(self, version: ObjectVersion, times: int, *, queue_url: str | None = None) -> None:
        """Deliver the notification of an object version again, or put it on another queue."""
        body = (
            '{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","eventTime":"2024-01-01T00:00:00.000Z",'
            f'"s3":{{"bucket":{{"name":"{version.bucket}"}},'
            f'"object":{{"key":"{version.key}","size":1,"versionId":"{version.version_id}"}}}}}}]}}'
        )
        sqs = self.stack.clients.sqs()
        for _ in range(times):
            sqs.send_message(QueueUrl=queue_url or self.stack.outputs.queue_url, MessageBody=body)

    def wait_for_queue(self, *, parked: int) -> None:
        """Wait until every message is acknowledged, but for at most `parked` that are hidden until a lease ends."""
        gives_up = time.monotonic() + PATIENCE
        while time.monotonic() < gives_up:
            answer = self.stack.clients.sqs().get_queue_attributes(
                QueueUrl=self.stack.outputs.queue_url,
                AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
            )
            counts = answer["Attributes"]
            hidden = int(counts["ApproximateNumberOfMessagesNotVisible"])
            if counts["ApproximateNumberOfMessages"] == "0" and hidden <= parked:
                return
            time.sleep(0.1)
        raise AssertionError(f"the queue still has messages after {PATIENCE} s, {parked} may be hidden: {counts}")

    def events_of(self, upload: Upload) -> int:
        """Count the events stored for an upload."""
        events = (event for item in self._scan(self.stack.outputs.events_table) for event in read_events(item))
        return sum(event.owner == upload.id for event in events)

    def usage_of(self, upload: Upload, *, customer: str | None = None) -> tuple[int, Decimal]:
        """Add up what an upload contributed: of one customer, or of all by the meters' own items."""
        usage = Usage()
        for item in self._scan(self.stack.outputs.usage_table):
            usage.add_item(item)
        found = [
            figures
            for place, figures in usage.figures.items()
            if place.key.endswith(f"#{upload.id}") and place.customer == customer
        ]
        return sum(figures.count for figures in found), sum(
            (figures.sum or Decimal(0) for figures in found), Decimal(0)
        )

    def _scan(self, table: str) -> Iterator[dict[str, Any]]:
        pages = self.stack.clients.dynamodb().get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        for page in pages:
            for item in page["Items"]:
                yield {name: _deserialize(value) for name, value in item.items()}
