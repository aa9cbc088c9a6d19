"""What a list of customers costs, and what it makes of an index that lags."""

from itertools import islice
from typing import Any, cast

from meterdrop.adapters.catalog.customer_items import SHARDS, to_item
from meterdrop.adapters.catalog.customer_table import CustomerList
from meterdrop.domain.customers.customer import Customer, CustomerFilter, StoredCustomer
from tests.support.api.moto_wire import MotoClient
from tests.support.api.store import Store
from tests.unit.api.test_index_reads import CountingClient

EMAIL = "a@b.example"


def fill(store: Store, count: int) -> None:
    """Store customers."""
    for number in range(count):
        customer = Customer(id=f"cus_{number}", email=EMAIL if number % 2 else None, created=number)
        store.put("catalog", to_item(StoredCustomer(customer=customer)))


def test_a_page_asks_each_shard_for_little(store: Store) -> None:
    """All shards are asked, and no more customers are read than are shown, however many there are."""
    fill(store, 150)
    client = CountingClient(store.client)
    walk = CustomerList(cast("Any", client), MotoClient(cast("Any", client)), "catalog").walk(
        CustomerFilter(), expect=11
    )
    assert [customer.created for customer in islice(walk, 11)] == list(range(149, 138, -1))
    assert client.queries == [("by_created", f"customers#{number}") for number in range(SHARDS)]
    assert client.read == 11


def test_an_address_has_its_own_index(store: Store) -> None:
    """Who is asked for by e-mail address is found without reading others."""
    fill(store, 20)
    client = CountingClient(store.client)
    found = list(
        CustomerList(cast("Any", client), MotoClient(cast("Any", client)), "catalog").walk(CustomerFilter(email=EMAIL))
    )
    assert (10, 10) == (len(found), client.read)
    assert client.queries == [("by_email", EMAIL)]


class LaggingClient(CountingClient):
    """A client whose index still holds places that the items have left."""

    def __init__(self, client: Any, places: list[str]) -> None:
        """Add these places to what is found in the first shard."""
        super().__init__(client)
        self.places = places

    def query(self, **request: Any) -> Any:
        """Find what is there, and what was there."""
        response = super().query(**request)
        if request["ExpressionAttributeValues"][":pk"]["S"] == "customers#0":
            items = [*response["Items"], *({"created_id": {"S": place}} for place in self.places)]
            response["Items"] = sorted(items, key=lambda item: item["created_id"]["S"], reverse=True)
        return response


def test_an_index_that_lags(store: Store) -> None:
    """Who was deleted is not shown, and who was deleted and made anew is shown once, at the new place."""
    fill(store, 3)
    client = LaggingClient(store.client, ["0000000000#cus_2", "0000000001#cus_gone"])
    found = list(CustomerList(cast("Any", client), MotoClient(cast("Any", client)), "catalog").walk(CustomerFilter()))
    assert [customer.id for customer in found] == ["cus_2", "cus_1", "cus_0"]
