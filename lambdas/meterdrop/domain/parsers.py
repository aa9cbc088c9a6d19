"""The parsers of one upload's cells. Their answers are remembered by the cell as it stands in the file.

Usage files repeat event names, customers, days and values, so most cells cost one look-up.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

from meterdrop.domain.cells import excerpt, refuse_text
from meterdrop.domain.codes import RowCode
from meterdrop.domain.columns import Layout
from meterdrop.domain.memo import CellMemo, Memo, ParserMemo, Remembered
from meterdrop.domain.meter import Meter
from meterdrop.domain.timestamp import Window, parse_timestamp
from meterdrop.domain.value import parse_value
from meterdrop.domain.verdict import Refusal, RowError


class Shape(NamedTuple):
    """Where the cells of a row stand that its own meter reads; None where the file lacks the column."""

    customer_at: int | None
    value_at: int | None
    needs_value: bool
    others: tuple[tuple[str, int], ...]
    """The other payload columns: key and position."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How the rows of one event name are read. `meter` and `shape` are None where no meter has the name."""

    refusal: Refusal | None
    meter: Meter | None = None
    shape: Shape | None = None


class Parsers:
    """What each kind of cell is, by the upload's layout and window and the catalog as it was read."""

    __slots__ = (
        "_are_registered",
        "_layout",
        "_meters",
        "_named",
        "cells_at",
        "customers",
        "errors",
        "identities",
        "names",
        "plans",
        "registered",
        "texts",
        "times",
        "values",
        "window",
    )

    def __init__(
        self,
        layout: Layout,
        meters: Mapping[str, Meter],
        window: Window,
        registered: frozenset[str] = frozenset(),
        *,
        is_of_semicolons: bool = False,
    ) -> None:
        """Take the meters by event name, and the registered customers where they are known.

        `is_of_semicolons` tells whether semicolons stand between the file's cells.
        """
        self._layout = layout
        self._meters = meters
        self.window = window
        self.registered = registered
        """Of the registered customers at least those that the file names. No row is judged before they are known."""
        self.identities: Mapping[int, str | Refusal] = {}
        """The ids of rows, by number, that their identifiers do not tell. No row is judged before they are known."""
        self.plans = CellMemo(self._plan)
        self.names = CellMemo(_name)
        """Of customers, registered or not."""
        self._named, self._are_registered = 0, True
        self.customers = ParserMemo[str | Refusal, str | Refusal](self._customer)
        """By their names."""
        self.times = CellMemo[int | Refusal](lambda text: parse_timestamp(text, window))
        self.values = CellMemo[Decimal | Refusal | None](
            lambda text: parse_value(text, is_of_semicolons=is_of_semicolons) if text else None
        )
        self.texts = CellMemo[str | Refusal](lambda text: refuse_text(text) or text)
        self.cells_at = Memo(_picking)
        """Functions that take a row's cells at these positions."""
        self.errors = Remembered[tuple[object, ...], tuple[RowError, ...]]()
        """The errors of rows, by the plan, the places of the cells at fault, and these cells."""

    @property
    def value_columns(self) -> frozenset[int]:
        """Where the file has the value column of a meter."""
        payload = self._layout.payload
        return frozenset(payload[meter.value_key] for meter in self._meters.values() if meter.value_key in payload)

    @property
    def misses(self) -> int:
        """How many cells were parsed."""
        return sum(memo.answered for memo in (self.plans, self.names, self.times, self.values, self.texts))

    @property
    def are_registered(self) -> bool:
        """Whether everybody who was named so far is known to be a registered customer."""
        names = self.names
        if self._named != names.answered:
            self._named = names.answered
            self._are_registered = not names.has_forgotten and self.registered.issuperset(names.values())
        return self._are_registered

    def _plan(self, event_name: str) -> Plan:
        if not event_name:
            return Plan(Refusal(RowCode.EVENT_NAME_MISSING, "is empty. Write the event name of a meter."))
        if refusal := refuse_text(event_name):
            return Plan(refusal)
        meter = self._meters.get(event_name)
        if meter is None:
            return Plan(Refusal(RowCode.NO_METER, f"no meter has the event name {excerpt(event_name)}."))
        archived = Refusal(RowCode.ARCHIVED_METER, f"the meter {excerpt(event_name)} is deactivated.")
        payload = self._layout.payload
        own = {meter.customer_key, meter.value_key}
        shape = Shape(
            payload.get(meter.customer_key),
            payload.get(meter.value_key),
            meter.needs_value,
            tuple((key, at) for key, at in payload.items() if key not in own),
        )
        return Plan(None if meter.active else archived, meter, shape)

    def _customer(self, name: str | Refusal) -> str | Refusal:
        if isinstance(name, Refusal) or name in self.registered:
            return name
        return Refusal(RowCode.CUSTOMER_NOT_FOUND, f"no customer {excerpt(name)} is registered.")


def _name(text: str) -> str | Refusal:
    if not text:
        return Refusal(RowCode.NO_CUSTOMER_DEFINED, "is empty. Write the id of a customer.")
    return refuse_text(text) or text


def _picking(positions: tuple[int, ...]) -> Callable[[Sequence[str]], object]:
    return itemgetter(*positions) if positions else lambda _: ()
