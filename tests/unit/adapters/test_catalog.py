"""Meters on moto, customers on a small DynamoDB."""

import json
from dataclasses import replace
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from meterdrop.adapters.catalog.customer_bulk import CustomerTable
from meterdrop.adapters.catalog.meter_items import from_item, to_item
from meterdrop.adapters.catalog.meter_table import MeterTable
from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.domain.metering.meter import Meter, by_event_name
from tests.support.dynamodb.small_dynamodb import Fault
from tests.support.fakes.catalog import METERS
from tests.unit.adapters.conftest import Aws, Wired

_serialize = TypeSerializer().serialize


def put_meter(aws: Aws, meter: Meter) -> None:
    """Store a meter as the catalog holds it."""
    item: dict[str, Any] = {
        "pk": "meters",
        "sk": meter.id,
        "form": 1,
        "id": meter.id,
        "event_name": meter.event_name,
        "display_name": meter.display_name,
        "status": "active" if meter.active else "inactive",
        "formula": meter.formula.value,
        "customer_key": meter.customer_key,
        "value_key": meter.value_key,
        "created": meter.created,
        "updated": meter.updated,
    }
    aws.dynamodb.put_item(TableName="catalog", Item={name: _serialize(value) for name, value in item.items()})


def test_meters(aws: Aws) -> None:
    """All meters come, by id, deactivated ones too; nothing else of the catalog does."""
    for meter in reversed(METERS):
        put_meter(aws, meter)
    aws.dynamodb.put_item(TableName="catalog", Item={"pk": {"S": "keys"}, "sk": {"S": "hash"}})
    found = MeterTable(aws.dynamodb, "catalog").list_meters()
    assert found == sorted(METERS, key=lambda meter: meter.id)


def test_a_meter_that_lacks_what_has_a_default(aws: Aws) -> None:
    """One written by hand stops no upload for an attribute that can be known without it."""
    bare = {"pk": "meters", "sk": "mtr_bare", "id": "mtr_bare", "event_name": "bare", "status": "active"}
    aws.dynamodb.put_item(
        TableName="catalog", Item={"form": {"N": "1"}, **{name: {"S": value} for name, value in bare.items()}}
    )
    (found,) = MeterTable(aws.dynamodb, "catalog").list_meters()
    assert found == Meter(id="mtr_bare", event_name="bare", display_name="bare")
    assert MeterTable(aws.dynamodb, "catalog").find("mtr_bare") == found


@pytest.mark.parametrize("meter", METERS, ids=lambda meter: meter.id)
def test_a_meter_is_read_as_it_was_written(meter: Meter) -> None:
    """The item holds all of a meter."""
    for each in (meter, replace(meter, active=not meter.active, deactivated_at=7, created=1, updated=2)):
        assert from_item(to_item(each, "req_a")) == each


def test_more_meters_than_a_page_holds(aws: Aws) -> None:
    """DynamoDB gives a megabyte at a time."""
    many = [replace(METERS[0], id=f"mtr_{number:04}", display_name="x" * 3_000) for number in range(400)]
    for meter in many:
        put_meter(aws, meter)
    assert MeterTable(aws.dynamodb, "catalog").list_meters() == many


def test_an_active_meter_wins_its_name() -> None:
    """Of meters with one event name the active one reads its rows, however old the others are."""
    active = METERS[0]
    archived = [
        replace(active, id=f"mtr_{name}", active=False, created=created) for name, created in (("a", 1), ("z", 9))
    ]
    assert by_event_name([archived[0], active, archived[1]]) == {active.event_name: active}


def put_customers(wired: Wired, *ids: str) -> None:
    """Store customers as the catalog holds them."""
    table = wired.database.tables.setdefault("catalog", {})
    for id_ in ids:
        key = {"pk": {"S": f"customer#{id_}"}, "sk": {"S": "customer"}}
        table[json.dumps(key, sort_keys=True)] = {
            **key,
            "form": {"N": "1"},
            "id": {"S": id_},
            "name": {"S": "Somebody"},
        }


def test_registered_customers(wired: Wired) -> None:
    """Those that are registered, whatever characters their ids have."""
    put_customers(wired, "cus_1", 'a"b', "Müller", "😀")
    table = CustomerTable(wired.json_client, "catalog")
    assert table.registered(["cus_1", 'a"b', "Müller", "😀", "nobody"]) == {"cus_1", 'a"b', "Müller", "😀"}
    assert table.registered(["nobody"]) == set()


def test_a_deleted_customer_is_not_registered(wired: Wired) -> None:
    """What stays of it is no customer."""
    put_customers(wired, "cus_1", "cus_2")
    [item, _] = wired.database.tables["catalog"].values()
    item["deleted"] = {"N": "1727524900"}
    assert CustomerTable(wired.json_client, "catalog").registered(["cus_1", "cus_2"]) == {"cus_2"}


def test_customers_that_were_left_unread(wired: Wired) -> None:
    """An answer that leaves keys out is no answer about them."""
    ids = [f"cus_{number}" for number in range(100)]
    put_customers(wired, *ids)
    wired.database.faults.extend([Fault(rows=tuple(range(50))), Fault(rows=(1,))])
    assert CustomerTable(wired.json_client, "catalog").registered(ids) == set(ids)


def test_customers_that_stay_unread(wired: Wired) -> None:
    """To give up is an error: a customer who could not be read is never one who does not exist."""
    put_customers(wired, "cus_1")
    wired.database.faults.extend([Fault(rows=(0,))] * 100)
    with pytest.raises(AwsError, match="BatchGetItem"):
        CustomerTable(wired.json_client, "catalog").registered(["cus_1"])
