"""Keeps an event name to one active meter: a claim item of the catalog says whose it is."""

from typing import TYPE_CHECKING

from meterdrop.adapters.meter_item import key_of
from meterdrop.adapters.meters import MeterTable
from meterdrop.domain.codes import MeterStatus
from meterdrop.domain.metering.meter import Meter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

PARTITION = "meter_names"
"""Of the claims; the sort key is an event name, the attribute `meter` the id of its meter."""


class NameTakenError(Exception):
    """Another active meter has the event name."""

    def __init__(self, meter_id: str) -> None:
        """Hold the id of that meter."""
        super().__init__(meter_id)
        self.meter_id = meter_id


class EventNames:
    """Prepares writes for the transaction in which a meter becomes active or inactive."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from `table` with `client`; the claims lie beside the meters."""
        self._client = client
        self._table = table
        self._meters = MeterTable(client, table)

    def claim(self, meter: Meter) -> "list[TransactWriteItemTypeDef]":
        """Return what gives a meter its name, and fails where that changes hands meanwhile. Raises NameTakenError.

        A meter that was written by hand has no claim, and one that was deactivated by hand still has it. So the
        meters are looked at too, and a claim goes over to the next meter if its own is inactive.
        """
        holder = self._holder(meter.event_name)
        for other in self._meters.list_meters():
            if other.active and other.event_name == meter.event_name and other.id != meter.id:
                raise NameTakenError(other.id)
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table,
                "Item": {**_key(meter), "meter": {"S": meter.id}},
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        if holder is None:
            return [put]
        put["Put"] |= {
            "ConditionExpression": "meter = :holder",
            "ExpressionAttributeValues": {":holder": {"S": holder}},
        }
        if holder == meter.id:
            return [put]
        still_inactive: TransactWriteItemTypeDef = {
            "ConditionCheck": {
                "TableName": self._table,
                "Key": key_of(holder),
                "ConditionExpression": "attribute_not_exists(pk) OR #status = :inactive",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {":inactive": {"S": MeterStatus.INACTIVE.value}},
            }
        }
        return [put, still_inactive]

    def release(self, meter: Meter) -> "list[TransactWriteItemTypeDef]":
        """Return what takes a meter's name from it; to have none is no fault."""
        return [
            {
                "Delete": {
                    "TableName": self._table,
                    "Key": _key(meter),
                    "ConditionExpression": "attribute_not_exists(pk) OR meter = :id",
                    "ExpressionAttributeValues": {":id": {"S": meter.id}},
                }
            }
        ]

    def _holder(self, event_name: str) -> str | None:
        key: dict[str, AttributeValueTypeDef] = {"pk": {"S": PARTITION}, "sk": {"S": event_name}}
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return item["meter"]["S"] if item else None


def _key(meter: Meter) -> "dict[str, AttributeValueTypeDef]":
    return {"pk": {"S": PARTITION}, "sk": {"S": meter.event_name}}
