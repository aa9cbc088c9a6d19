"""A proxy in front of the API that delays requests and loses answers."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Thread

import urllib3

_LOST_ONE_IN = 12
_DELAYED_ONE_IN = 6
_LONGEST_DELAY_SECONDS = 0.4
_PASSED = ("Authorization", "Content-Type", "Idempotency-Key")
_http = urllib3.PoolManager(maxsize=32, retries=False, timeout=40)


class Proxy(ThreadingHTTPServer):
    """A server that passes requests on to `target`, a URL without a slash at its end."""

    daemon_threads = True

    def __init__(self, target: str, seed: str) -> None:
        """Listen at a free port of this machine."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.random = Random(seed)
        self.counts = Counter[str]()

    @property
    def url(self) -> str:
        """The address to use in place of the target's."""
        return f"http://127.0.0.1:{self.server_port}"

    def is_drawn(self, name: str, one_in: int) -> bool:
        """Return whether this request is one in so many, and count it."""
        is_drawn = not self.random.randrange(one_in)
        self.counts[name] += is_drawn
        return is_drawn


class _Handler(BaseHTTPRequestHandler):
    server: Proxy

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.is_drawn("delayed", _DELAYED_ONE_IN):
            time.sleep(self.server.random.uniform(0, _LONGEST_DELAY_SECONDS))
        headers = {name: self.headers[name] for name in _PASSED if name in self.headers}
        try:
            response = _http.request(self.command, self.server.target + self.path, body=body, headers=headers)
        except urllib3.exceptions.HTTPError:
            return
        if self.server.is_drawn("lost", _LOST_ONE_IN):
            return
        self.send_response(response.status)
        self.send_header("Content-Length", str(len(response.data)))
        self.end_headers()
        self.wfile.write(response.data)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def running_proxy(target: str, seed: str) -> Iterator[Proxy]:
    """Run a proxy until the end of the block."""
    with Proxy(target, seed) as proxy:
        thread = Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
