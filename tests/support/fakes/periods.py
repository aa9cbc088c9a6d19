"""Billing periods, statements and their objects in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.periods.closed_periods import ClosedPeriods
from meterdrop.domain.periods.period import BillingPeriod
from meterdrop.domain.periods.statement import Place, Quantity, Statement
from meterdrop.domain.uploads.status_event import StatusEvent
from tests.support.fakes.crash import Switch


@dataclass(slots=True)
class FakePeriods:
    """Fits `ports.Periods`, `ports.ClosingPeriods` and `ports.ClosedPeriodsTable`."""

    switch: Switch = field(default_factory=Switch)
    stored: dict[str, BillingPeriod] = field(default_factory=dict)
    all_statements: list[Statement] = field(default_factory=list)
    outbox: dict[str, StatusEvent] = field(default_factory=dict)

    def add(self, period: BillingPeriod) -> None:
        """Store a new period."""
        self.stored[period.id] = period

    def get(self, period_id: str) -> BillingPeriod | None:
        """Return a period."""
        with self.switch.call("periods.get"):
            return self.stored.get(period_id)

    def list_periods(self) -> list[BillingPeriod]:
        """Return all periods."""
        with self.switch.call("periods.list_periods"):
            return list(self.stored.values())

    def closed_periods(self) -> ClosedPeriods:
        """Return those that refuse rows."""
        with self.switch.call("periods.closed_periods"):
            return ClosedPeriods.among(self.stored.values())

    def save(self, period: BillingPeriod) -> bool:
        """Store the next revision."""
        with self.switch.call("periods.save"):
            return self._put(period)

    def finish(self, period: BillingPeriod, statement: Statement, status_event: StatusEvent) -> bool:
        """Store the next revision, a statement and its event."""
        with self.switch.call("periods.finish"):
            if not self._put(period):
                return False
            self.all_statements.append(statement)
            self.outbox[status_event.sort_key] = status_event
            return True

    def statements(self, period_id: str) -> list[Statement]:
        """Return the statements of a period."""
        with self.switch.call("periods.statements"):
            return [each for each in self.all_statements if each.period == period_id]

    def _put(self, period: BillingPeriod) -> bool:
        stored = self.stored[period.id]
        if stored == period:
            return True
        if stored.revision != period.revision - 1:
            return False
        self.stored[period.id] = period
        return True


@dataclass(slots=True)
class FakeStatementObjects:
    """Fits `ports.StatementObjects`."""

    switch: Switch = field(default_factory=Switch)
    stored: dict[str, bytes] = field(default_factory=dict)

    def write_once(self, key: str, data: bytes) -> tuple[str, bytes]:
        """Write an object unless there is one."""
        with self.switch.call("statements.write_once"):
            return f"version of {key}", self.stored.setdefault(key, data)

    def read(self, key: str, version_id: str) -> bytes:
        """Return an object."""
        with self.switch.call("statements.read"):
            assert version_id == f"version of {key}"
            return self.stored[key]


@dataclass(slots=True)
class FakePeriodUsage:
    """Fits `ports.PeriodUsage`: usage that a test sets."""

    switch: Switch = field(default_factory=Switch)
    stored: dict[Place, Quantity] = field(default_factory=dict)

    def quantities(self, meters: Sequence[Meter], start: int, end: int) -> Mapping[Place, Quantity]:
        """Return the usage of these meters."""
        with self.switch.call("usage.quantities"):
            assert start < end
            known = {meter.id for meter in meters}
            return {place: quantity for place, quantity in self.stored.items() if place.meter in known}
