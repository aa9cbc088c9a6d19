"""The baseline Lambda, like common samples: it reads the object and uses DictReader and batch_writer.

It doesn't validate rows, detect duplicates or handle retries.
"""

import csv
import json
import os
import uuid
from decimal import Decimal
from typing import Any
from urllib.parse import unquote_plus

import boto3

_s3 = boto3.client("s3")
_table = boto3.resource("dynamodb").Table(os.environ["EVENTS_TABLE"])


def handler(event: dict[str, Any], _: object) -> None:
    """Store the rows of every object in a batch of notifications."""
    for message in event["Records"]:
        for record in json.loads(message["body"])["Records"]:
            stored = record["s3"]
            _store_rows(stored["bucket"]["name"], unquote_plus(stored["object"]["key"]))


def _store_rows(bucket: str, key: str) -> None:
    body = _s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode("utf-8")
    with _table.batch_writer() as batch:
        for row in csv.DictReader(body.splitlines()):
            batch.put_item(
                Item={
                    "id": str(uuid.uuid4()),
                    "timestamp": row["timestamp"],
                    "event_name": row["event_name"],
                    "customer": row["payload_stripe_customer_id"],
                    "value": Decimal(row["payload_value"]),
                }
            )
