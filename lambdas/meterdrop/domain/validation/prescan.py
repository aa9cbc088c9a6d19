"""What must be known of a file before its first row is judged: which names to look up, and which rows may be one."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from meterdrop.domain.files.cells import content, refuse_text
from meterdrop.domain.files.header import Header
from meterdrop.domain.files.irregular_rows import refuse_unfit
from meterdrop.domain.files.rows import Chunk
from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.validation.field_parsers import identifier_of
from meterdrop.domain.validation.row_reference import RowReference, references_of
from meterdrop.domain.validation.usage_header import Layout


@dataclass(frozen=True, slots=True)
class FileSummary:
    """The names that a file's rows hold, refused rows included."""

    customers: frozenset[str]
    """Ids that stand in a customer column and could be registered."""
    repeated: frozenset[str]
    """Identifiers that could be those of more than one row."""
    has_unidentified: bool
    """Whether a row has no identifier and says of no earlier row that it is the same."""
    references: tuple[RowReference, ...]
    """The rows that say which row of an earlier upload they are."""
    row_count: int
    overflows: bool
    """Whether a row has more cells than the header."""


def prescan(chunks: Iterable[Chunk], layout: Layout, customer_keys: Collection[str]) -> FileSummary | None:
    """Look through all rows of a file; returns None where there are none, raises FileFault where none fits."""
    customer_columns = [at for at in (layout.payload.get(key) for key in customer_keys) if at is not None]
    row_count = 0
    named: set[str] = set()
    references: list[RowReference] = []
    without = 0
    seen: set[str] = set()
    repeated: set[str] = set()
    has_overflow = False
    for chunk in refuse_unfit(chunks, layout):
        row_count += len(chunk.numbers) + len(chunk.irregular)
        has_overflow = has_overflow or _overflows(chunk, layout)
        for at in customer_columns:
            named.update(_column(chunk, at))
        references += references_of(chunk, layout)
        if layout.identifier is None:
            without += len(chunk.numbers) + len(chunk.irregular)
        else:
            for identifier in map(identifier_of, _column(chunk, layout.identifier)):
                if not identifier:
                    without += 1
                elif identifier in seen:
                    repeated.add(identifier)
                else:
                    seen.add(identifier)
    if not row_count:
        return None
    return FileSummary(
        customers=frozenset(name for name in map(content, named) if name and refuse_text(name) is None),
        repeated=frozenset(repeated),
        has_unidentified=without > sum(not each.identifier for each in references),
        references=tuple(references),
        row_count=row_count,
        overflows=has_overflow,
    )


def parent_of(chunks: Iterable[Chunk], layout: Header, upload_id: str) -> str | None:
    """Return the upload whose error file this is."""
    at = layout.upload
    if at is None:
        return None
    names = (content(cell) for chunk in chunks for cell in _column(chunk, at))
    return next((name for name in names if UPLOAD_ID.fullmatch(name) and name != upload_id), None)


def overflows(chunks: Iterable[Chunk], layout: Header) -> bool:
    """Tell whether a row has more cells than the header."""
    return any(_overflows(chunk, layout) for chunk in chunks)


def _overflows(chunk: Chunk, layout: Header) -> bool:
    return any(len(cells) > layout.width for _, cells in chunk.irregular)


def _column(chunk: Chunk, at: int) -> Sequence[str]:
    """Return the cells of one column, odd rows last; those that are not there as empty."""
    if not chunk.irregular:
        return chunk.columns[at]
    return [*chunk.columns[at], *(cells[at] if at < len(cells) else "" for _, cells in chunk.irregular)]
