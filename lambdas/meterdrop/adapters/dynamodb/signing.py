"""Signatures of requests to DynamoDB, which differ in nothing but operation, time and body.

The key, the scope and the signature are botocore's. What is signed is written here: botocore finds it out anew for each
request, from parts of any kind, in which it takes as long as all the rest of a call.
"""

from hashlib import sha256
from time import gmtime, strftime

from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from urllib3.util import parse_url


class Signer:
    """Signs requests to one region's DynamoDB."""

    def __init__(self, url: str, region: str, credentials: Credentials) -> None:
        """Take where requests go and as whom."""
        self._host = parse_url(url).netloc or ""
        self._region = region
        self._credentials = credentials

    def headers(self, operation: str, body: bytes) -> dict[str, str]:
        """Return all headers of a POST to `/` but its length."""
        credentials = self._credentials.get_frozen_credentials()
        auth = SigV4Auth(credentials, "dynamodb", self._region)
        timestamp = strftime(SIGV4_TIMESTAMP, gmtime())
        # In the order of the alphabet, and no value holds a blank: so they are signed as they are sent.
        headers = {"content-type": "application/x-amz-json-1.0", "host": self._host, "x-amz-date": timestamp}
        if credentials.token:
            headers["x-amz-security-token"] = credentials.token
        headers["x-amz-target"] = f"DynamoDB_20120810.{operation}"
        signed = ";".join(headers)
        lines = "".join([f"{name}:{value}\n" for name, value in headers.items()])
        canonical = f"POST\n/\n\n{lines}\n{signed}\n{sha256(body).hexdigest()}"
        request = AWSRequest()  # holds the time; the rest of it is in what is signed
        request.context["timestamp"] = timestamp
        signature = auth.signature(auth.string_to_sign(request, canonical), request)
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={signed}, Signature={signature}"
        )
        return headers
