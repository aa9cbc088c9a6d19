"""What an item weighs and costs by DynamoDB's own rules, as its developer guide gives them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Mapping
from typing import Any

_WRITE_UNIT = 1_024
_READ_UNIT = 4_096
_OVERHEAD = 3
_OF_EACH_ELEMENT = 1


def item_size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Return the bytes of an item in DynamoDB's own JSON: names and values, of strings, numbers and maps of them."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def write_units(size: int) -> int:
    """Return what writing so many bytes costs: one for each begun KB."""
    return max(1, -(-size // _WRITE_UNIT))


def read_units(size: int) -> int:
    """Return what reading so many bytes consistently costs: one for each begun 4 KB."""
    return max(1, -(-size // _READ_UNIT))


def _value_size(value: Mapping[str, Any]) -> int:
    [(kind, held)] = value.items()
    if kind == "S":
        return len(str(held).encode())
    if kind == "N":
        digits = str(held).lstrip("-").replace(".", "").strip("0")
        return 1 + -(-len(digits) // 2) + str(held).startswith("-")
    if kind == "M":
        return _OVERHEAD + item_size(held) + _OF_EACH_ELEMENT * len(held)
    raise ValueError(f"The size of {kind} is not known here.")
