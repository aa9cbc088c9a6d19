"""How time is cut into the pieces that summaries are of."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from dateutil.relativedelta import relativedelta

_MONTHS = 12


class Period(NamedTuple):
    """From `start` on, up to but without `end`, both in epoch seconds."""

    start: int
    end: int


class Periods(Protocol):
    """A way to cut all time into periods that touch each other."""

    def at(self, moment: int) -> Period:
        """Return the period that a moment (epoch seconds) is in."""


@dataclass(frozen=True, slots=True)
class Equal:
    """Periods of so many seconds; one of them begins at `origin`."""

    seconds: int
    origin: int = 0

    def at(self, moment: int) -> Period:
        """Return the period that a moment is in."""
        start = moment - (moment - self.origin) % self.seconds
        return Period(start, start + self.seconds)


class Months:
    """Billing periods of a month: they begin on the anchor's day and time of each month, in UTC.

    Where a month has no such day, on its last; counted from the anchor each time, so that the 31st comes back.
    """

    def __init__(self, anchor: int = 0) -> None:
        """Take the anchor in epoch seconds; without one they are calendar months."""
        self._anchor = datetime.fromtimestamp(anchor, UTC)

    def at(self, moment: int) -> Period:
        """Return the period that a moment is in."""
        time = datetime.fromtimestamp(moment, UTC)
        number = (time.year - self._anchor.year) * _MONTHS + time.month - self._anchor.month
        if self._start(number) > moment:
            number -= 1
        return Period(self._start(number), self._start(number + 1))

    def _start(self, number: int) -> int:
        return int((self._anchor + relativedelta(months=number)).timestamp())
