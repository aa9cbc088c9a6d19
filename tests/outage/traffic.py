"""Lambda's pollers on the clock of a test: so many invocations of a function at a time, and the sweep every 15 minutes.

An invocation's calls happen at once, at its beginning. Its duration counts: until it is over, its poller takes no other
message. So the clock goes back when the next invocation began before the last one ended.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from meterdrop.handlers.sqs import Notification, parse_message
from tests.support.aws.account import CarryOut
from tests.support.aws.messages import AwsResponse, Call, Request
from tests.support.aws.queues import Queues
from tests.support.aws.strict import cell_error

CONCURRENCY = {"ingest": 10, "recover": 2}
"""As the triggers of the stack have it."""
SWEEP_SECONDS = 900
START_SECONDS = 0.05
CALL_SECONDS = 0.005
POLL_SECONDS = 20
"""Until a poller asks a queue again that refused it."""
_NO_REQUEST = Request("POST", "", {}, b"{}")


@dataclass(slots=True)
class Refusal:
    """Calls of functions that AWS refuses for a while."""

    applies: Callable[[Call], bool]
    status: int
    code: str
    begins: float
    ends: float

    def refuses(self, call: Call, now: float) -> bool:
        """Return whether a call is refused."""
        return self.begins <= now < self.ends and self.applies(call)


@dataclass(slots=True)
class Traffic:
    """The queues of a stack, with pollers; everything is counted by the minute."""

    queues: Queues
    refusal: Refusal
    refused: Counter[int] = field(default_factory=Counter)
    """Refused calls by minute."""
    finished: Counter[int] = field(default_factory=Counter)
    """Messages done by minute."""
    attempts: Counter[str] = field(default_factory=Counter)
    """Invocations of ingest by upload."""
    later: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    """What else happens, each with its time, in order."""
    _free: dict[str, list[float]] = field(default_factory=dict)
    _sweeps_at: float = 0

    def __post_init__(self) -> None:
        """Begin now, with all pollers free."""
        now = self._clock.now
        self._free = {name: [now] * count for name, count in CONCURRENCY.items()}
        self._sweeps_at = now + SWEEP_SECONDS

    @property
    def _clock(self) -> Any:
        return self.queues.functions.account.clock

    def run(self, until: Callable[[], bool], latest: float) -> None:
        """Let time pass until something holds, which is looked at after each sweep, or fail at `latest`."""
        with self.queues.functions.account.disturbed(self._around):
            while True:
                at, begin = min((self._sweeps_at, "sweep"), *((self._next(name), name) for name in CONCURRENCY))
                if self.later and self.later[0][0] <= at:
                    self._clock.now, happen = self.later.pop(0)
                    happen()
                    continue
                self._clock.now = at
                if begin != "sweep":
                    self._invoke(begin)
                    continue
                assert at < latest, "the stack never comes to an end"
                if until():
                    return
                with suppress(Exception):
                    self.queues.functions.call("sweep", {})
                self._sweeps_at = at + SWEEP_SECONDS

    def _next(self, name: str) -> float:
        """Return when a poller of a function takes the next message."""
        messages = self.queues.functions.account.queue(self._url(name))
        shows = min((message["visible_at"] for message in messages), default=float("inf"))
        return max(self._free[name][0], shows)

    def _invoke(self, name: str) -> None:
        began, url, functions = self._clock.now, self._url(name), self.queues.functions
        heapq.heappop(self._free[name])
        asked = {"QueueUrl": url, "MaxNumberOfMessages": 1, "AttributeNames": ["ApproximateReceiveCount"]}
        if self.refusal.refuses(Call("sqs", "ReceiveMessage", _NO_REQUEST), began):
            heapq.heappush(self._free[name], began + POLL_SECONDS)
            return
        for message in functions.call_service("sqs", "ReceiveMessage", asked).get("Messages", ()):
            self._clock.now += START_SECONDS
            if name == "ingest":
                self.attempts.update(_upload_ids(message["Body"]))
            if self.queues.hand_over(name, url, message):
                self.finished[int(self._clock.now // 60)] += 1
        heapq.heappush(self._free[name], max(self._clock.now, began + CALL_SECONDS))

    def _url(self, name: str) -> str:
        stack = self.queues.functions.stack
        return stack.queue_url if name == "ingest" else stack.dead_letter_queue_url

    def _around(self, call: Call, carry_out: CarryOut) -> AwsResponse:
        self._clock.now += CALL_SECONDS
        if self.queues.functions.running and self.refusal.refuses(call, self._clock.now):
            self.refused[int(self._clock.now // 60)] += 1
            return cell_error(call, self.refusal.status, self.refusal.code)
        return carry_out(call)


def _upload_ids(body: str) -> list[str]:
    return [each.version.upload_id if isinstance(each, Notification) else each[0] for each in parse_message(body)]


class InThisThread(Executor):
    """Makes each call at once, in this thread: the threads of a function would all move the one clock."""

    def __init__(self, _: int) -> None:
        """Need no thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Make a call."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 (raised by `result`)
            future.set_exception(error)
        return future
