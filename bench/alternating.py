"""Ways to do the same work, measured in turns: other work of the machine then affects all of them equally."""

import time
from collections.abc import Callable, Mapping, Sequence

ROUNDS = 5
Way = Callable[[], float]
"""Does the work once; returns the cost in seconds."""


def alternate(ways: Mapping[str, Way], runs: int = ROUNDS) -> dict[str, list[float]]:
    """Run every way once per round, in changing order; return the cost of each way by round."""
    costs: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(runs):
        names = list(ways)
        # The order changes because each way leaves caches and garbage to the next one.
        for name in names[number % len(names) :] + names[: number % len(names)]:
            costs[name].append(ways[name]())
    return costs


def ratios(dividends: Sequence[float], divisors: Sequence[float]) -> list[float]:
    """Divide round by round."""
    return [dividend / divisor for dividend, divisor in zip(dividends, divisors, strict=True)]


def cpu_seconds(call: Callable[[], object]) -> float:
    """Return the processor time of a call and of all its threads. Other processes affect it little."""
    start = time.process_time()
    call()
    return time.process_time() - start


def wall_seconds(call: Callable[[], object]) -> float:
    """Return the duration of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
