"""What must be known of a file before its first row is judged: which names to look up, and which rows may be one."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from meterdrop.domain.cells import content, refuse_text
from meterdrop.domain.columns import Layout
from meterdrop.domain.header import Header
from meterdrop.domain.identifier import identifier_of
from meterdrop.domain.odd_rows import refuse_unfit
from meterdrop.domain.rows import Chunk

_UPLOAD_ID = re.compile(r"upl_[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class Survey:
    """The names that a file's rows hold, refused rows included."""

    customers: frozenset[str]
    """Ids that stand in a customer column and could be registered."""
    repeated: frozenset[str]
    """Identifiers that could be those of more than one row."""
    has_unidentified: bool
    """Whether a row has no identifier."""
    row_count: int
    parent: str | None
    """The upload whose error file this is."""
    overflows: bool
    """Whether a row has more cells than the header."""


def survey(chunks: Iterable[Chunk], layout: Layout, customer_keys: Collection[str], upload_id: str) -> Survey | None:
    """Look through all rows of a file; returns None where there are none, raises FileFault where none fits."""
    customer_columns = [at for at in (layout.payload.get(key) for key in customer_keys) if at is not None]
    row_count = 0
    named: set[str] = set()
    parents: dict[str, None] = {}
    seen: set[str] = set()
    repeated: set[str] = set()
    has_overflow = False
    for chunk in refuse_unfit(chunks, layout):
        row_count += len(chunk.numbers) + len(chunk.odd)
        has_overflow = has_overflow or _overflows(chunk, layout)
        for at in customer_columns:
            named.update(_column(chunk, at))
        if layout.upload is not None:
            parents.update(dict.fromkeys(_column(chunk, layout.upload)))
        if layout.identifier is not None:
            for identifier in map(identifier_of, _column(chunk, layout.identifier)):
                if identifier in seen:
                    repeated.add(identifier)
                else:
                    seen.add(identifier)
    if not row_count:
        return None
    # An identifier may be spelt like the id of a row of this very upload.
    repeated.update(identifier for identifier in seen if identifier.startswith(upload_id + ":"))
    return Survey(
        customers=frozenset(name for name in map(content, named) if name and refuse_text(name) is None),
        repeated=frozenset(repeated - {""}),
        has_unidentified=layout.identifier is None or "" in seen,
        row_count=row_count,
        parent=_parent(parents, upload_id),
        overflows=has_overflow,
    )


def parent_of(chunks: Iterable[Chunk], layout: Header, upload_id: str) -> str | None:
    """Return the upload whose error file this is."""
    at = layout.upload
    return None if at is None else _parent((cell for chunk in chunks for cell in _column(chunk, at)), upload_id)


def overflows(chunks: Iterable[Chunk], layout: Header) -> bool:
    """Tell whether a row has more cells than the header."""
    return any(_overflows(chunk, layout) for chunk in chunks)


def _overflows(chunk: Chunk, layout: Header) -> bool:
    return any(len(cells) > layout.width for _, cells in chunk.odd)


def _parent(cells: Iterable[str], upload_id: str) -> str | None:
    return next((name for name in map(content, cells) if _UPLOAD_ID.fullmatch(name) and name != upload_id), None)


def _column(chunk: Chunk, at: int) -> Sequence[str]:
    """Return the cells of one column, odd rows last; those that are not there as empty."""
    if not chunk.odd:
        return chunk.columns[at]
    return [*chunk.columns[at], *(cells[at] if at < len(cells) else "" for _, cells in chunk.odd)]
