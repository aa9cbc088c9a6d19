"""The lines of an error file as they are found, held until all rows are settled, where they are not too many."""

from collections import deque
from collections.abc import Iterable, Iterator

from meterdrop.domain.error_lines import Block, ErrorLines, Form
from meterdrop.domain.error_messages import ErrorMessages
from meterdrop.domain.judged import Refused

HELD = 16 * 1024 * 1024
"""Bytes in which lines are held; where they take more, rows are judged again for the error file."""


class HeldLines:
    """Takes refused rows in the order of the file. It holds all of their lines or none."""

    def __init__(self, form: Form) -> None:
        """Take how the lines look."""
        self._lines = ErrorLines(form)
        self._needs_ascii_check = not form.file.text.isascii()
        self._free = HELD
        self._newest: list[Refused] = []
        self._blocks: deque[Block] = deque()
        self._count = 0
        self._are_ascii = True

    def __len__(self) -> int:
        """Return how many rows are held."""
        return self._count

    def add(self, rows: Iterable[Refused]) -> None:
        """Hold the lines of rows."""
        if self._free < 0:
            return
        before = len(self._newest)
        self._newest += rows
        self._count += len(self._newest) - before
        if len(self._newest) >= self._lines.block_rows:
            self._pack()
            if self._free < 0:
                self._blocks.clear()
                self._count = 0

    def are_ascii(self) -> bool:
        """Tell whether the cells of all rows are ASCII."""
        self._pack()
        return self._are_ascii

    def take(self, messages: ErrorMessages) -> Iterator[list[str]]:
        """Return the lines, many at a time, which are let go of on the way."""
        self._pack()
        while self._blocks:
            yield self._lines.lines(self._blocks.popleft(), messages)

    def _pack(self) -> None:
        if self._needs_ascii_check:
            self._are_ascii &= all("".join(row.cells).isascii() for row in self._newest)
        for block in self._lines.blocks(self._newest):
            self._blocks.append(block)
            self._free -= block.size
        self._newest.clear()
