"""The client for bulk calls, as measurements need it."""

import urllib3
from botocore.credentials import Credentials

from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient


def json_client(url: str, *, connections: int = 8) -> JsonClient:
    """Return a client of a server on this machine."""
    endpoint = Endpoint(url, "local", Credentials("a", "b"), urllib3.Timeout(30))
    return JsonClient(endpoint, connections=connections)
