"""Makes and changes meters."""

from dataclasses import replace
from typing import TYPE_CHECKING

from boto3.dynamodb.types import TypeSerializer

from meterdrop.adapters.all_or_none import write_all
from meterdrop.adapters.event_names import EventNames
from meterdrop.adapters.meter_item import key_of, to_item
from meterdrop.adapters.meters import MeterTable
from meterdrop.domain.codes import MeterStatus
from meterdrop.domain.metering.meter import Meter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_serialize = TypeSerializer().serialize


class MeterChanges:
    """The meters of the catalog, to be written."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Write to `table` with `client`."""
        self._client = client
        self._table = table
        self._meters = MeterTable(client, table)
        self._names = EventNames(client, table)

    def create(self, meter: Meter, request: str) -> Meter:
        """Store a new meter and return it, or the one that is stored under its id. Raises NameTakenError."""
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table,
                "Item": {name: _serialize(value) for name, value in to_item(meter, request).items()},
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        while True:  # each round that fails means that somebody else's write went through
            if stored := self._meters.find(meter.id):
                return stored
            if not write_all(self._client, [put, *self._names.claim(meter)]):
                return meter

    def rename(self, meter_id: str, display_name: str, now: int) -> Meter | None:
        """Give a meter another display name and return it, or None where there is no such meter."""
        if self._meters.find(meter_id) is None:
            return None
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key_of(meter_id),
                UpdateExpression="SET display_name = :name, updated = :now",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":name": {"S": display_name}, ":now": {"N": str(now)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return self._meters.find(meter_id)

    def deactivate(self, meter: Meter, now: int) -> Meter | None:
        """Deactivate an active meter and return it, or None where it is not active any more."""
        update = self._switch(meter, now, "SET #status = :inactive, updated = :now, deactivated_at = :now", ":active")
        while failed := write_all(self._client, [update, *self._names.release(meter)]):
            if 0 in failed:
                return None
        return replace(meter, active=False, updated=now, deactivated_at=now)

    def reactivate(self, meter: Meter, now: int) -> Meter | None:
        """Reactivate an inactive meter and return it, or None where it is active already. Raises NameTakenError."""
        update = self._switch(meter, now, "SET #status = :active, updated = :now REMOVE deactivated_at", ":inactive")
        while failed := write_all(self._client, [update, *self._names.claim(meter)]):
            if 0 in failed:
                return None
        return replace(meter, active=True, updated=now, deactivated_at=None)

    def _switch(self, meter: Meter, now: int, update: str, expected: str) -> "TransactWriteItemTypeDef":
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
                },
            }
        }
