"""The meters of the catalog, read only."""

from typing import TYPE_CHECKING

from meterdrop.adapters.catalog.meter_items import PARTITION, from_item, key_of
from meterdrop.adapters.dynamodb.items import decode
from meterdrop.domain.files.cells import could_be_stored
from meterdrop.domain.metering.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


class MeterTable:
    """The meters of the catalog. They share one partition, since an owner has tens of meters, not thousands."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from `table` with `client`."""
        self._client = client
        self._table = table

    def list_meters(self) -> list[Meter]:
        """Return all meters, inactive ones included, in order of their IDs. Reads consistently."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": PARTITION}},
            ConsistentRead=True,
        )
        return [_meter(item) for page in pages for item in page["Items"]]

    def find(self, meter_id: str) -> Meter | None:
        """Return the current meter, or None."""
        if not could_be_stored(meter_id):
            return None
        item = self._client.get_item(TableName=self._table, Key=key_of(meter_id), ConsistentRead=True).get("Item")
        return _meter(item) if item else None


def _meter(item: "Mapping[str, AttributeValueTypeDef]") -> Meter:
    return from_item(decode(item))
