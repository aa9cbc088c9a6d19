"""How much is done for a file: counted, so that the answer is the same on every machine."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from tests.support.fakes.world import World

_OURS = "meterdrop"


def lines_run(do: Callable[[], object]) -> int:
    """Count the lines of Meterdrop's that run, each turn of a comprehension as one more."""
    count = 0

    def line(_frame: FrameType, _event: str, _argument: Any) -> Any:
        nonlocal count
        count += 1
        return line

    def call(frame: FrameType, _event: str, _argument: Any) -> Any:
        return line if _OURS in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        do()
    finally:
        sys.settrace(before)
    return count


def work(data: bytes, key: str) -> int:
    """Return how many lines run for a file and how many characters its error file takes, a hundred as one line."""
    world = World(batch=100)
    ran = lines_run(lambda: world.ingest(data, key))
    return ran + sum(len(each or b"") for versions in world.objects.error_files.values() for each in versions) // 100
