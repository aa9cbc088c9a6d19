"""The services that the pipeline needs, as protocols. Adapters implement them, tests fake them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from meterdrop.domain.codes import Status
from meterdrop.domain.customers.customer import StoredCustomer
from meterdrop.domain.customers.registration import Change
from meterdrop.domain.metering.contributions import Contributions
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.periods.closed_periods import ClosedPeriods
from meterdrop.domain.periods.period import BillingPeriod
from meterdrop.domain.periods.statement import Place, Quantity, Statement
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
from meterdrop.domain.uploads.transitions import Retry
from meterdrop.domain.uploads.upload import Upload


class Uploads(Protocol):
    """The status table; see `adapters.uploads.upload_table`."""

    def get(self, upload_id: str) -> Upload | None:
        """Return the current state of an upload, or None if there is no such upload."""

    def create(self, upload: Upload) -> bool:
        """Store a new upload. Returns False if the upload exists already."""

    def save(self, upload: Upload) -> bool:
        """Store the next revision. Returns False if another writer stored one first."""

    def finish(self, upload: Upload, status_event: StatusEvent) -> bool:
        """Store the next revision and its status event in the outbox, in one transaction. Returns as `save` does."""


class Outbox(Protocol):
    """The status events that may not have been sent yet; see `adapters.uploads.outbox`."""

    def unsent(self, before: int, after: str | None, limit: int) -> tuple[list[StatusEvent], str | None]:
        """Return at most `limit` status events stored before a time (epoch seconds), oldest first, and a cursor.

        Pass the cursor as `after` for the next page. It is None if there are no more.
        """

    def remove(self, status_event: StatusEvent) -> None:
        """Remove a status event that was sent."""


class Publisher(Protocol):
    """The event bus; see `adapters.aws.eventbridge`."""

    def send(self, status_event: StatusEvent) -> None:
        """Send a status event. Raises if the bus did not accept it."""


class SharedClaims(Protocol):
    """The claims on contents and on keys; see `adapters.uploads.claims`."""

    def get(self, name: str) -> SharedClaim | None:
        """Return the claim of this name, or None if there is none."""

    def put(self, name: str, claim: SharedClaim) -> bool:
        """Store the next revision of a claim. Returns False if another writer stored one first."""


class CustomersClaims(Protocol):
    """The claims that order the versions of a key under `customers/`; see `adapters.uploads.claims`."""

    def get(self, name: str) -> CustomersClaim | None:
        """Return the claim of this name, or None if there is none."""

    def put(self, name: str, claim: CustomersClaim) -> bool:
        """Store the next revision of a claim. Returns False if another writer stored one first."""


class Duplicates(Protocol):
    """The records of uploads whose rows are duplicates of another upload's rows."""

    def record_duplicates(self, upload_id: str, owners: Iterable[str]) -> Iterator[Upload | None]:
        """Record an upload with each owner of its duplicates. Yields each owner as stored afterwards, in order."""

    def duplicates(self, owner: str) -> Iterable[str]:
        """Return all uploads that are recorded with an owner."""


class Matched(Protocol):
    """The duplicates of each upload, by row; see `adapters.uploads.matched_rows`."""

    def note(self, upload_id: str, noted: MatchedRows) -> None:
        """Record the matched rows of an upload, in place of those recorded before."""

    def forget(self, upload_id: str) -> None:
        """Delete the matched rows of an upload."""

    def of_version(self, version: str, *, besides: str) -> Iterator[MatchedRows]:
        """Yield the records that match rows of a version, except that of `besides`. Includes rows of other versions."""

    def owners(self, upload_id: str) -> frozenset[str]:
        """Return the uploads that own the originals of an upload's duplicates. Only the first ones are recorded."""


class ResumeMessages(Protocol):
    """The queue of the ingest function; see `adapters.aws.sqs_queue`."""

    def send(self, upload_id: str) -> None:
        """Send the message that makes the ingest function continue an upload."""


class Objects(Protocol):
    """The upload bucket; see `adapters.aws.s3_objects`."""

    def facts(self, version: ObjectVersion) -> ObjectFacts:
        """Return the facts of a version. Raises ObjectGoneError and ObjectUnreadableError."""

    def read(self, version: ObjectVersion) -> UploadedFile:
        """Read a version, at most one byte past the limit. Raises ObjectGoneError and ObjectUnreadableError."""

    def write_error_file(self, key: str, data: bytes) -> str:
        """Write a part of an error file. Returns its VersionId."""

    def delete_error_file(self, key: str) -> None:
        """Remove a part of an error file, if there is one."""


class Meters(Protocol):
    """The meters of the catalog."""

    def list_meters(self) -> list[Meter]:
        """Return every meter, including deactivated ones."""


class ClosedPeriodsTable(Protocol):
    """The billing periods that refuse rows; see `adapters.catalog.period_table`."""

    def closed_periods(self) -> ClosedPeriods:
        """Return the current ones."""


class Customers(Protocol):
    """The IDs of the catalog's customers."""

    def registered_ids(self, ids: Iterable[str]) -> frozenset[str]:
        """Return the IDs that are registered now. The given IDs must be distinct."""


class Registry(Protocol):
    """The customers of the catalog, for reading and writing."""

    def read_customers(self, ids: Iterable[str]) -> Iterator[StoredCustomer | None]:
        """Yield the current customers of distinct IDs, in order. Includes deleted customers."""

    def write_customers(self, changes: Iterable[Change]) -> Iterator[bool]:
        """Write customers. Yields for each, in order, whether it was written: False if it changed since it was read."""


class Events(Protocol):
    """The events table, for one upload. Results come while later items are still sent."""

    def insert_events(self, events: Iterable[Event]) -> Iterator[tuple[Event, StoredEvent | None]]:
        """Insert events with distinct IDs. Yields each with None if its ID was free, else with the stored event.

        Events whose ID is the row's own must be in the order of rows. If any of them may be stored, read them first.
        """

    def read_events(self, ids: Iterable[str]) -> Iterator[StoredEvent]:
        """Yield the events that are stored under distinct IDs."""

    def delete_events(self, items: Iterable[str]) -> None:
        """Delete the items with these keys that the upload owns, with all their events."""


class Usage(Protocol):
    """The contributions of one upload to usage."""

    def put_contributions(self, contributions: Contributions) -> None:
        """Put all contributions of the upload, in place of those that an earlier attempt put."""

    def remove_contributions(self, contributions: Contributions) -> None:
        """Delete these contributions and the cancels of their events, if they exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """All ports. `events` and `usage` are made for one upload."""

    threads: AbstractContextManager[object]
    """The threads on which `customers`, `registry`, `duplicates`, `events` and `usage` send their calls.

    Enter it before you call these five. On exit, no thread sends any more.
    """

    uploads: Uploads
    outbox: Outbox
    publisher: Publisher
    claims: SharedClaims
    customers_claims: CustomersClaims
    duplicates: Duplicates
    matched: Matched
    objects: Objects
    messages: ResumeMessages
    meters: Meters
    periods: ClosedPeriodsTable
    customers: Customers
    registry: Registry
    events: Callable[[Upload], Events]
    usage: Callable[[Upload], Usage]


class Versions(Protocol):
    """All object versions of the bucket; see `adapters.aws.s3_versions`."""

    def page(self, place: VersionCursor) -> VersionPage:
        """List up to 1,000 versions of one prefix, current and noncurrent, without delete markers."""


class KnownUploads(Protocol):
    """The status table, for searches; see `adapters.uploads.upload_list`."""

    def known(self, ids: Sequence[str]) -> set[str]:
        """Return the IDs that are uploads."""

    def passing(self, status: Status, until: int, after: str | None) -> Iterator[Upload]:
        """Yield the uploads in a status that arrived until a time, oldest first, starting after the upload `after`."""

    def arrived(self, until: int, after: str | None) -> Iterator[Upload]:
        """Yield all uploads that arrived until a time (epoch seconds), oldest first, starting after `after`."""

    def of_key(self, key: str) -> Iterator[Upload]:
        """Yield the uploads of a key, newest first."""


class Periods(Protocol):
    """The billing periods and their statements; see `adapters.catalog.period_table`."""

    def get(self, period_id: str, /) -> BillingPeriod | None:
        """Return the current state of a period, or None if there is no such period."""

    def save(self, period: BillingPeriod, /) -> bool:
        """Store the next revision. Returns False if another writer stored one first."""

    def finish(self, period: BillingPeriod, statement: Statement, status_event: StatusEvent) -> bool:
        """Store the next revision, a statement and its status event in one transaction. Returns as `save` does."""

    def statements(self, period_id: str) -> list[Statement]:
        """Return all statements of a period, oldest first."""


class ClosingPeriods(Protocol):
    """The billing periods, for the sweep; see `adapters.catalog.period_table`."""

    def list_periods(self) -> list[BillingPeriod]:
        """Return all periods, in any order."""


class PeriodUsage(Protocol):
    """Exact usage; see `usage.period_usage`."""

    def quantities(self, meters: Sequence[Meter], start: int, end: int) -> Mapping[Place, Quantity]:
        """Return the usage of each customer of some meters, from `start` to before `end` (epoch seconds).

        Raises UsageChangingError.
        """


class StatementObjects(Protocol):
    """The bucket's statements; see `adapters.aws.s3_statements`."""

    def write_once(self, key: str, data: bytes) -> tuple[str, bytes]:
        """Write an object unless there is one. Returns the version ID and the bytes of the one that is there then."""

    def read(self, key: str, version_id: str) -> bytes:
        """Return the bytes of a version."""


class StoredUsage(Protocol):
    """The usage of one upload, read only; see `adapters.metering.usage_table`."""

    def differences(self, contributions: Contributions) -> Iterator[str]:
        """Yield for each item that is missing or that differs from these contributions what is wrong with it."""


class Retries(Protocol):
    """The runs that the sweep starts of uploads that were given up; see `adapters.uploads.retries`."""

    def due(self, until: int, limit: int) -> Iterable[Retry]:
        """Return at most `limit` retries that are due at a time (epoch seconds), those that waited longest first."""

    def remove(self, retry: Retry) -> None:
        """Remove a retry."""


class SweepCursors(Protocol):
    """The stored cursor of the sweep; see `adapters.uploads.sweep_cursor`."""

    def take(self, token: str, now: int, until: int) -> SweepCursor | None:
        """Return the cursor and hold it until a time. Returns None if another run holds it."""

    def put(self, cursor: SweepCursor, token: str) -> bool:
        """Store the cursor of this run. Returns False if the run does not hold it any more."""

    def give_back(self, token: str) -> None:
        """Release the cursor, so that the next run can start."""


class Messages(ResumeMessages, Protocol):
    """The queue, for the sweep."""

    def waiting(self) -> int:
        """Return the approximate number of messages that wait to be received."""

    def send_period(self, period_id: str) -> None:
        """Send the message that makes the ingest function close a billing period."""

    def send_found(self, version: ObjectVersion, size: int, at: int) -> None:
        """Send a notification of an object version in the form that S3 uses."""
