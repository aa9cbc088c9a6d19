"""What the sweep costs while nothing is missing."""

from meterdrop.pipeline.recount import AGAIN_ROWS, ROWS_OF_UPLOAD
from meterdrop.pipeline.sweep import MIN_AGE_SECONDS, SETTLED_SECONDS
from tests.budgets.conftest import Busy
from tests.budgets.token_buckets import Kind
from tests.support.aws.queues import Queues

FILES = 40
RECOUNTED = AGAIN_ROWS // ROWS_OF_UPLOAD + 10
"""Uploads without events, and the rest of the last page."""


def test_a_sweep_that_finds_nothing_reads_nothing(busy: Busy) -> None:
    """The first walk reads every upload, and the next ones hardly anything but what is recounted again."""
    functions, clock = busy.functions, busy.simulation.clock
    queues = Queues(functions)
    for number in range(FILES):
        queues.put(f"uploads/{number}.csv", b"")
    queues.drain()

    def cost() -> float:
        clock.sleep(MIN_AGE_SECONDS)
        before = busy.budgets.units(Kind.READ, "uploads")
        assert functions.call("sweep", {}) == {
            "listed": FILES,
            "found": 0,
            "resumed": 0,
            "reprocessed": 0,
            "differing": 0,
        }
        return busy.budgets.units(Kind.READ, "uploads") - before

    clock.sleep(SETTLED_SECONDS)
    assert cost() >= FILES
    assert cost() <= 5 + RECOUNTED
