"""Event lists: the IDs of a contribution's events as text, in the order of rows.

A line that starts with a tab is a row number or a range of rows whose IDs are `<owner>:<row>`. Every other line is an
identifier. Identifiers can't contain tabs.
"""

from collections.abc import Iterable, Iterator

from meterdrop.domain.ids import event_id

_OWN = "\t"


def write_event_list(events: Iterable[tuple[int, str | None]]) -> Iterator[str]:
    """Return the lines for events in the order of their rows: row and identifier, None for a row's own ID."""
    first = last = 0
    for row, identifier in events:
        if identifier is None and row == last + 1 and first:
            last = row
            continue
        if first:
            yield _run(first, last)
        first = last = 0
        if identifier is None:
            first = last = row
        else:
            yield identifier
    if first:
        yield _run(first, last)


def event_line(row: int, identifier: str | None) -> str:
    """Return the only line for one event."""
    return _run(row, row) if identifier is None else identifier


def longest_line(last_row: int, identifiers: Iterable[str]) -> int:
    """Return the most bytes that an event takes in a list of rows up to `last_row` with these identifiers."""
    # A run takes fewer than its rows one by one.
    own = len(_run(last_row, last_row))
    return max(own, max((len(identifier.encode()) for identifier in identifiers), default=0)) + 1


def read_event_list(text: str, owner: str) -> list[str]:
    """Return the IDs of the events, in the order of their rows."""
    ids: list[str] = []
    for line in text.split("\n"):
        if not line.startswith(_OWN):
            ids.append(line)
            continue
        first, _, last = line[1:].partition("-")
        ids += [event_id(owner, row) for row in range(int(first), int(last or first) + 1)]
    return ids


def _run(first: int, last: int) -> str:
    return f"{_OWN}{first}" if first == last else f"{_OWN}{first}-{last}"
