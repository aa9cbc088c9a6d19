"""Whatever is sent, in line with the API's description or not: every answer is one that the description names."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from meterdrop.api.app import openapi_document
from meterdrop.api.http.auth import SESSION_PATH, STREAM_PATH
from meterdrop.api.http.request import IDEMPOTENCY_KEY
from tests.support.api.client import Api
from tests.support.api.gateway import Gateway
from tests.support.api.store import SECRET_KEY, Store, an_upload
from tests.support.stripe_guide import STRICT, stripes_route

ADDRESS = "http://api.example"
CUSTOMER = "cus_QMJJtcu70R1x46"
schema = schemathesis.openapi.from_dict(json.loads(openapi_document()))
# What fits the description may still be refused, by what there is: an event of a customer that nobody knows.
# Who asks without a key is asked about elsewhere, of the deployed stack.
EXCLUDED = [positive_data_acceptance, ignored_auth]
bounded = settings(
    max_examples=6, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def session(api: Api) -> requests.Session:
    """Lead every request to the API function."""
    session = requests.Session()
    session.mount(ADDRESS, Gateway(api))
    return session


@pytest.fixture
def known(api: Api, store: Store) -> Mapping[str, str]:
    """Make what the examples of the description name, with some usage; return the ids by their names in paths."""
    headers = {"content-type": "application/json"}

    def make(path: str, **fields: object) -> str:
        response = api.call("POST", path, body=json.dumps(fields), headers=headers)
        assert response.status == 200, response.text
        return str(response.json.get("id"))

    meter = make(
        "/v1/billing/meters",
        display_name="AI search requests",
        event_name="ai_search_api",
        default_aggregation={"formula": "sum"},
    )
    make("/v1/customers", id=CUSTOMER)
    for value in ("0.1", "25"):
        make(
            "/v1/billing/meter_events",
            event_name="ai_search_api",
            payload={"stripe_customer_id": CUSTOMER, "value": value},
        )
    return {"meter_id": meter, "customer_id": CUSTOMER, "upload_id": store.put_upload(an_upload()).id}


@pytest.fixture
def token(api: Api) -> str:
    """Create a session for the stream."""
    return str(api.call("POST", SESSION_PATH).json["authentication_token"])


@schema.parametrize()
@bounded
def test_every_answer_is_described(
    case: schemathesis.Case[Any], session: requests.Session, known: Mapping[str, str], token: str
) -> None:
    """Status, content type, headers and shape, with good and with bad parameters, about what is there and is not.

    Where Stripe has the route, the answer is also one that Stripe's description names.
    """
    # Boundaries are tried on what is there, and without the one Idempotency-Key that all of them would share.
    if case.meta is not None and case.meta.phase.name is TestPhase.COVERAGE:
        case.path_parameters.update((name, known[name]) for name in case.path_parameters if name in known)
        if IDEMPOTENCY_KEY.fullmatch(str(case.headers.get("Idempotency-Key", ""))):
            del case.headers["Idempotency-Key"]
    response = case.call_and_validate(
        base_url=ADDRESS,
        session=session,
        headers={"Authorization": f"Bearer {token if case.path == STREAM_PATH else SECRET_KEY}"},
        excluded_checks=EXCLUDED,
        allow_redirects=False,
    )
    if route := stripes_route(case.method, case.operation.path):
        assert STRICT.errors(*route, response.status_code, response.json()) == [], response.text
