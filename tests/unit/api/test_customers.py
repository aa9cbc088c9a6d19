"""Customers: Stripe's shapes, ids of one's own, what is merged, and what stays of a deleted one."""

import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterdrop.adapters.catalog.customer_items import to_item
from meterdrop.adapters.catalog.customer_table import CustomerChanges
from meterdrop.api.http import dependencies
from meterdrop.domain.customers.customer import Customer, StoredCustomer
from tests.support.api.client import Api, ApiResponse, http_api_path
from tests.support.api.store import Store

CUSTOMERS = "/v1/customers"
# Ids that a router, a gateway or a spreadsheet would stumble over.
ODD = [
    "a/b",
    "a%2Fb",
    "100%",
    "%25",
    "Müller",
    "😀",
    'a"b',
    "a#b",
    "a\\b",
    "a b",
    "a+b",
    "-1",
    "=a",
    "a/events",
    "~",
    "ü/%/ü",
    "..",
    "../uploads",
    "a/../../billing/meters",
]


def post(api: Api, path: str = CUSTOMERS, *, token: str | None = None, **fields: Any) -> ApiResponse:
    """Write with the secret key, in JSON."""
    headers = {"content-type": "application/json"} | ({"idempotency-key": token} if token else {})
    return api.call("POST", path, body=json.dumps(fields), headers=headers)


def form(api: Api, path: str, body: str) -> ApiResponse:
    """Write with the secret key, as a form."""
    return api.call("POST", path, body=body, headers={"content-type": "application/x-www-form-urlencoded"})


def made(api: Api, **fields: Any) -> dict[str, Any]:
    """Make a customer."""
    response = post(api, **fields)
    assert response.status == 200, response.text
    customer: dict[str, Any] = response.json
    return customer


def path_of(customer_id: str) -> str:
    """Give the path as API Gateway hands it on: decoded, all but the per cent sign."""
    return f"{CUSTOMERS}/{customer_id.replace('%', '%25')}"


def delete(api: Api, path: str) -> ApiResponse:
    """Delete with the secret key."""
    return api.call("DELETE", path)


def forget_answers(store: Store) -> None:
    """Lose what is remembered of earlier answers, as a crash does."""
    for item in store.items("idempotency"):
        store.client.delete_item(TableName="idempotency", Key={"id": {"S": item["id"]}})


def put(store: Store, number: int, created: int, email: str | None = None) -> str:
    """Store a customer as a file would have made it; returns its id."""
    customer = Customer(id=f"cus_{number}", email=email, created=created)
    store.put("catalog", to_item(StoredCustomer(customer=customer)))
    return customer.id


def test_a_customer_has_stripes_shape(api: Api) -> None:
    """Every field that Meterdrop knows is there, null where there is nothing."""
    customer = made(api)
    expected = {
        "id": customer["id"],
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": customer["created"],
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": None,
        "invoice_settings": dict.fromkeys(
            ("custom_fields", "default_payment_method", "footer", "rendering_options"), None
        ),
        "last_change": customer["last_change"],
        "livemode": True,
        "metadata": {},
        "name": None,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    assert expected == customer == api.get(f"{CUSTOMERS}/{customer['id']}").json
    assert customer["id"].startswith("cus_")


def test_a_customer_by_form(api: Api) -> None:
    """Stripe's client sends metadata as nested names; white space around text is taken off."""
    customer = form(api, CUSTOMERS, "id=c1&name=+Ada+&email=a%40b.example&description=&metadata[plan]=pro").json
    assert ("c1", "Ada", "a@b.example", None, {"plan": "pro"}) == tuple(
        customer[name] for name in ("id", "name", "email", "description", "metadata")
    )


def test_ingest_knows_a_customer_at_once(api: Api, store: Store) -> None:
    """The item is where ingest looks."""
    made(api, id="c1", name="Ada")
    item = store.client.get_item(TableName="catalog", Key={"pk": {"S": "customer#c1"}, "sk": {"S": "customer"}})["Item"]
    assert ("c1", "Ada") == (item["id"]["S"], item["name"]["S"])


@pytest.mark.parametrize("customer_id", ODD)
def test_any_id_is_found_by_its_path(api: Api, customer_id: str) -> None:
    """Show, change and delete by ids with slashes, per cent signs and letters from everywhere."""
    path = path_of(customer_id)
    assert customer_id == made(api, id=customer_id)["id"]
    assert customer_id == api.get(path).json["id"]
    assert (customer_id, "Ada") == tuple(post(api, path, name="Ada").json[name] for name in ("id", "name"))
    assert {"id": customer_id, "object": "customer", "deleted": True} == delete(api, path).json
    assert {"id": customer_id, "object": "customer", "deleted": True} == api.get(path).json


def test_a_blank_as_stripes_client_writes_it(api: Api) -> None:
    """The client writes a blank as a plus, which is looked for as such first."""
    made(api, id="Ada & Co")
    as_sent = quote_plus("Ada & Co").replace("%26", "&")
    assert api.get(f"{CUSTOMERS}/{as_sent}").json["id"] == "Ada & Co"
    made(api, id="Ada+&+Co")
    assert api.get(f"{CUSTOMERS}/{as_sent}").json["id"] == "Ada+&+Co"


def test_what_follows_an_encoded_question_mark_is_never_seen(api: Api) -> None:
    """An HTTP API hands on a path without it. Other characters of a path arrive, and lead to no other route."""
    made(api, id="a")
    assert "a" == api.get(http_api_path(f"{CUSTOMERS}/a%3Fb%2Fc")).json["id"]
    for customer_id in ODD:
        assert path_of(customer_id) == http_api_path(f"{CUSTOMERS}/{quote(customer_id, safe='')}")
        missing = api.call("DELETE", http_api_path(f"{CUSTOMERS}/{quote(customer_id, safe='')}"))
        assert (404, "resource_missing", "id") == missing.error


def test_a_path_that_is_no_customer(api: Api) -> None:
    """An id that nobody has is missing, and so is a customer without an id."""
    for customer_id in ("nobody", "a/b", "x" * 5_000, quote("ü")):
        assert (404, "resource_missing", "id") == api.get(path_of(customer_id)).error
    assert (400, "resource_missing", "ending_before") == api.get(CUSTOMERS, ending_before="x" * 5_000).error
    assert (400, "parameter_invalid", "email") == api.get(CUSTOMERS, email="x" * 5_000).error
    assert (404, "resource_missing", None) == api.get(f"{CUSTOMERS}/").error
    assert (404, "resource_missing", "id") == post(api, path_of("nobody"), name="x").error
    assert (404, "resource_missing", "id") == delete(api, path_of("nobody")).error
    assert (405, "method_not_allowed", None) == api.call("PUT", path_of("a/b")).error


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"id": ""}, "parameter_invalid_empty", "id"),
        ({"id": " a"}, "parameter_invalid", "id"),
        ({"id": "a\x00"}, "parameter_invalid", "id"),
        ({"id": "a?b"}, "parameter_invalid", "id"),
        ({"id": "search"}, "parameter_invalid", "id"),
        ({"id": "x" * 101}, "parameter_invalid", "id"),
        ({"name": "x" * 257}, "parameter_invalid", "name"),
        ({"email": "x" * 513}, "parameter_invalid", "email"),
        ({"email": "a\r\nb"}, "parameter_invalid", "email"),
        ({"description": "\udfff"}, "parameter_invalid", "description"),
        ({"description": "x" * 5_001}, "parameter_invalid", "description"),
        ({"source": "tok_1"}, "parameter_unknown", "source"),
        ({"phone": "1" * 21}, "parameter_invalid", "phone"),
        ({"address": "Ulm"}, "parameter_invalid", "address"),
        ({"address": {"city": "x" * 501}}, "parameter_invalid", "address[city]"),
        ({"address": {"town": "Ulm"}}, "parameter_unknown", "address[town]"),
        ({"shipping": {"address": {"city": "Ulm"}}}, "parameter_missing", "shipping[name]"),
        ({"shipping": {"name": "Ada"}}, "parameter_missing", "shipping[address]"),
        ({"preferred_locales": ["x" * 101]}, "parameter_invalid", "preferred_locales[0]"),
        ({"preferred_locales": ["en"] * 51}, "parameter_invalid", "preferred_locales"),
        ({"preferred_locales": {"1": "en"}}, "parameter_invalid", "preferred_locales"),
        ({"preferred_locales": {}}, "parameter_invalid", "preferred_locales"),
        ({"tax_exempt": "always"}, "parameter_invalid", "tax_exempt"),
        ({"metadata": "x"}, "parameter_invalid", "metadata"),
        ({"metadata": {"a": {"b": "c"}}}, "parameter_invalid", "metadata[a]"),
        ({"metadata": {"a": "x" * 501}}, "parameter_invalid", "metadata[a]"),
        ({"metadata": {"a": "\n"}}, "parameter_invalid", "metadata[a]"),
        ({"metadata": {f"k{number}": "v" for number in range(51)}}, "parameter_invalid", "metadata"),
    ],
)
def test_what_cannot_be_is_refused(api: Api, fields: dict[str, Any], code: str, param: str) -> None:
    """The parameter at fault is named, nothing is ignored, and nothing is made or changed."""
    assert (400, code, param) == post(api, **fields).error
    assert api.get(CUSTOMERS).json["data"] == []
    made(api, id="c1")
    if "id" not in fields:
        assert (400, code, param) == post(api, f"{CUSTOMERS}/c1", **fields).error


def test_texts_as_long_as_stripes(api: Api) -> None:
    """As many characters as Stripe takes, whatever their bytes; lists find such an address."""
    long = {"id": "ü" * 100, "name": "😀" * 256, "email": "😀" * 512, "description": "😀" * 5_000}
    customer = made(api, **long)
    assert long == {name: customer[name] for name in long}
    assert [customer] == api.get(CUSTOMERS, email=long["email"]).json["data"]
    assert (400, "parameter_invalid", "email") == api.get(CUSTOMERS, email="x" * 513).error


DATA: dict[str, Any] = {
    "address": {"line1": "1 Main St", "line2": "", "city": "Ulm", "postal_code": "89073", "country": "DE"},
    "phone": "+49 731 1",
    "preferred_locales": ["de", "en"],
    "shipping": {"name": "Ada", "phone": "+49 731 2", "address": {"city": "Ulm"}},
    "tax_exempt": "reverse",
}
RETURNED: dict[str, Any] = {
    "address": {
        "city": "Ulm", "country": "DE", "line1": "1 Main St", "line2": None, "postal_code": "89073", "state": None,
    },
    "phone": "+49 731 1",
    "preferred_locales": ["de", "en"],
    "shipping": {
        "address": {
            "city": "Ulm", "country": None, "line1": None, "line2": None, "postal_code": None, "state": None,
        },
        "name": "Ada",
        "phone": "+49 731 2",
    },
    "tax_exempt": "reverse",
}  # fmt: skip
FORM = (
    "address[line1]=1+Main+St&address[line2]=&address[city]=Ulm&address[postal_code]=89073&address[country]=DE"
    "&phone=%2B49+731+1&preferred_locales[0]=de&preferred_locales[1]=en"
    "&shipping[name]=Ada&shipping[phone]=%2B49+731+2&shipping[address][city]=Ulm&tax_exempt=reverse"
)


def test_data_of_stripes_customer_is_kept(api: Api) -> None:
    """What bills nothing comes back as it was sent, from a form and from JSON; what isn't sent stays."""
    created = [made(api, **DATA), form(api, CUSTOMERS, FORM).json]
    updated = [post(api, path_of(made(api)["id"]), **DATA).json, form(api, path_of(made(api)["id"]), FORM).json]
    for customer in created + updated:
        assert {name: customer[name] for name in RETURNED} == RETURNED
        renamed = post(api, path_of(customer["id"]), name="Ada").json
        assert (
            customer | {"name": "Ada", "last_change": renamed["last_change"]}
            == renamed
            == api.get(path_of(customer["id"])).json
        )


def test_data_is_removed_by_empty_values(api: Api) -> None:
    """One by one; an address is replaced as a whole."""
    path = path_of(made(api, **DATA)["id"])
    blank = made(api)
    assert (
        RETURNED["address"] | {"line1": None, "country": None, "postal_code": None}
        == (form(api, path, "address[city]=Ulm").json["address"])
    )
    for name in DATA:
        assert blank[name] == form(api, path, f"{name}=").json[name]
    assert made(api, tax_exempt="none", preferred_locales=[], address={"city": ""})["address"] is None


def test_an_equal_request_with_data_is_a_repeat(api: Api, store: Store) -> None:
    """After a crash, what is stored is compared with what is sent."""
    first = post(api, token="token", **DATA)
    forget_answers(store)
    assert first.json == post(api, token="token", **DATA).json
    forget_answers(store)
    assert 400 == post(api, token="token", **DATA | {"phone": "1"}).status


def test_long_metadata_is_taken(api: Api) -> None:
    """Values have up to 500 characters, keys up to 40; a key that is too long is refused."""
    metadata = {"k" * 40: "v" * 500}
    assert metadata == made(api, metadata=metadata)["metadata"]
    for key in ("", "k" * 41, "a\nb"):
        assert (400, "parameter_invalid", "metadata") == post(api, metadata={key: "v"}).error


def test_updates_merge(api: Api) -> None:
    """What is not named stays, what is empty is taken away; metadata goes key by key, and all at once."""
    path = f"{CUSTOMERS}/c1"
    made(api, id="c1", name="Ada", email="a@b.example", description="d", metadata={"a": "1", "b": "2"})
    changed = form(api, path, "email=&metadata[a]=&metadata[c]=3").json
    assert ("Ada", None, "d", {"b": "2", "c": "3"}) == tuple(
        changed[name] for name in ("name", "email", "description", "metadata")
    )
    assert changed == api.get(path).json
    assert changed == post(api, path).json == post(api, path, metadata={}).json
    cleared = form(api, path, "metadata=&name=").json
    assert (None, {}) == (cleared["name"], cleared["metadata"])
    assert cleared == api.get(path).json


def test_metadata_does_not_grow_without_end(api: Api) -> None:
    """The limit holds for what is stored, not only for what is sent."""
    made(api, id="c1", metadata={f"k{number}": "v" for number in range(50)})
    assert (400, "parameter_invalid", "metadata") == post(api, f"{CUSTOMERS}/c1", metadata={"more": "v"}).error
    assert post(api, f"{CUSTOMERS}/c1", metadata={"k0": "", "more": "v"}).status == 200


def test_no_update_is_lost(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that comes between reading and writing is read again, so both take effect."""
    made(api, id="c1")
    save = CustomerChanges.save
    rivals: list[dict[str, Any]] = [{"metadata": {"rival": "1"}}]

    def save_late(self: CustomerChanges, changed: StoredCustomer) -> bool:
        if rivals:
            assert post(api, f"{CUSTOMERS}/c1", **rivals.pop()).status == 200
        return save(self, changed)

    monkeypatch.setattr(CustomerChanges, "save", save_late)
    assert {"rival": "1", "own": "2"} == post(api, f"{CUSTOMERS}/c1", metadata={"own": "2"}).json["metadata"]


def test_an_update_takes_a_customer_from_its_file(api: Api, store: Store) -> None:
    """What the API wrote last is no row's any more; the revision goes on."""
    row = StoredCustomer(customer=Customer(id="c1", created=1), revision=3, upload="upl_a", row=7)
    store.put("catalog", to_item(row))
    assert post(api, f"{CUSTOMERS}/c1", name="Ada").status == 200
    assert StoredCustomer(
        customer=Customer(id="c1", name="Ada", created=1), revision=4
    ) == dependencies.customers().find("c1")


def test_a_customer_written_by_hand(api: Api, store: Store) -> None:
    """It has no revision; the first update gives it one, and its place in the lists."""
    store.put("catalog", {"pk": "customer#c1", "sk": "customer", "form": 1, "id": "c1"})
    assert api.get(f"{CUSTOMERS}/c1").json["name"] is None
    assert post(api, f"{CUSTOMERS}/c1", name="Ada").json["name"] == "Ada"
    assert [customer["id"] for customer in api.get(CUSTOMERS).json["data"]] == ["c1"]


def test_an_id_is_taken_once(api: Api) -> None:
    """The one that is there stays as it is; the message says what to do."""
    made(api, id="c1", name="Ada")
    cell_error = post(api, id="c1", name="Babbage")
    assert (400, "resource_already_exists", "id") == cell_error.error
    assert "c1" in cell_error.json["error"]["message"]
    assert api.get(f"{CUSTOMERS}/c1").json["name"] == "Ada"


def test_deleting(api: Api, store: Store) -> None:
    """A deleted customer is shown as such, is not changed, not listed, unknown to ingest; its id may be had anew."""
    made(api, id="c1", name="Ada", email="a@b.example")
    path = f"{CUSTOMERS}/c1"
    assert {"id": "c1", "object": "customer", "deleted": True} == delete(api, path).json
    assert {"id": "c1", "object": "customer", "deleted": True} == api.get(path).json
    assert (404, "resource_missing", "id") == post(api, path, name="x").error
    assert (404, "resource_missing", "id") == delete(api, path).error
    assert api.get(CUSTOMERS).json["data"] == api.get(CUSTOMERS, email="a@b.example").json["data"] == []
    again = made(api, id="c1")
    assert again == api.get(path).json
    assert [("customer#c1", "customer")] == [(item["pk"], item["sk"]) for item in store.items("catalog")]


def test_nothing_but_the_id_stays_of_a_deleted_customer(api: Api, store: Store) -> None:
    """And when it was made and deleted, by which request, and how often it was written."""
    created = made(api, id="c1", name="Ada", email="a@b.example", description="d", metadata={"a": "1"})["created"]
    assert delete(api, f"{CUSTOMERS}/c1").status == 200
    [item] = store.items("catalog")
    assert (created, 2) == (item.pop("created"), item.pop("revision"))
    assert item.pop("deleted") >= created
    assert item.pop("request").startswith("req_")
    assert item.pop("last_change")["action"] == "delete"
    assert {"pk": "customer#c1", "sk": "customer", "form": 1, "id": "c1"} == item


def test_a_new_customer_with_a_deleted_id_is_its_next_revision(api: Api, store: Store) -> None:
    """Whoever read the deleted one changes nothing of the new one, and old files know when the ID was deleted."""
    made(api, id="c1", name="Ada")
    delete(api, f"{CUSTOMERS}/c1")
    [deleted] = [item for item in store.items("catalog") if item["pk"] != "keys"]
    new = made(api, id="c1", name="Eve")
    post(api, f"{CUSTOMERS}/c1", description="d")
    [item] = [item for item in store.items("catalog") if item["pk"] != "keys"]
    assert (item["name"], item["revision"], item["last_deleted"]) == ("Eve", 4, deleted["deleted"])
    assert "deleted" not in item
    found = api.get(f"{CUSTOMERS}/c1").json
    assert found == new | {"description": "d", "last_change": found["last_change"]}


def test_of_two_deletions_at_once_one_deletes(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one finds the customer gone, be it in the same second."""
    made(api, id="c1")
    save, statuses = CustomerChanges.save, list[int]()
    monkeypatch.setattr("meterdrop.api.routes.customers.time.time", lambda: 1_727_524_900)

    def save_late(self: CustomerChanges, changed: StoredCustomer) -> bool:
        if not statuses:
            statuses.append(0)
            statuses[0] = delete(api, f"{CUSTOMERS}/c1").status
        return save(self, changed)

    monkeypatch.setattr(CustomerChanges, "save", save_late)
    statuses.append(delete(api, f"{CUSTOMERS}/c1").status)
    assert statuses == [200, 404]


def test_a_repeat_after_a_crash_finds_what_was_made(api: Api, store: Store) -> None:
    """Where the answer was not remembered, the same key leads to the customer all the same, with an own id or not."""
    for fields in ({"name": "Ada"}, {"id": "c1", "name": "Ada"}):
        token = f"token of {len(fields)}"
        first = post(api, token=token, **fields)
        forget_answers(store)
        again = post(api, token=token, **fields)
        assert (200, first.json) == (again.status, again.json)
        forget_answers(store)
        assert (400, "idempotency_key_reused", None) == post(api, token=token, **(fields | {"name": "Eve"})).error
    assert len(api.get(CUSTOMERS).json["data"]) == 2


def test_paging_past_a_deleted_customer(api: Api, store: Store) -> None:
    """Whoever deletes what a page shows can ask for the next page."""
    ids = [put(store, number, created=number) for number in range(6)]
    assert delete(api, f"{CUSTOMERS}/{ids[3]}").status == 200
    assert ["cus_2", "cus_1"] == [
        each["id"] for each in api.get(CUSTOMERS, limit=2, starting_after=ids[3]).json["data"]
    ]
    assert (400, "resource_missing", "starting_after") == api.get(CUSTOMERS, starting_after="nobody").error
    assert (400, "parameters_exclusive", "ending_before") == api.get(
        CUSTOMERS, starting_after=ids[0], ending_before=ids[1]
    ).error


def test_a_list_is_stripes(api: Api, store: Store) -> None:
    """Whole customers, ten unless told otherwise."""
    for number in range(12):
        put(store, number, created=number)
    page = api.get(CUSTOMERS).json
    assert ("list", True, CUSTOMERS, 10) == (page["object"], page["has_more"], page["url"], len(page["data"]))
    assert page["data"][0] == api.get(f"{CUSTOMERS}/cus_11").json
    assert (400, "parameter_unknown", "name") == api.get(CUSTOMERS, name="Ada").error
    assert (400, "parameter_invalid_empty", "email") == api.get(CUSTOMERS, email="").error


EMAILS = [None, "a@b.example", "A@b.example"]
BOUNDS = {
    "created": int.__eq__,
    "created[gt]": int.__gt__,
    "created[gte]": int.__ge__,
    "created[lt]": int.__lt__,
    "created[lte]": int.__le__,
}
queries = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(EMAILS[1:]),
        **{name: st.sampled_from([0, 5, 6, 7, 9_999_999_999]) for name in BOUNDS},
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    drawn=st.lists(st.tuples(st.sampled_from([0, 5, 6, 7]), st.sampled_from(EMAILS)), max_size=20),
    query=queries,
    limit=st.integers(1, 22),
)
def test_paging_gives_each_customer_once_in_order(
    api: Api, store: Store, drawn: list[tuple[int, str | None]], query: dict[str, Any], limit: int
) -> None:
    """Forwards from the newest and backwards to it, the pages together are the filtered list."""
    for item in store.items("catalog"):
        if item["pk"] != "keys":
            store.client.delete_item(TableName="catalog", Key={"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}})
    places = sorted(
        ((created, put(store, number, created, email), email) for number, (created, email) in enumerate(drawn)),
        key=lambda place: place[:2],
        reverse=True,
    )
    expected = [
        id_
        for created, id_, email in places
        if all(email == value if name == "email" else BOUNDS[name](created, value) for name, value in query.items())
    ]
    assert expected == pages(api, query | {"limit": limit}, "starting_after", -1)
    if expected:
        backwards = pages(api, query | {"limit": limit, "ending_before": expected[-1]}, "ending_before", 0)
        assert sorted(expected[:-1]) == sorted(backwards)


def pages(api: Api, query: dict[str, Any], cursor: str, pick: int) -> list[str]:
    """Follow a cursor to the end; `pick` is the place in a page of the customer that the next one begins at."""
    found: list[str] = []
    while True:
        response = api.get(CUSTOMERS, **query)
        assert response.status == 200, response.text
        page = [customer["id"] for customer in response.json["data"]]
        found += page
        if not response.json["has_more"]:
            return found
        query = {**query, cursor: page[pick]}


@pytest.mark.parametrize("customer_id", ["cus_1", "a/b", "nobody"])
@pytest.mark.parametrize("step", ["tax_ids", "payment_methods", "sources/card_1", "cash_balance"])
def test_what_only_stripes_customer_has_is_missing(api: Api, customer_id: str, step: str) -> None:
    """Whatever is sent: an ID may have slashes, but nobody has this one. The message names the path."""
    made(api, id="cus_1")
    made(api, id="a/b")
    path = f"{path_of(customer_id)}/{step}"
    for response in (
        api.get(path),
        api.get(path, limit=3, type="card"),
        form(api, path, "type=eu_vat&value=DE1"),
        delete(api, path),
    ):
        assert (404, "resource_missing", "id") == response.error
        assert path in response.json["error"]["message"]


def test_a_customer_named_like_a_path_of_stripe(api: Api) -> None:
    """Who has such an ID is found by it."""
    customer = made(api, id="cus_1/tax_ids")
    assert customer == api.get(path_of(customer["id"])).json
    assert (400, "parameter_unknown", "type") == form(api, path_of(customer["id"]), "type=eu_vat").error
