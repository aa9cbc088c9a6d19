"""What the stack's tables hold, as ingest and `make key` write it."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from meterdrop.adapters.access.api_keys import key_hash, key_id
from meterdrop.adapters.access.api_keys import to_item as key_item
from meterdrop.adapters.uploads.upload_items import to_item
from meterdrop.domain.access.api_key import ApiKey
from meterdrop.domain.access.key_text import with_checksum
from meterdrop.domain.access.permissions import ALL, Permissions
from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.upload import Upload

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECRET_KEY = "sk_mdr1_ExampleOfASecretKeyWhichIsNotValid0000000001FwXdL"
READ_KEY = "rk_mdr1_ExampleOfAReadKeyWhichIsNotValid000000000004C26ro"
BUCKET = "meterdrop-uploads"
AUDIT_LOG_GROUP = "audit"
_INDEXES = {"by_month": "month", "by_status": "status_month", "by_key": "key", "by_parent": "parent"}
_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def take_messages() -> list[dict[str, str]]:
    """Take all messages off the queue of uploads."""
    sqs, url = boto3.client("sqs"), boto3.client("sqs").get_queue_url(QueueName="uploads")["QueueUrl"]
    found = []
    while taken := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in taken:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def audit_lines() -> list[dict[str, Any]]:
    """Return the audit trail of all tests of a module so far, oldest first."""
    events = boto3.client("logs").filter_log_events(logGroupName=AUDIT_LOG_GROUP, limit=10_000)["events"]
    return [json.loads(event["message"]) for event in events]


class Store:
    """What the ingest function would have written."""

    def __init__(self, client: "DynamoDBClient") -> None:
        """Make the tables."""
        self.client = client
        self._make("catalog", ["pk", "sk"], {"by_created": "shard", "by_email": "email"})
        self._make("uploads", ["id"], _INDEXES)
        self._make("keys", ["id"], {})
        self._make("idempotency", ["id"], {})
        self._make("events", ["id"], {})
        self._make("usage", ["pk", "sk"], {})

    def _make(self, name: str, keys: list[str], indexes: Mapping[str, str]) -> None:
        names = {*keys, *indexes.values()} | ({"created_id"} if indexes else set())
        more: Any = {
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": index,
                    "KeySchema": [
                        {"AttributeName": attribute, "KeyType": "HASH"},
                        {"AttributeName": "created_id", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
                for index, attribute in indexes.items()
            ]
        }
        self.client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in sorted(names)],
            KeySchema=[
                {"AttributeName": key, "KeyType": "RANGE" if place else "HASH"} for place, key in enumerate(keys)
            ],
            **(more if indexes else {}),
        )

    def put(self, table: str, item: Mapping[str, Any]) -> None:
        """Store an item given in plain types."""
        self.client.put_item(TableName=table, Item={name: _serialize(value) for name, value in item.items()})

    def put_upload(self, upload: Upload, **changes: object) -> Upload:
        """Store an upload, its month first."""
        self.client.update_item(
            TableName="uploads",
            Key={"id": {"S": "#months"}},
            UpdateExpression="SET form = :form ADD months :month",
            ExpressionAttributeValues={":form": {"N": "1"}, ":month": {"SS": [upload.month]}},
        )
        self.put("uploads", to_item(upload) | changes)
        return upload

    def drop(self, key: str) -> str:
        """Store an object in the bucket; returns its version."""
        version: str = boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"usage")["VersionId"]
        return version

    def put_key(self, text: str, permissions: Permissions = ALL, **changes: Any) -> ApiKey:
        """Store an API key; all that begin with `sk_` are admin keys."""
        key = an_api_key(text, permissions, **changes)
        self.client.put_item(TableName="keys", Item=key_item(key, key_hash(text)))
        return key

    def revoke_key(self, text: str) -> None:
        """Take an API key away."""
        self.client.delete_item(TableName="keys", Key={"id": {"S": key_id(key_hash(text))}})

    def put_customer(self, id_: str) -> None:
        """Register a customer."""
        key = {"pk": f"customer#{id_}", "sk": "customer"}
        self.put("catalog", {**key, "form": 1, "id": id_, "created": 1, "revision": 1})

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return all that a table holds, in plain types."""
        found = self.client.scan(TableName=table)["Items"]
        return [{name: _deserialize(value) for name, value in item.items()} for item in found]

    def put_meter(self, id_: str, event_name: str, **changes: str) -> None:
        """Store a meter."""
        meter: dict[str, object] = {
            "pk": "meters",
            "sk": id_,
            "form": 1,
            "id": id_,
            "event_name": event_name,
            "display_name": event_name,
            "status": "active",
            "formula": "sum",
            "customer_key": "stripe_customer_id",
            "value_key": "value",
            "created": 1,
            "updated": 1,
        }
        self.put("catalog", {**meter, **changes})


def a_key_text(number: int, kind: str = "rk") -> str:
    """Make the text of another API key."""
    return with_checksum(f"{kind}_mdr1_{number:043}")


def an_api_key(text: str, permissions: Permissions = ALL, **changes: Any) -> ApiKey:
    """Make the API key with a text."""
    defaults: dict[str, Any] = {"id": key_id(key_hash(text)), "is_admin": text.startswith("sk_"), "created": 1}
    return ApiKey(permissions=permissions, **(defaults | changes))


def an_upload(number: int = 0, **changes: Any) -> Upload:
    """Make an upload; the number makes it another one."""
    key = changes.pop("key", "uploads/acme/2024-09.csv")
    version = changes.pop("version_id", f"version-{number}")
    defaults: dict[str, Any] = {
        "id": ObjectVersion(BUCKET, key, version).upload_id,
        "kind": Kind.USAGE,
        "status": Status.SUCCEEDED,
        "dry_run": False,
        "key": key,
        "version_id": version,
        "created": 1_727_108_545 + number,
    }
    return Upload(**(defaults | changes))
