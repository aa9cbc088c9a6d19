"""Everything around the tables that hold rows, for an ingest in this process: one file, no other upload."""

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
from meterdrop.domain.uploads.key_account import MatchedRows
from meterdrop.domain.uploads.objects import ObjectFacts, ObjectVersion, UploadedFile
from meterdrop.domain.uploads.status_event import StatusEvent
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import Attempt
from meterdrop.pipeline.ingest.run import Ingest
from meterdrop.pipeline.ports import Ports

_LONG = 3_600  # seconds


class World:
    """One file, no other upload, every customer registered."""

    read_limit = 100

    def __init__(self, data: bytes) -> None:
        """Hold the file."""
        self._data = data

    def get(self, _: str) -> None:
        """Return no upload, and no claim."""

    def create(self, _: Upload) -> bool:
        """Take the new upload."""
        return True

    def save(self, _: Upload) -> bool:
        """Take the changed upload."""
        return True

    def finish(self, *_: object) -> bool:
        """Take the final status."""
        return True

    def send(self, _: object) -> None:
        """Hear of the final status."""

    def remove(self, _: object) -> None:
        """Forget that it is to be announced."""

    def unsent(self, *_: object) -> tuple[list[StatusEvent], None]:
        """Return that all is announced."""
        return [], None

    def put(self, *_: object) -> bool:
        """Give content and key to whoever asks."""
        return True

    def note(self, *_: object) -> None:
        """Note nothing."""

    def forget(self, _: str) -> None:
        """Forget nothing."""

    def of_version(self, *_: object, **__: object) -> Iterator[MatchedRows]:
        """Return that nothing is noted."""
        return iter(())

    def owners(self, _: str) -> frozenset[str]:
        """Return that nothing is noted."""
        return frozenset()

    def record_duplicate(self, *_: object) -> None:
        """Note nothing."""

    def facts(self, _: ObjectVersion) -> ObjectFacts:
        """Return the file's size."""
        return ObjectFacts(len(self._data), ARRIVAL)

    def read(self, _: ObjectVersion) -> UploadedFile:
        """Return the file."""
        return UploadedFile(self._data, allow_duplicate=False)

    def write_error_file(self, _: str, _data: bytes) -> str:
        """Take a part of an error file."""
        return "1"

    def delete_error_file(self, _: str) -> None:
        """There is none."""

    def list_meters(self) -> list[Meter]:
        """Return the meters of the file."""
        return list(METERS)

    def registered(self, ids: object) -> set[str]:
        """Return all of them."""
        return set(ids)  # type: ignore[call-overload, no-any-return]


def ingest(data: bytes, json_client: JsonClient, *, events: str = "events", usage: str = "usage") -> Upload:
    """Ingest a file with the real adapters of both tables, which are named; returns the upload."""
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
        meters=world,
        customers=BatchedCustomers(world, threads),
        registry=BatchedRegistry(CustomerRegistry(json_client, "catalog"), threads),
        events=lambda upload_id, received: BatchedEvents(EventStore(json_client, events, upload_id, received), threads),
        usage=lambda upload_id, received: BatchedUsage(UsageTable(json_client, usage, upload_id, received), threads),
    )
    version = ObjectVersion("bucket", "uploads/bench.csv", "1")
    upload = Ingest(ports, "bucket", None).run(version, ARRIVAL, Attempt(time.time() + _LONG))
    if upload is None or not upload.counts.success:
        raise AssertionError("the file must be taken")
    return upload
