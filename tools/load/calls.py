"""The API calls of `make load`, with their times and errors."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import quantiles
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from tools.emulator.web import get
from tools.stack.local_stack import LocalStack

_OK = 200
_PERCENT = 100


@dataclass(slots=True)
class Calls:
    """API calls with the read key. Several threads can share it."""

    stack: LocalStack
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def get(self, path: str, **query: object) -> dict[str, Any]:
        """Send a GET request; return the JSON body. A failed call returns an empty one and adds to `errors`."""
        url = f"{self.stack.api_url}{path}?{urlencode(query)}"
        began = time.monotonic()
        try:
            response = get(url, bearer=self.stack.read_key)
            excerpt = response.body[:200].decode(errors="replace")
            failure = None if response.status == _OK else f"{response.status} {excerpt}"
        except OSError as error:
            failure = str(error)
        with self._lock:
            self.seconds.append(time.monotonic() - began)
            if failure is not None:
                self.errors.append(f"{path}: {failure}")
        if failure is not None:
            return {}
        body: dict[str, Any] = json.loads(response.body)
        return body

    def uploads(self, key_prefix: str) -> Iterator[dict[str, Any]]:
        """Yield the uploads whose keys begin with the prefix."""
        query: dict[str, object] = {"key_prefix": key_prefix, "limit": _PERCENT}
        while True:
            page = self.get("/v1/uploads", **query)
            uploads = page.get("data", [])
            yield from uploads
            if not page.get("has_more"):
                return
            query["starting_after"] = uploads[-1]["id"]

    def meters(self) -> dict[str, str]:
        """Return the IDs of the meters by event name."""
        page = self.get("/v1/billing/meters", limit=_PERCENT)
        return {meter["event_name"]: meter["id"] for meter in page.get("data", [])}

    def usage(self, meter: str, start: int, end: int, customer: str | None) -> tuple[int, Decimal]:
        """Return the number of a meter's events and the sum of their values, for one customer or for all."""
        query: dict[str, object] = {"start_time": start, "end_time": end} | ({"customer": customer} if customer else {})
        data = self.get(f"/v1/billing/meters/{meter}/event_summaries", **query).get("data", [])
        if not data:
            return 0, Decimal(0)
        return data[0]["event_count"], Decimal(data[0]["aggregated_value_decimal"])

    def latencies(self) -> str:
        """Format the number of calls, their errors and their durations."""
        parts = quantiles(self.seconds, n=_PERCENT) if len(self.seconds) > 1 else [*self.seconds, 0.0] * _PERCENT
        return (
            f"{len(self.seconds):,} API calls, {len(self.errors)} errors; median {parts[49] * 1000:.0f} ms, "
            f"95 % within {parts[94] * 1000:.0f} ms, slowest {max(self.seconds, default=0) * 1000:.0f} ms"
        )
