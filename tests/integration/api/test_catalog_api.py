"""Meters and customers of the deployed stack: through the gateway, under the API's own role, many at once."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import urllib3

from meterdrop.domain.codes import RowCode
from tests.support.integration.dropping import Dropping
from tests.support.integration.lists import read_list
from tools.stack.local_stack import LocalStack
from tools.stack.seed import CUSTOMERS, METERS

_http = urllib3.PoolManager(retries=False, maxsize=8)
HEADER = b"timestamp,event_name,payload_stripe_customer_id,payload_value\n"
# As in tests/unit/api/test_customers.py: what a gateway decodes, and what a router would take for something else.
ODD = ["a/b", "a%2Fb", "100%", "Müller & Söhne", "😀", 'a"b', "a#b", "a\\b", "a+b", "=a", "a//b/", "../../uploads"]


@dataclass(frozen=True)
class Catalog:
    """The routes of meters and customers, called as any program would."""

    stack: LocalStack

    def call(self, method: str, path: str, **fields: object) -> urllib3.BaseHTTPResponse:
        """Send a request with the secret key."""
        headers = {"Authorization": f"Bearer {self.stack.secret_key}"}
        body: dict[str, Any] = {"json": fields} if method == "POST" else {"fields": fields}
        return _http.request(method, self.stack.api_url + path, headers=headers, **body)

    def made(self, path: str, **fields: object) -> dict[str, Any]:
        """Make a meter or a customer."""
        answer = self.call("POST", path, **fields)
        assert answer.status == 200, answer.data
        thing: dict[str, Any] = answer.json()
        return thing

    def meter(self, event_name: str) -> dict[str, Any]:
        """Make a meter."""
        return self.made("/v1/billing/meters", **a_meter(event_name))


def a_meter(event_name: str) -> dict[str, object]:
    """Give what a meter is made with."""
    return {"event_name": event_name, "display_name": event_name, "default_aggregation": {"formula": "sum"}}


def at_once(calls: list[Callable[[], urllib3.BaseHTTPResponse]]) -> list[urllib3.BaseHTTPResponse]:
    """Make all calls at the same time."""
    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result() for future in [threads.submit(call) for call in calls]]


@pytest.fixture
def catalog(stack: LocalStack) -> Catalog:
    """Make a client of the deployed API."""
    return Catalog(stack)


def test_the_samples_are_there(catalog: Catalog) -> None:
    """The stack begins with meters and customers that its API has made."""
    meters = read_list(lambda path, **query: catalog.call("GET", path, **query).json(), "/v1/billing/meters")
    assert {meter.event_name for meter in METERS} <= {meter["event_name"] for meter in meters}
    for customer in CUSTOMERS:
        (found,) = catalog.call("GET", "/v1/customers", email=customer.email).json()["data"]
        assert (customer.id, customer.name) == (found["id"], found["name"])


def test_a_path_ends_at_an_encoded_question_mark(catalog: Catalog) -> None:
    """The gateway hands on what is before it, as on AWS, and the query as it is: an ID after it is never seen."""
    id_ = catalog.made("/v1/customers", id=secrets.token_hex(4))["id"]
    for path in (f"/v1/customers/{id_}%3Fb", f"/v1/customers/{id_}%3fb?expand=c"):
        assert id_ == catalog.call("GET", path).json()["id"], path
    refused = catalog.call("GET", f"/v1/customers/{id_}%3Fb?wrong=1").json()["error"]
    assert ("parameter_unknown", "wrong") == (refused["code"], refused["param"])


@pytest.mark.parametrize("encode", [lambda id_: quote(id_, safe=""), quote_plus], ids=["percent", "as Stripe's client"])
def test_any_id_survives_the_gateway(catalog: Catalog, encode: Callable[[str], str]) -> None:
    """Slashes, per cent signs, blanks and letters from everywhere arrive as they were sent."""
    for irregular in ODD:
        id_ = f"{secrets.token_hex(4)}/{irregular}"
        path = f"/v1/customers/{encode(id_)}"
        assert catalog.made("/v1/customers", id=id_)["id"] == id_
        assert catalog.call("GET", path).json()["id"] == id_
        assert catalog.call("POST", path, name="Ada").json()["name"] == "Ada"
        assert catalog.call("DELETE", path).json() == {"id": id_, "object": "customer", "deleted": True}
        assert catalog.call("GET", path).json() == {"id": id_, "object": "customer", "deleted": True}


def test_an_event_name_is_given_once(catalog: Catalog) -> None:
    """Of many who ask at once for a name one gets it; so it is when many reactivate meters of one name."""
    name = secrets.token_hex(4)
    answers = at_once([lambda: catalog.call("POST", "/v1/billing/meters", **a_meter(name))] * 6)
    assert sorted(answer.status for answer in answers) == [200, *[400] * 5]
    assert {answer.json()["error"]["code"] for answer in answers if answer.status == 400} == {"resource_already_exists"}
    (first,) = [answer.json()["id"] for answer in answers if answer.status == 200]
    assert catalog.call("POST", f"/v1/billing/meters/{first}/deactivate").status == 200
    second = catalog.meter(name)["id"]
    assert catalog.call("POST", f"/v1/billing/meters/{second}/deactivate").status == 200
    paths = [f"/v1/billing/meters/{id_}/reactivate" for id_ in (first, second) * 3]
    answers = at_once([lambda path=path: catalog.call("POST", path) for path in paths])  # type: ignore[misc]
    assert sorted(answer.status for answer in answers) == [200, *[400] * 5]


def test_an_event_name_of_a_meter_deactivated_manually(catalog: Catalog) -> None:
    """Its claim on the name moves to the new meter, provided that it is still inactive."""
    name = secrets.token_hex(4)
    catalog.stack.clients.dynamodb().update_item(
        TableName=catalog.stack.outputs.catalog_table,
        Key={"pk": {"S": "meters"}, "sk": {"S": catalog.meter(name)["id"]}},
        UpdateExpression="SET #status = :inactive",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":inactive": {"S": "inactive"}},
    )
    assert catalog.meter(name)["status"] == "active"


def test_a_customer_is_made_once_and_no_change_is_lost(catalog: Catalog) -> None:
    """Of many who ask at once for an id one gets it; all that many change at once is there in the end."""
    id_ = secrets.token_hex(4)
    answers = at_once([lambda: catalog.call("POST", "/v1/customers", id=id_)] * 6)
    assert sorted(answer.status for answer in answers) == [200, *[400] * 5]
    path, metadata = f"/v1/customers/{id_}", {str(number): "x" for number in range(6)}
    answers = at_once(
        [lambda key=key: catalog.call("POST", path, metadata={key: "x"}) for key in metadata]  # type: ignore[misc]
    )
    assert [answer.status for answer in answers] == [200] * 6
    assert catalog.call("GET", path).json()["metadata"] == metadata
    answers = at_once([lambda: catalog.call("DELETE", path)] * 4)
    assert sorted(answer.status for answer in answers) == [200, 404, 404, 404]


def test_files_are_read_by_what_the_api_made(catalog: Catalog) -> None:
    """A meter and a customer count from the next file on; inactive and deleted, they do not."""
    name = secrets.token_hex(4)
    meter, customer = catalog.meter(name), catalog.made("/v1/customers", id=f"c-{name}")
    dropping = Dropping(catalog.stack)
    row = f"2024-09-25,{name},{customer['id']},".encode()

    counted = dropping.drop(f"uploads/{name}/1.csv", HEADER + row + b"1\n")
    assert catalog.call("POST", f"/v1/billing/meters/{meter['id']}/deactivate").status == 200
    archived = dropping.drop(f"uploads/{name}/2.csv", HEADER + row + b"2\n")
    assert catalog.call("POST", f"/v1/billing/meters/{meter['id']}/reactivate").status == 200
    assert catalog.call("DELETE", f"/v1/customers/{customer['id']}").status == 200
    unknown = dropping.drop(f"uploads/{name}/3.csv", HEADER + row + b"3\n")

    assert (1, 0) == (counted.counts.success, counted.counts.error)
    assert [RowCode.ARCHIVED_METER] == [sample.code for sample in archived.samples]
    assert [RowCode.CUSTOMER_NOT_FOUND] == [sample.code for sample in unknown.samples]


def test_customers_are_paged(catalog: Catalog) -> None:
    """The list comes from the indexes, page by page, and each customer once."""
    email = f"{secrets.token_hex(4)}@example.com"
    ids = {catalog.made("/v1/customers", email=email)["id"] for _ in range(5)}
    for query in ({"email": email}, {}):
        found: list[str] = []
        cursor: dict[str, object] = {}
        has_more = True
        while has_more:
            page = catalog.call("GET", "/v1/customers", limit=2, **query, **cursor).json()
            found += [customer["id"] for customer in page["data"]]
            has_more, cursor = page["has_more"], {"starting_after": found[-1]}
        assert len(found) == len(set(found))
        assert ids <= set(found)
