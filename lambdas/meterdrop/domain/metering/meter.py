"""What usage is counted for, and the columns a meter reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from meterdrop.domain.codes import Formula, MeterStatus

DEFAULT_CUSTOMER_KEY = "stripe_customer_id"
DEFAULT_VALUE_KEY = "value"
PAYLOAD_PREFIX = "payload_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One meter: an event name, the payload keys it reads, and how it aggregates."""

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

    @property
    def customer_column(self) -> str:
        """Name of the CSV column that names the customer."""
        return PAYLOAD_PREFIX + self.customer_key

    @property
    def value_column(self) -> str:
        """Name of the CSV column that holds the value."""
        return PAYLOAD_PREFIX + self.value_key

    @property
    def status(self) -> MeterStatus:
        """Whether it takes events, as a word."""
        return MeterStatus.ACTIVE if self.active else MeterStatus.INACTIVE

    @property
    def needs_value(self) -> bool:
        """Whether a row must have a value: only counting does without."""
        return self.formula is not Formula.COUNT

    def counts_as(self, other: "Meter") -> bool:
        """Return whether another meter counts the same events in the same way; how it is called does not matter."""
        return (self.event_name, self.formula, self.customer_key, self.value_key) == (
            other.event_name,
            other.formula,
            other.customer_key,
            other.value_key,
        )


def by_event_name(meters: Iterable[Meter]) -> Mapping[str, Meter]:
    """Map event names to meters; an active meter wins over deactivated ones of its name."""
    ordered = sorted(meters, key=lambda meter: (meter.active, meter.created, meter.id))
    return {meter.event_name: meter for meter in ordered}
