"""What became of an upload's rows so far: counts, totals, contributions, and what the error file needs."""

from decimal import localcontext
from heapq import nsmallest

from meterdrop.domain.contribution import Contribution, Contributions
from meterdrop.domain.event import Event, StoredEvent
from meterdrop.domain.judge import Refused
from meterdrop.domain.upload import SAMPLE_LIMIT, Counts, Sample, Total
from meterdrop.domain.value import EXACT, plain
from meterdrop.domain.verdict import RowError

HELD = 20_000
"""Refused rows that are held for the error file; where there are more, or conflicts, rows are judged again for it."""


class Tally:
    """Adds up rows; additions of values are to be made in the context `value.EXACT`."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.contributions = Contributions()
        self.conflicts: dict[int, RowError] = {}
        """Good rows, by number, whose identifier is that of another event."""
        self.refused: list[Refused] = []
        """The first refused rows, all of them where they are not many."""
        self.kept: set[int] = set()
        """Rows that would be refused today and whose events are stored: successes all the same."""
        self._success = self._duplicate = self._error = 0
        self._names: dict[str, str] = {}
        self._samples: list[Sample] = []

    @property
    def counts(self) -> Counts:
        """Rows settled so far."""
        success, duplicate, error = self._success, self._duplicate, self._error
        return Counts(success + duplicate + error, success, duplicate, error)

    @property
    def holds_all_refused(self) -> bool:
        """Whether `refused` is all that the error file will hold."""
        return self._error == len(self.refused)

    @property
    def totals(self) -> tuple[Total, ...]:
        """What the successes of each event name add up to, by name.

        A name has two meters where the first was replaced between a crashed attempt, which stored events, and this one.
        """
        by_name: dict[str, Contribution] = {}
        with localcontext(EXACT):
            for meter, figures in self.contributions.totals().items():
                by_name.setdefault(self._names[meter], Contribution()).merge(figures)
        return tuple(
            Total(name, figures.count, None if figures.sum is None else plain(figures.sum))
            for name, figures in sorted(by_name.items())
        )

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The first row errors."""
        # Conflicts come late and out of order.
        conflicts = [_sample(row, error) for row, error in nsmallest(SAMPLE_LIMIT, self.conflicts.items())]
        return tuple(sorted(self._samples + conflicts, key=lambda sample: sample.row_number)[:SAMPLE_LIMIT])

    def add(self, event: Event) -> None:
        """Count an event that was stored just now."""
        meter = event.meter
        self._success += 1
        self._names[meter.id] = meter.event_name
        self.contributions.add(meter.id, event.customer, event.timestamp, event.value, event.row)

    def keep(self, stored: StoredEvent, *, was_refused: bool) -> None:
        """Count an event of this upload that was stored before, by what is stored."""
        self._success += 1
        self._names[stored.meter] = stored.event_name
        self.contributions.add(stored.meter, stored.customer, stored.timestamp, stored.value, stored.row)
        if was_refused:
            self.kept.add(stored.row)

    def duplicate(self) -> None:
        """Count a row that is counted already."""
        self._duplicate += 1

    def refuse(self, refused: Refused) -> None:
        """Count a bad row."""
        self._error += 1
        if len(self.refused) < HELD:
            self.refused.append(refused)
        if len(self._samples) < SAMPLE_LIMIT:
            self._samples += (_sample(refused.row, error) for error in refused.errors)

    def conflict(self, event: Event, error: RowError) -> None:
        """Count a good row whose identifier is that of another event."""
        self.conflicts[event.row] = error
        self._error += 1


def _sample(row: int, error: RowError) -> Sample:
    return Sample(row, error.code, error.field, str(error))
