"""Summaries of a meter's usage, one for each period of a window.

Whole hours are computed from the contributions of uploads and API requests. The single events are read only for hours
that the window cuts, and for the extremes of hours with a cancelled event.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import chain, groupby

from meterdrop.domain.codes import Formula
from meterdrop.domain.metering.contributions import HOUR
from meterdrop.domain.metering.figures import EXTREMES, Figures
from meterdrop.domain.metering.summary import Scope, Summary, UsedHour
from meterdrop.usage.billing_periods import Period, Periods
from meterdrop.usage.hour_events import HourEvents
from meterdrop.usage.ports import Events, Usage

DAY = 24 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The parameters of summaries: all periods that overlap the window from `start` to before `end` (epoch seconds)."""

    scope: Scope
    formula: Formula
    periods: Periods
    start: int
    end: int
    only_used: bool
    """Whether to leave out periods without events. If so, periods and window must be whole hours."""


class Summaries:
    """The summaries of one request."""

    def __init__(
        self, usage: Usage, events: Events, executor: Executor, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        """Read events on the executor's threads. `pause` waits a number of seconds before an hour is read again."""
        self._usage = usage
        self._hour_events = HourEvents(usage, events, executor, pause)

    def walk(
        self,
        wanted: Wanted,
        *,
        now: int,
        beyond: Period | None = None,
        newest_first: bool = True,
        expect: int = 1,  # noqa: ARG002  (part of paging; usage is read by the month, however many are needed)
    ) -> Iterator[Summary]:
        """Yield the summaries past `beyond`, lazily.

        Raises SumNotExactError, UsageChangingError and TooManyEventsError.
        """
        start, end = wanted.start, wanted.end
        if beyond is not None and newest_first:
            end = min(end, beyond.start)
        elif beyond is not None:
            start = max(start, beyond.end)
        # No event is later than a day from now, so a window without end does not read forever.
        last = -(-(now + DAY) // HOUR) * HOUR
        if wanted.only_used:
            hours = range(start // HOUR, min(last, end) // HOUR)
            return self._used(wanted, self._hours(wanted, hours, newest_first=newest_first))
        periods = _touching(wanted.periods, start, end, newest_first=newest_first)
        return (self._summary(wanted, period, last) for period in periods)

    def _used(self, wanted: Wanted, found: Iterable[UsedHour]) -> Iterator[Summary]:
        for period, group in groupby(found, lambda each: wanted.periods.at(each.hour * HOUR)):
            summary = _summed(wanted, period, (each.figures for each in group))
            if summary.event_count:
                yield summary

    def _summary(self, wanted: Wanted, period: Period, last: int) -> Summary:
        scope, start, end = wanted.scope, max(period.start, 0), min(period.end, last)
        hours = range(-(-start // HOUR), end // HOUR)
        whole = (each.figures for each in self._hours(wanted, hours, newest_first=False))
        cut = {edge // HOUR for edge in (start, end) if edge % HOUR and start < end}
        parts = (self._hour_events.within(scope, hour, start, end) for hour in sorted(cut))
        return _summed(wanted, period, chain(whole, parts))

    def _hours(self, wanted: Wanted, hours: range, *, newest_first: bool) -> Iterator[UsedHour]:
        """Yield the usage of whole hours, for an extreme without the events that were cancelled."""
        if not hours:
            return
        for used in self._usage.hours(wanted.scope, hours, newest_first=newest_first):
            if used.has_cancels and wanted.formula in EXTREMES:
                start, end = used.hour * HOUR, (used.hour + 1) * HOUR
                yield UsedHour(used.hour, self._hour_events.within(wanted.scope, used.hour, start, end))
            else:
                yield used


def _touching(periods: Periods, start: int, end: int, *, newest_first: bool) -> Iterator[Period]:
    while start < end:
        period = periods.at(end - 1 if newest_first else start)
        yield period
        start, end = (start, period.start) if newest_first else (period.end, end)


def _summed(wanted: Wanted, period: Period, found: Iterable[Figures]) -> Summary:
    total = Figures()
    for figures in found:
        total.merge(figures)
    return Summary(*period, total.value(wanted.formula), total.count)
