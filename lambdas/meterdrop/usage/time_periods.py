"""The periods of time of summaries and reports."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from dateutil.relativedelta import relativedelta

from meterdrop.domain.metering.contributions import HOUR

_MONTHS = 12


class Period(NamedTuple):
    """The time from `start` to before `end`, both in epoch seconds."""

    start: int
    end: int

    @property
    def hours(self) -> range:
        """All hours (since 1970) of the period, including those that it cuts."""
        return range(self.start // HOUR, -(-self.end // HOUR))

    @property
    def whole_hours(self) -> range:
        """The hours (since 1970) that are completely in the period."""
        return range(-(-self.start // HOUR), self.end // HOUR)

    @property
    def cut_hours(self) -> list[int]:
        """The hours (since 1970) in which the period starts or ends, at most two."""
        return sorted({edge // HOUR for edge in self if edge % HOUR and self.start < self.end})


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
