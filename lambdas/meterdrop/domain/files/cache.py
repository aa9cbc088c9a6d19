"""Caches of parsed cells. Usage files repeat values, so most cells need one lookup."""

from collections.abc import Callable
from typing import TypeVar

from meterdrop.domain.files.cells import content
from meterdrop.domain.files.errors import CellError

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_MAX_ENTRIES = 10_000  # of one cache: limits the memory for a file without repeated values


class BoundedCache(dict[_Key, _Value]):
    """A cache that removes all entries when it is full."""

    __slots__ = ("_evicted",)

    def __init__(self) -> None:
        """Create an empty cache."""
        super().__init__()
        self._evicted = 0

    @property
    def has_evicted(self) -> bool:
        """Whether entries were removed."""
        return bool(self._evicted)

    @property
    def computed(self) -> int:
        """The number of entries added so far, including those removed since."""
        return self._evicted + len(self)

    def store(self, key: _Key, value: _Value) -> _Value:
        """Add an entry and return its value."""
        if len(self) >= _MAX_ENTRIES:
            self._evicted += len(self)
            self.clear()
        self[key] = value
        return value


class Cache(BoundedCache[_Key, _Value]):
    """Caches the results of a function by its argument."""

    __slots__ = ("_compute",)

    def __init__(self, compute: Callable[[_Key], _Value]) -> None:
        """Cache the results of a pure function."""
        super().__init__()
        self._compute = compute

    def __missing__(self, key: _Key) -> _Value:
        """Compute the value and cache it."""
        return self.store(key, self._compute(key))


class ParserCache(Cache[_Key, _Value]):
    """Caches the results of a parser."""

    __slots__ = ("all_valid",)

    def __init__(self, parse: Callable[[_Key], _Value]) -> None:
        """Cache the results of a parser."""
        super().__init__(parse)
        self.all_valid = True
        """Whether all keys so far had a value without errors."""

    def __missing__(self, key: _Key) -> _Value:
        """Parse the key and cache the result."""
        value = self._compute(key)
        if value is None or isinstance(value, CellError):
            self.all_valid = False
        return self.store(key, value)


class CellCache(ParserCache[str, _Value]):
    """Caches the results of a parser of trimmed text by the raw cell."""

    __slots__ = ()

    def __missing__(self, cell: str) -> _Value:
        """Parse the cell's content and cache the result."""
        # Does not call ParserCache: a file can have thousands of values, and each call takes time.
        value = self._compute(content(cell))
        if value is None or isinstance(value, CellError):
            self.all_valid = False
        return self.store(cell, value)
