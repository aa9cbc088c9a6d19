"""The deployed API answers what its description names, through the gateway and under its own role.

Far more requests, at the boundaries of every parameter, are made of the function itself in `tests/unit/api`.
"""

import json
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import positive_data_acceptance

from meterdrop.api.app import openapi_document
from meterdrop.api.http.auth import SESSION_PATH, STREAM_PATH
from tools.stack.local_stack import LocalStack

schema = schemathesis.openapi.from_dict(json.loads(openapi_document()))
schema.config.phases.coverage.enabled = False
# What fits the description may still be refused, by what there is: an event of a customer that nobody knows.
EXCLUDED: list[CheckFunction] = [positive_data_acceptance]


@pytest.fixture
def token(stack: LocalStack) -> str:
    """Create a session for the stream."""
    key = {"Authorization": f"Bearer {stack.secret_key}"}
    session = requests.post(f"{stack.api_url}{SESSION_PATH}", headers=key, timeout=60)
    return str(session.json()["authentication_token"])


@schema.parametrize()
@settings(max_examples=3, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_described(case: schemathesis.Case[Any], stack: LocalStack, token: str) -> None:
    """Status, content type, headers and shape; 401 without a key or with a wrong one; 405 for other methods."""
    case.call_and_validate(
        base_url=stack.api_url,
        headers={"Authorization": f"Bearer {token if case.path == STREAM_PATH else stack.secret_key}"},
        excluded_checks=EXCLUDED,
        allow_redirects=False,
    )
