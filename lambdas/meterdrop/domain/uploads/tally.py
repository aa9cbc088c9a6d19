"""Counts the results of a file's rows: counts, totals, samples, and rows for the error file."""

from collections import defaultdict
from collections.abc import Sequence
from heapq import nsmallest
from typing import TYPE_CHECKING

from meterdrop.domain.decimals import plain
from meterdrop.domain.files.errors import RowError
from meterdrop.domain.ids import UPLOAD_ID, event_id
from meterdrop.domain.metering.contributions import Contributions
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.figures import Figures
from meterdrop.domain.uploads.error_file import ErrorFileBuffer
from meterdrop.domain.uploads.upload import ERROR_GROUP_LIMIT, SAMPLE_LIMIT, Counts, ErrorGroup, Sample, Total
from meterdrop.domain.validation.results import RefusedRow

if TYPE_CHECKING:
    from meterdrop.domain.codes import RowCode


class RowTally:
    """A tally of the rows of any kind of file."""

    def __init__(self, buffer: ErrorFileBuffer) -> None:
        """Create an empty tally."""
        self.buffer = buffer
        """The refused rows for the error file, unless there are too many."""
        self._samples: list[Sample] = []
        self._first_errors: defaultdict[tuple[RowCode, str], int] = defaultdict(int)
        """The number of rows by the code and field of their first error. Its size depends on the columns only."""
        self._success = self._duplicate = self._error = 0

    @property
    def counts(self) -> Counts:
        """The counts so far."""
        success, duplicate, error = self._success, self._duplicate, self._error
        return Counts(success + duplicate + error, success, duplicate, error)

    @property
    def has_all_refused(self) -> bool:
        """Whether `buffer` contains all refused rows."""
        return self._error == len(self.buffer)

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The first row errors, in row order."""
        return tuple(self._samples[:SAMPLE_LIMIT])

    @property
    def errors(self) -> tuple[ErrorGroup, ...]:
        """The most frequent first errors, in descending order, then by code and field."""
        ranked = sorted(self._first_errors.items(), key=lambda each: (-each[1], each[0]))
        return tuple(ErrorGroup(code, field, count) for (code, field), count in ranked[:ERROR_GROUP_LIMIT])

    def count_refused(self, refused: RefusedRow) -> None:
        """Count a refused row."""
        self._error += 1
        first = refused.errors[0]
        self._first_errors[first.code, first.field] += 1
        self.buffer.add_rows((refused,))
        if len(self._samples) < SAMPLE_LIMIT:
            self._samples += (sample(refused.row, error) for error in refused.errors)


def sample(row: int, error: RowError) -> Sample:
    """Return a row error as a sample."""
    return Sample(row, error.code, error.field, str(error))


class Tally(RowTally):
    """A tally of the rows of a usage file."""

    def __init__(self, upload_id: str, buffer: ErrorFileBuffer) -> None:
        """Create an empty tally for an upload."""
        super().__init__(buffer)
        self._upload_id = upload_id
        self.contributions = Contributions()
        self.conflicts: dict[int, RowError] = {}
        """Identifier conflicts of otherwise valid rows, by row number."""
        self.stored_despite_errors: set[int] = set()
        """Rows that are already counted, so they are successes or duplicates although they now have errors."""
        self._names: dict[str, str] = {}
        self._counted_by: set[str] = set()

    @property
    def counted_by(self) -> list[str]:
        """The other uploads that own the events of this upload's duplicates. Excludes API requests."""
        return sorted(owner for owner in self._counted_by - {self._upload_id} if UPLOAD_ID.fullmatch(owner))

    @property
    def totals(self) -> tuple[Total, ...]:
        """The totals of the successes, sorted by event name.

        A name has two meters if the meter was replaced after a crashed attempt had stored events.
        """
        by_name: dict[str, Figures] = {}
        times: dict[str, list[int]] = {}
        for meter, (figures, first, last) in self.contributions.totals().items():
            name = self._names[meter]
            by_name.setdefault(name, Figures()).merge(figures)
            times.setdefault(name, []).extend((first, last))
        return tuple(
            Total(
                name,
                figures.count,
                None if figures.sum is None else plain(figures.sum),
                min(times[name]),
                max(times[name]),
            )
            for name, figures in sorted(by_name.items())
        )

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The first row errors, in row order."""
        # Conflicts are found later than other errors, so they must be sorted in.
        conflicts = [sample(row, error) for row, error in nsmallest(SAMPLE_LIMIT, self.conflicts.items())]
        return tuple(sorted(self._samples + conflicts, key=lambda each: each.row_number)[:SAMPLE_LIMIT])

    def count_new(self, events: Sequence[Event]) -> None:
        """Count events that this attempt stored."""
        self._success += len(events)
        self._names |= {event.meter.id: event.meter.event_name for event in events}
        self.contributions.add_events(self._upload_id, events)

    def count_stored(self, stored: StoredEvent, *, was_refused: bool) -> None:
        """Count an event that an earlier attempt stored. `was_refused` says whether the row has errors now."""
        self._success += 1
        self._names[stored.meter] = stored.event_name
        identifier = self._identifier(stored.id, stored.row)
        self.contributions.add(stored.meter, stored.customer, stored.timestamp, stored.value, stored.row, identifier)
        if was_refused:
            self.stored_despite_errors.add(stored.row)

    def count_duplicate(self, owner: str, refused: RefusedRow | None = None) -> None:
        """Count a duplicate of an event of `owner`. `refused` is set if the row has errors now."""
        self._duplicate += 1
        self._counted_by.add(owner)
        if refused is not None:
            self.stored_despite_errors.add(refused.row)

    def count_conflict(self, event: Event, error: RowError) -> None:
        """Count a valid row whose identifier another event has."""
        self.conflicts[event.row] = error
        self._error += 1
        self._first_errors[error.code, error.field] += 1

    def _identifier(self, id_: str, row: int) -> str | None:
        return None if id_ == event_id(self._upload_id, row) else id_


class CustomerTally(RowTally):
    """A tally of the rows of a customer file."""

    totals: tuple[Total, ...] = ()
    """Customer files have no totals."""

    def count_customer(self, rows: int, successes: int) -> None:
        """Count the valid rows of one customer. `successes` of them changed it."""
        self._success += successes
        self._duplicate += rows - successes
