"""The meter as a catalog item: its key, and the mapping in both directions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from meterdrop.adapters.dynamodb.items import FORM
from meterdrop.domain.changes import change_object, change_of
from meterdrop.domain.codes import Formula, MeterStatus
from meterdrop.domain.metering.meter import DEFAULT_CUSTOMER_KEY, DEFAULT_VALUE_KEY, Meter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

PARTITION = "meters"

Item = dict[str, Any]


def key_of(meter_id: str) -> "dict[str, AttributeValueTypeDef]":
    """Return the key of a meter's item, for the boto3 client."""
    return {"pk": {"S": PARTITION}, "sk": {"S": meter_id}}


def to_item(meter: Meter, request: str) -> Item:
    """Return the item in the resource API's types. `request` is the token of the request that created it."""
    item: Item = {
        "pk": PARTITION,
        "sk": meter.id,
        "form": FORM,
        "id": meter.id,
        "event_name": meter.event_name,
        "display_name": meter.display_name,
        "status": meter.status.value,
        "formula": meter.formula.value,
        "customer_key": meter.customer_key,
        "value_key": meter.value_key,
        "created": meter.created,
        "updated": meter.updated,
        "deactivated_at": meter.deactivated_at,
        "request": request,
        "last_change": change_object(meter.last_change),
    }
    return {name: value for name, value in item.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> Meter:
    """Return the meter of an item. An item written manually may lack attributes that have a default."""
    created = int(item.get("created", 0))
    deactivated_at = item.get("deactivated_at")
    return Meter(
        id=item["id"],
        event_name=item["event_name"],
        display_name=item.get("display_name", item["event_name"]),
        formula=Formula(item.get("formula", Formula.SUM)),
        customer_key=item.get("customer_key", DEFAULT_CUSTOMER_KEY),
        value_key=item.get("value_key", DEFAULT_VALUE_KEY),
        active=item["status"] == MeterStatus.ACTIVE,
        created=created,
        updated=int(item.get("updated", created)),
        deactivated_at=None if deactivated_at is None else int(deactivated_at),
        last_change=change_of(item.get("last_change")),
    )
