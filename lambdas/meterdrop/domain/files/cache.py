"""Answers that are remembered by what was asked: files repeat themselves, so most questions cost one look-up."""

from collections.abc import Callable
from typing import TypeVar

from meterdrop.domain.files.cells import content
from meterdrop.domain.files.errors import CellError

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")

_REMEMBERED = 10_000  # answers of one kind: a bound on memory for files that never repeat themselves


class BoundedCache(dict[_Asked, _Answer]):
    """So many answers; where there are more, all are forgotten."""

    __slots__ = ("_forgotten",)

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self._forgotten = 0

    @property
    def has_evicted(self) -> bool:
        """Whether answers were remembered that no longer are."""
        return bool(self._forgotten)

    @property
    def answered(self) -> int:
        """How many answers were remembered so far, those that are forgotten included."""
        return self._forgotten + len(self)

    def keep(self, asked: _Asked, answer: _Answer) -> _Answer:
        """Remember an answer, and return it."""
        if len(self) >= _REMEMBERED:
            self._forgotten += len(self)
            self.clear()
        self[asked] = answer
        return answer


class Cache(BoundedCache[_Asked, _Answer]):
    """Maps what is asked to what a function says of it."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Callable[[_Asked], _Answer]) -> None:
        """Take a function that always answers the same."""
        super().__init__()
        self._answer = answer

    def __missing__(self, asked: _Asked) -> _Answer:
        """Ask, and remember."""
        return self.keep(asked, self._answer(asked))


class ParserCache(Cache[_Asked, _Answer]):
    """Maps what is asked to what a parser says of it."""

    __slots__ = ("all_valid",)

    def __init__(self, parse: Callable[[_Asked], _Answer]) -> None:
        """Take a parser."""
        super().__init__(parse)
        self.all_valid = True
        """Whether all that was asked so far was filled in and accepted."""

    def __missing__(self, asked: _Asked) -> _Answer:
        """Parse what is not remembered."""
        answer = self._answer(asked)
        if answer is None or isinstance(answer, CellError):
            self.all_valid = False
        return self.keep(asked, answer)


class CellCache(ParserCache[str, _Answer]):
    """Maps a raw cell to what a parser of trimmed text says of its content."""

    __slots__ = ()

    def __missing__(self, cell: str) -> _Answer:
        """Parse a cell that is not remembered."""
        # Not by way of ParserMemo: files have thousands of values, and each call counts.
        answer = self._answer(content(cell))
        if answer is None or isinstance(answer, CellError):
            self.all_valid = False
        return self.keep(cell, answer)
