"""Statements: the frozen lines of a closed period. Each line is the difference from all earlier statements."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from meterdrop.domain.decimals import EXACT


class Place(NamedTuple):
    """The meter and the customer of a line, by their IDs."""

    meter: str
    customer: str


class Quantity(NamedTuple):
    """A number of events, and the value of the meter's formula."""

    event_count: int = 0
    value: Decimal = Decimal(0)

    def plus(self, other: "Quantity") -> "Quantity":
        """Return the sum. Raises Inexact if it has too many digits."""
        return Quantity(self.event_count + other.event_count, EXACT.add(self.value, other.value))

    def minus(self, other: "Quantity") -> "Quantity":
        """Return the difference. Raises Inexact if it has too many digits."""
        return Quantity(self.event_count - other.event_count, EXACT.subtract(self.value, other.value))


class StatementLine(NamedTuple):
    """A line of a statement.

    `change` is what the statement adds, `total` the usage when the statement was made. The changes of all statements
    up to this one add up to `total`, also for formulas whose values can't be added, such as `max`.
    """

    place: Place
    change: Quantity
    total: Quantity


def stated(lines: Iterable[StatementLine]) -> dict[Place, Quantity]:
    """Return the sums of the lines of statements."""
    sums: dict[Place, Quantity] = {}
    for line in lines:
        sums[line.place] = sums.get(line.place, Quantity()).plus(line.change)
    return sums


def changes(current: Mapping[Place, Quantity], before: Mapping[Place, Quantity]) -> Iterator[StatementLine]:
    """Yield the lines of the next statement, in any order.

    `current` is the usage now, `before` the sums of all earlier statements. Unchanged usage has no line.
    """
    nothing = Quantity()
    for place in current.keys() | before.keys():
        total = current.get(place, nothing)
        change = total.minus(before.get(place, nothing))
        if change != nothing:
            yield StatementLine(place, change, total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement that was handed out. Nothing changes it. Times are in epoch seconds."""

    period: str
    number: int
    """1 for the first statement of the period."""
    as_of: int
    """When the close was requested. Usage that was final by then is in the lines."""
    created: int
    key: str
    """The object with the lines. `version_id`, `size` (bytes) and `sha256` belong to it."""
    version_id: str
    size: int
    sha256: str
    line_count: int
    event_count: int
    """The sum of the events of all lines."""
    offsets: tuple[int, ...]
    """Where each page of lines begins in the object, in bytes, and its end."""
    unfinished_uploads: tuple[str, ...] = ()
    """Uploads that were in progress when the lines were made, at most the first few."""

    @property
    def id(self) -> str:
        """Its ID, made of the period's ID and its number."""
        return f"{self.period.replace('bp_', 'stm_', 1)}_{self.number}"


def statement_object(statement: Statement) -> dict[str, Any]:
    """Return a statement as the API and the event bus show it."""
    return {
        "id": statement.id,
        "object": "statement",
        "billing_period": statement.period,
        "number": statement.number,
        "as_of": statement.as_of,
        "created": statement.created,
        "line_count": statement.line_count,
        "event_count": statement.event_count,
        "unfinished_uploads": list(statement.unfinished_uploads),
        "file": {
            "key": statement.key,
            "version_id": statement.version_id,
            "size": statement.size,
            "sha256": statement.sha256,
            "url": f"/v1/billing_periods/{statement.period}/statements/{statement.number}/file",
        },
    }


STATEMENT_PREFIX = "statements/"


def statement_key(period: str, number: int) -> str:
    """Return the object key of a statement."""
    return f"{STATEMENT_PREFIX}{period}/{number}.csv"
