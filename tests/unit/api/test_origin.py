"""The secret of the owner's CDN: without it, nothing responds and nothing is read."""

import hashlib
import json
from typing import Any

import pytest

from meterdrop.adapters.access.api_keys import ApiKeyTable
from tests.support.api.client import Api

OLD, NEW = "a" * 64, "b" * 64


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = [hashlib.sha256(secret.encode()).hexdigest() for secret in (OLD, NEW)]
    monkeypatch.setenv("ORIGIN_SECRET_HASHES", ",".join(hashes))


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_requests_with_a_secret_are_answered(api: Api, secret: str) -> None:
    """Two secrets are valid while the owner replaces one. The key is checked all the same."""
    headers = {"x-origin-secret": secret}
    assert 200 == api.call("GET", "/v1/uploads", headers=headers).status
    assert 401 == api.call("GET", "/v1/uploads", key=None, headers=headers).status


@pytest.mark.parametrize("headers", [{}, {"x-origin-secret": ""}, {"x-origin-secret": OLD.upper()}])
@pytest.mark.parametrize("path", ["/v1/uploads", "/health", "/", "/assets/main.js", "/nowhere"])
def test_others_are_refused_before_anything_is_read(
    api: Api, monkeypatch: pytest.MonkeyPatch, path: str, headers: dict[str, str]
) -> None:
    """With a valid key too, and on the paths that need none."""

    def read(*_: Any) -> None:
        raise AssertionError("a key was read")

    monkeypatch.setattr(ApiKeyTable, "find", read)
    response = api.call("GET", path, headers=headers)
    assert (403, "origin_refused", None) == response.error
    assert "domain name" in json.loads(response.text)["error"]["message"]


def test_the_hash_is_not_the_secret(api: Api) -> None:
    """Whoever reads the function's settings can't send what is in them."""
    hash_ = hashlib.sha256(NEW.encode()).hexdigest()
    assert 403 == api.call("GET", "/health", headers={"x-origin-secret": hash_}).status
