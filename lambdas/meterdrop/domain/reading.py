"""One reading of a file of usage: the survey sees every chunk pass, and what judging needs of it is kept."""

from collections import deque
from collections.abc import Iterator

from meterdrop.domain.columns import Layout
from meterdrop.domain.judge import Asked, ask, judge, judge_asked
from meterdrop.domain.judged import Judged
from meterdrop.domain.parsers import Parsers
from meterdrop.domain.reader import CsvFile
from meterdrop.domain.rows import Chunk, read_rows

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
