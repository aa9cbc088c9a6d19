"""Which rows of a file may have events of their own, as a short text: `1-20`, or `3 17-20`, or nothing.

Kept in the claim of a key, for each of its uploads: so at most 16 ranges, the narrowest gaps between them closed. A row
too many costs a read, a row too few would be counted twice.
"""

from collections.abc import Collection, Iterator

_RANGES_AT_MOST = 16


def write_ranges(row_count: int, without: Collection[int] = ()) -> str:
    """Return the rows from 1 to `row_count`, some left out."""
    ranges: list[tuple[int, int]] = []
    first = 1
    for gap in [*sorted(without), row_count + 1]:
        if first < gap:
            ranges.append((first, gap - 1))
        first = gap + 1
    for at in sorted(_narrowest(ranges), reverse=True):
        ranges[at : at + 2] = [(ranges[at][0], ranges[at + 1][1])]
    return " ".join(f"{first}-{last}" if first < last else str(first) for first, last in ranges)


def read_ranges(text: str) -> Iterator[int]:
    """Return the rows."""
    for part in text.split():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _narrowest(ranges: list[tuple[int, int]]) -> list[int]:
    """Return after which ranges a gap is to be closed, so that no more ranges are left than may be."""
    by_gap = sorted(range(len(ranges) - 1), key=lambda at: ranges[at + 1][0] - ranges[at][1])
    return by_gap[: max(0, len(ranges) - _RANGES_AT_MOST)]
