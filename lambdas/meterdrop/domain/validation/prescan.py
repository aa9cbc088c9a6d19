"""Reads a file before its rows are validated: collects the customers, identifiers and row references to look up."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from meterdrop.domain.files.cells import content, refuse_text
from meterdrop.domain.files.header import Header
from meterdrop.domain.files.irregular_rows import check_first_rows
from meterdrop.domain.files.rows import Chunk
from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.validation.field_parsers import parse_identifier
from meterdrop.domain.validation.row_reference import RowReference, references_of
from meterdrop.domain.validation.usage_header import Layout


@dataclass(frozen=True, slots=True)
class FileSummary:
    """The contents of a file that must be looked up, including those of refused rows."""

    customers: frozenset[str]
    """IDs in customer columns that could be registered."""
    repeated: frozenset[str]
    """Identifiers that occur in more than one row."""
    has_unidentified: bool
    """Whether a row has no identifier and doesn't refer to an earlier row."""
    references: tuple[RowReference, ...]
    """References to rows of earlier uploads."""
    row_count: int
    overflows: bool
    """Whether a row has more cells than the header."""


def prescan(chunks: Iterable[Chunk], layout: Layout, customer_keys: Collection[str]) -> FileSummary | None:
    """Read all rows of a file. Return None if there are none. Raises FileError if no row matches the header."""
    customer_columns = [
        position for position in (layout.payload.get(key) for key in customer_keys) if position is not None
    ]
    row_count = 0
    customer_cells: set[str] = set()
    references: list[RowReference] = []
    unidentified_count = 0
    seen: set[str] = set()
    repeated: set[str] = set()
    has_overflow = False
    for chunk in check_first_rows(chunks, layout):
        row_count += len(chunk.numbers) + len(chunk.irregular)
        has_overflow = has_overflow or _overflows(chunk, layout)
        for position in customer_columns:
            customer_cells.update(cells_of(chunk, position))
        references += references_of(chunk, layout)
        if layout.identifier is None:
            unidentified_count += len(chunk.numbers) + len(chunk.irregular)
        else:
            for identifier in map(parse_identifier, cells_of(chunk, layout.identifier)):
                if not identifier:
                    unidentified_count += 1
                elif identifier in seen:
                    repeated.add(identifier)
                else:
                    seen.add(identifier)
    if not row_count:
        return None
    return FileSummary(
        customers=frozenset(name for name in map(content, customer_cells) if name and refuse_text(name) is None),
        repeated=frozenset(repeated),
        has_unidentified=unidentified_count > sum(not each.identifier for each in references),
        references=tuple(references),
        row_count=row_count,
        overflows=has_overflow,
    )


def parent_of(chunks: Iterable[Chunk], layout: Header, upload_id: str) -> str | None:
    """Return the ID of the upload whose error file this is, None for other files."""
    position = layout.upload
    if position is None:
        return None
    names = (content(cell) for chunk in chunks for cell in cells_of(chunk, position))
    return next((name for name in names if UPLOAD_ID.fullmatch(name) and name != upload_id), None)


def overflows(chunks: Iterable[Chunk], layout: Header) -> bool:
    """Return whether a row has more cells than the header."""
    return any(_overflows(chunk, layout) for chunk in chunks)


def _overflows(chunk: Chunk, layout: Header) -> bool:
    return any(len(cells) > layout.width for _, cells in chunk.irregular)


def cells_of(chunk: Chunk, position: int) -> Sequence[str]:
    """Return the cells of one column, irregular rows last. Missing cells are empty."""
    if not chunk.irregular:
        return chunk.columns[position]
    return [
        *chunk.columns[position],
        *(cells[position] if position < len(cells) else "" for _, cells in chunk.irregular),
    ]
