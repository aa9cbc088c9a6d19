"""Threads in simulated time: only one runs at a time, and time passes only while all of them sleep or wait.

So a test with hundreds of senders takes no real time for their pauses, and goes the same way each time.
"""

import heapq
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from typing import Any

from tests.support.aws.clock import Clock


class Simulation:
    """The threads of a test. `sleep` fits `time.sleep`, `executor` fits `ThreadPoolExecutor`."""

    def __init__(self, clock: Clock) -> None:
        """Move `clock`."""
        self.clock = clock
        self._numbers = count()
        self._waiting: list[tuple[float, int, threading.Event]] = []

    def run(self, *tasks: Callable[[], None]) -> None:
        """Run tasks at the same time, each in a thread of its own, until all have ended. Raises the first exception."""
        futures = [self._start(task) for task in tasks]
        for future in futures:
            future.result()

    def sleep(self, seconds: float) -> None:
        """Let the others run until the time has come."""
        turn = threading.Event()
        self._call(turn, self.clock.now + seconds)
        self._pass_on()
        turn.wait()

    def executor(self, threads: int) -> "SimulatedExecutor":
        """Make an executor of so many threads."""
        return SimulatedExecutor(self, threads)

    def _start(self, task: Callable[[], Any]) -> "SimulatedFuture":
        future, turn = SimulatedFuture(self), threading.Event()

        def work() -> None:
            turn.wait()
            try:
                future.set_result(task())
            except BaseException as error:  # noqa: BLE001 (raised by `result`)
                future.set_exception(error)
            self._pass_on()

        threading.Thread(target=work, daemon=True).start()
        self._call(turn, self.clock.now)
        return future

    def _call(self, turn: threading.Event, at: float) -> None:
        heapq.heappush(self._waiting, (at, next(self._numbers), turn))

    def _pass_on(self) -> None:
        """Let the thread run whose time comes next."""
        if self._waiting:
            at, _, turn = heapq.heappop(self._waiting)
            self.clock.now = max(self.clock.now, at)
            turn.set()


class SimulatedFuture(Future[Any]):
    """A result that is waited for in simulated time."""

    def __init__(self, simulation: Simulation) -> None:
        """Wait in `simulation`."""
        super().__init__()
        self._simulation = simulation

    def result(self, timeout: float | None = None) -> Any:
        """Let the others run until the result is there."""
        if not self.done():
            turn = threading.Event()
            self.add_done_callback(lambda _: self._simulation._call(turn, self._simulation.clock.now))  # noqa: SLF001
            self._simulation._pass_on()  # noqa: SLF001
            turn.wait()
        return super().result(timeout)


class SimulatedExecutor:
    """Threads of a pool."""

    def __init__(self, simulation: Simulation, threads: int) -> None:
        """Run at most `threads` tasks at the same time."""
        self._simulation = simulation
        self._free = threads
        self._tasks: deque[tuple[SimulatedFuture, Callable[[], Any]]] = deque()

    def submit(self, task: Callable[..., Any], *args: Any) -> SimulatedFuture:
        """Run a task as soon as a thread is free."""
        future = SimulatedFuture(self._simulation)
        self._tasks.append((future, lambda: task(*args)))
        if self._free:
            self._free -= 1
            self._simulation._start(self._work)  # noqa: SLF001
        return future

    def shutdown(self, *, wait: bool = True) -> None:
        """End: whatever waits for results has done so."""

    def _work(self) -> None:
        while self._tasks:
            future, task = self._tasks.popleft()
            try:
                future.set_result(task())
            except BaseException as error:  # noqa: BLE001 (raised by `result`)
                future.set_exception(error)
        self._free += 1
