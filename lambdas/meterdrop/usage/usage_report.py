"""Usage reports: the usage of each customer and meter in a period.

A line equals the summary of the same meter, customer, and period. Reports and summaries share the code of
`window_figures`. Further guarantees, on which statements of billing periods can rely:

- Lines are in the order of `meter_order`, then of customer IDs. Each meter and customer has at most one line.
- A customer without events in the period, or with cancelled events only, has no line. Deleted customers have lines.
- All reads are consistent. A line has all usage of the uploads that were final before it was read. A report of several
  lines isn't a snapshot: each line is of its own moment.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.metering.summary import Scope, UsedHour
from meterdrop.usage.ports import Events, Usage
from meterdrop.usage.time_periods import Period
from meterdrop.usage.window_figures import WindowFigures, with_events


class ReportLine(NamedTuple):
    """The usage of one customer and meter in a period. `value` is exact, by the meter's formula."""

    meter: Meter
    customer: str
    period: Period
    event_count: int
    value: Decimal


class LinePosition(NamedTuple):
    """The position of a line in a report. The line itself may be gone."""

    meter: Meter
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportScope:
    """The parameters of a report. None means all customers, and any partner (see `OWNER`)."""

    meters: Sequence[Meter]
    period: Period
    customer: str | None = None
    partner: str | None = None


def meter_order(meter: Meter) -> tuple[str, str]:
    """Return the key by which a report sorts meters. It never changes."""
    return meter.event_name, meter.id


class UsageReport:
    """The lines of reports, for one request or job."""

    def __init__(
        self, usage: Usage, events: Events, executor: Executor, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        """Read events on the executor's threads. `pause` waits a number of seconds before an hour is read again."""
        self._usage = usage
        self._figures = WindowFigures(usage, events, executor, pause)

    def walk(
        self,
        wanted: ReportScope,
        *,
        now: int,
        beyond: LinePosition | None = None,
        newest_first: bool = True,
        expect: int | None = None,
    ) -> Iterator[ReportLine]:
        """Yield the lines past `beyond`, lazily, in reverse order without `newest_first` (the name is that of paging).

        `expect` is the number of lines that the caller needs, None for all. Raises SumNotExactError,
        UsageChangingError and TooManyEventsError.
        """
        descending = not newest_first
        for meter in sorted(wanted.meters, key=meter_order, reverse=descending):
            customer_beyond = None
            if beyond is not None:
                one, other = meter_order(meter), meter_order(beyond.meter)
                if (one > other) if descending else (one < other):
                    continue
                customer_beyond = beyond.customer if one == other else None
            yield from self._lines(wanted, meter, now, customer_beyond, descending=descending, expect=expect)

    def lines(self, meter: Meter, period: Period, *, now: int) -> Iterator[ReportLine]:
        """Yield the lines of all customers of one meter, sorted by customer; see `walk`."""
        return self.walk(ReportScope(meters=[meter], period=period), now=now)

    def _lines(  # noqa: PLR0913  what `walk` has for one meter
        self,
        wanted: ReportScope,
        meter: Meter,
        now: int,
        beyond: str | None,
        *,
        descending: bool,
        expect: int | None,
    ) -> Iterator[ReportLine]:
        window = with_events(wanted.period, now)
        if not window.hours:
            return
        if wanted.customer is not None:
            if beyond is None:
                yield from self._line_of_customer(wanted, wanted.customer, meter, window)
            return
        scope = Scope(meter.id, None, wanted.partner)
        of_cut_hours = self._figures.of_cut_hours(scope, window)
        customers = self._usage.customers(scope, window.hours, beyond=beyond, descending=descending, expect=expect)
        for customer, used in customers:
            figures = self._figures.of_whole_hours(scope._replace(customer=customer), meter.formula, window, used)
            if customer in of_cut_hours:
                figures.merge(of_cut_hours[customer])
            if figures.count:
                yield ReportLine(meter, customer, wanted.period, figures.count, figures.value(meter.formula))

    def _line_of_customer(
        self, wanted: ReportScope, customer: str, meter: Meter, window: Period
    ) -> Iterator[ReportLine]:
        scope, whole = Scope(meter.id, customer, wanted.partner), window.whole_hours
        used: Iterable[UsedHour] = self._usage.hours(scope, whole, newest_first=False) if whole else ()
        figures = self._figures.total(scope, meter.formula, window, used)
        if figures.count:
            yield ReportLine(meter, customer, wanted.period, figures.count, figures.value(meter.formula))
