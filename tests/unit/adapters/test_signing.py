"""The signatures of ready-made requests are those that botocore makes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterdrop.adapters.dynamodb import signing as signature
from meterdrop.adapters.dynamodb.signing import Signer

_NOW = datetime(2024, 9, 25, 14, 30, 7, tzinfo=UTC)
_URLS = ["http://127.0.0.1:4566", "https://dynamodb.eu-central-1.amazonaws.com", "http://localhost:8000/"]


@pytest.mark.parametrize("url", _URLS)
@pytest.mark.parametrize("token", [None, "IQoJb3JpZ2luX2VjE//+token=="])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(body=st.binary(min_size=1))
def test_as_botocore_signs(url: str, token: str | None, body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of whatever body, with and without a session token, for AWS and for a port of this machine."""
    monkeypatch.setattr(auth, "get_current_datetime", lambda *_: _NOW)
    monkeypatch.setattr(signature, "gmtime", _NOW.timetuple)
    credentials = Credentials("AKIAEXAMPLE", "secret/example", token)
    headers = Signer(url, "eu-central-1", credentials).headers("BatchExecuteStatement", body)
    assert headers["authorization"] == _by_botocore(url, credentials, headers, body)["Authorization"]


def _by_botocore(url: str, credentials: Credentials, headers: dict[str, str], body: bytes) -> Any:
    given_ = {name: headers[name] for name in ("content-type", "x-amz-target")}
    request = AWSRequest("POST", url.rstrip("/") + "/", given_, body)
    auth.SigV4Auth(credentials, "dynamodb", "eu-central-1").add_auth(request)
    return request.headers


def test_what_is_sent_is_what_is_signed() -> None:
    """Every header but the signature itself is in it."""
    headers = Signer(_URLS[0], "eu-central-1", Credentials("a", "b", "c")).headers("BatchGetItem", b"{}")
    signed = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert signed == [name for name in headers if name != "authorization"] == sorted(signed)
