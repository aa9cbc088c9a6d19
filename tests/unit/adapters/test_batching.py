"""Calls on many threads, answers in order."""

import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from meterdrop.adapters.batching import THREADS, BatchedUsage, Threads, chunks
from meterdrop.adapters.dynamodb.items import Attributes
from meterdrop.domain.metering.contributions import Contributions


def test_answers_come_in_the_order_of_questions() -> None:
    """However long each call takes."""

    def call(number: int) -> int:
        time.sleep((number % 3) / 1_000)
        return number * 2

    with Threads() as threads:
        assert list(threads.in_order(call, range(100))) == [(number, number * 2) for number in range(100)]


def test_no_more_is_taken_than_is_under_way() -> None:
    """A file of any size is read as its rows are stored, and never held."""
    taken = done = 0
    most = 0

    def items() -> Iterator[int]:
        nonlocal taken, most
        for number in range(1_000):
            taken += 1
            most = max(most, taken - done)
            yield number

    with Threads() as threads:
        for _ in threads.in_order(lambda number: number, items()):
            done += 1
    assert (taken, done) == (1_000, 1_000)
    assert most <= 3 * THREADS


def test_a_failed_call_raises_where_its_answer_would_stand() -> None:
    """What came before it is given out, and nothing more is asked afterwards."""
    asked: list[int] = []
    lock = threading.Lock()

    def call(number: int) -> int:
        with lock:
            asked.append(number)
        if number == 5:
            raise ConnectionError
        return number

    got: list[int] = []
    with Threads() as threads, pytest.raises(ConnectionError):
        got.extend(item for item, _ in threads.in_order(call, range(10_000)))
    assert len(asked) < 1_000


@pytest.mark.parametrize(
    ("count", "expected"), [(0, []), (1, [[0]]), (2, [[0, 1]]), (3, [[0, 1], [2]]), (4, [[0, 1], [2, 3]])]
)
def test_chunks(count: int, expected: list[list[int]]) -> None:
    """Lists of two, the last one maybe shorter, none empty."""
    assert list(chunks(range(count), 2)) == expected


def test_no_call_is_sent_outside() -> None:
    """Nobody would wait for the threads then."""
    with pytest.raises(RuntimeError, match="with threads"):
        list(Threads().in_order(str, [1]))


def test_every_thread_has_ended_at_the_end() -> None:
    """Even if a result is never asked for, because another call failed."""
    ended: list[int] = []

    def call(number: int) -> None:
        if number == 0:
            raise ConnectionError
        time.sleep(0.02)
        ended.append(number)

    with pytest.raises(ConnectionError), Threads(4) as threads:
        threads.for_each(call, range(4))
    assert sorted(ended) == [1, 2, 3]


class Steps:
    """Fits `UsageBatches`; notes what is written, in order."""

    put_limit = 2

    def __init__(self) -> None:
        """Begin with nothing."""
        self.written: list[str] = []

    def stages(self, _: Contributions) -> Iterator[Iterator[Attributes]]:
        """Return two stages. The second begins when the first is stored."""
        yield iter([{"list": {}}] * 3)
        assert self.written == ["put list"] * 3
        yield iter([{"figures": {}}])

    def removals(self, _: Contributions) -> Iterator[Iterator[Attributes]]:
        """Return two stages. The second begins when the first is deleted."""
        yield iter([{"figures": {}}] * 3)
        assert self.written == ["remove figures"] * 3
        yield iter([{"list": {}}])

    def stamps(self, _: Contributions) -> Iterator[Attributes]:
        """Return a stamp."""
        yield {"stamp": {}}

    def put(self, items: Sequence[Attributes]) -> None:
        """Note."""
        self._write("put", items)

    def remove(self, keys: Sequence[Attributes]) -> None:
        """Note."""
        self._write("remove", keys)

    def _write(self, how: str, items: Sequence[Attributes]) -> None:
        time.sleep(0.001)
        self.written += [f"{how} {next(iter(item))}" for item in items]


def test_usage_is_put_stage_by_stage() -> None:
    """No item of a stage is put before all items of the stage before."""
    steps = Steps()
    with Threads() as threads:
        BatchedUsage(steps, threads).put_contributions(Contributions())
    assert steps.written == [*["put list"] * 3, "put figures"]


def test_a_revert_stamps_after_it_deletes() -> None:
    """New stamps come last: a roll-up that is made before them may have figures that are deleted since."""
    steps = Steps()
    with Threads() as threads:
        BatchedUsage(steps, threads).remove_contributions(Contributions())
    assert steps.written == [*["remove figures"] * 3, "remove list", "put stamp"]
