"""Reading contributions: what comes back is what is stored, in order, consistently, and not much more."""

import itertools
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from boto3.dynamodb.types import TypeSerializer
from botocore.credentials import Credentials
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from meterdrop.adapters.dynamodb.client import Endpoint
from meterdrop.adapters.metering.usage_reader import UsageReader
from meterdrop.domain.metering.contributions import Hour
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Arrival, Scope, StoredContribution
from tests.support.api.moto_wire import MotoClient
from tests.support.fakes.usage_reading import AtOnce, FakeUsageReader
from tests.support.fakes.usage_stored import usage_items
from tests.support.usage_strategy import CUSTOMERS, METER, OWNERS, stored_events
from tests.unit.adapters.conftest import REGION, Aws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HOUR = 1_727_222_400 // 3_600  # 2024-09-25T00
OWNER = OWNERS[0]
_serialize = TypeSerializer().serialize
_names = itertools.count()


class NotingWire(MotoClient):
    """Notes what is sent."""

    def __init__(self, client: "DynamoDBClient") -> None:
        """Send with `client`."""
        super().__init__(client, Endpoint("http://moto", REGION, Credentials("a", "b"), urllib3.Timeout(1)))
        self.sent: list[tuple[str, Any]] = []

    def call(self, operation: str, body: str) -> bytes:
        """Note and send."""
        self.sent.append((operation, json.loads(body)))
        return super().call(operation, body)


class Table:
    """A usage table with these items, and its reader."""

    def __init__(self, client: "DynamoDBClient", items: Sequence[dict[str, Any]]) -> None:
        """Make it."""
        self.name = f"usage-{next(_names)}"
        client.create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        for item in items:
            client.put_item(TableName=self.name, Item={name: _serialize(value) for name, value in item.items()})
        self.json_client = NotingWire(client)
        executor: Any = AtOnce()
        self.reader = UsageReader(self.json_client, self.name, executor)


Make = Callable[..., Table]


@pytest.fixture
def make(aws: Aws) -> Make:
    """Make tables."""
    return lambda *items: Table(aws.dynamodb, items)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=10,
    deadline=None,
    phases=[Phase.generate],  # shrinking would make tables for minutes
)
@given(events=stored_events(), expect=st.one_of(st.none(), st.integers(1, 3)), newest_first=st.booleans())
def test_what_is_stored_is_read(make: Make, events: list[StoredEvent], expect: int | None, newest_first: bool) -> None:
    """Items in the stored format are read as the fake that other tests stand on has them."""
    reader, fake = make(*usage_items(events)).reader, FakeUsageReader(events)
    first, last = HOUR - 24 * 100, HOUR + 24 * 10
    for scope in (Scope(METER, None), *(Scope(METER, customer) for customer in CUSTOMERS)):
        for hours in (range(first, last), range(HOUR + 130, HOUR + 146), range(HOUR, HOUR)):
            expected = list(fake.walk(scope, hours, newest_first=newest_first))
            assert expected == list(reader.walk(scope, hours, newest_first=newest_first, expect=expect))
        at = [(each.hour, each.owner) for each in fake.walk(scope, range(first, last), newest_first=True) if each.owner]
        for each in fake.read(scope, at) if at else []:
            of = scope.at(each.hour)
            numbers = range(each.parts + 2)
            assert [each] == reader.read(scope, [(each.hour, each.owner)])
            assert fake.parts(of, each.owner, numbers) == reader.parts(of, each.owner, numbers)
    assert list(fake.arrivals(METER)) == list(reader.arrivals(METER))


def test_every_attribute_is_read(make: Make) -> None:
    """Figures with and without values, with a list and with parts; a cancel; and nothing of the hours around."""
    pk = f"{METER}#customer#cus_1"
    figures = {"sum": Decimal("2.5"), "min": Decimal(-1), "max": Decimal(3), "last": Decimal("0.5")}
    named = {"last_timestamp": 1_727_222_405, "last_row": 7}
    table = make(
        {"pk": pk, "sk": "2024-09-24T23#upl_a", "received": 1, "count": 9, "events": "before"},
        {"pk": pk, "sk": "2024-09-25T00#cancel#id#1", "received": 5, "count": -1, "sum": -2, "cancels": "id#1"},
        {"pk": pk, "sk": "2024-09-25T00#req_b", "received": 3, "count": 1, "events": "id#1"},
        {"pk": pk, "sk": "2024-09-25T00#upl_a", "received": 2, "count": 4, **figures, **named, "parts": 2},
        {"pk": pk, "sk": "2024-09-25T01#upl_a", "received": 1, "count": 9, "events": "after"},
        {"pk": f"{METER}#customer#cus_10", "sk": "2024-09-25T00#upl_a", "received": 1, "count": 9, "events": "other"},
    )
    found = list(table.reader.walk(Scope(METER, "cus_1"), range(HOUR, HOUR + 1), newest_first=False))
    assert [
        StoredContribution(HOUR, "", 5, -1, Decimal(-2), cancels="id#1"),
        StoredContribution(HOUR, "req_b", 3, 1, events="id#1"),
        StoredContribution(
            HOUR, "upl_a", 2, 4, Decimal("2.5"), Decimal(-1), Decimal(3), Decimal("0.5"), 1_727_222_405, 7, None, 2
        ),
    ] == found


def test_the_feed_is_read(make: Make) -> None:
    """With whom events arrived, the newest first."""
    table = make(
        {"pk": f"{METER}#feed", "sk": "0000000009#req_b", "count": 1, "hours": "5"},
        {"pk": f"{METER}#feed", "sk": "1727524800#upl_a", "count": 12, "hours": "7,6"},
    )
    assert [Arrival(1_727_524_800, "upl_a", 12, (7, 6)), Arrival(9, "req_b", 1, (5,))] == list(
        table.reader.arrivals(METER)
    )


def hourly(count: int) -> list[dict[str, Any]]:
    """Make one item an hour."""
    return [
        {
            "pk": f"{METER}#customer#cus_1",
            "sk": f"2024-09-25T{hour:02d}#{OWNER}",
            "received": 1,
            "count": 1,
            "events": "x",
        }
        for hour in range(count)
    ]


def test_few_are_read_where_few_are_expected(make: Make) -> None:
    """The first answer holds what is expected, each further one twice as much; without expectation all at once."""
    table = make(*hourly(20))
    scope, hours = Scope(METER, "cus_1"), range(HOUR, HOUR + 24)
    walk = table.reader.walk(scope, hours, newest_first=True, expect=3)
    assert [HOUR + 19, HOUR + 18, HOUR + 17] == [next(walk).hour for _ in range(3)]
    assert [3] == [body.get("Limit") for _, body in table.json_client.sent]
    assert 17 == len(list(walk))
    assert [3, 6, 12] == [body.get("Limit") for _, body in table.json_client.sent]
    table.json_client.sent.clear()
    assert 20 == len(list(table.reader.walk(scope, hours, newest_first=True)))
    assert [None] == [body.get("Limit") for _, body in table.json_client.sent]


def test_every_read_is_consistent(make: Make) -> None:
    """No read may be old, and none goes by an index or scans."""
    table = make(*hourly(1))
    scope = Scope(METER, "cus_1")
    list(table.reader.walk(scope, range(HOUR, HOUR + 1), newest_first=True))
    list(table.reader.arrivals(METER))
    table.reader.read(scope, [(HOUR, OWNER)])
    table.reader.parts(Hour(METER, "cus_1", HOUR), OWNER, [0])
    for operation, body in table.json_client.sent:
        request = body["RequestItems"][table.name] if operation == "BatchGetItem" else body
        assert request["ConsistentRead"] is True
        assert "IndexName" not in request
    assert ["Query", "Query", "BatchGetItem", "BatchGetItem"] == [operation for operation, _ in table.json_client.sent]


def test_all_customers_are_read_month_by_month(make: Make) -> None:
    """The partitions of the months that the hours touch, each once, in the direction of the walk."""
    table = make()
    scope, first = Scope(METER, None), 1_727_740_800 // 3_600 - 1  # the last hour of September 2024
    for hours, months in (
        (range(first, first + 1), ["2024-09"]),
        (range(first, first + 2), ["2024-09", "2024-10"]),
        (range(first, first + 24 * 100), ["2024-09", "2024-10", "2024-11", "2024-12", "2025-01"]),
    ):
        for newest_first in (False, True):
            table.json_client.sent.clear()
            assert [] == list(table.reader.walk(scope, hours, newest_first=newest_first))
            asked = [body["ExpressionAttributeValues"][":pk"]["S"] for _, body in table.json_client.sent]
            assert [f"{METER}#month#{month}" for month in months][:: -1 if newest_first else 1] == asked
