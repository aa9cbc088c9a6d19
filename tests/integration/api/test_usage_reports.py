"""Usage reports of the deployed stack: lines, the CSV of a request, and the file of a job, under the stack's roles."""

import json
import secrets
import time
from typing import Any
from urllib.parse import urlencode

import urllib3

from meterdrop.domain.codes import Status
from tests.support.integration.dropping import Dropping
from tools.stack.local_stack import LocalStack

DAY = 86_400
NIGHT = 1_727_222_400
"""2024-09-25T00:00:00Z."""
_WAIT_SECONDS = 60
_http = urllib3.PoolManager(retries=False)


class Reports:
    """A meter whose maximum counts, with two customers, and the reports of it."""

    def __init__(self, stack: LocalStack) -> None:
        """Create the meter and the customers."""
        self.stack = stack
        self.name = f"reports_{secrets.token_hex(4)}"
        self.customers = (f"cus_a_{self.name}", f"cus_b_{self.name}")
        self._post(
            "/v1/billing/meters",
            **{"event_name": self.name, "display_name": self.name, "default_aggregation[formula]": "max"},
        )
        for customer in self.customers:
            self._post("/v1/customers", id=customer)

    def _post(self, path: str, **fields: str) -> None:
        headers = {"Authorization": f"Bearer {self.stack.secret_key}"}
        response = _http.request(
            "POST", self.stack.api_url + path, headers=headers, fields=fields, encode_multipart=False
        )
        assert response.status == 200, response.data

    def cancel(self, identifier: str) -> None:
        """Cancel an event."""
        self._post(
            "/v1/billing/meter_event_adjustments",
            event_name=self.name,
            type="cancel",
            **{"cancel[identifier]": identifier},
        )

    def get(self, path: str = "", accept: str = "*/*", prefer: str = "", **query: object) -> urllib3.BaseHTTPResponse:
        """Read with the read key."""
        headers = {"Authorization": f"Bearer {self.stack.read_key}", "Accept": accept, "Prefer": prefer}
        url = f"{self.stack.api_url}/v1/usage_reports{path}?{urlencode(query)}"
        return _http.request("GET", url, headers=headers, redirect=False)

    def lines(self, **query: Any) -> list[tuple[str, str, int]]:
        """Return customer, exact value and count of each line."""
        response = self.get(meter=self.name, **query)
        assert response.status == 200, response.data
        found: list[dict[str, Any]] = json.loads(response.data)["data"]
        return [(line["customer"], line["aggregated_value_decimal"], line["event_count"]) for line in found]

    def file(self, **query: Any) -> bytes:
        """Let a job write a file, wait for it, and download it."""
        begun = self.get(accept="text/csv", prefer="respond-async", meter=self.name, **query)
        assert begun.status == 202, begun.data
        path = begun.headers["Location"].removeprefix("/v1/usage_reports")
        ends = time.monotonic() + _WAIT_SECONDS
        while json.loads(self.get(path).data)["status"] == "processing":
            assert time.monotonic() < ends
            time.sleep(0.1)
        state = json.loads(self.get(path).data)
        assert (state["status"], state["failure"]) == ("succeeded", None)
        redirect = self.get(f"{path}/file")
        assert redirect.status == 302, redirect.data
        downloaded = _http.request("GET", redirect.headers["Location"])
        assert downloaded.status == 200
        assert state["line_count"] == downloaded.data.count(b"\n") - 1
        return downloaded.data


def test_a_report_of_the_deployed_stack(stack: LocalStack) -> None:
    """Lines by day and for a window that cuts an hour with a cancel; the file of a job has the bytes of the CSV."""
    reports = Reports(stack)
    first, second = reports.customers
    rows = [f"{NIGHT + row},{reports.name},{first},{row},{reports.name} {row}" for row in range(40)]
    rows += [f"{NIGHT + 7_200},{reports.name},{second},0.125,"]
    header = "timestamp,event_name,payload_stripe_customer_id,payload_value,identifier"
    upload = Dropping(stack).drop(f"uploads/{reports.name}.csv", "\n".join([header, *rows]).encode())
    assert upload.status is Status.SUCCEEDED, upload.samples
    reports.cancel(f"{reports.name} 39")
    day: dict[str, Any] = {"start_time": NIGHT, "end_time": NIGHT + DAY}
    assert reports.lines(**day) == [(first, "38", 39), (second, "0.125", 1)]
    assert reports.lines(period="month", start_time=NIGHT) == reports.lines(**day)
    cut: dict[str, Any] = {"start_time": NIGHT - 60, "end_time": NIGHT + 60}
    assert reports.lines(**cut) == [(first, "38", 39)]
    for window in (day, cut):
        response = reports.get(accept="text/csv", meter=reports.name, **window)
        assert response.status == 200, response.data
        assert response.data == reports.file(**window)
    assert reports.file(customer=second, **day).count(b"\n") == 2
