"""Records what happens to uploads in an account: invocations, the effects of their calls, messages and requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.protocols.traces.calls import EMPTY, Effect, Item, effects_of, requests_of
from tests.support.aws.messages import AwsResponse, Call
from tests.support.aws.queues import Delivery, Queues

NO_PROCESS = -1


class Observation(NamedTuple):
    """One thing that was seen. `process` numbers the invocations behind queues; others have none."""

    upload: str
    process: int
    what: str
    """`deliver`, `done`, `failed`, or what an `Effect` says."""
    item: Item = EMPTY
    detail: str = ""
    call: str = ""
    now: float = 0


@dataclass
class Recorder:
    """What was seen in one account, in order."""

    queues: Queues
    uploads: dict[str, Item] = field(default_factory=dict)
    """The items of the uploads as the record begins."""
    messages: list[tuple[str, str]] = field(default_factory=list)
    """The messages at that time: upload and kind."""
    unpublished: set[str] = field(default_factory=set)
    seen: list[Observation] = field(default_factory=list)
    calls: int = 0
    """Calls that were carried out."""
    refused: list[AssertionError] = field(default_factory=list)
    """What is wrong with single calls."""
    began: float = 0
    _running: list[tuple[int, str]] = field(default_factory=list)
    _processes: int = 0

    def begin(self) -> None:
        """Record anew from what is stored now."""
        functions, account = self.queues.functions, self.queues.functions.account
        asked = {"TableName": "uploads", "ConsistentRead": True}
        items = {each["id"]["S"]: each for each in functions.call_service("dynamodb", "Scan", asked)["Items"]}
        self.uploads = {id_: item for id_, item in items.items() if id_.startswith("upl_")}
        self.unpublished = {id_.split("#")[1] for id_ in items if id_.startswith("outbox#upl_")}
        self.messages = [
            (id_, prefix + kind)
            for url, prefix in ((functions.stack.queue_url, ""), (functions.stack.dead_letter_queue_url, "dead "))
            for message in account.queue(url)
            for id_, kind in requests_of(message["body"])
        ]
        self.began = account.clock.now
        self.seen.clear()
        self.refused.clear()
        self.calls = 0

    @contextmanager
    def recording(self) -> Iterator["Recorder"]:
        """Record for a while."""
        account, queues = self.queues.functions.account, self.queues
        self.begin()
        account.heard, queues.on_begin, queues.on_end = self._heard, self._begin, self._end
        try:
            yield self
        finally:
            account.heard, queues.on_begin, queues.on_end = lambda _, __: None, lambda _: None, lambda _, __: None
        if self.refused:
            raise self.refused[0]  # the function took it for a failed call

    def _begin(self, delivery: Delivery) -> None:
        self._processes += 1
        prefix = "dead " if delivery.function == "recover" else ""
        requests = list(requests_of(delivery.body))
        self._running.append((self._processes, requests[0][0] if requests else ""))
        self._note(*(Effect("deliver", id_, detail=prefix + kind) for id_, kind in requests), call=delivery.function)

    def _end(self, delivery: Delivery, is_done: bool) -> None:
        what = "done" if is_done else "failed"
        self._note(*(Effect(what, id_) for id_, _ in requests_of(delivery.body)), call=delivery.function)
        self._running.pop()

    def _heard(self, call: Call, answer: AwsResponse) -> None:
        if self.queues.functions.running:
            self.calls += 1
        try:
            self._note(*effects_of(call, answer), call=call.name)
        except AssertionError as error:
            self.refused.append(error)

    def _note(self, *effects: Effect, call: str) -> None:
        process, own = self._running[-1] if self._running else (NO_PROCESS, "")
        now = self.queues.functions.account.clock.now
        for what, upload, item, detail in effects:
            self.seen.append(Observation(upload or own, process, what, item, detail, call, now))
