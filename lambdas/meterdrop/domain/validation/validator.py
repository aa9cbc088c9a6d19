"""Validates rows: a function of the file's bytes, the upload's arrival, and the meters and customers as read.

This is the hot path. The cells of a chunk are parsed column by column (`parsed_columns`). A row whose cells are
all valid is an event. `errors_of` finds the errors of every other row with the same parsers, and caches them by the
invalid cells.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple, TypeVar

from meterdrop.domain.files.csv_file import CsvFile, Span
from meterdrop.domain.files.errors import Refusal, RowError
from meterdrop.domain.files.rows import Cells, Chunk, Columns, Numbered, cells_of, read_rows
from meterdrop.domain.ids import event_id
from meterdrop.domain.validation.field_parsers import Parsers, Plan, Shape, identifier_of, refuse_identifier
from meterdrop.domain.validation.parsed_columns import Answers, Faults, answers_of, customers_of, payloads_of
from meterdrop.domain.validation.results import GoodRows, Judged, Refused, refused_rows
from meterdrop.domain.validation.row_errors import errors_of
from meterdrop.domain.validation.usage_header import Layout

_T = TypeVar("_T")


class Asked(NamedTuple):
    """What the cells of a chunk say before it is known who is registered; of a chunk that has a span."""

    numbers: Sequence[int]
    plans: Sequence[Plan]
    answers: Answers
    span: Span
    cells: Mapping[int, Cells]
    """Of the rows at fault by their places, where these are few: what is at hand need not be looked for."""


_FEW = 1 / 16


def ask(chunk: Chunk, layout: Layout, parsers: Parsers) -> Asked | None:
    """Ask about the cells of a chunk all of whose rows are read alike; None for any other."""
    plans, distinct, shapes = _plans(chunk, layout, parsers)
    if chunk.span is None or len(shapes) != 1:
        return None
    answers = answers_of(chunk.columns, plans, distinct, layout, parsers)
    is_few = len(answers.faults) <= _FEW * len(plans)
    cells = {place: chunk.row(place) for place in answers.faults} if is_few else {}
    return Asked(chunk.numbers, plans, answers, chunk.span, cells)


def judge_asked(asked: Asked, upload_id: str, file: CsvFile, layout: Layout, parsers: Parsers) -> Judged:
    """Judge the rows of a chunk by what its cells were found to say."""

    def cells_at(places: Sequence[int]) -> list[Cells]:
        if asked.cells.keys() >= set(places):
            return [asked.cells[place] for place in places]
        return cells_of(file, layout, asked.span, [(asked.numbers[place], place) for place in places])

    return _judged((asked.numbers, asked.plans, asked.answers), cells_at, upload_id, layout, parsers)


def judge(chunk: Chunk, upload_id: str, layout: Layout, parsers: Parsers) -> Judged:
    """Judge the rows of a chunk."""
    plans, distinct, shapes = _plans(chunk, layout, parsers)
    if len(shapes) == 1:
        judged = _alike((chunk.numbers, chunk.columns, plans), distinct, upload_id, layout, parsers)
    else:
        parts = _parts(chunk, plans, shapes)
        judged = _merged([_alike(part, set(part[2]), upload_id, layout, parsers) for part in parts])
    if chunk.odd:
        odd = (_odd(row, upload_id, layout, parsers) for row in chunk.odd)
        return Judged(judged.good, sorted([*judged.refused, *odd], key=itemgetter(1)))
    return judged


def _plans(chunk: Chunk, layout: Layout, parsers: Parsers) -> tuple[list[Plan], set[Plan], set[Shape | None]]:
    """Return how each row is read, and which ways of it there are."""
    plans = list(map(parsers.plans.__getitem__, chunk.columns[layout.event_name]))
    distinct = set(plans)
    return plans, distinct, {plan.shape for plan in distinct}


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

    def cells_at(places: Sequence[int]) -> list[Cells]:
        return list(zip(*(_picked(column, places) for column in columns), strict=True))

    answers = answers_of(columns, plans, distinct, layout, parsers)
    return _judged((numbers, plans, answers), cells_at, upload_id, layout, parsers)


_Answered = tuple[Sequence[int], Sequence[Plan], Answers]
"""Rows: their numbers, their plans, what their cells say."""


def _judged(
    rows: _Answered,
    cells_at: Callable[[Sequence[int]], Sequence[Cells]],
    upload_id: str,
    layout: Layout,
    parsers: Parsers,
) -> Judged:
    """Judge rows; `cells_at` returns the cells of those at some places."""
    numbers, plans, answers = rows
    customers, faults = customers_of(answers, parsers)
    own = [""] * len(plans) if answers.identifiers is None else answers.identifiers
    if parsers.identities:
        own, faults = _identified(numbers, own, faults, layout, parsers.identities)
    values = [None] * len(plans) if answers.values is None else answers.values
    is_good = bytearray(b"\1") * len(plans)
    for place in faults:
        is_good[place] = 0
    columns = (own, numbers, plans, customers, answers.times, values, payloads_of(answers))
    good = GoodRows(columns, is_good, len(plans) - len(faults))
    if not faults:
        return Judged(good, [])
    # What goes for all bad rows is done for all at once: row by row it takes four times as long.
    places = sorted(faults)
    pick = _picking(places)
    ids = [f"{upload_id}:{row}" if id_ == "" else id_ for id_, row in zip(pick(own), pick(numbers), strict=True)]
    at_fault = zip(pick(plans), pick(faults), strict=True)
    return Judged(good, _refused((ids, pick(numbers), cells_at(places)), at_fault, layout, parsers))


def _identified(
    numbers: Sequence[int],
    own: Sequence[str | None],
    faults: Faults,
    layout: Layout,
    identities: Mapping[int, str | Refusal],
) -> tuple[list[str | None], Faults]:
    """Return identifiers and faults of rows, some of which are known by other means than their own cells."""
    ids, found = list(own), dict(faults)
    for place, number in enumerate(numbers):
        id_ = identities.get(number)
        if isinstance(id_, Refusal):
            ids[place] = None
            found[place] = (*found.get(place, ()), layout.identity)
        elif id_ is not None:
            ids[place] = id_
    return ids, found


def _refused(
    rows: tuple[Sequence[str | None], Sequence[int], Sequence[Cells]],
    at_fault: Iterable[tuple[Plan, tuple[int, ...]]],
    layout: Layout,
    parsers: Parsers,
) -> list[Refused]:
    """Return bad rows, given by id, number and cells, with plan and places of the cells at fault."""
    ids, numbers, cells = rows
    # All rows of a plan with the same cells at fault have the same errors; those of an identity are of one row alone.
    cells_at, identities = parsers.cells_at, parsers.identities
    alike = [
        (plan, at, cells_at[at](row), _refusal(identities, number))
        for (plan, at), number, row in zip(at_fault, numbers, cells, strict=True)
    ]
    known = parsers.errors
    errors = [
        known.get(key) or known.keep(key, _found(number, errors_of(row, layout, parsers, key[3], is_odd=False)))
        for key, number, row in zip(alike, numbers, cells, strict=True)
    ]
    return refused_rows(ids, numbers, cells, errors)


def _refusal(identities: Mapping[int, str | Refusal], number: int) -> Refusal | None:
    identity = identities.get(number)
    return identity if isinstance(identity, Refusal) else None


def _found(number: int, errors: tuple[RowError, ...]) -> tuple[RowError, ...]:
    if not errors:
        raise RuntimeError(f"Row {number} was found neither good nor bad; this is a defect of Meterdrop.")
    return errors


def _odd(row: Numbered, upload_id: str, layout: Layout, parsers: Parsers) -> Refused:
    """Judge a row that does not fit the header, or holds a line break."""
    number, cells = row
    known = parsers.identities.get(number)
    errors = _found(number, errors_of(cells, layout, parsers, _refusal(parsers.identities, number), is_odd=True))
    if known is not None:
        return Refused(None if isinstance(known, Refusal) else known, number, cells, errors)
    at = layout.identifier
    identifier = "" if at is None or at >= len(cells) else identifier_of(cells[at])
    if not identifier:
        return Refused(event_id(upload_id, number), number, cells, errors)
    return Refused(None if refuse_identifier(identifier) else identifier, number, cells, errors)


def _picked(items: Sequence[_T], places: Sequence[int]) -> list[_T]:
    return [items[place] for place in places]


def _picking(places: Sequence[int]) -> Callable[[Sequence[_T] | Mapping[int, _T]], Sequence[_T]]:
    """Return a function that takes what stands at these places, of which there is at least one."""
    return itemgetter(*places) if len(places) > 1 else lambda items: [items[places[0]]]


_KEPT = 12 * 1024 * 1024
"""Bytes that may be kept, by the estimates below. A file that takes more is read again to be judged."""
_POINTER = 8
_CELL = 70  # a short text of its own, and a pointer to it
_ANSWER = 150  # an answer that was not known before, and the cell that asked for it
_FAULT = 100


class Reading:
    """Reads all rows, then judges them.

    Cells repeat themselves, and so do answers to them: kept as answers, a row takes some pointers.
    """

    def __init__(self, file: CsvFile, layout: Layout, parsers: Parsers) -> None:
        """Take what a file is read by."""
        self._file = file
        self._layout = layout
        self._parsers = parsers
        self._kept: deque[Asked | Chunk] | None = None

    def chunks(self) -> Iterator[Chunk]:
        """Read all rows, and keep what they say as long as that is little."""
        kept, size = deque[Asked | Chunk](), 0
        for chunk in read_rows(self._file, self._layout):
            if size <= _KEPT:
                misses = self._parsers.misses
                asked = ask(chunk, self._layout, self._parsers)
                kept.append(chunk if asked is None else asked)
                size += (self._parsers.misses - misses) * _ANSWER + (_size(chunk) if asked is None else _asked(asked))
                if size > _KEPT:
                    kept.clear()
            yield chunk
        self._kept = kept if size <= _KEPT else None

    def judged(self, upload_id: str) -> Iterator[Judged]:
        """Judge all rows, in order: always the same answers, the first time from what is kept, which is let go of."""
        kept, self._kept = self._kept, None
        file, layout, parsers = self._file, self._layout, self._parsers
        if kept is None:
            for chunk in read_rows(file, layout):
                yield judge(chunk, upload_id, layout, parsers)
            return
        while kept:
            rows = kept.popleft()
            if isinstance(rows, Asked):
                yield judge_asked(rows, upload_id, file, layout, parsers)
            else:
                yield judge(rows, upload_id, layout, parsers)


def _asked(asked: Asked) -> int:
    identifiers, texts, faults = asked.answers.identifiers, asked.answers.texts, asked.answers.faults
    of_row = (4 + len(texts)) * _POINTER + (0 if identifiers is None else _CELL)
    return of_row * len(asked.plans) + _FAULT * len(faults)


def _size(chunk: Chunk) -> int:
    return _CELL * (len(chunk.columns) * len(chunk.numbers) + sum(len(cells) for _, cells in chunk.odd))
