"""An uploader's key on the deployed stack: it delivers a file and learns what became of it, and can do nothing else."""

import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from meterdrop.domain.access.api_key import ApiKey
from tests.support.integration.dropping import Dropping
from tools.stack.api_keys import KeyRequest, list_keys, make_key, revoke_key
from tools.stack.local_stack import LocalStack

_http = urllib3.PoolManager(retries=False)
HEADER = b"timestamp,event_name,payload_stripe_customer_id,payload_value\n"
BODY = HEADER + b"2024-09-25,cpu_usage,cus_QMJJtcu70R1x46,1\nbad,cpu_usage,cus_QMJJtcu70R1x46,1\n"


class Uploader:
    """A program that has only the address of the API and its key."""

    def __init__(self, stack: LocalStack) -> None:
        """Make the key for a folder of its own."""
        self._dynamodb, self._outputs = stack.clients.dynamodb(), stack.outputs
        self.folder, self._url = f"sender-{secrets.token_hex(4)}", stack.api_url
        request = KeyRequest(role="upload", name="A sender", days="1", prefix=f"uploads/{self.folder}/")
        self.key, self._secret = make_key(self._dynamodb, self._outputs.keys_table, request)

    def call(self, method: str, path: str, **request: Any) -> urllib3.BaseHTTPResponse:
        """Send a request; redirects are not followed."""
        headers = {"Authorization": f"Bearer {self._secret}"}
        return _http.request(method, self._url + path, headers=headers, redirect=False, **request)

    def listed(self) -> list[tuple[ApiKey, int | None]]:
        """Return all keys with their last uses, as `make keys` lists them."""
        return list_keys(self._dynamodb, self._outputs.keys_table, self._outputs.idempotency_table)

    def end(self) -> None:
        """Revoke the key."""
        revoke_key(self._dynamodb, self._outputs.keys_table, self.key.id)


@pytest.fixture
def uploader(stack: LocalStack) -> Iterator[Uploader]:
    """Make a key, and revoke it afterwards."""
    uploader = Uploader(stack)
    yield uploader
    uploader.end()
    assert uploader.call("GET", "/v1/uploads").status == 401


def test_an_uploader_delivers_a_file_and_reads_its_errors(uploader: Uploader) -> None:
    """It asks for a form, posts the file, waits for the status, and downloads the refused rows."""
    form = uploader.call("POST", "/v1/uploads", json={"file_name": "usage.csv"}).json()
    assert form["key"].startswith(f"uploads/{uploader.folder}/")
    posted = _http.request("POST", form["url"], fields={**form["fields"], "file": ("usage.csv", BODY)})
    assert posted.status in {200, 204}

    [upload] = _until_final(uploader, form["key"])
    assert (1, 1) == (upload["success_count"], upload["error_count"])
    link = uploader.call("GET", upload["error_file"]["url"]).headers["Location"]
    lines = _http.request("GET", link).data.splitlines()
    assert (2, True) == (len(lines), lines[1].startswith(b"bad,cpu_usage"))
    assert [hour for key, hour in uploader.listed() if key == uploader.key] == [int(time.time()) // 3600 * 3600]


def test_an_uploader_is_refused_elsewhere(stack: LocalStack, uploader: Uploader) -> None:
    """What others uploaded does not exist, and each other route names the permission that the key lacks."""
    other = Dropping(stack).drop("uploads/somebody-else/a.csv", BODY)
    for path in (f"/v1/uploads/{other.id}", f"/v1/uploads/{other.id}/file", f"/v1/uploads/{other.id}/error_file"):
        assert (404, "resource_missing") == _error(uploader.call("GET", path))[:2]
    assert [] == uploader.call("GET", "/v1/uploads?limit=100").json()["data"]
    for method, path, permission in (
        ("POST", f"/v1/uploads/{other.id}/revert", "uploads:write"),
        ("POST", "/v1/billing/meter_events", "meter_events:write"),
        ("POST", "/v2/billing/meter_event_session", "meter_events:write"),
        ("GET", "/v1/billing/meters", "meters:read"),
        ("GET", "/v1/customers/cus_QMJJtcu70R1x46", "customers:read"),
        ("GET", "/v1/usage_reports", "usage:read"),
        ("GET", "/v1/billing_periods", "periods:read"),
        ("GET", "/v1/api_keys", "an admin key"),
    ):
        status, code, message = _error(uploader.call(method, path, json={} if method == "POST" else None))
        assert (path, 403, "permission_missing", True) == (path, status, code, permission in message)


def test_an_admin_key_lists_the_uploader(stack: LocalStack, uploader: Uploader) -> None:
    """With its name and prefix, and not with its secret."""
    assert 200 == uploader.call("GET", "/v1/api_key").status
    headers = {"Authorization": f"Bearer {stack.secret_key}"}
    listed = _http.request("GET", f"{stack.api_url}/v1/api_keys?limit=100", headers=headers).json()
    [key] = [each for each in listed["data"] if each["id"] == uploader.key.id]
    assert ("A sender", f"uploads/{uploader.folder}/") == (key["name"], key["prefix"])
    assert {"uploads": "read", "files": "write"} == key["permissions"]
    assert key["last_used_at"] == int(time.time()) // 3600 * 3600


def _until_final(uploader: Uploader, key: str) -> list[dict[str, Any]]:
    """Return the uploads of an object key when the first of them is final."""
    found: list[dict[str, Any]] = []
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        found = uploader.call("GET", f"/v1/uploads?key={key}").json()["data"]
        if found and found[0]["finished_at"] is not None:
            break
        time.sleep(0.1)
    return found


def _error(response: urllib3.BaseHTTPResponse) -> tuple[int, str, str]:
    error = json.loads(response.data)["error"]
    return response.status, error["code"], error["message"]
