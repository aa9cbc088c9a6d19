"""A file to begin with."""

import csv
import io
import json

import pytest

from meterdrop.domain.codes import Formula
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.uploads.upload import Counts
from meterdrop.domain.validation.template import CUSTOMER, template
from meterdrop.pipeline.ingest.customer_file import open_customers
from tests.support.api.client import Api
from tests.support.api.store import Store

NOW = 1_727_108_545


def a_meter(event_name: str, **changes: object) -> Meter:
    """Make a meter."""
    return Meter(id=f"mtr_{event_name}", event_name=event_name, display_name=event_name, **changes)  # type: ignore[arg-type]


def test_a_template_shows_a_meters_columns() -> None:
    """The header has what the meter reads; the rows show both forms of a time, of yesterday."""
    assert template([a_meter("llm_tokens", value_key="tokens", customer_key="customer")], NOW) == (
        "timestamp,event_name,payload_customer,payload_tokens\r\n"
        "2024-09-22,llm_tokens,cus_example,400\r\n"
        "2024-09-22T13:30:00+0000,llm_tokens,cus_example,400\r\n"
    )


def test_a_counting_meter_needs_no_value() -> None:
    """What counts events has no value column."""
    assert template([a_meter("clicks", formula=Formula.COUNT)], NOW).splitlines()[:2] == [
        "timestamp,event_name,payload_stripe_customer_id",
        "2024-09-22,clicks,cus_example",
    ]


def test_several_meters_share_a_file() -> None:
    """Each meter's rows fill its own columns; equal columns stand once."""
    rows = list(csv.reader(io.StringIO(template([a_meter("a"), a_meter("b", value_key="tokens")], NOW))))
    assert rows[0] == ["timestamp", "event_name", "payload_stripe_customer_id", "payload_value", "payload_tokens"]
    assert rows[1] == ["2024-09-22", "a", "cus_example", "400", ""]
    assert rows[3] == ["2024-09-22", "b", "cus_example", "", "400"]


def test_a_template_can_always_be_dropped() -> None:
    """However many meters there are, the columns stay below the limit; without any there is still an example."""
    many = [a_meter(f"m{number}", value_key=f"v{number}", customer_key=f"c{number}") for number in range(80)]
    header = next(csv.reader(io.StringIO(template(many, NOW))))
    assert len(header) == 52
    assert template([], NOW).startswith("timestamp,event_name,payload_stripe_customer_id,payload_value\r\n")


def test_a_template_guards_what_a_spreadsheet_would_run() -> None:
    """An event name that reads as a formula is written as an error file would write it."""
    assert template([a_meter("=1+1")], NOW).splitlines()[1] == "2024-09-22,'=1+1,cus_example,400"


@pytest.fixture
def meters(store: Store) -> None:
    """Two active meters and one that is not."""
    store.put_meter("mtr_1", "llm_tokens", value_key="tokens")
    store.put_meter("mtr_2", "ai_search_api")
    store.put_meter("mtr_3", "old", status="inactive")


@pytest.mark.usefixtures("meters")
@pytest.mark.parametrize("meter", ["mtr_1", "llm_tokens"])
def test_the_template_of_a_meter_is_found_by_id_or_name(api: Api, meter: str) -> None:
    """Both names of a meter lead to its columns."""
    response = api.get("/v1/template.csv", meter=meter)
    assert response.text.splitlines()[0] == "timestamp,event_name,payload_stripe_customer_id,payload_tokens"


@pytest.mark.usefixtures("meters")
def test_the_template_of_all_meters_has_the_active_ones(api: Api) -> None:
    """Without a meter named, every active one has its rows, and the file is a download."""
    response = api.get("/v1/template.csv")
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="template.csv"'
    assert [row["event_name"] for row in csv.DictReader(io.StringIO(response.text))] == [
        "ai_search_api",
        "ai_search_api",
        "llm_tokens",
        "llm_tokens",
    ]


@pytest.mark.usefixtures("meters")
@pytest.mark.parametrize(
    ("meter", "code"), [("nobody", "resource_missing"), ("mtr_3", "archived_meter"), ("", "parameter_invalid_empty")]
)
def test_a_meter_that_takes_no_rows_has_no_template(api: Api, meter: str, code: str) -> None:
    """An unknown meter and an inactive one are wrong values of the parameter."""
    assert api.get("/v1/template.csv", meter=meter).error == (400, code, "meter")


def test_a_key_may_be_longer_than_a_column(api: Api, store: Store) -> None:
    """As long as Stripe's: events of such a meter come by the API, and no template names a column that is refused."""
    store.put_meter("mtr_long", "long", value_key="v" * 100)
    store.put_meter("mtr_fits", "fits", value_key="v" * 92)
    store.put_customer("cus_1")
    payload = {"stripe_customer_id": "cus_1", "v" * 100: "25"}
    body = json.dumps({"event_name": "long", "payload": payload})
    created = api.call("POST", "/v1/billing/meter_events", body=body, headers={"content-type": "application/json"})
    assert (200, payload) == (created.status, created.json["payload"])
    assert (400, "parameter_invalid", "meter") == api.get("/v1/template.csv", meter="mtr_long").error
    assert "payload_" + "v" * 92 in api.get("/v1/template.csv").text
    assert "long" not in api.get("/v1/template.csv").text


def test_a_template_for_customers(api: Api) -> None:
    """It has the columns of a customer file, and no customer that the template for usage names."""
    response = api.get("/v1/template.csv", kind="customers")
    assert (response.status, response.headers["Content-Disposition"]) == (200, 'attachment; filename="customers.csv"')
    rows = list(csv.reader(io.StringIO(response.text)))
    assert rows[0] == ["id", "name", "email"]
    file = open_customers(f"upl_{'a' * 26}", response.text.encode())
    assert [registration.id for registration in file.registrations] == [row[0] for row in rows[1:]]
    assert (file.tally.counts, CUSTOMER in response.text) == (Counts(), False)
    assert api.get("/v1/template.csv", kind="usage").text == api.get("/v1/template.csv").text


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ({"kind": "customer"}, "parameter_invalid", "kind"),
        ({"kind": "customers", "meter": "llm_tokens"}, "parameters_exclusive", "meter"),
    ],
)
def test_which_templates_are_refused(api: Api, query: dict[str, str], code: str, param: str) -> None:
    """A kind that doesn't exist, and a meter for customers."""
    assert api.get("/v1/template.csv", **query).error == (400, code, param)
