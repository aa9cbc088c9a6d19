"""One ingest of a file at the limit, with the real adapters for events and usage; prints its peak memory in KiB."""

import os
import resource
import sys
import time

from bench.files import CUSTOMERS, METERS, ordinary
from meterdrop import settings
from meterdrop.adapters.customer_registry import CustomerRegistry
from meterdrop.adapters.event_store import EventStore
from meterdrop.adapters.usage_table import UsageTable
from meterdrop.adapters.wire import Wire
from meterdrop.domain.announcement import Announcement
from meterdrop.domain.dropped_object import DroppedFile, ObjectFacts, ObjectVersion
from meterdrop.domain.meter import Meter
from meterdrop.domain.upload import Upload
from meterdrop.pipeline.attempt import Attempt
from meterdrop.pipeline.in_order import THREADS
from meterdrop.pipeline.ingest import Ingest
from meterdrop.pipeline.ports import Ports


class World:
    """Everything around the tables that hold rows: one file, no other upload."""

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

    def unsent(self, *_: object) -> tuple[list[Announcement], None]:
        """Return that all is announced."""
        return [], None

    def put(self, *_: object) -> bool:
        """Give content and key to whoever asks."""
        return True

    def note_duplicate(self, *_: object) -> None:
        """Note nothing."""

    def facts(self, _: ObjectVersion) -> ObjectFacts:
        """Return the file's size."""
        return ObjectFacts(len(self._data), int(time.time()))

    def read(self, _: ObjectVersion) -> DroppedFile:
        """Return the file."""
        return DroppedFile(self._data, allow_duplicate=False)

    def write_error_file(self, _: str, chunks: object) -> str:
        """Read an error file to its end."""
        for _chunk in chunks:  # type: ignore[attr-defined]
            pass
        return "1"

    def delete_error_file(self, _: str) -> None:
        """There is none."""

    def list_meters(self) -> list[Meter]:
        """Return the meters of the file."""
        return list(METERS)

    def registered(self, ids: object) -> set[str]:
        """Return all of them."""
        return set(ids)  # type: ignore[call-overload, no-any-return]


def main(port: str, customers: str) -> None:
    """Ingest one file."""
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
    }
    data = ordinary(customers=CUSTOMERS[:1] if customers == "one" else CUSTOMERS)
    data += b"\n" * (5_242_880 - len(data))
    attempt, world = Attempt(time.time() + 600), World(data)
    wire = Wire(settings.dynamodb_endpoint(), connections=THREADS, before_call=attempt.check)
    ports = Ports(
        uploads=world,
        outbox=world,
        announcer=world,
        claims=world,
        relations=world,
        objects=world,
        meters=world,
        customers=world,
        registry=CustomerRegistry(wire, "catalog"),
        events=lambda upload_id, received: EventStore(wire, "events", upload_id, received),
        usage=lambda upload_id, received: UsageTable(wire, "usage", upload_id, received),
    )
    upload = Ingest(ports, "bucket", None).run(
        ObjectVersion("bucket", "uploads/bench.csv", "1"), int(time.time()), attempt
    )
    if upload is None or upload.counts.success != data.count(b"cus_"):
        raise AssertionError("every row must be counted")
    sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


if __name__ == "__main__":
    main(*sys.argv[1:])
