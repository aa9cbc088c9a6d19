"""Sizes of items and their capacity units, by the rules of DynamoDB's developer guide.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Mapping
from typing import Any

_WRITE_UNIT = 1_024
_READ_UNIT = 4_096
_OVERHEAD = 3
_OVERHEAD_PER_ELEMENT = 1


def item_size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Return the size in bytes of an item in DynamoDB's JSON. Values are strings, numbers and maps of these.

    Raises ValueError for a value of another type.
    """
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def write_units(size: int) -> int:
    """Return the write units for an item of `size` bytes: one for each started KB."""
    return max(1, -(-size // _WRITE_UNIT))


def read_units(size: int) -> int:
    """Return the read units for a consistent read of `size` bytes: one for each started 4 KB."""
    return max(1, -(-size // _READ_UNIT))


def _value_size(value: Mapping[str, Any]) -> int:
    [(kind, held)] = value.items()
    if kind == "S":
        return len(str(held).encode())
    if kind == "N":
        digits = str(held).lstrip("-").replace(".", "").strip("0")
        return 1 + -(-len(digits) // 2) + str(held).startswith("-")
    if kind == "M":
        return _OVERHEAD + item_size(held) + _OVERHEAD_PER_ELEMENT * len(held)
    raise ValueError(f"The size of {kind} is not known here.")
