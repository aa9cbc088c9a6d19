"""The meters of the catalog."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from meterdrop.domain.codes import Formula
from meterdrop.domain.meter import Meter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "meters"
ACTIVE = "active"
_deserialize = TypeDeserializer().deserialize


class MeterTable:
    """All meters lie in one partition of the catalog; an owner has tens of them, not thousands."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from `table` with `client`."""
        self._client = client
        self._table = table

    def list_meters(self) -> list[Meter]:
        """Return every meter, deactivated ones too, by id; as stored now, not as some replica remembers."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": PARTITION}},
            ConsistentRead=True,
        )
        return [_meter(item) for page in pages for item in page["Items"]]


def _meter(item: Mapping[str, Any]) -> Meter:
    read = {name: _deserialize(value) for name, value in item.items()}
    return Meter(
        id=read["id"],
        event_name=read["event_name"],
        display_name=read["display_name"],
        formula=Formula(read["formula"]),
        customer_key=read["customer_key"],
        value_key=read["value_key"],
        active=read["status"] == ACTIVE,
        created=int(read["created"]),
        updated=int(read["updated"]),
    )
