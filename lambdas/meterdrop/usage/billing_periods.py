"""The periods of summaries."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from dateutil.relativedelta import relativedelta

_MONTHS = 12


class Period(NamedTuple):
    """The time from `start` to before `end`, both in epoch seconds."""

    start: int
    end: int


class Periods(Protocol):
    """A division of all time into consecutive periods."""

    def at(self, moment: int) -> Period:
        """Return the period that contains a moment (epoch seconds)."""


@dataclass(frozen=True, slots=True)
class Equal:
    """Periods of equal length. One of them starts at `origin` (epoch seconds)."""

    seconds: int
    origin: int = 0

    def at(self, moment: int) -> Period:
        """Return the period that contains a moment (epoch seconds)."""
        start = moment - (moment - self.origin) % self.seconds
        return Period(start, start + self.seconds)


class Months:
    """Monthly billing periods. They start on the anchor's day and time of each month, in UTC.

    In a shorter month, they start on its last day. Each start is computed from the anchor, so that after February a
    period starts on the 31st again.
    """

    def __init__(self, anchor: int = 0) -> None:
        """Set the anchor in epoch seconds. By default, the periods are calendar months."""
        self._anchor = datetime.fromtimestamp(anchor, UTC)

    def at(self, moment: int) -> Period:
        """Return the period that contains a moment (epoch seconds)."""
        time = datetime.fromtimestamp(moment, UTC)
        number = (time.year - self._anchor.year) * _MONTHS + time.month - self._anchor.month
        if self._start(number) > moment:
            number -= 1
        return Period(self._start(number), self._start(number + 1))

    def _start(self, number: int) -> int:
        return int((self._anchor + relativedelta(months=number)).timestamp())
