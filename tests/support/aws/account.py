"""One AWS account of a test, and the one place through which every call to it goes."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from meterdrop.domain.uploads.objects import ObjectVersion
from tests.support.aws.clock import Clock
from tests.support.aws.emulator import Emulator
from tests.support.aws.messages import AwsResponse, Call
from tests.support.aws.sizes import cut
from tests.support.aws.strict import checked

Saved = tuple[bytes, float, list[dict[str, Any]]]
CarryOut = Callable[[Call], AwsResponse]


def as_it_is(call: Call, carry_out: CarryOut) -> AwsResponse:
    """Let a call through."""
    return carry_out(call)


@dataclass(slots=True)
class Account:
    """Serves `doors`. Calls come from many threads and are carried out one at a time."""

    clock: Clock = field(default_factory=Clock)
    around: Callable[[Call, CarryOut], AwsResponse] = as_it_is
    """What happens to each call: it may carry it out or not, answer something else, raise NoAnswerError, or whatever
    ends a process."""
    notice: Callable[[Call], None] = lambda _: None
    """Called with each call, before `around`."""
    heard: Callable[[Call, AwsResponse], None] = lambda _, __: None
    """Called with each call that was carried out, and its answer, whether or not anybody receives it."""
    told: list[dict[str, Any]] = field(default_factory=list)
    """What the event bus accepted."""
    _emulator: Emulator = field(init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        """Begin empty."""
        self._emulator = Emulator(self.clock)

    def call(self, call: Call) -> AwsResponse:
        """Answer a call, as `around` has it."""
        self.notice(call)
        return self.around(call, self.carry_out)

    def carry_out(self, call: Call) -> AwsResponse:
        """Carry a call out, whatever a test does to others."""
        with self._lock:
            taken = checked(call)
            if isinstance(taken, AwsResponse):
                return taken
            answer = cut(taken, self._emulator.answer(taken.service, taken.request))
            if taken.operation == "PutEvents" and answer.status == 200:
                self.told += taken.json["Entries"]
            self.heard(taken, answer)
            return answer

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages of all queues, hidden ones too, as MiniStack keeps them: `body`, `visible_at`."""
        return [message for messages in self._emulator.queues() for message in messages]

    def queue(self, url: str) -> list[dict[str, Any]]:
        """Return the messages of one queue, likewise."""
        return self._emulator.queue(url)

    @contextmanager
    def disturbed(self, around: Callable[[Call, CarryOut], AwsResponse]) -> Iterator[None]:
        """Have calls happen as `around` has it for a while."""
        before, self.around = self.around, around
        try:
            yield
        finally:
            self.around = before

    def versions(self) -> list[ObjectVersion]:
        """Return the newest version of every object."""
        return [ObjectVersion(*found) for found in self._emulator.versions()]

    def lose_messages(self) -> None:
        """Empty all queues, as if nothing had ever been sent."""
        for messages in self._emulator.queues():
            messages.clear()

    def objects(self, prefix: str) -> dict[str, bytes]:
        """Return the objects that readers find below a prefix now."""
        return {key: data for key, data in self._emulator.objects().items() if key.startswith(prefix)}

    def status_events(self) -> list[dict[str, Any]]:
        """Return what the event bus accepted, each `Detail` read."""
        return [{**entry, "Detail": json.loads(entry["Detail"])} for entry in self.told]

    def audit_lines(self) -> list[dict[str, Any]]:
        """Return the lines of the audit trail, each read."""
        return [json.loads(line) for line in self._emulator.log_lines("audit")]

    def save(self) -> Saved:
        """Return all that is stored, and the time."""
        return self._emulator.save(), self.clock.now, list(self.told)

    def restore(self, saved: Saved) -> None:
        """Go back to what was saved."""
        state, self.clock.now, told = saved
        self.told[:] = told
        self._emulator.restore(state)
