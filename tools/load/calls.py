"""The API's calls of `make load`: each one's time is noted, and whether it was answered."""

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
    """Calls an API with the read key; safe to use from many threads."""

    stack: LocalStack
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def get(self, path: str, **query: object) -> dict[str, Any]:
        """Ask; an answer that is none of 200 is noted as an error, and empty."""
        url = f"{self.stack.api_url}{path}?{urlencode(query)}"
        began = time.monotonic()
        try:
            answer = get(url, bearer=self.stack.read_key)
            trouble = None if answer.status == _OK else f"{answer.status} {answer.body[:200].decode(errors='replace')}"
        except OSError as error:
            trouble = str(error)
        with self._lock:
            self.seconds.append(time.monotonic() - began)
            if trouble is not None:
                self.errors.append(f"{path}: {trouble}")
        if trouble is not None:
            return {}
        found: dict[str, Any] = json.loads(answer.body)
        return found

    def uploads(self, key_prefix: str) -> Iterator[dict[str, Any]]:
        """List the uploads whose keys begin so."""
        query: dict[str, object] = {"key_prefix": key_prefix, "limit": _PERCENT}
        while True:
            page = self.get("/v1/uploads", **query)
            found = page.get("data", [])
            yield from found
            if not page.get("has_more"):
                return
            query["starting_after"] = found[-1]["id"]

    def meters(self) -> dict[str, str]:
        """Return the ids of the meters by their event names."""
        page = self.get("/v1/billing/meters", limit=_PERCENT)
        return {meter["event_name"]: meter["id"] for meter in page.get("data", [])}

    def usage(self, meter: str, start: int, end: int, customer: str | None) -> tuple[int, Decimal]:
        """Return how many events a meter has and what they add up to, of one customer or of all."""
        query: dict[str, object] = {"start_time": start, "end_time": end} | ({"customer": customer} if customer else {})
        data = self.get(f"/v1/billing/meters/{meter}/event_summaries", **query).get("data", [])
        if not data:
            return 0, Decimal(0)
        return data[0]["event_count"], Decimal(data[0]["aggregated_value_decimal"])

    def latencies(self) -> str:
        """Say how many calls there were, and how long they took."""
        parts = quantiles(self.seconds, n=_PERCENT) if len(self.seconds) > 1 else [*self.seconds, 0.0] * _PERCENT
        return (
            f"{len(self.seconds):,} API calls, {len(self.errors)} errors; median {parts[49] * 1000:.0f} ms, "
            f"95 % within {parts[94] * 1000:.0f} ms, slowest {max(self.seconds, default=0) * 1000:.0f} ms"
        )
