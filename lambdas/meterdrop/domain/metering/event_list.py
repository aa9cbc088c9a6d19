"""Event lists: the IDs of an owner's events in one hour, as short texts in the order of rows.

`7` and `9-12` are rows whose IDs are `<owner>:<row>`. `=<identifier>` is an identifier.
"""

from collections.abc import Sequence
from operator import sub

from meterdrop.domain.ids import event_id, scoped_id

_IDENTIFIER = "="


def write_event_list(rows: Sequence[int], identifiers: Sequence[str | None] | None = None) -> list[str]:
    """Return the list of events in the order of their rows; the identifier is None for a row's own ID."""
    if identifiers is None:
        if 1 not in map(sub, rows[1:], rows):  # no row follows another, as in most lists of large files
            return list(map(str, rows))
        identifiers = [None] * len(rows)
    entries: list[str] = []
    first = last = 0
    for row, identifier in zip(rows, identifiers, strict=True):
        if identifier is None and first and row == last + 1:
            last = row
            continue
        if first:
            entries.append(_run(first, last))
            first = 0
        if identifier is None:
            first = last = row
        else:
            entries.append(_IDENTIFIER + identifier)
    if first:
        entries.append(_run(first, last))
    return entries


def read_event_list(entries: Sequence[str], owner: str, partner: str | None = None) -> list[str]:
    """Return the IDs of an owner's events among those of all partners, in the order of their rows."""
    ids: list[str] = []
    for entry in entries:
        if entry.startswith(_IDENTIFIER):
            ids.append(scoped_id(partner, entry[1:]))
            continue
        first, _, last = entry.partition("-")
        ids += [event_id(owner, row) for row in range(int(first), int(last or first) + 1)]
    return ids


def _run(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
