"""Summaries of a meter's usage, one for each period of a window.

Whole hours are computed from the contributions of uploads and API requests. The single events are read only for hours
that the window cuts, and for the extremes of hours with a cancelled event.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import groupby

from meterdrop.domain.codes import Formula
from meterdrop.domain.metering.contributions import HOUR, month_of
from meterdrop.domain.metering.figures import Figures
from meterdrop.domain.metering.summary import Scope, Summary, UsedHour
from meterdrop.usage.ports import Events, Usage
from meterdrop.usage.time_periods import Period, Periods
from meterdrop.usage.window_figures import WindowFigures, with_events


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
        self._figures = WindowFigures(usage, events, executor, pause)

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
        if wanted.only_used:
            hours = with_events(Period(start, end), now).whole_hours
            return self._used(wanted, self._hours(wanted.scope, hours, newest_first=newest_first))
        return self._all(wanted, start, end, now, newest_first=newest_first)

    def _all(self, wanted: Wanted, start: int, end: int, now: int, *, newest_first: bool) -> Iterator[Summary]:
        months: Collection[str] | None = None
        for period in _touching(wanted.periods, start, end, newest_first=newest_first):
            is_only_one = period.start <= start and end <= period.end
            if months is None and not is_only_one:
                # Most periods of a long window may have no usage. They cost no read.
                first, last = wanted.periods.at(start), wanted.periods.at(end - 1)
                hours = with_events(Period(first.start, last.end), now).hours
                months = self._usage.months(wanted.scope.meter, hours) if hours else ()
            if months is None or _has_usage(with_events(period, now).hours, months):
                yield self._summary(wanted, period, now)
            else:
                yield _summary(wanted, period, Figures())

    def _used(self, wanted: Wanted, found: Iterable[UsedHour]) -> Iterator[Summary]:
        exact = self._figures.without_cancelled(wanted.scope, wanted.formula, found)
        for period, group in groupby(exact, lambda each: wanted.periods.at(each.hour * HOUR)):
            total = Figures()
            for each in group:
                total.merge(each.figures)
            if total.count:
                yield _summary(wanted, period, total)

    def _summary(self, wanted: Wanted, period: Period, now: int) -> Summary:
        window = with_events(period, now)
        used = self._hours(wanted.scope, window.whole_hours, newest_first=False)
        return _summary(wanted, period, self._figures.total(wanted.scope, wanted.formula, window, used))

    def _hours(self, scope: Scope, hours: range, *, newest_first: bool) -> Iterable[UsedHour]:
        return self._usage.hours(scope, hours, newest_first=newest_first) if hours else ()


def _has_usage(hours: range, months: Collection[str]) -> bool:
    """Return whether some of these hours are in one of the months."""
    return bool(hours) and any(month_of(hours[0]) <= month <= month_of(hours[-1]) for month in months)


def _touching(periods: Periods, start: int, end: int, *, newest_first: bool) -> Iterator[Period]:
    while start < end:
        period = periods.at(end - 1 if newest_first else start)
        yield period
        start, end = (start, period.start) if newest_first else (period.end, end)


def _summary(wanted: Wanted, period: Period, figures: Figures) -> Summary:
    return Summary(*period, figures.value(wanted.formula), figures.count)
