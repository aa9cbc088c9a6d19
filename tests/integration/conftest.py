"""What integration tests stand on, beside the stack: its wire, and a copy of the project to run make in."""

from collections.abc import Iterator

import pytest
import urllib3
from botocore.credentials import Credentials

from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient
from tests.support.integration.project_copy import Project, copy_project
from tests.support.integration.stripe_calls import Calls, making_calls
from tools.stack.local_stack import LocalStack


@pytest.fixture(scope="session")
def json_client(stack: LocalStack) -> JsonClient:
    """Speak to the stack's DynamoDB as its root."""
    clients = stack.clients
    credentials = Credentials(str(clients.access_key_id), str(clients.secret_access_key))
    endpoint = Endpoint(stack.endpoint_url, stack.region, credentials, urllib3.Timeout(connect=2, read=10))
    return JsonClient(endpoint, connections=16)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Copy the project, with what is installed."""
    return copy_project(tmp_path_factory.mktemp("project"), installed=True)


@pytest.fixture(params=["sync", "async"])
def calls(request: pytest.FixtureRequest, stack: LocalStack) -> Iterator[Calls]:
    """Call the stack's API by Stripe's own client, with the secret key, in each of its two forms."""
    with making_calls(request.param, stack.api_url, stack.secret_key) as made:
        yield made
