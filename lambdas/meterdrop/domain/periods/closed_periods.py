"""The closed periods that refuse late rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from meterdrop.domain.periods.period import BillingPeriod, LatePolicy, PeriodStatus


@dataclass(frozen=True, slots=True)
class ClosedPeriods:
    """The periods that refuse rows, as stored when the processing of the rows began."""

    periods: tuple[BillingPeriod, ...] = ()
    _by_meter: dict[str, tuple[BillingPeriod, ...]] = field(default_factory=dict, compare=False)
    """The periods of each meter that was asked for, because a file asks for each of its rows."""

    @classmethod
    def among(cls, periods: Iterable[BillingPeriod]) -> "ClosedPeriods":
        """Return those of some periods that refuse rows. A period does so as soon as its first close is requested."""
        closed = (
            period
            for period in periods
            if period.late_policy is LatePolicy.REFUSE and period.status is not PeriodStatus.OPEN
        )
        return cls(tuple(sorted(closed, key=lambda period: period.created_id)))

    def find(self, meter: str, timestamp: int) -> BillingPeriod | None:
        """Return the period that refuses events of a meter's ID at a time (epoch seconds), the oldest of several."""
        periods = self._by_meter.get(meter)
        if periods is None:
            periods = tuple(period for period in self.periods if not period.meters or meter in period.meters)
            self._by_meter[meter] = periods
        return next((period for period in periods if period.start <= timestamp < period.end), None)
