"""Judging rows: a function of the file's bytes, the upload's arrival, and the meters and customers as they were read.

This is the hot path. The cells of a chunk are parsed column by column; a row whose cells all turned out well is an
event, every other row goes to `errors_of`, which asks the same parsers.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import compress, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from meterdrop.domain.cells import content
from meterdrop.domain.columns import Layout
from meterdrop.domain.event import NO_PAYLOAD, Event
from meterdrop.domain.identifier import event_id, refuse_identifier
from meterdrop.domain.parsers import Parsers, Plan, Shape
from meterdrop.domain.row_errors import errors_of
from meterdrop.domain.rows import Cells, Chunk, Numbered
from meterdrop.domain.verdict import RowError

if TYPE_CHECKING:
    from meterdrop.domain.meter import Meter

_T = TypeVar("_T")
_Types = frozenset[type]
_INTEGER: _Types = frozenset({int})
_TEXT: _Types = frozenset({str})
_NUMBER: _Types = frozenset({Decimal})
_NUMBER_OR_NONE: _Types = frozenset({Decimal, type(None)})
_MAPPING: _Types = frozenset({dict})
_NOTHING: _Types = frozenset({type(None)})


Good = tuple[str, int, Plan, str, int, Decimal | None, Mapping[str, str]]
"""A good row: identifier or nothing, number, the plan of its meter, then as in `Event`, without the price of one."""


class Refused(NamedTuple):
    """A bad row with all its errors. `id` is None where its own identifier is at fault."""

    id: str | None
    row: int
    cells: Cells
    errors: tuple[RowError, ...]


class Judged(NamedTuple):
    """The verdicts on a chunk, each kind in the order of its rows."""

    good: list[Good]
    refused: list[Refused]

    def events(self, upload_id: str) -> Iterator[Event]:
        """Return the good rows as events."""
        for identifier, row, plan, customer, timestamp, value, payload in self.good:
            meter = cast("Meter", plan.meter)
            yield Event(identifier or f"{upload_id}:{row}", row, meter, customer, timestamp, value, payload)


def judge(chunk: Chunk, upload_id: str, layout: Layout, parsers: Parsers) -> Judged:
    """Judge the rows of a chunk."""
    good, bad = _sorted_out(chunk, layout, parsers)
    refused = [_refused((chunk.numbers[at], chunk.row(at)), upload_id, layout, parsers, is_odd=False) for at in bad]
    if chunk.odd:
        refused += [_refused(row, upload_id, layout, parsers, is_odd=True) for row in chunk.odd]
        refused.sort(key=itemgetter(1))
    return Judged(good, refused)


def _sorted_out(chunk: Chunk, layout: Layout, parsers: Parsers) -> tuple[list[Good], list[int]]:
    """Return the good ones of the rows in columns, and the places of the others."""
    plans = list(map(parsers.plans.__getitem__, chunk.columns[layout.event_name]))
    distinct = set(plans)
    shapes = {plan.shape for plan in distinct}
    if len(shapes) == 1:
        return _alike(shapes.pop(), chunk, plans, layout, parsers)
    good: list[Good] = []
    bad: list[int] = []
    for shape in shapes:
        places = [place for place, plan in enumerate(plans) if plan.shape == shape]
        part = Chunk(_picked(chunk.numbers, places), tuple(_picked(column, places) for column in chunk.columns), ())
        its_good, its_bad = _alike(shape, part, _picked(plans, places), layout, parsers)
        good += its_good
        bad += (places[at] for at in its_bad)
    good.sort(key=itemgetter(1))
    return good, sorted(bad)


def _alike(
    shape: Shape | None, chunk: Chunk, plans: Sequence[Plan], layout: Layout, parsers: Parsers
) -> tuple[list[Good], list[int]]:
    """Do the same for rows whose meters read the same columns."""
    columns, count = chunk.columns, len(plans)
    if shape is None or shape.customer_at is None or (shape.value_at is None and shape.needs_value):
        return [], list(range(count))
    times = list(map(parsers.times.__getitem__, columns[layout.timestamp]))
    customers = list(map(parsers.customers.__getitem__, columns[shape.customer_at]))
    values: Sequence[object] = (
        [None] * count if shape.value_at is None else list(map(parsers.values.__getitem__, columns[shape.value_at]))
    )
    identifiers = None if layout.identifier is None else list(map(_identifier, columns[layout.identifier]))
    payloads = [_payload(chunk, at, shape.others, parsers) for at in range(count)] if shape.others else None
    checks: list[tuple[Sequence[object], _Types]] = []
    if not parsers.times.is_spotless:
        checks.append((times, _INTEGER))
    if not parsers.customers.is_spotless:
        checks.append((customers, _TEXT))
    if shape.value_at is not None and not parsers.values.is_spotless:
        checks.append((values, _NUMBER if shape.needs_value else _NUMBER_OR_NONE))
    if identifiers is not None:
        checks.append((identifiers, _TEXT))
    if payloads is not None:
        checks.append((payloads, _MAPPING))
    if any(plan.refusal for plan in set(plans)):
        checks.append(([plan.refusal for plan in plans], _NOTHING))
    bad = {place for found, fine in checks for place in _places(found, fine)}
    own, others = identifiers or repeat("", count), payloads or repeat(NO_PAYLOAD, count)
    rows: Any = zip(own, chunk.numbers, plans, customers, times, values, others, strict=True)
    if not bad:
        return list(rows), []
    is_good = bytearray(b"\1") * count
    for place in bad:
        is_good[place] = 0
    return list(compress(rows, is_good)), sorted(bad)


def _places(found: Sequence[object], fine: _Types) -> Iterator[int]:
    """Return where answers are of another type than fine ones."""
    types = list(map(type, found))
    for other in set(types) - fine:
        place = -1
        for _ in range(types.count(other)):
            place = types.index(other, place + 1)
            yield place


def _refused(row: Numbered, upload_id: str, layout: Layout, parsers: Parsers, *, is_odd: bool) -> Refused:
    number, cells = row
    errors = errors_of(cells, layout, parsers, is_odd=is_odd)
    if not errors:
        raise RuntimeError(f"Row {number} was found neither good nor bad; this is a defect of Meterdrop.")
    at = layout.identifier
    identifier = "" if at is None or at >= len(cells) else content(cells[at])
    if not identifier:
        return Refused(event_id(upload_id, number), number, cells, errors)
    return Refused(None if refuse_identifier(identifier) else identifier, number, cells, errors)


def _identifier(cell: str) -> str | None:
    """Return a row's identifier, empty where it has none, None where it is refused."""
    identifier = content(cell)
    return None if identifier and refuse_identifier(identifier) else identifier


def _payload(chunk: Chunk, at: int, others: tuple[tuple[str, int], ...], parsers: Parsers) -> Mapping[str, str] | None:
    """Return a row's other payload, None where a cell of it is refused."""
    payload = {}
    for key, position in others:
        text = parsers.texts[chunk.columns[position][at]]
        if type(text) is not str:
            return None
        if text:
            payload[key] = text
    return payload


def _picked(items: Sequence[_T], places: Sequence[int]) -> list[_T]:
    return [items[place] for place in places]
