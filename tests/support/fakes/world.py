"""The whole world of an ingest in memory, and the driver of tests: drop a file, deliver its notification."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from meterdrop.adapters.batching import (
    THREADS,
    BatchedCustomers,
    BatchedDuplicates,
    BatchedEvents,
    BatchedRegistry,
    BatchedUsage,
    Threads,
)
from meterdrop.adapters.metering.partner_events import PartnerEvents
from meterdrop.domain.customers.customer import StoredCustomer
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.partners import Partners
from meterdrop.domain.uploads.error_parts import LIMITS, Limits
from meterdrop.domain.uploads.keys import error_file_key
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.status_event import StatusEvent
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import Attempt, BusyError
from meterdrop.pipeline.ingest.run import Ingest
from meterdrop.pipeline.ports import Ports, Publisher
from tests.support.fakes.bucket import BUCKET, FakeObjects, StoredObject
from tests.support.fakes.catalog import ARRIVAL, FakeCustomers, FakeMeters, FakeRegistry
from tests.support.fakes.crash import Switch
from tests.support.fakes.matched import FakeMatched
from tests.support.fakes.periods import FakePeriods
from tests.support.fakes.relations import FakeRelations
from tests.support.fakes.status import FakeAnnouncer, FakeCustomersClaims, FakeOutbox, FakeSharedClaims, FakeUploads
from tests.support.fakes.usage import FakeEvents, FakeUsage, Figures, Share

LIFE = 600.0
"""Seconds that the platform lets an attempt live."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an upload left behind."""

    upload: Upload
    error_parts: tuple[bytes, ...]
    """The parts of its error file, each a file of its own."""
    events: dict[int, StoredEvent]
    """Those that are the upload's, by row, whatever items hold them."""
    usage: dict[Share, Figures]
    """Those contributions that are the upload's."""
    customers: dict[str, StoredCustomer]
    """Those that the upload wrote last, by id."""

    @property
    def error_file(self) -> bytes | None:
        """The first part, which most error files are."""
        return next(iter(self.error_parts), None)


@dataclass(slots=True)
class FakeMessages:
    """Fits `ports.ResumeMessages`: the messages that the pipeline sent to its own queue."""

    switch: Switch
    sent: list[str] = field(default_factory=list)

    def send(self, upload_id: str) -> None:
        """Send the message of an upload."""
        with self.switch.call("messages.send"):
            self.sent.append(upload_id)


@dataclass(slots=True)
class World:
    """State that tests read and change. `batch` is how many items one call takes: few make more calls."""

    batch: int = 25
    max_age_days: int | None = None
    control_prefixes: tuple[str, ...] = ()
    partners: Partners = field(default_factory=dict)
    limits: Limits = LIMITS
    now: float = ARRIVAL
    threads: int = THREADS
    switch: Switch = field(default_factory=Switch)
    events: dict[str, StoredEvent] = field(default_factory=dict)
    usage: dict[Share, Figures] = field(default_factory=dict)
    status_events: list[StatusEvent] = field(default_factory=list)
    """All that the outside was told."""
    make_announcer: Callable[[Switch, list[StatusEvent]], Publisher] = FakeAnnouncer
    uploads: FakeUploads = field(init=False)
    claims: FakeSharedClaims = field(init=False)
    customers_claims: FakeCustomersClaims = field(init=False)
    relations: FakeRelations = field(init=False)
    matched: FakeMatched = field(init=False)
    objects: FakeObjects = field(init=False)
    meters: FakeMeters = field(init=False)
    messages: FakeMessages = field(init=False)
    periods: FakePeriods = field(init=False)
    customers: FakeCustomers = field(init=False)

    def __post_init__(self) -> None:
        """Put all of them behind the one switch."""
        self.uploads = FakeUploads(self.switch)
        self.claims = FakeSharedClaims(self.switch)
        self.customers_claims = FakeCustomersClaims(self.switch)
        self.relations = FakeRelations(self.switch)
        self.matched = FakeMatched(self.switch)
        self.objects = FakeObjects(self.switch)
        self.messages = FakeMessages(self.switch)
        self.meters = FakeMeters(self.switch)
        self.periods = FakePeriods(self.switch)
        self.customers = FakeCustomers(self.switch, read_limit=self.batch)

    @property
    def ports(self) -> Ports:
        """What the pipeline is given."""
        return self.ports_on(Threads(self.threads))

    def ports_on(self, threads: Threads) -> Ports:
        """Return the ports, with calls on these threads."""
        return Ports(
            threads=threads,
            uploads=self.uploads,
            outbox=FakeOutbox(self.switch, self.uploads.outbox),
            publisher=self.make_announcer(self.switch, self.status_events),
            claims=self.claims,
            customers_claims=self.customers_claims,
            duplicates=BatchedDuplicates(self.relations, self.uploads, threads),
            matched=self.matched,
            objects=self.objects,
            messages=self.messages,
            meters=self.meters,
            periods=self.periods,
            customers=BatchedCustomers(self.customers, threads),
            registry=BatchedRegistry(FakeRegistry(self.switch, self.customers.stored, self.batch, self.batch), threads),
            events=lambda upload: PartnerEvents(BatchedEvents(self.events_of(upload), threads), upload.partner),
            usage=lambda upload: BatchedUsage(
                FakeUsage(self.switch, self.usage, upload.id, self.batch, upload.partner), threads
            ),
        )

    def events_of(self, upload: Upload) -> FakeEvents:
        """Return the events table, for one upload."""
        return FakeEvents(
            self.switch,
            self.events,
            upload.id,
            upload.created,
            self.batch,
            self.batch,
            writes_blocks=not upload.has_ended,
            partner=upload.partner,
        )

    def drop(
        self,
        data: bytes,
        key: str = "uploads/usage.csv",
        *,
        allow_duplicate: bool = False,
        at: int = ARRIVAL,
        control: Mapping[str, str] | None = None,
    ) -> ObjectVersion:
        """Store a file in the bucket at a time, with the metadata that declares its control totals."""
        return self.objects.drop(key, StoredObject(data, allow_duplicate, at, control or {}))

    def attempt(self) -> Attempt:
        """Begin an attempt now."""
        return Attempt(self.now + LIFE, lambda: self.now)

    def deliver(self, version: ObjectVersion, notified_at: int = ARRIVAL) -> Upload | None:
        """Deliver the notification of a version once."""
        return self.ingester().run(version, notified_at, self.attempt())

    def ingester(self) -> Ingest:
        """Return the pipeline with the settings of this world."""
        return Ingest(
            self.ports,
            BUCKET,
            self.max_age_days,
            limits=self.limits,
            partners=self.partners,
            control_prefixes=self.control_prefixes,
        )

    def deliver_until_final(self, version: ObjectVersion) -> Outcome:
        """Deliver as the queue does: again when the time has come that the last delivery named."""
        for _ in range(5):
            try:
                self.deliver(version)
                break
            except BusyError as busy:
                self.now += busy.seconds + 1
        return self.outcome(version)

    def ingest(
        self,
        data: bytes,
        key: str = "uploads/usage.csv",
        *,
        allow_duplicate: bool = False,
        control: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Drop a file and see it through."""
        return self.deliver_until_final(self.drop(data, key, allow_duplicate=allow_duplicate, control=control))

    def change(self, version: ObjectVersion, change: Callable[[Upload], Upload]) -> None:
        """Revert or reprocess an upload, and see it through."""
        stored = self.uploads.stored[version.upload_id]
        self.uploads.stored[stored.id] = replace(change(stored), revision=stored.revision + 1)
        for _ in range(5):
            try:
                self.ingester().resume(stored.id, self.attempt())
                break
            except BusyError as busy:
                self.now += busy.seconds + 1

    def outcome(self, version: ObjectVersion) -> Outcome:
        """Return what an upload has left behind by now."""
        upload = self.uploads.stored[version.upload_id]
        return Outcome(
            upload,
            tuple(self.error_parts(upload)),
            {event.row: event._replace(item="") for event in self.events.values() if event.upload == upload.id},
            {share: figures for share, figures in self.usage.items() if share.upload == upload.id},
            {id_: stored for id_, stored in self.customers.stored.items() if stored.upload == upload.id},
        )

    def error_parts(self, upload: Upload) -> Iterator[bytes]:
        """Read the parts of an error file that stand in the bucket now, the first one to begin with."""
        for number in count(1):
            part = self.objects.error_file(error_file_key(upload.key, upload.id, number, hidden=upload.hides_errors))
            if part is None:
                break
            yield part
