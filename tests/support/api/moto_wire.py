"""The wire, as the adapters know it, into moto: moto listens to botocore alone, and the wire goes past that."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient
from meterdrop.adapters.dynamodb.errors import AwsError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class MotoClient(JsonClient):
    """Sends the same JSON by botocore's client."""

    def __init__(self, client: "DynamoDBClient", endpoint: Endpoint) -> None:
        """Send with `client`."""
        super().__init__(endpoint, connections=1, before_call=lambda: None)
        self._client = client

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send one request and return the answer; raises AwsError."""
        method = getattr(self._client, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())
        try:
            answer: dict[str, Any] = method(**request)
        except ClientError as error:
            raise AwsError(operation, error.response["Error"]["Code"]) from error
        return answer
