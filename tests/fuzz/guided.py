"""The coverage-guided fuzzer, Atheris (libFuzzer for Python): `python -m tests.fuzz.guided <libFuzzer's arguments>`.

A process of its own: libFuzzer ends the one that it runs in.
"""

import importlib
import sys
from typing import Any

# It has no wheel for some machines (see `campaign.FITS`), whose type checkers do not know it.
atheris: Any = importlib.import_module("atheris")
with atheris.instrument_imports(include=["meterdrop"]):
    from tests.fuzz.properties import KEYS, assert_holds


def one_input(data: bytes) -> None:
    """Try one file; its length says where it is dropped."""
    assert_holds(data, KEYS[len(data) % len(KEYS)])


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
