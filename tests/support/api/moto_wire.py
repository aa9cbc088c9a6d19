"""The wire, as the adapters know it, into moto: moto listens to botocore alone, and the wire goes past that."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from urllib3 import Timeout

from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient
from meterdrop.adapters.dynamodb.errors import AwsError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NOWHERE = Endpoint("http://127.0.0.1:1", "eu-central-1", Credentials("AKIAEXAMPLE", "example"), Timeout(1))


class MotoClient(JsonClient):
    """Sends the same JSON by botocore's client."""

    def __init__(self, client: "DynamoDBClient") -> None:
        """Send with `client`."""
        super().__init__(_NOWHERE, connections=1)
        self._client = client

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send one request and return the answer; raises AwsError."""
        orjson.dumps(request)  # as JsonClient does: it refuses text that has no encoding
        method = getattr(self._client, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())
        try:
            answer: dict[str, Any] = method(**request)
        except ClientError as error:
            raise AwsError(operation, error.response["Error"]["Code"]) from error
        return answer
