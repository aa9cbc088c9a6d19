"""Every fault at every call of every flow, and what came of it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from meterdrop.adapters import batching
from meterdrop.adapters.metering import event_items, rollups, single_events
from tests.faults.faults import CallPosition, Disturbance, Fault
from tests.faults.flows import FLOWS
from tests.faults.state import State, differences
from tests.protocols.traces.recorder import Recorder
from tests.protocols.traces.replay import replay
from tests.support.aws import catalog
from tests.support.aws.account import Account, CarryOut, Saved
from tests.support.aws.functions import deployed
from tests.support.aws.messages import AwsResponse, Call
from tests.support.aws.queues import Queues


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A flow to which nothing happens."""

    id: str
    world: Saved
    """Before it begins, as `Account.save` has it."""
    calls: tuple[CallPosition, ...]
    """All that its functions make, in the order of their first."""
    processes: int
    state: State


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of one fault at one call."""

    processes: int
    """How many more there were than without it."""
    differences: tuple[str, ...]


@dataclass
class Matrix:
    """Runs flows in one account."""

    queues: Queues
    _base: Saved
    came_of: dict[tuple[str, Fault, CallPosition], Cell] = field(default_factory=dict)
    """Of every cell that was run."""
    covered: Counter[str] = field(default_factory=Counter)
    """How often each step of the protocol of uploads was taken, in all runs together."""
    replayed: Counter[str] = field(default_factory=Counter)
    """Runs and calls that were replayed."""
    _undisturbed: dict[str, Undisturbed] = field(default_factory=dict)

    def undisturbed(self, name: str) -> Undisturbed:
        """Run a flow to which nothing happens, once."""
        if name not in self._undisturbed:
            self._undisturbed[name] = self._record(name)
        return self._undisturbed[name]

    def run(self, name: str, *faults: tuple[Fault, CallPosition]) -> Cell:
        """Run a flow with a fault, or more."""
        of, functions, account = self.undisturbed(name), self.queues.functions, self.queues.functions.account
        account.restore(of.world)
        disturbances = [Disturbance(fault, place, account.clock) for fault, place in faults]
        begun = 0

        def begin_process(lifetime: float) -> None:
            nonlocal begun
            begun += 1
            for each in disturbances:
                each.begin_process(lifetime)

        def around(call: Call, carry_out: CarryOut) -> AwsResponse:
            for each in disturbances:
                carry_out = each.then(carry_out)
            return carry_out(call)

        functions.before_call = begin_process
        with account.disturbed(around), self.replaying():
            FLOWS[name].begin(self.queues, of.id)
            self.queues.record()
        cell = Cell(begun - of.processes, tuple(differences(FLOWS[name].state(functions), of.state)))
        if len(faults) == 1:
            assert disturbances[0].met, "the call was not made"
            self.came_of[name, *faults[0]] = cell
        return cell

    def calls(self) -> dict[str, tuple[CallPosition, ...]]:
        """Return the calls of every flow."""
        return {name: self.undisturbed(name).calls for name in FLOWS}

    def more_processes(self) -> dict[tuple[str, Fault], Counter[int]]:
        """Return of how many cells of a flow and a fault there were how many more processes."""
        more: dict[tuple[str, Fault], Counter[int]] = {}
        for (flow, fault, _), cell in self.came_of.items():
            more.setdefault((flow, fault), Counter())[cell.processes] += 1
        return more

    @contextmanager
    def replaying(self) -> Iterator[Recorder]:
        """Record what happens to uploads, and replay it through the protocol. Raises NotAllowedError."""
        recorder = Recorder(self.queues)
        with recorder.recording():
            yield recorder
        replay(recorder, self.covered)
        self.replayed.update(runs=1, calls=recorder.calls)

    def begin_anew(self) -> None:
        """Make the world empty, but for the catalog."""
        self.queues.functions.before_call = lambda _: None
        self.queues.functions.account.restore(self._base)

    def _record(self, name: str) -> Undisturbed:
        functions, account = self.queues.functions, self.queues.functions.account
        self.begin_anew()
        id_ = FLOWS[name].prepare(self.queues)
        world = account.save()
        seen: Counter[str] = Counter()
        calls: list[CallPosition] = []
        begun: list[float] = []

        def around(call: Call, carry_out: CarryOut) -> AwsResponse:
            seen[call.name] += 1
            calls.append(CallPosition(call.name, seen[call.name]))
            return carry_out(call)

        functions.before_call = begun.append
        with account.disturbed(around), self.replaying():
            FLOWS[name].begin(self.queues, id_)
            self.queues.record()
        return Undisturbed(id_, world, tuple(calls), len(begun), FLOWS[name].state(functions))


@contextmanager
def matrix() -> Iterator[Matrix]:
    """Deploy the stack and fill the catalog. Limits are so low that the small files have what large ones have."""
    account = Account()
    with deployed(account) as functions, pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_items, "BLOCK_ROWS", 4)
        patch.setattr(event_items, "MAX_TEXT", 170)  # four rows with short numbers fit, most others don't
        patch.setattr(batching, "_EVENTS_PER_CALL", 12)
        patch.setattr(rollups, "FEW", 1)
        patch.setattr(single_events, "_MAX_WRITES", 10)
        catalog.seed(functions)
        account.lose_messages()  # S3's word that it will notify
        yield Matrix(Queues(functions), account.save())
