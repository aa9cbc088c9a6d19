"""Judging rows: a function of the file's bytes, the upload's arrival, and the meters and customers as they were read.

This is the hot path. The cells of a chunk are parsed column by column (`answers`); a row whose cells all turned out
well is an event. The errors of every other row are found by `errors_of`, which asks the same parsers, and remembered
by the cells at fault.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import compress
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from meterdrop.domain.answers import Faults, answers_of
from meterdrop.domain.cells import content
from meterdrop.domain.columns import Layout
from meterdrop.domain.event import Event
from meterdrop.domain.identifier import event_id, refuse_identifier
from meterdrop.domain.parsers import Parsers, Plan, Shape
from meterdrop.domain.row_errors import errors_of
from meterdrop.domain.rows import Cells, Chunk, Columns, Numbered
from meterdrop.domain.verdict import RowError

if TYPE_CHECKING:
    from meterdrop.domain.meter import Meter

_T = TypeVar("_T")


Good = tuple[str, int, Plan, str, int, Decimal | None, Mapping[str, str]]
"""A good row: identifier or nothing, number, the plan of its meter, then as in `Event`, without the price of one."""


class GoodRows:
    """The good rows of a chunk. They are kept as columns: a row is made only while it is looked at."""

    __slots__ = ("_columns", "_count", "_is_good")

    def __init__(self, columns: Sequence[Sequence[object]], is_good: Sequence[int], count: int) -> None:
        """Take the columns of `Good`, which of their rows are good, and how many these are."""
        self._columns = columns
        self._is_good = is_good
        self._count = count

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    def __iter__(self) -> Iterator[Good]:
        """Return them in the order of the file."""
        rows: Any = zip(*self._columns, strict=True)
        return rows if self._count == len(self._is_good) else compress(rows, self._is_good)


class Refused(NamedTuple):
    """A bad row with all its errors. `id` is None where its own identifier is at fault."""

    id: str | None
    row: int
    cells: Cells
    errors: tuple[RowError, ...]


def refused_rows(
    ids: Iterable[str | None],
    numbers: Iterable[int],
    cells: Iterable[Cells],
    errors: Iterable[tuple[RowError, ...]],
) -> list[Refused]:
    """Make many at once, which takes a fifth of making each."""
    return list(map(_AS_REFUSED, zip(ids, numbers, cells, errors, strict=True)))


_AS_REFUSED: Callable[[tuple[str | None, int, Cells, tuple[RowError, ...]]], Refused] = partial(tuple.__new__, Refused)


class Judged(NamedTuple):
    """The verdicts on a chunk, each kind in the order of its rows."""

    good: GoodRows
    refused: list[Refused]

    def events(self, upload_id: str) -> Iterator[Event]:
        """Return the good rows as events."""
        for identifier, row, plan, customer, timestamp, value, payload in self.good:
            meter = cast("Meter", plan.meter)
            yield Event(identifier or f"{upload_id}:{row}", row, meter, customer, timestamp, value, payload)


def judge(chunk: Chunk, upload_id: str, layout: Layout, parsers: Parsers) -> Judged:
    """Judge the rows of a chunk."""
    plans = list(map(parsers.plans.__getitem__, chunk.columns[layout.event_name]))
    distinct = set(plans)
    shapes = {plan.shape for plan in distinct}
    if len(shapes) == 1:
        judged = _alike((chunk.numbers, chunk.columns, plans), distinct, upload_id, layout, parsers)
    else:
        parts = _parts(chunk, plans, shapes)
        judged = _merged([_alike(part, set(part[2]), upload_id, layout, parsers) for part in parts])
    if chunk.odd:
        odd = (_odd(row, upload_id, layout, parsers) for row in chunk.odd)
        return Judged(judged.good, sorted([*judged.refused, *odd], key=itemgetter(1)))
    return judged


_Part = tuple[Sequence[int], Columns, Sequence[Plan]]
"""Rows: their numbers, their cells by column, their plans."""


def _parts(chunk: Chunk, plans: Sequence[Plan], shapes: set[Shape | None]) -> Iterator[_Part]:
    """Return rows apart whose meters read different columns."""
    for shape in shapes:
        places = [place for place, plan in enumerate(plans) if plan.shape == shape]
        columns = tuple(_picked(column, places) for column in chunk.columns)
        yield _picked(chunk.numbers, places), columns, _picked(plans, places)


def _merged(parts: Sequence[Judged]) -> Judged:
    """Put rows back into the file's order."""
    good = sorted((row for part in parts for row in part.good), key=itemgetter(1))
    columns = tuple(zip(*good, strict=True))
    refused = sorted((row for part in parts for row in part.refused), key=itemgetter(1))
    return Judged(GoodRows(columns, range(len(good)), len(good)), refused)


def _alike(part: _Part, distinct: Collection[Plan], upload_id: str, layout: Layout, parsers: Parsers) -> Judged:
    """Judge rows whose meters read the same columns."""
    numbers, columns, plans = part
    answers = answers_of(columns, plans, distinct, layout, parsers)
    identifiers, customers, times, values, payloads, faults = answers
    own = [""] * len(plans) if identifiers is None else identifiers
    is_good = bytearray(b"\1") * len(plans)
    for place in faults:
        is_good[place] = 0
    rows = (own, numbers, plans, customers, times, values, payloads)
    good = GoodRows(rows, is_good, len(plans) - len(faults))
    if not faults:
        return Judged(good, [])
    return Judged(good, _refused((own, numbers, plans, columns), faults, upload_id, layout, parsers))


def _refused(
    rows: tuple[Sequence[str | None], Sequence[int], Sequence[Plan], Columns],
    faults: Faults,
    upload_id: str,
    layout: Layout,
    parsers: Parsers,
) -> list[Refused]:
    """Return the bad rows among `rows`: identifiers as in `Answers`, numbers, plans, cells by column."""
    # What goes for all bad rows is done for all at once: row by row it takes four times as long.
    own, numbers, plans, columns = rows
    pick = _picking(sorted(faults))
    numbers, plans, at_faults = pick(numbers), pick(plans), pick(faults)
    cells = list(zip(*map(pick, columns), strict=True))
    ids = [f"{upload_id}:{number}" if id_ == "" else id_ for id_, number in zip(pick(own), numbers, strict=True)]
    # All rows of a plan with the same cells at fault have the same errors.
    cells_at = parsers.cells_at
    alike = [(plan, at, cells_at[at](row)) for plan, at, row in zip(plans, at_faults, cells, strict=True)]
    known = parsers.errors
    errors = [
        known.get(key) or known.keep(key, _found(number, errors_of(row, layout, parsers, is_odd=False)))
        for key, number, row in zip(alike, numbers, cells, strict=True)
    ]
    return refused_rows(ids, numbers, cells, errors)


def _found(number: int, errors: tuple[RowError, ...]) -> tuple[RowError, ...]:
    if not errors:
        raise RuntimeError(f"Row {number} was found neither good nor bad; this is a defect of Meterdrop.")
    return errors


def _odd(row: Numbered, upload_id: str, layout: Layout, parsers: Parsers) -> Refused:
    """Judge a row that does not fit the header, or holds a line break."""
    number, cells = row
    errors = _found(number, errors_of(cells, layout, parsers, is_odd=True))
    at = layout.identifier
    identifier = "" if at is None or at >= len(cells) else content(cells[at])
    if not identifier:
        return Refused(event_id(upload_id, number), number, cells, errors)
    return Refused(None if refuse_identifier(identifier) else identifier, number, cells, errors)


def _picked(items: Sequence[_T], places: Sequence[int]) -> list[_T]:
    return [items[place] for place in places]


def _picking(places: Sequence[int]) -> Callable[[Sequence[_T] | Mapping[int, _T]], Sequence[_T]]:
    """Return a function that takes what stands at these places, of which there is at least one."""
    return itemgetter(*places) if len(places) > 1 else lambda items: [items[places[0]]]
