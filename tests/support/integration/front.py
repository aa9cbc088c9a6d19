"""Servers that stand where Stripe's clients send to: one that a test answers itself, and API Gateway's place on AWS."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import urllib3

HOST_ON_AWS = "abc123.execute-api.eu-central-1.amazonaws.com"


class Received(NamedTuple):
    """A request, its header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Sent(NamedTuple):
    """A response."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {"Content-Type": "application/json"}


@dataclass
class Front:
    """A running server, and what it received."""

    port: int
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address without TLS."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(respond: Callable[[Received], Sent], tls: ssl.SSLContext | None = None) -> Iterator[Front]:
    """Run a server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _respond(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            front.received.append(request := Received(self.command, self.path, headers, body))
            response = respond(request)
            self.send_response(response.status)
            for name, value in {**response.headers, "Content-Length": str(len(response.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = do_POST = do_DELETE = _respond  # noqa: N815  names of the standard library

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        front = Front(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield front
        finally:
            server.shutdown()
            thread.join()


def forwarding_to(api_url: str) -> Callable[[Received], Sent]:
    """Return what hands a request on to the API at `api_url`, and its response back."""
    pool = urllib3.PoolManager(retries=False, maxsize=32)
    dropped = {"host", "connection", "content-length", "transfer-encoding"}

    def forward(request: Received) -> Sent:
        headers = {name: value for name, value in request.headers.items() if name not in dropped}
        response = pool.request(
            request.method,
            api_url + request.path,
            body=request.body or None,
            headers=headers,
            redirect=False,
            decode_content=False,
        )
        returned = {name: value for name, value in response.headers.items() if name.lower() not in dropped}
        return Sent(response.status, response.data, returned)

    return forward


def refuse(_: Received) -> Sent:
    """Respond with an error of Stripe's, whatever is asked for."""
    return Sent(400, json.dumps({"error": {"type": "invalid_request_error", "message": "no"}}).encode())
