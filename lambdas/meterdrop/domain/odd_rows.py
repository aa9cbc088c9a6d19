"""Errors that a row of any kind of file may have: it does not fit the header, or a cell goes over lines."""

from collections.abc import Sequence

from meterdrop.domain.cells import LINE_BREAK
from meterdrop.domain.codes import RowCode
from meterdrop.domain.header import Header
from meterdrop.domain.rows import is_broken, under_nameless
from meterdrop.domain.verdict import Refusal, RowError

_BROKEN = Refusal(RowCode.FIELD_INVALID, LINE_BREAK)

Found = list[tuple[int, str, Refusal]]
"""Refusals with the position and the name of their column."""


def misfit_of(cells: Sequence[str], layout: Header) -> tuple[int, str, Refusal] | None:
    """Find what does not fit the header: too few or too many cells, or one in a column without a name."""
    count, width = len(cells), layout.width
    if count != width:
        words = f"The row has {count} cells where the header has {width}."
        return min(count, width), "", Refusal(RowCode.FIELD_COUNT_MISMATCH, words)
    if (at := under_nameless(cells, layout)) is not None:
        words = f"A cell stands in column {at + 1}, which has no name. Name the column or empty the cell."
        return at, "", Refusal(RowCode.FIELD_COUNT_MISMATCH, words)
    return None


def with_broken(found: Found, cells: Sequence[str], layout: Header) -> Found:
    """Put a line break before whatever else is wrong with its cell."""
    # What goes beyond the header has one column in the error file, and one error.
    broken = [at for at, cell in enumerate(cells[: layout.width]) if is_broken(cell)]
    if any(map(is_broken, cells[layout.width :])):
        broken.append(layout.width)
    if not broken:
        return found
    names = [layout.header[at] if at < layout.width else "" for at in broken]
    others = [one for one in found if one[0] not in broken or not one[1]]
    return others + [(at, name, _BROKEN) for at, name in zip(broken, names, strict=True)]


def in_column_order(found: Found) -> tuple[RowError, ...]:
    """Return the errors of a row in the file's column order."""
    if len(found) > 1:
        found.sort(key=_position)
    return tuple([RowError(refusal.code, name, refusal.message) for _, name, refusal in found])


def _position(found: tuple[int, str, Refusal]) -> int:
    return found[0]
