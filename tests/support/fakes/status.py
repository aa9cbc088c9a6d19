"""The uploads table in memory: uploads, what is to be told of them, and the claims of file content."""

from dataclasses import dataclass, field

from meterdrop.domain.uploads.claims import CustomersClaim, SharedClaim
from meterdrop.domain.uploads.status_event import StatusEvent
from meterdrop.domain.uploads.transitions import Retry, next_automatic_run
from meterdrop.domain.uploads.upload import Upload
from tests.support.fakes.crash import Switch


@dataclass(slots=True)
class FakeUploads:
    """Fits `ports.Uploads`."""

    switch: Switch = field(default_factory=Switch)
    stored: dict[str, Upload] = field(default_factory=dict)
    history: list[Upload] = field(default_factory=list)
    """Every revision that was ever stored, as a watcher could have seen it."""
    outbox: dict[str, StatusEvent] = field(default_factory=dict)
    """What is to be told, by its place."""
    retries: set[Retry] = field(default_factory=set)
    """The runs that the sweep is to start."""

    def get(self, upload_id: str) -> Upload | None:
        """Return an upload as it is now."""
        with self.switch.call("uploads.get"):
            return self.stored.get(upload_id)

    def create(self, upload: Upload) -> bool:
        """Store a new upload; False where there is one."""
        with self.switch.call("uploads.create"):
            return upload.id not in self.stored and self._put(upload)

    def save(self, upload: Upload) -> bool:
        """Store the next revision; False where another was stored since."""
        with self.switch.call("uploads.save"):
            found = self.stored.get(upload.id)
            return found is not None and found.revision == upload.revision - 1 and self._put(upload)

    def finish(self, upload: Upload, status_event: StatusEvent) -> bool:
        """Store the next revision and put what is told of it into the outbox, all or none; as `save`."""
        with self.switch.call("uploads.finish"):
            found = self.stored.get(upload.id)
            if found is None or found.revision != upload.revision - 1:
                return False
            self.outbox[status_event.sort_key] = status_event
            if (due := next_automatic_run(upload)) is not None:
                self.retries.add(Retry(upload.id, upload.revision, due))
            return self._put(upload)

    def _put(self, upload: Upload) -> bool:
        self.stored[upload.id] = upload
        self.history.append(upload)
        return True


@dataclass(slots=True)
class FakeOutbox:
    """Fits `ports.Outbox`."""

    switch: Switch
    stored: dict[str, StatusEvent]

    def unsent(self, before: int, after: str | None, limit: int) -> tuple[list[StatusEvent], str | None]:
        """Return announcements made before a time, oldest first, and the place to go on after."""
        with self.switch.call("outbox.unsent"):
            places = sorted(
                place
                for place, told in self.stored.items()
                if told.ended_at < before and (after is None or place > after)
            )[:limit]
            return [self.stored[place] for place in places], places[-1] if len(places) == limit else None

    def remove(self, status_event: StatusEvent) -> None:
        """Forget an announcement that was sent."""
        with self.switch.call("outbox.remove"):
            self.stored.pop(status_event.sort_key, None)


@dataclass(slots=True)
class FakeRetries:
    """Fits `ports.Retries`."""

    switch: Switch
    stored: set[Retry]

    def due(self, until: int, limit: int) -> list[Retry]:
        """Return those that are due, those that waited longest first."""
        with self.switch.call("retries.due"):
            return sorted((each for each in self.stored if each.due <= until), key=lambda each: each.due)[:limit]

    def remove(self, retry: Retry) -> None:
        """Forget one."""
        with self.switch.call("retries.remove"):
            self.stored.discard(retry)


@dataclass(slots=True)
class FakeAnnouncer:
    """Fits `ports.Publisher`."""

    switch: Switch
    sent: list[StatusEvent]

    def send(self, status_event: StatusEvent) -> None:
        """Send an announcement."""
        with self.switch.call("announcer.send"):
            self.sent.append(status_event)


@dataclass(slots=True)
class FakeSharedClaims:
    """Fits `ports.SharedClaims`."""

    switch: Switch = field(default_factory=Switch)
    stored: dict[str, SharedClaim] = field(default_factory=dict)

    def get(self, name: str) -> SharedClaim | None:
        """Return who claims what is named so."""
        with self.switch.call("claims.get"):
            return self.stored.get(name)

    def put(self, name: str, claim: SharedClaim) -> bool:
        """Store the next revision of a claim; False where another was stored since."""
        with self.switch.call("claims.put"):
            found = self.stored.get(name)
            if (0 if found is None else found.revision) != claim.revision - 1:
                return False
            self.stored[name] = claim
            return True


@dataclass(slots=True)
class FakeCustomersClaims:
    """Fits `ports.CustomersClaims`."""

    switch: Switch = field(default_factory=Switch)
    stored: dict[str, CustomersClaim] = field(default_factory=dict)

    def get(self, name: str) -> CustomersClaim | None:
        """Return the claim of this name."""
        with self.switch.call("customers_claims.get"):
            return self.stored.get(name)

    def put(self, name: str, claim: CustomersClaim) -> bool:
        """Store the next revision of a claim; False where another was stored since."""
        with self.switch.call("customers_claims.put"):
            found = self.stored.get(name)
            if (0 if found is None else found.revision) != claim.revision - 1:
                return False
            self.stored[name] = claim
            return True
