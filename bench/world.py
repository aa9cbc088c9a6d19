"""The ports of an ingest in this process, without the events and usage tables: one file and no other upload."""

import time
from collections.abc import Iterator

from bench.files import ARRIVAL, METERS
from meterdrop.adapters.batching import (
    BatchedCustomers,
    BatchedDuplicates,
    BatchedEvents,
    BatchedRegistry,
    BatchedUsage,
    Threads,
)
from meterdrop.adapters.catalog.customer_bulk import CustomerRegistry
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.metering.event_table import EventStore
from meterdrop.adapters.metering.usage_table import UsageTable
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.periods.closed_periods import ClosedPeriods
from meterdrop.domain.uploads.key_account import MatchedRows
from meterdrop.domain.uploads.objects import ObjectFacts, ObjectVersion, UploadedFile
from meterdrop.domain.uploads.status_event import StatusEvent
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import Attempt
from meterdrop.pipeline.ingest.run import Ingest
from meterdrop.pipeline.ports import Ports

_TIMEOUT_SECONDS = 3_600


class World:
    """One file, no other upload, and all customers registered."""

    read_limit = 100

    def __init__(self, data: bytes) -> None:
        """Hold the file."""
        self._data = data

    def get(self, _: str) -> None:
        """Return no upload, and no claim."""

    def create(self, _: Upload) -> bool:
        """Accept the new upload."""
        return True

    def save(self, _: Upload) -> bool:
        """Accept the changed upload."""
        return True

    def finish(self, *_: object) -> bool:
        """Accept the final status."""
        return True

    def send(self, _: object) -> None:
        """Accept the status event."""

    def remove(self, _: object) -> None:
        """Accept the deletion of an outbox item."""

    def unsent(self, *_: object) -> tuple[list[StatusEvent], None]:
        """Return no outbox items."""
        return [], None

    def put(self, *_: object) -> bool:
        """Accept every claim."""
        return True

    def note(self, *_: object) -> None:
        """Ignore matched rows."""

    def forget(self, _: str) -> None:
        """Ignore the deletion of matched rows."""

    def of_version(self, *_: object, **__: object) -> Iterator[MatchedRows]:
        """Return no matched rows."""
        return iter(())

    def owners(self, _: str) -> frozenset[str]:
        """Return no uploads."""
        return frozenset()

    def record_duplicate(self, *_: object) -> None:
        """Ignore a duplicate."""

    def facts(self, _: ObjectVersion) -> ObjectFacts:
        """Return the file's size."""
        return ObjectFacts(len(self._data), ARRIVAL)

    def read(self, _: ObjectVersion) -> UploadedFile:
        """Return the file."""
        return UploadedFile(self._data, allow_duplicate=False)

    def write_error_file(self, _: str, _data: bytes) -> str:
        """Accept a part of an error file."""
        return "1"

    def delete_error_file(self, _: str) -> None:
        """Accept the deletion: there is no error file."""

    def duplicates(self, owner: str) -> list[str]:  # noqa: ARG002  of the port
        """Return no upload."""
        return []

    def list_meters(self) -> list[Meter]:
        """Return the meters in the file."""
        return list(METERS)

    def closed_periods(self) -> ClosedPeriods:
        """Return no period."""
        return ClosedPeriods()

    def registered(self, ids: object) -> set[str]:
        """Return all IDs."""
        return set(ids)  # type: ignore[call-overload, no-any-return]


def ingest(data: bytes, json_client: JsonClient) -> Upload:
    """Ingest a file with the real adapters; return the upload.

    Raises AssertionError if no row counts.
    """
    world = World(data)
    threads = Threads()
    ports = Ports(
        threads=threads,
        uploads=world,
        outbox=world,
        publisher=world,
        claims=world,
        customers_claims=world,
        duplicates=BatchedDuplicates(world, world, threads),
        matched=world,
        objects=world,
        messages=world,
        meters=world,
        periods=world,
        customers=BatchedCustomers(world, threads),
        registry=BatchedRegistry(CustomerRegistry(json_client, "catalog"), threads),
        events=lambda upload: BatchedEvents(
            EventStore(json_client, "events", upload.id, upload.created, writes_blocks=True), threads
        ),
        usage=lambda upload: BatchedUsage(UsageTable(json_client, "usage", upload.id, upload.created), threads),
    )
    version = ObjectVersion("bucket", "uploads/bench.csv", "1")
    upload = Ingest(ports, "bucket", None).run(version, ARRIVAL, Attempt(time.time() + _TIMEOUT_SECONDS))
    if upload is None or not upload.counts.success:
        raise AssertionError("The file must be stored.")
    return upload
