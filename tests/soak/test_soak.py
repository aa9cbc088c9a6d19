"""`make soak` for a few seconds, with fixed seeds: it finds nothing in the product, and a defect put in."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count

import pytest

from meterdrop.adapters.batching import Threads
from tests.faults.soundness import unsound
from tests.model.files import REGISTERED
from tests.soak.drawn_threads import DrawnExecutor, Draws
from tests.soak.runs import Soak, soaking
from tests.support.aws.account import CarryOut
from tests.support.aws.messages import AwsResponse, Call
from tests.support.aws.strict import cell_error

HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value,identifier"


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
    assert "AssertionError" in (soak.run(3) or "")


def left_by_zombies(soak: Soak, seed: int) -> list[str]:
    """Let a call of an attempt be refused, give the upload up, and say what is wrong in the end.

    Calls of the attempt's threads may come in the middle of what follows, or after it.
    """
    queues = soak.product.queues
    account = queues.functions.account
    soak.begin(seed)
    rows = [f"2024-09-25,calls,{REGISTERED[0]},{number}," for number in range(1, 41)]
    queues.put("uploads/usage.csv", "\n".join([HEADER, *rows, ""]).encode())
    inserts = count()

    def refuse_one(call: Call, carry_out: CarryOut) -> AwsResponse:
        is_insert = call.operation == "BatchExecuteStatement"
        return cell_error(call, 400, "AccessDeniedException") if is_insert and next(inserts) == 2 else carry_out(call)

    with account.disturbed(refuse_one):
        queues.deliver()
    account.clock.now += 1_000
    for message in soak.product.visible("ingest"):
        soak.product.set_aside(message)
    queues.drain()
    soak.draws.run_left()
    return unsound(queues.functions)


def test_a_lease_that_ends_before_its_threads(soak: Soak, monkeypatch: pytest.MonkeyPatch) -> None:
    """If an attempt doesn't wait for its threads, one of them stores events of an upload that has failed since."""

    def leave(self: Threads, *_: object) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=False)

    assert [] == [wrong for seed in range(5) for wrong in left_by_zombies(soak, seed)]
    monkeypatch.setattr(Threads, "__exit__", leave)
    found = [wrong for seed in range(5) for wrong in left_by_zombies(soak, seed)]
    assert any("events are stored instead of 0" in wrong for wrong in found), found


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
