"""Stores the valid rows as events, and their usage. A stored event wins over the result of a new validation."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.cells import excerpt
from meterdrop.domain.files.errors import RowError
from meterdrop.domain.ids import event_id
from meterdrop.domain.metering.contributions import Contributions
from meterdrop.domain.metering.event import Content, Event, StoredEvent
from meterdrop.domain.uploads.key_account import KeyAccounts
from meterdrop.domain.uploads.tally import Tally
from meterdrop.domain.uploads.upload import Upload
from meterdrop.domain.validation.results import RefusedRow
from meterdrop.domain.validation.usage_header import IDENTIFIER
from meterdrop.pipeline.ports import Events, Ports

_RowResult = Event | RefusedRow
_AT_ONCE = 4_096
"""Rows whose IDs are read at a time. With fewer, a retry waits for the network more often."""
_RECORDED_AT_ONCE = 25
"""Events between two updates of the progress."""


class RowOutcomes:
    """The results of one upload's rows, recorded in a tally.

    Rows with the same identifier are compared with the stored event, or with the first valid one of them if none is
    stored. Until the first has a result, the others wait in `_waiting`. Rows that the account of their key already
    counts are duplicates.
    """

    def __init__(
        self,
        upload_id: str,
        repeated: frozenset[str],
        tally: Tally,
        accounts: KeyAccounts | None = None,
        event_of: Callable[[RefusedRow], Event | None] = lambda _: None,
    ) -> None:
        """Start without results. `repeated` are the IDs that several rows may have.

        `accounts` may contain originals of the rows. `event_of` returns the event that a refused row would be if its
        meter and customer existed.
        """
        self._upload_id = upload_id
        self._repeated = repeated
        self._tally = tally
        self._accounts = accounts
        self._event_of = event_of
        self._recorded: dict[str, tuple[Content, str, str]] = {}
        self._waiting: dict[str, list[Event]] = {}

    def new_events(self, row_results: Iterable[_RowResult], stored: Mapping[str, StoredEvent]) -> Iterator[Event]:
        """Record the results that are known already. Yields the events whose IDs seem free, to be inserted."""
        tally, repeated, accounts = self._tally, self._repeated, self._accounts
        for row_result in row_results:
            found = stored.get(row_result.id) if stored and row_result.id is not None else None
            if found is not None and self._is_ours(found, row_result.row):
                tally.count_stored(found, was_refused=isinstance(row_result, RefusedRow))
            elif isinstance(row_result, RefusedRow):
                self._refuse(row_result, found)
            elif found is not None:
                self._compare(row_result, found.content, self._where(found), found.upload)
            elif repeated and row_result.id in repeated and not self._is_first(row_result):
                continue
            elif accounts is None or not self._is_matched(row_result, accounts):
                yield row_result

    def may_be_taken(self, row_result: _RowResult) -> bool:
        """Return whether a row's ID may be taken before the upload has stored anything: one not made from its row."""
        return row_result.id is not None and row_result.id != event_id(self._upload_id, row_result.row)

    def may_be_counted(self, row_result: _RowResult) -> bool:
        """Return whether a row is refused, and another upload may have stored its event."""
        return (
            isinstance(row_result, RefusedRow)
            and self.may_be_taken(row_result)
            and self._event_of(row_result) is not None
        )

    def _refuse(self, refused: RefusedRow, found: StoredEvent | None) -> None:
        """Record a refused row. It is a duplicate if its event is counted, even if its meter or customer is gone."""
        accounts = self._accounts
        event = None if found is None and accounts is None else self._event_of(refused)
        owner = None
        if event is not None and found is not None and event.content == found.content:
            owner = found.upload
        elif event is not None and found is None and accounts is not None:
            match = accounts.match(event, may_be_new=False)
            owner = match.owner if match is not None and match.is_same else None
        if owner is None:
            self._tally.count_refused(refused)
        else:
            self._tally.count_duplicate(owner, refused)

    def _is_matched(self, event: Event, accounts: KeyAccounts) -> bool:
        """Return whether the account of a row already counts it. If so, record the result."""
        match = accounts.match(event)
        if match is None:
            return False
        self._waiting.pop(event.id, None)
        where = f"upload {match.owner}" if match.owner else "in another file of the same key"
        if match.is_same:
            self._tally.count_duplicate(match.owner)
            if event.id in self._repeated:
                self._recorded[event.id] = (event.content, where, match.owner)
        else:
            self._conflict(event, where)
        return True

    def record(self, events: Sequence[Event], outcomes: Sequence[StoredEvent | None]) -> None:
        """Record the results of events: None for an inserted event, or the stored event under the same ID."""
        if not self._repeated and not any(outcomes):
            self._tally.count_new(events)
            return
        for event, found in zip(events, outcomes, strict=True):
            if found is None:
                self._tally.count_new((event,))
            elif self._is_ours(found, event.row):
                self._tally.count_stored(found, was_refused=False)
            else:
                self._compare(event, found.content, self._where(found), found.upload)
            if event.id in self._repeated:
                reference = (
                    (event.content, f"row {event.row} of this file", self._upload_id)
                    if found is None
                    else (found.content, self._where(found), found.upload)
                )
                self._recorded[event.id] = reference
                for waiting in self._waiting.pop(event.id, ()):
                    self._compare(waiting, *reference)

    def _is_first(self, event: Event) -> bool:
        """Return whether an event is the first with its ID. If not, record its result or let it wait."""
        if event.id in self._recorded:
            self._compare(event, *self._recorded[event.id])
            return False
        if event.id in self._waiting:
            self._waiting[event.id].append(event)
            return False
        self._waiting[event.id] = []
        return True

    def _is_ours(self, found: StoredEvent, row: int) -> bool:
        return found.upload == self._upload_id and found.row == row

    def _where(self, found: StoredEvent) -> str:
        """Return the text that names an event's row. It is the same in every attempt."""
        if found.upload == self._upload_id:
            return f"row {found.row} of this file"
        return f"upload {found.upload}, row {found.row}"

    def _compare(self, event: Event, content: Content, where: str, owner: str) -> None:
        if event.content == content:
            self._tally.count_duplicate(owner)
        else:
            self._conflict(event, where)

    def _conflict(self, event: Event, where: str) -> None:
        message = f"{excerpt(event.id)} already identifies a different event ({where}). Use a different identifier."
        self._tally.count_conflict(event, RowError(RowCode.IDENTIFIER_CONFLICT, IDENTIFIER, message))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStorage:
    """The settings for storing the rows of one upload."""

    events: Events
    read_first: bool
    """Whether the upload may have stored rows already. If so, the IDs of all rows are read first."""
    dry_run: bool
    """Whether to insert no events. Stored events are still read."""


def store_rows(row_results: Iterator[_RowResult], outcomes: RowOutcomes, storage: EventStorage) -> Iterator[None]:
    """Store the valid rows and record a result for all rows. Yields after each batch, for progress."""
    new_events = _new_events(row_results, outcomes, storage)
    inserted = ((event, None) for event in new_events) if storage.dry_run else storage.events.insert_events(new_events)
    while batch := list(islice(inserted, _RECORDED_AT_ONCE)):
        outcomes.record([event for event, _ in batch], [stored for _, stored in batch])
        yield


def _new_events(row_results: Iterator[_RowResult], outcomes: RowOutcomes, storage: EventStorage) -> Iterator[Event]:
    """Yield the events to insert. Reads the IDs first whose events the insert would not find."""
    # Before an upload has stored anything, the ID of its own row is free.
    must_read = outcomes.may_be_taken if storage.dry_run else outcomes.may_be_counted
    while chunk := list(islice(row_results, _AT_ONCE)):
        ids = dict.fromkeys(each.id for each in chunk if each.id and (storage.read_first or must_read(each)))
        stored = {event.id: event for event in storage.events.read_events(ids)} if ids else {}
        yield from outcomes.new_events(chunk, stored)


def put_usage(upload: Upload, contributions: Contributions, ports: Ports, *, is_first: bool) -> None:
    """Store the contributions of an upload to usage, in place of those of an earlier attempt."""
    ports.usage(upload).put_contributions(contributions, is_first=is_first)
