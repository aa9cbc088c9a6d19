"""Calls on many threads, answers in order."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from meterdrop.pipeline.in_order import THREADS, chunks, in_order


def test_answers_come_in_the_order_of_questions() -> None:
    """However long each call takes."""

    def call(number: int) -> int:
        time.sleep((number % 3) / 1_000)
        return number * 2

    with ThreadPoolExecutor(THREADS) as executor:
        assert list(in_order(executor, call, range(100))) == [(number, number * 2) for number in range(100)]


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

    with ThreadPoolExecutor(THREADS) as executor:
        for _ in in_order(executor, lambda number: number, items()):
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
    with ThreadPoolExecutor(THREADS) as executor, pytest.raises(ConnectionError):
        got.extend(item for item, _ in in_order(executor, call, range(10_000)))
    assert len(asked) < 1_000


@pytest.mark.parametrize(
    ("count", "expected"), [(0, []), (1, [[0]]), (2, [[0, 1]]), (3, [[0, 1], [2]]), (4, [[0, 1], [2, 3]])]
)
def test_chunks(count: int, expected: list[list[int]]) -> None:
    """Lists of two, the last one maybe shorter, none empty."""
    assert list(chunks(range(count), 2)) == expected
