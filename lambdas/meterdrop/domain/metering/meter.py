"""Meters, and the columns that they read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from meterdrop.domain.changes import Change
from meterdrop.domain.codes import Formula, MeterStatus

DEFAULT_CUSTOMER_KEY = "stripe_customer_id"
DEFAULT_VALUE_KEY = "value"
PAYLOAD_PREFIX = "payload_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A meter: event name, payload keys and aggregation. Times are in epoch seconds."""

    id: str
    event_name: str
    display_name: str
    formula: Formula = Formula.SUM
    customer_key: str = DEFAULT_CUSTOMER_KEY
    value_key: str = DEFAULT_VALUE_KEY
    active: bool = True
    created: int = 0
    updated: int = 0
    deactivated_at: int | None = None
    last_change: Change | None = None

    @property
    def customer_column(self) -> str:
        """The name of the CSV column with the customer's ID."""
        return PAYLOAD_PREFIX + self.customer_key

    @property
    def value_column(self) -> str:
        """The name of the CSV column with the value."""
        return PAYLOAD_PREFIX + self.value_key

    @property
    def status(self) -> MeterStatus:
        """The status: whether the meter accepts events."""
        return MeterStatus.ACTIVE if self.active else MeterStatus.INACTIVE

    @property
    def needs_value(self) -> bool:
        """Whether a row must have a value. Only `count` meters don't need one."""
        return self.formula is not Formula.COUNT

    def counts_as(self, other: "Meter") -> bool:
        """Return whether another meter aggregates the same events in the same way, whatever its display name."""
        return (self.event_name, self.formula, self.customer_key, self.value_key) == (
            other.event_name,
            other.formula,
            other.customer_key,
            other.value_key,
        )


def by_event_name(meters: Iterable[Meter]) -> Mapping[str, Meter]:
    """Map event names to meters. If several meters have the same name, the active one is used."""
    ordered = sorted(meters, key=lambda meter: (meter.active, meter.created, meter.id))
    return {meter.event_name: meter for meter in ordered}
