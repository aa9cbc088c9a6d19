"""The exact usage of a billing period, for its statements."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager

from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.periods.statement import Place, Quantity
from meterdrop.usage.time_periods import Period
from meterdrop.usage.usage_report import UsageReport


class PeriodUsage:
    """The port `PeriodUsage`: the lines of usage reports."""

    def __init__(self, report: Callable[[], AbstractContextManager[UsageReport]]) -> None:
        """Read usage through reports, one for each meter, because the single events that a report reads are limited."""
        self._report = report

    def quantities(self, meters: Sequence[Meter], start: int, end: int) -> Mapping[Place, Quantity]:
        """Return the usage of each customer; see the port."""
        period, now, found = Period(start, end), int(time.time()), dict[Place, Quantity]()
        for meter in meters:
            with self._report() as report:
                for line in report.lines(meter, period, now=now):
                    found[Place(meter.id, line.customer)] = Quantity(line.event_count, line.value)
        return found
