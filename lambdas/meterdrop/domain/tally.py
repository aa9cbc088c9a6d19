"""What became of the rows of a file of usage so far: with totals and what they contribute to usage."""

from heapq import nsmallest

from meterdrop.domain.contribution import Contribution
from meterdrop.domain.contributions import Contributions
from meterdrop.domain.event import Event, StoredEvent
from meterdrop.domain.held_lines import HeldLines
from meterdrop.domain.identifier import event_id
from meterdrop.domain.judged import Refused
from meterdrop.domain.row_tally import RowTally, sample
from meterdrop.domain.upload import SAMPLE_LIMIT, UPLOAD_ID, Sample, Total
from meterdrop.domain.value import plain
from meterdrop.domain.verdict import RowError


class Tally(RowTally):
    """Adds up rows."""

    def __init__(self, upload_id: str, held: HeldLines) -> None:
        """Begin with nothing of this upload."""
        super().__init__(held)
        self._upload_id = upload_id
        self.contributions = Contributions()
        self.conflicts: dict[int, RowError] = {}
        """Good rows, by number, whose identifier is that of another event."""
        self.kept: set[int] = set()
        """Rows that would be refused today and are counted: successes or duplicates all the same."""
        self._names: dict[str, str] = {}
        self._counted_by: set[str] = set()

    @property
    def counted_by(self) -> list[str]:
        """The other uploads whose events rows of this one are duplicates of; without owners that are no uploads."""
        return sorted(owner for owner in self._counted_by - {self._upload_id} if UPLOAD_ID.fullmatch(owner))

    @property
    def totals(self) -> tuple[Total, ...]:
        """What the successes of each event name add up to, by name.

        A name has two meters where the first was replaced between a crashed attempt, which stored events, and this one.
        """
        by_name: dict[str, Contribution] = {}
        times: dict[str, list[int]] = {}
        used = self.contributions.times()
        for meter, figures in self.contributions.totals().items():
            name = self._names[meter]
            by_name.setdefault(name, Contribution()).merge(figures)
            times.setdefault(name, []).extend(used[meter])
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
        """The first row errors."""
        # Conflicts come late and out of order.
        conflicts = [sample(row, error) for row, error in nsmallest(SAMPLE_LIMIT, self.conflicts.items())]
        return tuple(sorted(self._samples + conflicts, key=lambda each: each.row_number)[:SAMPLE_LIMIT])

    def add(self, event: Event) -> None:
        """Count an event that was stored just now."""
        meter = event.meter
        self._success += 1
        self._names[meter.id] = meter.event_name
        identifier = self._identifier(event.id, event.row)
        self.contributions.add(meter.id, event.customer, event.timestamp, event.value, event.row, identifier)

    def keep(self, stored: StoredEvent, *, was_refused: bool) -> None:
        """Count an event of this upload that was stored before, by what is stored."""
        self._success += 1
        self._names[stored.meter] = stored.event_name
        identifier = self._identifier(stored.id, stored.row)
        self.contributions.add(stored.meter, stored.customer, stored.timestamp, stored.value, stored.row, identifier)
        if was_refused:
            self.kept.add(stored.row)

    def duplicate(self, owner: str, refused: Refused | None = None) -> None:
        """Count a row that is counted already, by an event of `owner`, be it one that would be refused today."""
        self._duplicate += 1
        self._counted_by.add(owner)
        if refused is not None:
            self.kept.add(refused.row)

    def conflict(self, event: Event, error: RowError) -> None:
        """Count a good row whose identifier is that of another event."""
        self.conflicts[event.row] = error
        self._error += 1
        self._first_errors[error.code, error.field] += 1

    def _identifier(self, id_: str, row: int) -> str | None:
        return None if id_ == event_id(self._upload_id, row) else id_
