"""`make soak` for a few seconds, with fixed seeds: it finds nothing in the product, and a defect put in."""

from collections.abc import Callable, Iterable, Iterator

import pytest

from meterdrop.adapters.batching import Threads
from tests.soak.drawn_threads import DrawnExecutor, Draws
from tests.soak.runs import Soak, soaking


@pytest.fixture(scope="module")
def soak() -> Iterator[Soak]:
    """Deploy the stack once."""
    with soaking() as made:
        yield made


def test_the_product(soak: Soak) -> None:
    """Runs of both kinds differ in nothing."""
    assert [None, None] == [soak.run(seed) for seed in (9, 4)]
    assert soak.seen.reached["steps"] > 0
    assert len(soak.seen.shapes) > 1


def test_a_defect_is_found(soak: Soak, monkeypatch: pytest.MonkeyPatch) -> None:
    """If nobody waits for what the threads raise, a final upload lacks usage."""

    def for_each(self: Threads, call: Callable[[object], None], items: Iterable[object]) -> None:
        for item in items:
            assert self._executor is not None
            self._executor.submit(call, item)

    monkeypatch.setattr(Threads, "for_each", for_each)
    found = (soak.run(seed) for seed in (9, 19, 7, 3))
    assert any(each is not None and "AssertionError" in each for each in found)


def test_tasks_run_in_an_order_that_a_seed_repeats() -> None:
    """Of many orders, one seed draws one."""

    def order(seed: int) -> list[int]:
        draws, ran = Draws(), list[int]()
        draws.begin(seed)
        with DrawnExecutor(draws, 3) as executor:
            futures = [executor.submit(ran.append, number) for number in range(6)]
        assert all(future.done() for future in futures)
        return ran

    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(20)}) > 5
