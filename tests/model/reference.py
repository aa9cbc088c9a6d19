"""The reference: what Meterdrop promises, over plain dictionaries and one thing at a time.

It is written from the contract (which rows are the same, the updated file, the error file, cancels, revert) and shares
no code with what it is compared with. It knows no calls, leases or queues: what a crash left behind it is shown, and
goes on from there (`impossible` says what it cannot be shown).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from tests.model.files import REGISTERED, Content, CustomerRow, File, Row

PARTNERS = ("sample",)
"""Each is a folder below `uploads/`. Identifiers and contents of one never meet those of others."""
COUNTING = frozenset({"succeeded", "succeeded_with_errors"})
FINAL = COUNTING | {"failed", "reverted"}


class Event(NamedTuple):
    """One meter event: whose it is, what it says, and whether it was taken back."""

    owner: str
    row: int
    content: Content
    is_cancelled: bool = False


class Customer(NamedTuple):
    """One customer: the name, and the upload that wrote it last."""

    name: str | None = None
    upload: str | None = None


class RefusedRow(NamedTuple):
    """One row of an error file."""

    number: int
    code: str
    id: str
    row: Row | CustomerRow


@dataclass(slots=True)
class Upload:
    """One object version. Without a status nobody has taken it up yet."""

    id: str
    key: str
    file: File
    arrival: int = 0
    order: str = ""
    """Sorts the versions of its key; as the arrival it is shown once somebody has taken the upload up."""
    status: str | None = None
    success: int = 0
    duplicate: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    failure: str | None = None
    totals: dict[str, tuple[int, Decimal]] = field(default_factory=dict)
    """Number and sum of the successes by event name."""

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing of it counts."""
        return self.key.startswith("validate/")

    @property
    def partner(self) -> str | None:
        """The partner whose file it is, None for the owner."""
        folder = self.key.split("/")[1]
        return folder if folder in PARTNERS else None

    def event_id(self, identifier: str) -> str:
        """Return the ID of the event of a row, among those of all partners. A row's own ID names its upload already."""
        return identifier if self.partner is None or ":" in identifier else f" {self.partner}/{identifier}"

    @property
    def is_of_customers(self) -> bool:
        """Whether its rows are customers."""
        return self.key.startswith("customers/")

    @property
    def is_final(self) -> bool:
        """Whether nothing goes on any more by itself."""
        return self.status in FINAL

    @property
    def counting_key(self) -> str:
        """The key that its rows count under, or would."""
        return self.key.replace("validate/", "uploads/", 1)

    def set_status(self, status: str, *, failure: str | None = None) -> None:
        """Begin its verdicts anew."""
        self.status, self.failure = status, failure
        self.success = self.duplicate = 0
        self.refused, self.totals = [], {}

    def succeed(self, content: Content | None = None) -> None:
        """Count a row."""
        self.success += 1
        if content is not None:
            count, total = self.totals.get(content.event_name, (0, Decimal(0)))
            self.totals[content.event_name] = count + 1, total + content.value


@dataclass(slots=True)
class Reference:
    """All there is."""

    uploads: dict[str, Upload] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=lambda: {id_: Customer() for id_ in REGISTERED})
    matched: dict[str, dict[str, Content]] = field(default_factory=dict)
    """By upload: its duplicates that have no identifier of their own, by the ids that their events would have."""
    archived: frozenset[str] = frozenset()
    """Event names of meters that are away."""
    deleted: dict[str, int] = field(default_factory=dict)
    """When customers were deleted last, in epoch seconds."""
    newest: dict[str, str] = field(default_factory=dict)
    """By key: the upload of the newest file of customers that was taken up."""

    def copy(self) -> "Reference":
        """Return the same, to be changed."""
        uploads = {id_: replace(upload) for id_, upload in self.uploads.items()}
        return Reference(
            uploads,
            dict(self.events),
            dict(self.customers),
            dict(self.matched),
            frozenset(self.archived),
            dict(self.deleted),
            dict(self.newest),
        )

    def after(self, upload_id: str, *, is_refused: bool = False, gives_up: bool = False) -> "Reference":
        """Return all there is once an upload that is on its way has come to its end."""
        copy = self.copy()
        copy.end(copy.uploads[upload_id], is_refused=is_refused, gives_up=gives_up)
        return copy

    def end(self, upload: Upload, *, is_refused: bool, gives_up: bool) -> None:
        """Bring an upload to its end: as the same bytes again, or given up, or judged."""
        if upload.status == "reverting":
            self._take_back(upload.id)
            upload.status = "reverted"
        elif gives_up:
            self._fail(upload, "internal_error")
        elif not upload.file.is_sound:
            self._fail(upload, "file_empty")
        elif is_refused:
            self._fail(upload, "file_duplicate")
        elif upload.is_of_customers:
            self._register(upload)
        else:
            self._count(upload)

    def _fail(self, upload: Upload, code: str) -> None:
        self._take_back(upload.id)
        upload.set_status("failed", failure=code)

    def _take_back(self, upload_id: str) -> None:
        """Take back every event of an upload; cancelled ones too, and what it has noted of its duplicates."""
        self.matched.pop(upload_id, None)
        self.events = {id_: event for id_, event in self.events.items() if event.owner != upload_id}

    def _count(self, upload: Upload) -> None:
        """Decide row by row, in file order, and store what is new; a dry run forgets it again."""
        before, matched_before = dict(self.events), dict(self.matched)
        upload.set_status("processing")
        matched = self.matched[upload.id] = {}
        for number, row in enumerate(upload.file.rows, 1):
            identifier, content = row.identifier or f"{upload.id}:{number}", row.content
            id_ = upload.event_id(identifier)
            stored = self.events.get(id_)
            away = self._away(row)
            if stored is not None and (stored.owner, stored.row) == (upload.id, number):
                upload.succeed(stored.content)  # what is stored stays, whatever is registered today
            elif content is None:
                upload.refused.append(RefusedRow(number, away or "meter_event_invalid_value", identifier, row))
            elif stored is not None and stored.content == content:
                upload.duplicate += 1  # a row that counts is a duplicate, whatever is away
            elif away is None and stored is not None:
                upload.refused.append(RefusedRow(number, "identifier_conflict", identifier, row))
            elif stored is None and (is_same := self._is_matched(id_, content, upload, matched)) is not None:
                if is_same:
                    upload.duplicate += 1
                else:
                    upload.refused.append(RefusedRow(number, away or "identifier_conflict", identifier, row))
            elif away is not None:
                upload.refused.append(RefusedRow(number, away, identifier, row))
            else:
                self.events[id_] = Event(upload.id, number, content)
                upload.succeed(content)
        upload.status = "succeeded_with_errors" if upload.refused else "succeeded"
        if upload.is_dry_run:
            self.events, self.matched = before, matched_before

    def stream(self, request: str, rows: Sequence[Row]) -> dict[str, Event] | None:
        """Return the events that a request with several adds, None if it is refused and adds none."""
        new: dict[str, Event] = {}
        for number, row in enumerate(rows, 1):
            id_, content = row.identifier or f"{request}:{number}", row.content
            known = self.events.get(id_, new.get(id_))
            if content is None or (known is not None and known.content != content):
                return None
            if id_ in self.events:
                owner = self.uploads.get(self.events[id_].owner)
                if owner is not None and owner.status not in COUNTING:
                    return None
            elif self._away(row) is not None:
                return None
            else:
                new.setdefault(id_, Event(request, number, content))
        return new

    def _away(self, row: Row) -> str | None:
        """Return why a row is refused whatever its value is, None where meter and customer are there."""
        if row.event_name in self.archived:
            return "archived_meter"
        return None if row.customer in self.customers else "meter_event_customer_not_found"

    def _is_matched(self, id_: str, content: Content, upload: Upload, matched: dict[str, Content]) -> bool | None:
        """Account a row: True where it is once more what its key's account has, False where it is accounted otherwise.

        None for a row that is new, or would be, and for one that has an identifier.
        """
        version = self.uploads.get(id_.partition(":")[0])
        if version is None or version.file.allow_duplicate:
            return None
        others = (rows for of, rows in self.matched.items() if of != upload.id)
        accounted = {of: each for rows in (*others, matched) for of, each in rows.items()}
        if id_ in accounted:
            return accounted[id_] == content
        own = [event.content for of, event in self.events.items() if of.startswith(f"{version.id}:")]
        own += [each for of, each in accounted.items() if of.startswith(f"{version.id}:")]
        counted = [event.content for of, event in self.events.items() if self._key_of(of) == version.counting_key]
        if own.count(content) >= counted.count(content):
            return None
        matched[id_] = content
        return True

    def _key_of(self, id_: str) -> str | None:
        """Return the key whose account an event is of, None for an event with an identifier."""
        version = self.uploads.get(id_.partition(":")[0])
        return None if version is None else version.counting_key

    def _register(self, upload: Upload) -> None:
        """Register and rename customers; a row that says what is so already is a duplicate.

        So is each row of a file that is older than one of its key that was taken up, and one of a customer that was
        deleted after the file arrived, whether its ID has a new customer or none.
        """
        upload.set_status("processing")
        newest = self.uploads[self.newest.get(upload.key, upload.id)]
        is_outdated = newest.id != upload.id and upload.order <= newest.order
        gone = {id_ for id_, at in self.deleted.items() if upload.arrival <= at}
        if not is_outdated:
            self.newest[upload.key] = upload.id
        for number, row in enumerate(upload.file.customers, 1):
            stored = self.customers.get(row.id)
            if not row.id:
                upload.refused.append(RefusedRow(number, "customer_id_missing", "", row))
            elif stored is not None and stored.upload == upload.id:
                upload.succeed()
            elif is_outdated or row.id in gone or (stored is not None and stored.name == row.name):
                upload.duplicate += 1
            else:
                self.customers[row.id] = Customer(row.name, upload.id)
                upload.succeed()
        upload.status = "succeeded_with_errors" if upload.refused else "succeeded"

    def may_be_refused(self, upload_id: str) -> tuple[bool, bool]:
        """Tell whether a file may fail as `file_duplicate`, and whether it must.

        It must where the same bytes count under another key. Where an upload only may come to count the contract leaves
        it open. An error file brings rows of the bytes of its versions.
        """
        upload = self.uploads[upload_id]
        if upload.file.allow_duplicate:
            return False, False
        may = must = False
        has_it_itself = any(event.owner == upload_id for event in self.events.values())
        was_taken_up_before = upload.failure == "internal_error" or upload.status == "processing"
        for data, key in self._contents(upload):
            others = [
                (other, of) for other in self.uploads.values() for bytes_, of in self._contents(other) if bytes_ == data
            ]
            others = [(other, of) for other, of in others if other.id != upload_id and not other.is_dry_run]
            others = [(other, of) for other, of in others if other.partner == upload.partner]
            updated = [self._stands(other) for other, of in others if of == key]
            elsewhere = [self._stands(other) for other, of in others if of != key]
            may_here = any(stands is not False for stands in elsewhere) and not has_it_itself and True not in updated
            may = may or may_here
            is_sure = may_here and True in elsewhere and None not in updated and data == upload.file.data
            must = must or (is_sure and not was_taken_up_before)
        return may, must

    def _contents(self, upload: Upload) -> set[tuple[bytes, str]]:
        """Return the bytes that an upload brings rows of, each with the key under which the rows count.

        An error file of a dry run belongs to the key that was checked, and holds no bytes: a dry run keeps nobody out.
        """
        found = {(upload.file.data, upload.counting_key)} if upload.file.has_rows_without_identifier else set()
        versions = (self.uploads.get(row.identifier.partition(":")[0]) for row in upload.file.rows)
        return found | {(each.file.data, each.counting_key) for each in versions if each and not each.is_dry_run}

    def _stands(self, upload: Upload) -> bool | None:
        """Tell whether a row of an upload counts; None where one may come to."""
        if upload.status not in COUNTING:
            return None if upload.failure == "internal_error" or not upload.is_final else False
        return True if upload.success else None if upload.duplicate else False


def impossible(
    observed: Mapping[str, object], before: Mapping[str, object], ends: Iterable[Mapping[str, object]]
) -> dict[str, object]:
    """Return what an attempt that did not end cannot have left: what is neither as before nor as in any end."""
    may_be = (before, *ends)
    return {
        id_: observed.get(id_)
        for id_ in {*observed, *before}
        if observed.get(id_) not in [state.get(id_) for state in may_be]
    }
