"""An error file is cut into parts that each can be uploaded again as they are, and bounded as a whole."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

LINE_END = "\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large an error file may become. Sizes are in bytes."""

    part: int = 4 * 1024 * 1024
    """Of one part, header included; a single row may be larger. What an upload may have beyond that is left for the
    corrections, which are often longer than what was wrong."""
    total: int = 64 * 1024 * 1024
    """Of all parts together, for an upload of any size."""
    growth: int = 64
    """How many times the size of its upload an error file may have, where it has more than one part.

    The id, the upload, the number and the code of a row take some 100 bytes, and the shortest row two: only files that
    are made for it come near to that.
    """
    full_rows: int = 1_000
    """Rows of one code and field that have all of their messages."""

    def total_for(self, upload_size: int) -> int:
        """Return how many bytes the error file of an upload of this size may have."""
        return min(self.total, max(self.part, self.growth * upload_size))


LIMITS = Limits()


class Part(NamedTuple):
    """A whole file: the header, and refused rows."""

    data: bytes
    row_count: int


class Cut(NamedTuple):
    """What parts are cut by."""

    beginning: bytes
    """What each part begins with: the header."""
    row_count: int
    """How many rows were refused."""
    note: Callable[[int], str]
    """Returns the last line of an error file that is not complete, given how many rows it does not list."""
    part: int
    """Bytes of a part at most."""
    total: int
    """Bytes of all parts together at most."""


def cut_into_parts(blocks: Iterable[list[str]], cut: Cut) -> Iterator[Part]:
    """Cut lines into parts, at least one. No line is read once there is no room for more."""
    note_size = len(_encoded([cut.note(cut.row_count)]))
    most, most_in_all = cut.part - note_size, cut.total - note_size
    pieces, size, rows, listed, total = [cut.beginning], len(cut.beginning), 0, 0, len(cut.beginning)
    for lines in blocks:
        data = _encoded(lines)
        fits = size + len(data) <= most and total + len(data) <= most_in_all
        for piece, count in [(data, len(lines))] if fits else ((_encoded([line]), 1) for line in lines):
            is_full = rows > 0 and size + len(piece) > most
            total += len(piece) + is_full * len(cut.beginning)
            if total > most_in_all:
                pieces.append(_encoded([cut.note(cut.row_count - listed)]))
                yield Part(b"".join(pieces), rows)
                return
            if is_full:
                yield Part(b"".join(pieces), rows)
                pieces, size, rows = [cut.beginning], len(cut.beginning), 0
            pieces.append(piece)
            size, rows, listed = size + len(piece), rows + count, listed + count
    yield Part(b"".join(pieces), rows)


def _encoded(lines: list[str]) -> bytes:
    return LINE_END.join([*lines, ""]).encode()
