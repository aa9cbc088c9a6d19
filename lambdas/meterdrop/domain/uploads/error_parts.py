"""Splits an error file into parts that can be uploaded again, and limits its total size."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

LINE_END = "\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Size limits of an error file, in bytes."""

    part: int = 4 * 1024 * 1024
    """Maximum of one part, including the header. A single row may be larger. The rest up to the limit of an upload is
    for corrections, which are often longer than the original cells."""
    total: int = 64 * 1024 * 1024
    """Maximum of all parts together."""
    growth: int = 64
    """Maximum ratio of all parts to the upload, if there is more than one part.

    The error columns of a row need about 100 bytes, and the shortest row has two. So only malicious files come near
    this ratio.
    """
    full_rows: int = 1_000
    """Rows with the same code and field that get full messages."""

    def total_for(self, upload_size: int) -> int:
        """Return the maximum bytes of the error file of an upload of this size."""
        return min(self.total, max(self.part, self.growth * upload_size))


LIMITS = Limits()


class Part(NamedTuple):
    """A part as a complete file: the header and refused rows."""

    data: bytes
    row_count: int


class Cut(NamedTuple):
    """The settings for splitting into parts."""

    beginning: bytes
    """The header, with which each part begins."""
    row_count: int
    """The number of refused rows."""
    note: Callable[[int], str]
    """Returns the last line of an incomplete error file, for the number of missing rows."""
    part: int
    """Maximum bytes of a part."""
    total: int
    """Maximum bytes of all parts."""


def cut_into_parts(blocks: Iterable[list[str]], cut: Cut) -> Iterator[Part]:
    """Split lines into parts, at least one. Stops reading lines when the total limit is reached."""
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
