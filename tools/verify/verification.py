"""One run of `make verify`: the stack, the API, and the meters and customers of the run."""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from tools.stack.api_keys import KeyRequest, make_key, revoke_key
from tools.stack.clients import Clients
from tools.stack.outputs import Outputs
from tools.verify.deployed import Deployed
from tools.verify.http import Api, Http, HttpResponse
from tools.verify.outcome import UnexpectedError
from tools.verify.record import Recorder

_FINAL = frozenset({"succeeded", "succeeded_with_errors", "failed", "reverted"})
_PATIENCE = 180  # seconds for one upload; a cold function and a new table need some
_POLL_SECONDS = 0.25
_OK = 200


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter of the run."""

    id: str
    event_name: str


@dataclass
class Verification:
    """The run. Everything that it makes has the run's name, and is removed or taken back at the end."""

    clients: Clients
    outputs: Outputs
    stage: str
    api_url: str
    is_local: bool
    recorder: Recorder = field(default_factory=Recorder)
    run: str = field(default_factory=lambda: f"verify-{secrets.token_hex(4)}")
    timestamp: int = field(default_factory=lambda: int(time.time()) // 3600 * 3600 - 3600)
    """The time of all events: the beginning of the last whole hour, so that they are never too old."""
    uploads: list[str] = field(default_factory=list)
    """The IDs of the uploads that the run made."""
    _cleanups: list[tuple[str, Callable[[], object]]] = field(default_factory=list)

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 has no types for most services
        """Return a client by boto3's name for the service."""
        client = self.clients.other(service)
        self.recorder.watch(client)
        return client

    @cached_property
    def s3(self) -> Any:  # noqa: ANN401
        """The S3 client."""
        return self.client("s3")

    @cached_property
    def deployed(self) -> Deployed:
        """The deployed template."""
        return Deployed.read(self.clients, self.stage)

    @cached_property
    def http(self) -> Http:
        """HTTP requests."""
        return Http(self.recorder)

    @cached_property
    def api(self) -> Api:
        """The API with a key of this run."""
        dynamodb, table = self.clients.dynamodb(), self.outputs.keys_table
        key, secret = make_key(dynamodb, table, KeyRequest(role="admin", name="make verify"))
        self.at_end(f"revoke {key.id}", lambda: revoke_key(dynamodb, table, key.id))
        return Api(self.api_url, secret, self.http)

    @cached_property
    def meter(self) -> Meter:
        """The meter of the run's events."""
        meter = self._make_meter("sum")
        self.at_end("deactivate the meter", lambda: self._deactivate(meter))
        return meter

    @cached_property
    def archived_meter(self) -> Meter:
        """A meter that is deactivated."""
        meter = self._make_meter("archived")
        self._deactivate(meter)
        return meter

    @cached_property
    def customers(self) -> tuple[str, str]:
        """The IDs of the run's two customers."""
        return self.make_customer("one"), self.make_customer("two")

    def make_customer(self, name: str) -> str:
        """Create a customer whose ID ends in `name`, and return its ID."""
        id_ = f"{self.run}-{name}"
        self.must(self.api.post("/v1/customers", {"id": id_, "name": "Meterdrop verifies"}))
        self.delete_at_end(id_)
        return id_

    def delete_at_end(self, customer: str) -> None:
        """Delete a customer at the end."""
        path = f"/v1/customers/{quote(customer, safe='')}"
        self.at_end("delete a customer", lambda: self.must(self.api.send("DELETE", path)))

    def _make_meter(self, name: str) -> Meter:
        fields = {
            "event_name": f"{self.run}-{name}",
            "display_name": f"Meterdrop verifies ({name})",
            "default_aggregation[formula]": "sum",
        }
        made = self.must(self.api.post("/v1/billing/meters", fields))
        return Meter(made["id"], made["event_name"])

    def _deactivate(self, meter: Meter) -> None:
        self.must(self.api.post(f"/v1/billing/meters/{meter.id}/deactivate"))

    def must(self, response: HttpResponse, status: int = _OK) -> Any:  # noqa: ANN401 - any JSON
        """Return the JSON of a response. Raises UnexpectedError for another status."""
        if response.status != status:
            raise UnexpectedError(f"The API returned {response}, instead of {status}.")
        return response.json

    def key(self, name: str, prefix: str = "uploads") -> str:
        """Return an object key of this run."""
        return f"{prefix}/{self.run}/{name}"

    def put(self, key: str, body: bytes) -> str:
        """Put an object into the bucket, and return its version ID."""
        self.hide_at_end(key)
        version: str = self.s3.put_object(Bucket=self.outputs.bucket, Key=key, Body=body)["VersionId"]
        return version

    def upload(self, key: str, body: bytes) -> dict[str, Any]:
        """Put an object, and return its upload in its final status."""
        return self.final(key, self.put(key, body))

    def final(self, key: str, version: str = "", *, after: int = 0) -> dict[str, Any]:
        """Wait until the upload of a key is final, in a run greater than `after`; return it.

        `version` is the object's version ID. Without it, the key must have one upload. Raises UnexpectedError after
        three minutes.
        """
        return self._wait(lambda: self._find(key, version), key, lambda upload: upload["run"] > after)

    def final_by_id(self, id_: str, status: str) -> dict[str, Any]:
        """Wait until an upload has a status, and return it. Raises UnexpectedError after three minutes."""
        return self._wait(
            lambda: self.must(self.api.get(f"/v1/uploads/{id_}")), id_, lambda upload: upload["status"] == status
        )

    def _find(self, key: str, version: str) -> dict[str, Any] | None:
        data: list[dict[str, Any]] = self.must(self.api.get("/v1/uploads", {"key": key}))["data"]
        # Uploads of one second are in any order.
        return next((each for each in data if not version or each["version_id"] == version), None)

    def _wait(
        self, look: Callable[[], dict[str, Any] | None], name: str, is_done: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        gives_up = time.monotonic() + _PATIENCE
        upload = None
        while time.monotonic() < gives_up:
            upload = look()
            if upload is not None and upload["id"] not in self.uploads:
                self.uploads.append(upload["id"])
            if upload is not None and upload["status"] in _FINAL and is_done(upload):
                return upload
            time.sleep(_POLL_SECONDS)
        found = f"its status is {upload['status']}" if upload else "it has no status"
        raise UnexpectedError(f"After {_PATIENCE} seconds, {name} isn't finished: {found}.")

    def hide_at_end(self, key: str) -> None:
        """Hide an object at the end. Its versions stay, because the status of its upload refers to one of them."""
        self.at_end(f"hide {key}", lambda: self.s3.delete_object(Bucket=self.outputs.bucket, Key=key))

    def at_end(self, what: str, cleanup: Callable[[], object]) -> None:
        """Run a cleanup at the end, in the reverse order."""
        self._cleanups.append((what, cleanup))

    def clean_up(self) -> Iterator[tuple[str, Exception]]:
        """Run all cleanups. Yields those that failed, with their errors."""
        while self._cleanups:
            what, cleanup = self._cleanups.pop()
            try:
                cleanup()
            except Exception as error:  # noqa: BLE001 - the others must still run, and each is shown
                yield what, error
