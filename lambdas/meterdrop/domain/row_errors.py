"""Every error of a bad row, in the file's column order, then those of absent columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meterdrop.domain.cells import LINE_BREAK, content
from meterdrop.domain.codes import RowCode
from meterdrop.domain.columns import EVENT_NAME, IDENTIFIER, TIMESTAMP, Layout
from meterdrop.domain.identifier import refuse_identifier
from meterdrop.domain.meter import Meter
from meterdrop.domain.parsers import Parsers, Plan
from meterdrop.domain.verdict import Refusal, RowError

_ABSENT = "the file has no such column, and the row's meter reads it."
_Found = Iterator[tuple[int, RowError]]
"""Errors with the position of their column."""


def errors_of(cells: Sequence[str], layout: Layout, parsers: Parsers) -> tuple[RowError, ...]:
    """Return the errors of a row; empty for a good one."""
    found = _Row(cells, layout, parsers).errors()
    return tuple(error for _, error in sorted(found, key=lambda item: item[0]))


def under_nameless(cells: Sequence[str], layout: Layout) -> int | None:
    """Return the position of the first cell that stands in a column without a name."""
    return next((at for at in layout.nameless if content(cells[at])), None)


@dataclass(slots=True)
class _Row:
    cells: Sequence[str]
    layout: Layout
    parsers: Parsers

    def errors(self) -> _Found:
        layout, parsers = self.layout, self.parsers
        for at, cell in enumerate(self.cells):
            if _is_broken(cell):
                name = layout.header[at] if at < layout.width else ""
                yield at, RowError(RowCode.FIELD_INVALID, name, LINE_BREAK)
        yield from self._refusal(TIMESTAMP, layout.timestamp, parsers.times[self._cell(layout.timestamp)])
        plan = parsers.plans[self._cell(layout.event_name)]
        yield from self._refusal(EVENT_NAME, layout.event_name, plan.refusal)
        if layout.identifier is not None and (identifier := content(self._cell(layout.identifier))):
            yield from self._refusal(IDENTIFIER, layout.identifier, refuse_identifier(identifier))
        misfits = list(self._misfits())
        yield from misfits
        # A row that does not fit its header, or has no meter, does not tell which cells are customer and value.
        if plan.meter is not None and not misfits:
            yield from self._customer_and_value(plan, plan.meter)
        own = () if plan.meter is None else (plan.meter.customer_key, plan.meter.value_key)
        for key, at in layout.payload.items():
            if key not in own:
                yield from self._refusal(layout.header[at], at, parsers.texts[self._cell(at)])

    def _customer_and_value(self, plan: Plan, meter: Meter) -> _Found:
        past = self.layout.width
        if plan.customer_at is None:
            yield past, RowError(RowCode.NO_CUSTOMER_DEFINED, meter.customer_column, _ABSENT)
        else:
            customer = self.parsers.customers[self._cell(plan.customer_at)]
            yield from self._refusal(meter.customer_column, plan.customer_at, customer)
        if plan.value_at is None:
            if plan.needs_value:
                yield past + 1, RowError(RowCode.VALUE_NOT_FOUND, meter.value_column, _ABSENT)
        else:
            value = self.parsers.values[self._cell(plan.value_at)]
            if value is None and plan.needs_value:
                value = Refusal(RowCode.VALUE_NOT_FOUND, "is empty; this meter needs a value.")
            yield from self._refusal(meter.value_column, plan.value_at, value)

    def _misfits(self) -> _Found:
        count, width = len(self.cells), self.layout.width
        if count != width:
            words = f"The row has {count} cells where the header has {width}."
            yield min(count, width), RowError(RowCode.FIELD_COUNT_MISMATCH, "", words)
        elif (at := under_nameless(self.cells, self.layout)) is not None:
            words = f"A cell stands in column {at + 1}, which has no name. Name the column or empty the cell."
            yield at, RowError(RowCode.FIELD_COUNT_MISMATCH, "", words)

    def _refusal(self, name: str, at: int, answer: object) -> _Found:
        if isinstance(answer, Refusal) and not _is_broken(self._cell(at)):
            yield at, RowError(answer.code, name, answer.message)

    def _cell(self, at: int) -> str:
        return self.cells[at] if at < len(self.cells) else ""


def _is_broken(cell: str) -> bool:
    return "\n" in cell or "\r" in cell
