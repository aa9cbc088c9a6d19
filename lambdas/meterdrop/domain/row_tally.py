"""What became of the rows of a file of any kind so far: counts, and what the error file and the samples need."""

from collections import defaultdict
from typing import TYPE_CHECKING

from meterdrop.domain.held_lines import HeldLines
from meterdrop.domain.judged import Refused
from meterdrop.domain.upload import ERROR_GROUP_LIMIT, SAMPLE_LIMIT, Counts, ErrorGroup, Sample
from meterdrop.domain.verdict import RowError

if TYPE_CHECKING:
    from meterdrop.domain.codes import RowCode


class RowTally:
    """Adds up rows."""

    def __init__(self, held: HeldLines) -> None:
        """Begin with nothing."""
        self.held = held
        """Bad rows as the error file will have them, where they are not too many."""
        self._samples: list[Sample] = []
        self._first_errors: defaultdict[tuple[RowCode, str], int] = defaultdict(int)
        """How many rows have this code and field first: as few as there are columns, whatever the rows."""
        self._success = self._duplicate = self._error = 0

    @property
    def counts(self) -> Counts:
        """Rows settled so far."""
        success, duplicate, error = self._success, self._duplicate, self._error
        return Counts(success + duplicate + error, success, duplicate, error)

    @property
    def holds_all_refused(self) -> bool:
        """Whether `held` is all that the error file will hold."""
        return self._error == len(self.held)

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The first row errors."""
        return tuple(self._samples[:SAMPLE_LIMIT])

    @property
    def errors(self) -> tuple[ErrorGroup, ...]:
        """The most frequent first errors of rows, the most frequent first; equal ones by code and field."""
        ranked = sorted(self._first_errors.items(), key=lambda each: (-each[1], each[0]))
        return tuple(ErrorGroup(code, field, count) for (code, field), count in ranked[:ERROR_GROUP_LIMIT])

    def refuse(self, refused: Refused) -> None:
        """Count a bad row."""
        self._error += 1
        first = refused.errors[0]
        self._first_errors[first.code, first.field] += 1
        self.held.add((refused,))
        if len(self._samples) < SAMPLE_LIMIT:
            self._samples += (sample(refused.row, error) for error in refused.errors)


def sample(row: int, error: RowError) -> Sample:
    """Return a row error as a status shows it."""
    return Sample(row, error.code, error.field, str(error))
