"""The search itself: it visits every state, and it finds the shortest path."""

from collections.abc import Iterator

from tests.protocols.search import Result, search


def _steps(number: int) -> Iterator[tuple[str, int]]:
    if number < 10:
        yield "add one", number + 1
        yield "double", number * 2


def test_every_state_is_visited() -> None:
    """All numbers up to 10, and the doubles of those below it."""
    assert Result(14, None, ()) == search(1, _steps, lambda _: None)


def test_the_shortest_path_is_found() -> None:
    """Several paths lead to 9, and this one has the fewest steps."""
    found = search(1, _steps, lambda number: "nine" if number == 9 else None)
    assert ("nine", ("add one", "double", "double", "add one")) == (found.violation, found.path)
