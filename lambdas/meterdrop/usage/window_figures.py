"""The figures of a window of time: those of its whole hours, and the single events of hours that the window cuts.

Summaries and usage reports both use this module, so that their values are equal.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor

from meterdrop.domain.codes import Formula
from meterdrop.domain.metering.contributions import HOUR
from meterdrop.domain.metering.figures import EXTREMES, Figures
from meterdrop.domain.metering.summary import Scope, UsedHour
from meterdrop.usage.hour_events import HourEvents
from meterdrop.usage.ports import Events, Usage
from meterdrop.usage.time_periods import Period

DAY = 24 * HOUR


def with_events(period: Period, now: int) -> Period:
    """Return the part of a period that can have events at `now` (epoch seconds): none is later than a day from now."""
    return Period(max(period.start, 0), min(period.end, -(-(now + DAY) // HOUR) * HOUR))


class WindowFigures:
    """The figures of windows, for one request. The number of single events that a request reads is limited."""

    def __init__(self, usage: Usage, events: Events, executor: Executor, pause: Callable[[float], None]) -> None:
        """Read events on the executor's threads. `pause` waits a number of seconds before an hour is read again."""
        self._hour_events = HourEvents(usage, events, executor, pause)

    def total(self, scope: Scope, formula: Formula, window: Period, used: Iterable[UsedHour]) -> Figures:
        """Return the figures of a window. `used` has the usage of its whole hours, and may have that of others.

        Raises SumNotExactError, UsageChangingError and TooManyEventsError.
        """
        total = self.of_whole_hours(scope, formula, window, used)
        for hour in window.cut_hours:
            total.merge(self._hour_events.within(scope, hour, *window))
        return total

    def of_whole_hours(self, scope: Scope, formula: Formula, window: Period, used: Iterable[UsedHour]) -> Figures:
        """Return the figures of a window's whole hours, given the usage of these hours and maybe others."""
        total, whole = Figures(), window.whole_hours
        for each in self.without_cancelled(scope, formula, (each for each in used if each.hour in whole)):
            total.merge(each.figures)
        return total

    def of_cut_hours(self, scope: Scope, window: Period) -> dict[str, Figures]:
        """Return the figures of the single events in the hours that a window cuts, by customer."""
        found: dict[str, Figures] = {}
        for hour in window.cut_hours:
            for customer, figures in self._hour_events.by_customer(scope, hour, *window).items():
                found.setdefault(customer, Figures()).merge(figures)
        return found

    def without_cancelled(self, scope: Scope, formula: Formula, used: Iterable[UsedHour]) -> Iterator[UsedHour]:
        """Yield the usage of whole hours, for an extreme without the events that were cancelled."""
        for each in used:
            if each.has_cancels and formula in EXTREMES:
                start, end = each.hour * HOUR, (each.hour + 1) * HOUR
                yield UsedHour(each.hour, self._hour_events.within(scope, each.hour, start, end))
            else:
                yield each
