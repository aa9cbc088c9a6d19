"""Runs of the model-based test, each from a seed: with the product's threads, and with any number of faults."""

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from meterdrop.adapters import batching
from meterdrop.adapters.metering.event_table import EventStore
from meterdrop.adapters.metering.usage_table import UsageTable
from meterdrop.api.http import dependencies
from tests.model.breaks import How
from tests.model.comparison import Comparison
from tests.model.machine import Machine
from tests.model.product import Item, Product, small_limits
from tests.soak.drawn_threads import DrawnExecutor, Draws
from tests.support.aws.account import Account, Saved, as_it_is
from tests.support.aws.functions import deployed
from tests.support.aws.messages import Call

_EXAMPLES = 4
"""Sequences of a run."""
_STEPS = 45
"""Maximum steps of a sequence."""
_ITEMS_A_CALL = 2
_ONE_CALL_IN = 12
"""In a storm, one call in so many breaks."""
_ZOMBIE_CALLS_IN = 60
"""A call of a thread that outlives its attempt comes at one in so many later calls."""
_FAULTS: tuple[How, ...] = ("killed before", "killed after", "refused", "answer lost")
Shape = tuple[tuple[object, ...], ...]
"""What the uploads table says of all uploads, without names and times."""


@dataclass(slots=True)
class Seen:
    """What runs have reached so far."""

    reached: Counter[str] = field(default_factory=Counter)
    """How often, by name."""
    shapes: set[Shape] = field(default_factory=set)


class _Soaked(Machine):
    """The state machine of the model-based test, which remembers where it was."""

    def __init__(
        self, begin: Callable[[], Comparison], seen: Seen, run_left: Callable[[], None], *, is_storm: bool
    ) -> None:
        super().__init__(begin)
        self.run_left = run_left
        self.seen = seen
        self.is_storm = is_storm

    @invariant()
    def remember(self) -> None:
        """Remember the states of all uploads together."""
        self.seen.shapes.add(_shape(self.both.uploads().items(), self.both.product.now))

    def teardown(self) -> None:
        """Drain the queues, unless only safety is checked. Threads that nobody waited for come last."""
        self.run_left()
        if self.is_storm:
            self.both.check()
        else:
            super().teardown()


def _shape(items: Iterable[tuple[str, Item]], now: int) -> Shape:
    uploads = [item for id_, item in items if id_.startswith("upl_")]
    return tuple(
        sorted(
            (
                item["status"],
                item.get("failure", {}).get("code", ""),
                min(3, int(item["attempts"])),
                int(item["lease_until"]) > now,
                min(2, int(item["run"])),
                "sha256" in item,
                *(min(2, int(item[f"{kind}_count"])) for kind in ("success", "duplicate", "error")),
            )
            for item in uploads
        )
    )


@dataclass(slots=True)
class Soak:
    """A deployed stack, and what was seen of it."""

    product: Product
    seen: Seen = field(default_factory=Seen)
    draws: Draws = field(default_factory=Draws)
    _empty: Saved = field(init=False)

    def __post_init__(self) -> None:
        """Remember the empty account."""
        self._empty = self.product.functions.account.save()

    def begin(self, number: int) -> None:
        """Make the account empty, and draw from a seed."""
        self.product.functions.account.restore(self._empty)
        self.draws.begin(number)

    def run(self, number: int) -> str | None:
        """Run the sequences of a seed. Returns what differs, with the steps that lead there, or None.

        In a run with an odd seed, any number of calls break. It checks safety alone: what is stored after each step.
        The others end each sequence with the queues drained.
        """
        is_storm = number % 2 == 1

        def begin() -> Comparison:
            self.begin(number)
            self.product.storm = self._storm if is_storm else lambda: None
            return Comparison(self.product, self.seen.reached)

        seen, draws = self.seen, self.draws

        @seed(number)
        class Begun(_Soaked):
            def __init__(self) -> None:
                super().__init__(begin, seen, draws.run_left, is_storm=is_storm)

        chosen = settings(
            max_examples=_EXAMPLES,
            stateful_step_count=_STEPS,
            phases=(Phase.generate,),
            derandomize=False,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        try:
            run_state_machine_as_test(Begun, settings=chosen)
        except Exception:  # noqa: BLE001 (whatever it is, it is what differs)
            return traceback.format_exc()
        return None

    def _storm(self) -> How | None:
        return self.draws.random.choice(_FAULTS) if not self.draws.random.randrange(_ONE_CALL_IN) else None


@contextmanager
def soaking() -> Iterator[Soak]:
    """Deploy the stack, with 24 threads whose tasks run in a drawn order, and calls of few items."""
    with small_limits() as patch, deployed(Account()) as functions:
        draws = Draws()
        for module in (batching, dependencies):
            patch.setattr(module, "ThreadPoolExecutor", partial(DrawnExecutor, draws))
        patch.setattr(batching, "_EVENTS_PER_CALL", _ITEMS_A_CALL)
        for table, limit in ((EventStore, "insert_limit"), (EventStore, "read_limit"), (UsageTable, "put_limit")):
            patch.setattr(table, limit, _ITEMS_A_CALL)
        account = functions.account

        def let_zombies_call(_: Call) -> None:
            with account.disturbed(as_it_is):  # the process at work now may be dead, or be refused
                draws.run_left(one_in=_ZOMBIE_CALLS_IN)

        account.notice = let_zombies_call
        yield Soak(Product(functions), draws=draws)
