"""Changes to meters. An event name belongs to one active meter at a time."""

from dataclasses import replace
from typing import TYPE_CHECKING

from meterdrop.adapters.catalog.meter_items import key_of, to_item
from meterdrop.adapters.catalog.meter_table import MeterTable
from meterdrop.adapters.dynamodb.items import FORM, check_form, encode
from meterdrop.adapters.dynamodb.transactions import transact_write
from meterdrop.domain.changes import Change, change_object
from meterdrop.domain.codes import MeterStatus
from meterdrop.domain.metering.meter import Meter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef


PARTITION = "meter_names"
"""Partition of the claims. The sort key is an event name; the attribute `meter` is the ID of its meter."""


class NameTakenError(Exception):
    """Another active meter has the event name."""

    def __init__(self, meter_id: str) -> None:
        """Store the ID of that meter."""
        super().__init__(meter_id)
        self.meter_id = meter_id


class EventNames:
    """The claims on event names. Prepares writes for the transaction that activates or deactivates a meter."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from `table` with `client`. The table holds both claims and meters."""
        self._client = client
        self._table = table
        self._meters = MeterTable(client, table)

    def claim(self, meter: Meter) -> "list[TransactWriteItemTypeDef]":
        """Return the writes that claim a meter's event name. Raises NameTakenError.

        The writes fail if another meter claims the name in the meantime. A meter that was created manually has no
        claim, and a meter that was deactivated manually still has one. So this method also checks the meters, and
        moves the claim of an inactive meter to the new one.
        """
        holder = self._holder(meter.event_name)
        for other in self._meters.list_meters():
            if other.active and other.event_name == meter.event_name and other.id != meter.id:
                raise NameTakenError(other.id)
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table,
                "Item": {**_key(meter), "form": {"N": str(FORM)}, "meter": {"S": meter.id}},
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
        """Return the writes that release a meter's event name. They succeed even if the meter has no claim."""
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
        return check_form(item)["meter"]["S"] if item else None


def _key(meter: Meter) -> "dict[str, AttributeValueTypeDef]":
    return {"pk": {"S": PARTITION}, "sk": {"S": meter.event_name}}


class MeterChanges:
    """The meters of the catalog, for writes."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Write to `table` with `client`."""
        self._client = client
        self._table = table
        self._meters = MeterTable(client, table)
        self._names = EventNames(client, table)

    def create(self, meter: Meter, request: str) -> Meter:
        """Store a new meter and return it, or return the meter stored under its ID. Raises NameTakenError."""
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table,
                "Item": encode(to_item(meter, request)),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        while True:  # a failed round means that another write succeeded
            if stored := self._meters.find(meter.id):
                return stored
            if not transact_write(self._client, [put, *self._names.claim(meter)]):
                return meter

    def rename(self, meter_id: str, display_name: str, now: int, change: Change) -> Meter | None:
        """Change a meter's display name and return the meter, or None if it does not exist."""
        if self._meters.find(meter_id) is None:
            return None
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key_of(meter_id),
                UpdateExpression="SET display_name = :name, updated = :now, last_change = :change",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={
                    ":name": {"S": display_name},
                    ":now": {"N": str(now)},
                    **_change_value(change),
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return self._meters.find(meter_id)

    def deactivate(self, meter: Meter, now: int, change: Change) -> Meter | None:
        """Deactivate an active meter and return it, or None if it is no longer active."""
        to = "SET #status = :inactive, updated = :now, deactivated_at = :now, last_change = :change"
        update = self._switch(meter, now, change, to, ":active")
        while failed := transact_write(self._client, [update, *self._names.release(meter)]):
            if 0 in failed:
                return None
        return replace(meter, active=False, updated=now, deactivated_at=now, last_change=change)

    def reactivate(self, meter: Meter, now: int, change: Change) -> Meter | None:
        """Reactivate an inactive meter and return it, or None if it is no longer inactive. Raises NameTakenError."""
        to = "SET #status = :active, updated = :now, last_change = :change REMOVE deactivated_at"
        update = self._switch(meter, now, change, to, ":inactive")
        while failed := transact_write(self._client, [update, *self._names.claim(meter)]):
            if 0 in failed:
                return None
        return replace(meter, active=True, updated=now, deactivated_at=None, last_change=change)

    def _switch(self, meter: Meter, now: int, change: Change, update: str, expected: str) -> "TransactWriteItemTypeDef":
        return {
            "Update": {
                "TableName": self._table,
                "Key": key_of(meter.id),
                "UpdateExpression": update,
                "ConditionExpression": f"#status = {expected}",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {
                    ":active": {"S": MeterStatus.ACTIVE.value},
                    ":inactive": {"S": MeterStatus.INACTIVE.value},
                    ":now": {"N": str(now)},
                    **_change_value(change),
                },
            }
        }


def _change_value(change: Change) -> "dict[str, AttributeValueTypeDef]":
    return encode({":change": change_object(change)})
