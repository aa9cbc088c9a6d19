"""How many examples property tests try is said once, for `tests/unit`."""

from tests.unit import conftest

__all__ = ["conftest"]
