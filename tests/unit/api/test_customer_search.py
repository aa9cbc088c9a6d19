"""The search of customers: Stripe's query language, every customer by any part, pages, and what a page reads."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterdrop.adapters.catalog import customer_table
from meterdrop.adapters.catalog.customer_items import to_item
from meterdrop.adapters.catalog.customer_table import CustomerList
from meterdrop.domain.customers.customer import Customer, StoredCustomer, refuse_unreachable
from meterdrop.domain.customers.search import QueryError, parse_query
from tests.support.api.client import Api
from tests.support.api.moto_wire import MotoClient
from tests.support.api.store import Store
from tests.unit.api.test_customers import delete, made, path_of

SEARCH = "/v1/customers/search"
ADA = Customer(
    id="acme/berlin",
    name="Ada's Größe",
    email="Billing@Ada.example",
    phone="+49 731 1",
    metadata={"plan": "Pro", 'a"b': "x"},
    created=1_727_222_400,
)


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("name:'ada\\'s größe'", True),
        ('name:"ADA\'S GRÖSSE"', True),
        ("name:'ada'", False),
        ("name~'ada'", True),
        ("name~'RÖß'", True),
        ("name~'größe'", True),
        ("name~'grobe'", False),
        ("name:null", False),
        ("-name:null", True),
        ("email~'@ada'", True),
        ("-email~'@ada'", False),
        ("email:'billing@ada.example'", True),
        ("phone~'731'", True),
        ("id~'berlin'", True),
        ("id:'acme'", False),
        ("metadata['plan']:'pro'", True),
        ('metadata["plan"]:"free"', False),
        ("metadata['plan']~'r'", True),
        ("metadata['a\"b']:'x'", True),
        ("metadata['seats']:null", True),
        ("-metadata['seats']:null", False),
        ("created>1727222399", True),
        ("created>1727222400", False),
        ("created>=1727222400 created<=1727222400", True),
        ("created<1727222400", False),
        ("created:1727222400", True),
        ("created:'1727222400'", True),
        ("name~'ada' AND email~'nobody'", False),
        ("name~'ada' email~'nobody'", False),
        ("name~'ada' or email~'nobody'", True),
        ("name~'nobody' OR -email~'nobody' OR id~'x'", True),
        (" name ~'ada' ", True),
        ("name~ 'ada'", True),
        ("name~'ada' OR id~'a' AND id~'b'", None),
        ("name~'ada' OR id~'a' id~'b'", None),
        ("name", None),
        ("ada", None),
        ("name:ada", None),
        ("name:'ada", None),
        ("name>'ada'", None),
        ("name~null", None),
        ("name:5", None),
        ("created~'17'", None),
        ("created:'a'", None),
        ("created:null", None),
        ("metadata:'pro'", None),
        ("name['a']:'b'", None),
        ("colour:'red'", None),
        ("(name:'a')", None),
        ("name:'a'name:'b'", None),
        ("name:'a' AND", None),
        (" ".join(["name~'a'"] * 10), True),
        (" ".join(["name~'a'"] * 11), None),
    ],
)
def test_stripes_query_language(query: str, is_found: bool | None) -> None:
    """What a query finds; None where it can't be understood."""
    if is_found is None:
        with pytest.raises(QueryError):
            parse_query(query)
    else:
        assert is_found == parse_query(query).matches(ADA)


@given(st.text(st.sampled_from("name:~'\"\\- AND[]created<>=1"), max_size=30) | st.text(max_size=20))
def test_any_query(text: str) -> None:
    """It is parsed, or refused with a reason; nothing else happens."""
    with suppress(QueryError):
        assert parse_query(text).matches(ADA) in {True, False}


@given(st.text(min_size=1), st.sampled_from("'\""))
def test_any_text_can_be_searched(text: str, mark: str) -> None:
    """Quotation marks and backslashes are escaped by a backslash."""
    escaped = text.replace("\\", "\\\\").replace(mark, f"\\{mark}")
    customer = Customer(id="c1", name=text, created=1)
    assert parse_query(f"name:{mark}{escaped}{mark}").matches(customer)
    assert parse_query(f"name~{mark}{escaped}{mark} created:1").matches(customer)


def fill(store: Store, count: int) -> None:
    """Store customers, between other items of the table."""
    for number in range(count):
        customer = Customer(id=f"cus_{number}", name=f"Customer {number}", created=number)
        store.put("catalog", to_item(StoredCustomer(customer=customer)))
    store.put_meter("mtr_1", "calls")


def test_a_result_has_stripes_shape(api: Api, store: Store) -> None:
    """Whole customers; no page follows."""
    fill(store, 3)
    customer = made(api, name="Ada Analytics", metadata={"plan": "pro"}, address={"city": "Ulm"})
    assert api.get(SEARCH, query="name~'anal' metadata['plan']:'pro'").json == {
        "object": "search_result",
        "data": [customer],
        "has_more": False,
        "next_page": None,
        "url": SEARCH,
    }
    assert delete(api, path_of(customer["id"])).status == 200
    assert [] == api.get(SEARCH, query="name~'anal'").json["data"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10, deadline=None)
@given(limit=st.integers(1, 45), reads=st.integers(1, 9), bound=st.integers(1, 45))
def test_pages_find_each_customer_once(api: Api, store: Store, limit: int, reads: int, bound: int) -> None:
    """However little a call and a page may read: never only the newest, and never an empty page before the last."""
    if not store.items("catalog")[3:]:
        fill(store, 40)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(customer_table, "_SCAN_LIMIT", reads)
        patch.setattr(customer_table, "SEARCH_LIMIT", bound)
        for part, expected in (("customer", 40), ("3", 13), ("39", 1)):
            assert expected == len(wanted(part))
            assert wanted(part) == sorted(pages(api, part, limit))


def wanted(part: str) -> list[int]:
    """Return the numbers of the customers whose names have a part."""
    return [number for number in range(40) if part in f"customer {number}"]


def pages(api: Api, part: str, limit: int) -> list[int]:
    """Follow the pages to the end, as messages and answers say."""
    found, query = list[int](), dict[str, Any](query=f"name~'{part}'", limit=limit)
    while True:
        response = api.get(SEARCH, **query)
        if response.status == 400:
            assert response.error == (400, "filter_too_broad", "query")
            query["page"] = response.json["error"]["message"].partition("page=")[2].removesuffix(".")
            continue
        page = response.json
        assert response.status == 200, response.text
        assert len(page["data"]) <= limit
        assert page["data"] or not page["has_more"]
        found += [each["created"] for each in page["data"]]
        if not page["has_more"]:
            assert page["next_page"] is None
            return found
        query["page"] = page["next_page"]


class CountingClient(MotoClient):
    """Counts the calls, and the items that they read."""

    calls = items = 0

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Count a call."""
        assert operation == "Scan"
        response = super().call(operation, request)
        self.calls += 1
        self.items += response["ScannedCount"]
        return response


def test_a_page_reads_no_more_than_it_may(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full page ends at once; another one at its bound."""
    fill(store, 40)
    monkeypatch.setattr(customer_table, "_SCAN_LIMIT", 5)
    monkeypatch.setattr(customer_table, "SEARCH_LIMIT", 20)
    client = CountingClient(cast("Any", store.client))
    customers = CustomerList(cast("Any", None), client, "catalog")
    assert len(customers.search(lambda _: True, 4).customers) == 4
    assert client.items <= 10
    client.items = 0
    page = customers.search(lambda _: False, 4)
    assert page.position is not None
    assert client.items == 20


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ({}, "parameter_missing", "query"),
        ({"query": ""}, "parameter_invalid_empty", "query"),
        ({"query": "ada"}, "parameter_invalid", "query"),
        ({"query": "name~'" + "a" * 5_000 + "'"}, "parameter_invalid", "query"),
        ({"query": "name~'a'", "page": "?"}, "parameter_invalid", "page"),
        ({"query": "name~'a'", "page": "YQ"}, None, None),
        ({"query": "name~'a'", "page": "_w"}, "parameter_invalid", "page"),
        ({"query": "name~'a'", "limit": 101}, "parameter_invalid", "limit"),
        ({"query": "name~'a'", "starting_after": "c1"}, "parameter_unknown", "starting_after"),
    ],
)
def test_what_cannot_be_searched_is_refused(api: Api, query: dict[str, Any], code: str, param: str) -> None:
    """The parameter at fault is named."""
    response = api.get(SEARCH, **query)
    if code is None:
        assert response.status == 200
    else:
        assert (400, code, param) == response.error


def test_nobody_is_called_search(api: Api) -> None:
    """The path is that of the search, so a file registers no such customer either."""
    refused = delete(api, SEARCH)
    assert (405, "method_not_allowed", None) == refused.error
    assert refused.headers["Allow"] == "GET"
    assert refuse_unreachable("search") is not None
