"""The sample meters and customers are asked of the API, and its refusal is said."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest

from tools.setup.trouble import Trouble
from tools.stack.seed import CUSTOMERS, METERS, seed

Requests = list[tuple[str, str | None, dict[str, list[str]]]]


@contextmanager
def api(status: int, asked: Requests) -> Iterator[str]:
    """Run an API that answers everything with this status."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append((self.path, self.headers["Authorization"], parse_qs(body)))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"said the API")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_samples_are_made_with_the_secret_key() -> None:
    """Each meter and each customer is one request."""
    asked: Requests = []
    with api(200, asked) as url:
        seed(url, "sk_example")
    assert {"Bearer sk_example"} == {key for _, key, _ in asked}
    assert [meter.event_name for meter in METERS] == [
        fields["event_name"][0] for path, _, fields in asked if path == "/v1/billing/meters"
    ]
    assert [customer.id for customer in CUSTOMERS] == [
        fields["id"][0] for path, _, fields in asked if path == "/v1/customers"
    ]


def test_a_refusal_is_trouble() -> None:
    """The sentence says what the API answered."""
    with api(500, []) as url, pytest.raises(Trouble, match=r"It returned 500: said the API"):
        seed(url, "sk_example")
