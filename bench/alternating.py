"""Ways to do the same, in turns: whatever else the machine does meanwhile meets all of them alike."""

import time
from collections.abc import Callable, Mapping, Sequence

RUNS = 5
Way = Callable[[], float]
"""Does the work once and returns what it cost, in seconds."""


def alternate(ways: Mapping[str, Way], runs: int = RUNS) -> dict[str, list[float]]:
    """Run every way once a round, in changing order; returns what each cost, round by round."""
    costs: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(runs):
        names = list(ways)
        # Who runs after whom must not always be the same: one leaves caches and garbage to the next.
        for name in names[number % len(names) :] + names[: number % len(names)]:
            costs[name].append(ways[name]())
    return costs


def ratios(of: Sequence[float], to: Sequence[float]) -> list[float]:
    """Divide round by round."""
    return [one / other for one, other in zip(of, to, strict=True)]


def cpu_seconds(call: Callable[[], object]) -> float:
    """Return the processor time of a call, of all its threads, which other processes do not lengthen."""
    start = time.process_time()
    call()
    return time.process_time() - start


def wall_seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
