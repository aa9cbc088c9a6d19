"""What Chromium noticed while a page was used: its console, and every request."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from selenium.webdriver import Chrome

_OF_THE_PAGE_ITSELF = {"data", "blob", "about", "chrome", "chrome-untrusted"}


@dataclass
class Watch:
    """Collects; `problems` are what no test may cause."""

    driver: Chrome
    page_url: str
    bucket_url: str
    _events: list[dict[str, Any]] = field(default_factory=list)
    _console: list[dict[str, Any]] = field(default_factory=list)

    def forget(self) -> None:
        """Begin anew."""
        self._read()
        self._events.clear()
        self._console.clear()

    def problems(self) -> list[str]:
        """Return errors of the console, violations of the CSP among them, and requests to other hosts."""
        self._read()
        said = [
            entry["message"] for entry in self._console if entry["level"] == "SEVERE" and not self._is_answer(entry)
        ]
        known = {_origin(self.page_url), _origin(self.bucket_url)}
        others = [
            url for url in self.requested() if _origin(url) not in known and _scheme(url) not in _OF_THE_PAGE_ITSELF
        ]
        return [*said, *(f"request to another host: {url}" for url in others)]

    def requested(self) -> list[str]:
        """Return the URLs that were asked for, in order."""
        self._read()
        return [sent["request"]["url"] for sent in self._of("Network.requestWillBeSent")]

    def asked_of_the_api(self) -> list[str]:
        """Return the requests to the API, in order."""
        return [url for url in self.requested() if f"{self.page_url}v1/" in url]

    def bytes_received(self) -> int:
        """Return how much came over the network, heads included, compressed as it came."""
        self._read()
        return sum(int(done["encodedDataLength"]) for done in self._of("Network.loadingFinished"))

    def cached(self) -> list[str]:
        """Return the URLs that came out of a cache, so that no network was asked."""
        self._read()
        in_memory = {served["requestId"] for served in self._of("Network.requestServedFromCache")}
        return [
            got["response"]["url"]
            for got in self._of("Network.responseReceived")
            if (got["response"]["fromDiskCache"] or got["requestId"] in in_memory)
            and _scheme(got["response"]["url"]) not in _OF_THE_PAGE_ITSELF
        ]

    def _is_answer(self, entry: dict[str, Any]) -> bool:
        """Say whether the API refused something, or there was no network: pages tell that to their readers."""
        is_api = f"{self.page_url}v1/" in entry["message"]
        return entry["source"] == "network" and (is_api or "ERR_INTERNET_DISCONNECTED" in entry["message"])

    def _of(self, method: str) -> list[dict[str, Any]]:
        return [event["params"] for event in self._events if event["method"] == method]

    def _read(self) -> None:
        # Each can be read once.
        self._events += [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]  # type: ignore[no-untyped-call]
        self._console += self.driver.get_log("browser")  # type: ignore[no-untyped-call]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _scheme(url: str) -> str:
    return urlsplit(url).scheme
