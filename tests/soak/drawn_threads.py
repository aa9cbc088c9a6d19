"""Threads whose tasks run in a drawn order, in the thread that waits for them: a seed repeats them."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from random import Random
from typing import Any
from weakref import WeakSet

_Task = tuple[Future[Any], Callable[[], Any]]


class Draws:
    """What is drawn in a sequence, and the tasks of threads that nobody has waited for."""

    def __init__(self) -> None:
        """Begin with any seed."""
        self.executors = WeakSet[DrawnExecutor]()
        self.begin(0)

    def begin(self, seed: int) -> None:
        """Draw from a seed, and forget all tasks."""
        self.random = Random(seed)
        self.left: list[_Task] = []
        for executor in self.executors:
            executor.forget()

    def run_left(self, *, one_in: int = 1) -> None:
        """Run what threads still had to do when their process went on without them: all of it, or one task in so many.

        Such a task is a zombie: by then, the lease may be another attempt's.
        """
        left, self.left = self.left, []  # what a zombie calls runs no other
        while left and (one_in == 1 or not self.random.randrange(one_in)):
            run(left.pop(self.random.randrange(len(left))))
        self.left += left


def run(task: _Task) -> None:
    """Run a task that nobody has cancelled, whatever comes of it."""
    future, call = task
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 (raised by `result`)
        future.set_exception(error)


class DrawnExecutor(Executor):
    """A pool of threads. As in a real one, tasks begin in their order, and each takes as long as is drawn."""

    def __init__(self, draws: Draws, threads: int) -> None:
        """Run up to `threads` tasks at the same time."""
        self._draws = draws
        self._threads = threads
        self._pending: deque[_Task] = deque()
        draws.executors.add(self)

    def forget(self) -> None:
        """Forget tasks of an earlier sequence: the API's threads outlive a request that failed."""
        self._pending.clear()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Queue a task. Some of the queued tasks may end at once."""
        future = _DrawnFuture(self)
        self._pending.append((future, lambda: fn(*args, **kwargs)))
        for _ in range(self._draws.random.randrange(3)):
            self.run_one()
        return future

    def run_one(self) -> None:
        """Run one of the tasks that the threads are at."""
        if self._pending:
            at = self._draws.random.randrange(min(self._threads, len(self._pending)))
            task = self._pending[at]
            del self._pending[at]
            run(task)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """End: run what is left, now or, if nobody waits, later."""
        while wait and self._pending:
            self.run_one()
        self._draws.left += self._pending
        self._pending.clear()


class _DrawnFuture(Future[Any]):
    """A result that is waited for by running tasks."""

    def __init__(self, executor: DrawnExecutor) -> None:
        super().__init__()
        self._executor = executor

    def result(self, timeout: float | None = None) -> Any:
        """Run tasks until this one is done."""
        while not self.done():
            self._executor.run_one()
        return super().result(timeout)
