"""A stack in operation: time passes by the minute, messages are delivered, the sweep runs, metrics are published."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.alarms.cloudwatch import MINUTE, Alarm, Unknown, changes
from tests.alarms.metered import MeteredFunctions
from tests.support.aws.account import CarryOut
from tests.support.aws.messages import AwsResponse, Call, DiedError
from tests.support.aws.queues import Queues
from tests.support.aws.strict import cell_error

SWEEP_MINUTES = 15
VARIANTS = tuple(
    Unknown(further, delay, fills_all)
    for further in (0, 2, 5)
    for delay, fills_all in ((0, True), (180, True), (180, False))
)


def of_events(call: Call) -> bool:
    """Tell whether a call is one to the events table."""
    return call.service == "dynamodb" and call.target == "events"


@dataclass(slots=True)
class Operation:
    """One account's stack. It has run for more than an hour before `began`."""

    queues: Queues
    functions: MeteredFunctions
    is_sweeping: bool = True
    began: float = field(init=False)
    _minute: int = 0

    def __post_init__(self) -> None:
        """Let the stack run idle for a while."""
        self.functions.account.clock.now -= self.functions.account.clock.now % MINUTE
        self.minutes(6 * SWEEP_MINUTES)
        self.began = self.now

    @property
    def now(self) -> float:
        """Epoch seconds."""
        return self.functions.account.clock.now

    def minutes(self, number: int, every_minute: Callable[[], None] = lambda: None) -> None:
        """Let so many minutes pass."""
        clock = self.functions.account.clock
        for _ in range(number):
            end = (clock.now // MINUTE + 1) * MINUTE
            every_minute()
            if self.is_sweeping and self._minute % SWEEP_MINUTES == 0:
                with suppress(Exception, DiedError):
                    self.functions.call("sweep", {})
            self._deliver_until(end)
            clock.now = max(clock.now, end)
            self._minute += 1
            self.functions.sample_queues()

    def _deliver_until(self, end: float) -> None:
        clock = self.functions.account.clock
        while True:
            self.queues.deliver()
            hidden = [each["visible_at"] for each in self.queues.messages() if each["visible_at"] > clock.now]
            if min(hidden, default=end) >= end:
                return
            clock.now = min(hidden)

    @contextmanager
    def refused(self, applies: Callable[[Call], bool], function: str = "") -> Iterator[None]:
        """Deny calls of a function, or of all, for a while."""

        def around(call: Call, carry_out: CarryOut) -> AwsResponse:
            if self.functions.running and function in {"", self.functions.running} and applies(call):
                return cell_error(call, 400, "AccessDeniedException")
            return carry_out(call)

        with self.functions.account.disturbed(around):
            yield

    @contextmanager
    def stopped(self, function: str) -> Iterator[None]:
        """Disable the trigger of a function for a while."""
        self.queues.stopped.add(function)
        yield
        self.queues.stopped.discard(function)

    @contextmanager
    def broken(self, function: str) -> Iterator[None]:
        """Keep a function from starting for a while."""
        self.functions.broken.add(function)
        yield
        self.functions.broken.discard(function)

    @contextmanager
    def killed(self) -> Iterator[None]:
        """Kill each process at its first call to the events table for a while."""

        def around(call: Call, carry_out: CarryOut) -> AwsResponse:
            if self.functions.running and of_events(call):
                raise DiedError
            return carry_out(call)

        with self.functions.account.disturbed(around):
            yield

    def histories(self, alarm: Alarm) -> Iterator[list[str]]:
        """Yield the states that an alarm goes through, whatever CloudWatch's range and delay are."""
        for variant in VARIANTS:
            found = changes(alarm, self.functions.points, self.began, self.now, variant)
            yield [state for _, state in found]
