"""Control totals: what a file should contain, compared with what it contains."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from meterdrop.domain.decimals import plain


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of a file. `row_count` is None if the rows aren't counted."""

    row_count: int | None = None
    sums: Mapping[str, Decimal] = field(default_factory=dict)
    """The sum of the values of each event name."""


@dataclass(frozen=True, slots=True)
class Control:
    """The declared totals of a file, and the same totals as found."""

    declared: Totals
    found: Totals

    @property
    def matches(self) -> bool:
        """Whether all declared totals are equal to those found, as numbers."""
        return self.declared == self.found


def control_object(control: Control) -> dict[str, Any]:
    """Return the comparison as a JSON object."""
    return {
        "declared": _totals_object(control.declared),
        "found": _totals_object(control.found),
        "matches": control.matches,
    }


def _totals_object(totals: Totals) -> dict[str, Any]:
    return {"row_count": totals.row_count, "sums": {name: plain(number) for name, number in totals.sums.items()}}
