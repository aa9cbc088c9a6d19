"""What the pipeline needs of the world, as protocols. Adapters implement them, tests fake them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from meterdrop.domain.codes import Status
from meterdrop.domain.customers.customer import StoredCustomer
from meterdrop.domain.customers.registration import Change
from meterdrop.domain.metering.contributions import Contributions
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.uploads.claims import CustomersClaim, SharedClaim
from meterdrop.domain.uploads.key_account import MatchedRows
from meterdrop.domain.uploads.objects import (
    ObjectFacts,
    ObjectVersion,
    SweepCursor,
    UploadedFile,
    VersionCursor,
    VersionPage,
)
from meterdrop.domain.uploads.status_event import StatusEvent
from meterdrop.domain.uploads.upload import Upload


class Uploads(Protocol):
    """The status table; see `adapters.upload_table`."""

    def get(self, upload_id: str) -> Upload | None:
        """Return an upload as it is now."""

    def create(self, upload: Upload) -> bool:
        """Store a new upload; False where there is one."""

    def save(self, upload: Upload) -> bool:
        """Store the next revision; False where another was stored since."""

    def finish(self, upload: Upload, status_event: StatusEvent) -> bool:
        """Store the next revision and put what is told of it into the outbox, all or none; as `save`."""


class Outbox(Protocol):
    """What is to be told and may not have been yet; see `adapters.outbox`."""

    def unsent(self, before: int, after: str | None, limit: int) -> tuple[list[StatusEvent], str | None]:
        """Return announcements made before a time (epoch seconds), oldest first, beginning after a `place`.

        At most `limit`; and the place to go on after, None where there are no more.
        """

    def remove(self, status_event: StatusEvent) -> None:
        """Forget an announcement that was sent."""


class Publisher(Protocol):
    """Who tells the outside; see `adapters.event_bus`."""

    def send(self, status_event: StatusEvent) -> None:
        """Send an announcement; raises where it was not accepted."""


class SharedClaims(Protocol):
    """Who claims a content or a key; see `adapters.shared_claims`."""

    def get(self, name: str) -> SharedClaim | None:
        """Return who claims what is named so."""

    def put(self, name: str, claim: SharedClaim) -> bool:
        """Store the next revision of a claim; False where another was stored since."""


class CustomersClaims(Protocol):
    """Whose turn it is among the versions of a key under `customers/`; see `adapters.customers_claims`."""

    def get(self, name: str) -> CustomersClaim | None:
        """Return the claim of this name."""

    def put(self, name: str, claim: CustomersClaim) -> bool:
        """Store the next revision of a claim; False where another was stored since."""


class Duplicates(Protocol):
    """Which uploads have rows that are duplicates of another upload's rows."""

    def record_duplicates(self, upload_id: str, owners: Iterable[str]) -> Iterator[Upload | None]:
        """Record an upload with each owner of its duplicates. Yields each owner as it is after that, in order."""


class Matched(Protocol):
    """What uploads note of their duplicates; see `adapters.matched_rows`."""

    def note(self, upload_id: str, noted: MatchedRows) -> None:
        """Note what an upload has matched, over what stood there."""

    def forget(self, upload_id: str) -> None:
        """Forget what an upload has noted."""

    def of_version(self, version: str, *, besides: str) -> Iterator[MatchedRows]:
        """Yield what uploads, but one, have noted of a version's rows; it may name other versions too."""

    def owners(self, upload_id: str) -> frozenset[str]:
        """Return the uploads whose events an upload's duplicates are, the first ones at most."""


class Objects(Protocol):
    """The upload bucket; see `adapters.objects`."""

    def facts(self, version: ObjectVersion) -> ObjectFacts:
        """Return what is known of a version; raises ObjectGoneError and ObjectUnreadableError."""

    def read(self, version: ObjectVersion) -> UploadedFile:
        """Read a version, at most one byte past the limit; raises ObjectGoneError and ObjectUnreadableError."""

    def write_error_file(self, key: str, data: bytes) -> str:
        """Write a part of an error file; returns its VersionId."""

    def delete_error_file(self, key: str) -> None:
        """Remove a part of an error file, if there is one."""


class Meters(Protocol):
    """The meters of the catalog."""

    def list_meters(self) -> list[Meter]:
        """Return every meter, deactivated ones too."""


class Customers(Protocol):
    """The ids of the catalog's customers."""

    def registered_ids(self, ids: Iterable[str]) -> frozenset[str]:
        """Return those of different ids that are registered now."""


class Registry(Protocol):
    """The customers of the catalog, to be written."""

    def read_customers(self, ids: Iterable[str]) -> Iterator[StoredCustomer | None]:
        """Yield the customers of different ids as they are now, in order. Deleted ones are included."""

    def write_customers(self, changes: Iterable[Change]) -> Iterator[bool]:
        """Write customers. Yields for each, in order, whether it was written: not if it changed since it was read."""


class Events(Protocol):
    """The events table, written as one upload's. Results come in the order of the items, while later ones are sent."""

    def insert_events(self, events: Iterable[Event]) -> Iterator[tuple[Event, StoredEvent | None]]:
        """Insert events with different ids. Yields each with None if its id was free, else with the stored event."""

    def read_events(self, ids: Iterable[str]) -> Iterator[StoredEvent]:
        """Yield the events that are stored under different ids."""

    def delete_events(self, ids: Iterable[str]) -> None:
        """Delete those of the events that the upload owns."""


class Usage(Protocol):
    """The contributions of one upload to usage."""

    def put_contributions(self, contributions: Contributions) -> None:
        """Put all contributions of the upload, in place of those that an earlier attempt put."""

    def remove_contributions(self, contributions: Contributions, cancelled: Sequence[StoredEvent]) -> None:
        """Delete the contributions and the cancels of these events, if they exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """All ports. `events` and `usage` are made for one upload: its id and its arrival."""

    threads: AbstractContextManager[object]
    """The threads on which `customers`, `registry`, `duplicates`, `events` and `usage` send their calls.

    These five need it entered. At its end no thread is left that sends.
    """

    uploads: Uploads
    outbox: Outbox
    publisher: Publisher
    claims: SharedClaims
    customers_claims: CustomersClaims
    duplicates: Duplicates
    matched: Matched
    objects: Objects
    meters: Meters
    customers: Customers
    registry: Registry
    events: Callable[[str, int], Events]
    usage: Callable[[str, int], Usage]


class Versions(Protocol):
    """All object versions of the bucket; see `adapters.object_versions`."""

    def page(self, place: VersionCursor) -> VersionPage:
        """List up to a thousand versions of one prefix, older ones too, delete markers aside."""


class KnownUploads(Protocol):
    """The status table, to be searched; see `adapters.known_uploads`."""

    def known(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids that are uploads."""

    def passing(self, status: Status, until: int, after: str | None) -> Iterator[Upload]:
        """Yield uploads in a status that arrived until a time, oldest first, those behind an upload only."""


class SweepCursors(Protocol):
    """Where the sweep notes how far it came; see `adapters.sweep_marks`."""

    def take(self, token: str, now: int, until: int) -> SweepCursor | None:
        """Return the mark and hold it until a time, or None where another run holds it."""

    def put(self, cursor: SweepCursor, token: str) -> bool:
        """Note how far this run came; False where it does not hold the mark any more."""

    def give_back(self, token: str) -> None:
        """Let the next run begin."""


class Messages(Protocol):
    """The queue; see `adapters.queue`."""

    def waiting(self) -> int:
        """Return how many messages have not had their turn, about."""

    def send(self, upload_id: str) -> None:
        """Ask for an upload that is on its way to go on."""

    def send_found(self, version: ObjectVersion, size: int, at: int) -> None:
        """Tell of an object version as S3 does."""
