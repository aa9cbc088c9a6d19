"""The results of validating a chunk: its valid rows, and its refused rows with all their errors."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.cells import content
from meterdrop.domain.files.errors import CellError, RowError
from meterdrop.domain.files.rows import Cells
from meterdrop.domain.metering.event import Event
from meterdrop.domain.validation.field_parsers import Parsers, Plan
from meterdrop.domain.validation.timestamp import TimeWindow, parse_timestamp
from meterdrop.domain.validation.usage_header import Layout

if TYPE_CHECKING:
    from meterdrop.domain.metering.meter import Meter


ValidRow = tuple[str, int, Plan, str, int, Decimal | None, Mapping[str, str]]
"""A good row: identifier or nothing, number, the plan of its meter, then as in `Event`, without the price of one."""


class ValidRows:
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

    def __iter__(self) -> Iterator[ValidRow]:
        """Return them in the order of the file."""
        rows: Any = zip(*self._columns, strict=True)
        return rows if self._count == len(self._is_good) else compress(rows, self._is_good)


class RefusedRow(NamedTuple):
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
) -> list[RefusedRow]:
    """Make many at once, which takes a fifth of making each."""
    return list(map(_AS_REFUSED, zip(ids, numbers, cells, errors, strict=True)))


_AS_REFUSED: Callable[[tuple[str | None, int, Cells, tuple[RowError, ...]]], RefusedRow] = partial(
    tuple.__new__, RefusedRow
)


class ChunkResult(NamedTuple):
    """The verdicts on a chunk, each kind in the order of its rows."""

    good: ValidRows
    refused: list[RefusedRow]

    def events(self, upload_id: str) -> Iterator[Event]:
        """Return the good rows as events."""
        for identifier, row, plan, customer, timestamp, value, payload in self.good:
            meter = cast("Meter", plan.meter)
            yield Event(identifier or f"{upload_id}:{row}", row, meter, customer, timestamp, value, payload)


_MAY_HAVE_BEEN_GOOD = frozenset({RowCode.ARCHIVED_METER, RowCode.CUSTOMER_NOT_FOUND, RowCode.TIMESTAMP_TOO_FAR_IN_PAST})


def event_of(refused: RefusedRow, layout: Layout, parsers: Parsers) -> Event | None:
    """Return the event that a refused row would be if all it names were there; None where it has other errors too."""
    if refused.id is None or not all(error.code in _MAY_HAVE_BEEN_GOOD for error in refused.errors):
        return None
    cells = [*refused.cells, *[""] * (layout.width - len(refused.cells))]
    plan = parsers.plans[cells[layout.event_name]]
    timestamp = parse_timestamp(content(cells[layout.timestamp]), TimeWindow(parsers.window.arrival))
    if (
        plan.meter is None
        or plan.shape is None
        or plan.shape.customer_position is None
        or isinstance(timestamp, CellError)
    ):
        return None
    customer = parsers.names[cells[plan.shape.customer_position]]
    value = None if plan.shape.value_position is None else parsers.values[cells[plan.shape.value_position]]
    payload = {key: text for key, at in plan.shape.others if (text := parsers.texts[cells[at]])}
    if isinstance(customer, CellError) or isinstance(value, CellError):
        return None
    texts = {key: text for key, text in payload.items() if isinstance(text, str)}
    return Event(refused.id, refused.row, plan.meter, customer, timestamp, value, texts)
