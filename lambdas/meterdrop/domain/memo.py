"""Answers that are remembered by what was asked: files repeat themselves, so most questions cost one look-up."""

from collections.abc import Callable
from typing import TypeVar

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")

_REMEMBERED = 10_000  # answers of one kind: a bound on memory for files that never repeat themselves


class Remembered(dict[_Asked, _Answer]):
    """So many answers; where there are more, all are forgotten."""

    __slots__ = ()

    def keep(self, asked: _Asked, answer: _Answer) -> _Answer:
        """Remember an answer, and return it."""
        if len(self) >= _REMEMBERED:
            self.clear()
        self[asked] = answer
        return answer


class Memo(Remembered[_Asked, _Answer]):
    """Maps what is asked to what a function says of it."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Callable[[_Asked], _Answer]) -> None:
        """Take a function that always answers the same."""
        super().__init__()
        self._answer = answer

    def __missing__(self, asked: _Asked) -> _Answer:
        """Ask, and remember."""
        return self.keep(asked, self._answer(asked))
