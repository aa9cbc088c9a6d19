"""Signatures of requests to DynamoDB, which differ only in operation, time and body.

botocore makes the key, the scope and the signature. This module writes the canonical request itself. botocore would
build it for each request from general parts, and take as long as the rest of the call.
"""

from hashlib import sha256
from time import gmtime, strftime

from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from urllib3.util import parse_url


class Signer:
    """The signer of requests to DynamoDB in one region."""

    def __init__(self, url: str, region: str, credentials: Credentials) -> None:
        """Sign requests to `url` in `region` with `credentials`."""
        self._host = parse_url(url).netloc or ""
        self._region = region
        self._credentials = credentials

    def headers(self, operation: str, body: bytes) -> dict[str, str]:
        """Return all headers of a POST request to `/`, without the length."""
        credentials = self._credentials.get_frozen_credentials()
        auth = SigV4Auth(credentials, "dynamodb", self._region)
        timestamp = strftime(SIGV4_TIMESTAMP, gmtime())
        # The headers are in alphabetical order and no value contains a space, so they are signed as sent.
        headers = {"content-type": "application/x-amz-json-1.0", "host": self._host, "x-amz-date": timestamp}
        if credentials.token:
            headers["x-amz-security-token"] = credentials.token
        headers["x-amz-target"] = f"DynamoDB_20120810.{operation}"
        signed = ";".join(headers)
        lines = "".join([f"{name}:{value}\n" for name, value in headers.items()])
        canonical = f"POST\n/\n\n{lines}\n{signed}\n{sha256(body).hexdigest()}"
        request = AWSRequest()  # only the timestamp; the canonical request has the rest
        request.context["timestamp"] = timestamp
        signature = auth.signature(auth.string_to_sign(request, canonical), request)
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={signed}, Signature={signature}"
        )
        return headers
