"""The meters, customers and the key that tests begin with, as the API leaves them."""

from typing import Any

from boto3.dynamodb.types import TypeSerializer

from meterdrop.adapters.access.api_keys import key_hash
from meterdrop.adapters.access.api_keys import to_item as key_item
from meterdrop.adapters.catalog.customer_items import key_of
from meterdrop.adapters.catalog.customer_items import to_item as customer_item
from meterdrop.adapters.catalog.meter_items import to_item as meter_item
from meterdrop.adapters.catalog.period_items import period_item
from meterdrop.domain.access.permissions import ALL, Permissions
from meterdrop.domain.customers.customer import Customer, StoredCustomer
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.periods.period import BillingPeriod
from tests.support.api.store import SECRET_KEY, an_api_key
from tests.support.aws.functions import Functions
from tests.support.fakes.catalog import CUSTOMERS, METERS

_serialize = TypeSerializer().serialize


def seed(functions: Functions) -> None:
    """Store all of them."""
    for meter in METERS:
        put_meter(functions, meter)
    for id_ in CUSTOMERS:
        put_customer(functions, id_)
    put_key(functions, SECRET_KEY)


def put_key(functions: Functions, text: str, permissions: Permissions = ALL) -> None:
    """Store an API key."""
    item = key_item(an_api_key(text, permissions), key_hash(text))
    functions.call_service("dynamodb", "PutItem", {"TableName": "keys", "Item": item})


def put_meter(functions: Functions, meter: Meter) -> None:
    """Store a meter, or change it."""
    put(functions, meter_item(meter, "req_of_a_test"))


def put_customer(functions: Functions, id_: str) -> None:
    """Register a customer of whom nothing is known but the id."""
    put(functions, customer_item(StoredCustomer(customer=Customer(id=id_, created=1))))


def put_period(functions: Functions, period: BillingPeriod) -> None:
    """Store a billing period, or change it."""
    put(functions, period_item(period))


def remove_customer(functions: Functions, id_: str) -> None:
    """Delete a customer."""
    functions.call_service("dynamodb", "DeleteItem", {"TableName": "catalog", "Key": key_of(id_)})


def put(functions: Functions, item: dict[str, Any]) -> None:
    """Store an item."""
    plain = {name: _serialize(value) for name, value in item.items()}
    functions.call_service("dynamodb", "PutItem", {"TableName": "catalog", "Item": plain})
