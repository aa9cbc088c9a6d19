"""The faults: what may happen to one call to AWS."""

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NoReturn

from meterdrop.pipeline.attempt import MARGIN
from tests.support.aws import partial
from tests.support.aws.account import CarryOut
from tests.support.aws.clock import Clock
from tests.support.aws.messages import AwsResponse, Call, DiedError, NoAnswerError
from tests.support.aws.partial import Chosen, in_json
from tests.support.aws.strict import cell_error

_BATCHES = frozenset(
    {"BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "PutEvents", "TransactWriteItems"},
)
_ALL_OR_NONE = frozenset({"BatchGetItem", "PutEvents", "TransactWriteItems"})
"""Batches of which no half is stored: reads, one event, and transactions."""
_PLAIN_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})


class Fault(Enum):
    """What happens to a call, in the words of the table."""

    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    KILLED_INSIDE = "killed inside"
    """After every second write of a batch: DynamoDB executes a batch in any order."""
    ANSWER_LOST = "response lost"
    """Carried out, and the answer does not arrive; the client asks again."""
    ANSWERS_LOST = "all responses lost"
    """Carried out each time the client asks, and it never hears of it."""
    THROTTLED = "throttled once"
    THROTTLED_LONG = "throttled repeatedly"
    """Until two processes have given up."""
    SERVER_ERROR = "5xx once"
    CONFLICT = "conflict once"
    """A transaction of somebody else is writing the item at the moment."""
    REFUSED = "AccessDenied"
    """Until the process has given up."""
    PARTLY = "partial result"
    """The second half of a batch is left, or a transaction is cancelled by another one, in an answer that says so."""
    OUT_OF_TIME = "nearly out of time"
    """After the call so little time is left that no other may begin."""

    CUT_OFF = "download cut off"
    """The connection breaks in the middle of an object's bytes."""

    def applies_to(self, name: str) -> bool:
        """Tell whether such a call can fail so."""
        operation = name.partition(" ")[0]
        if self is Fault.CUT_OFF:
            return operation == "GetObject"
        if self is Fault.CONFLICT:
            return operation in _PLAIN_WRITES
        if self is Fault.KILLED_INSIDE:
            return operation in _BATCHES - _ALL_OR_NONE
        return self is not Fault.PARTLY or operation in _BATCHES


KILLS = frozenset({Fault.KILLED_BEFORE, Fault.KILLED_AFTER, Fault.KILLED_INSIDE})
_THROTTLED = {
    "dynamodb": (400, "ThrottlingException"),
    "s3": (503, "SlowDown"),
    "sqs": (400, "ThrottlingException"),
    "eventbridge": (400, "ThrottlingException"),
}
_ONCE = {
    Fault.SERVER_ERROR: (500, "InternalServerError"),
    Fault.CONFLICT: (400, "TransactionConflictException"),
}
_DENIED = {"dynamodb": "AccessDeniedException", "s3": "AccessDenied", "sqs": "AccessDenied"}
_LASTING = {
    Fault.ANSWERS_LOST: 1,
    Fault.REFUSED: 1,
    Fault.THROTTLED_LONG: 2,
}
"""How many processes meet a fault that does not pass by itself."""


@dataclass(frozen=True, slots=True)
class CallPosition:
    """A call of a flow: its name, and the how many-th of that name it is, from 1."""

    name: str
    number: int


@dataclass
class Disturbance:
    """One fault at one place."""

    fault: Fault
    place: CallPosition
    clock: Clock
    met: int = 0
    """Calls that the fault was met by."""
    _seen: Counter[str] = field(default_factory=Counter)
    _processes: int = 0
    _until: int | None = None
    _is_dead: bool = False
    _ends: float = 0

    def begin_process(self, lifetime: float) -> None:
        """Begin a process, which may live so many seconds: one that died is gone."""
        self._processes += 1
        self._is_dead = False
        self._ends = self.clock.now + lifetime

    def then(self, carry_out: CarryOut) -> CarryOut:
        """Put itself before what carries calls out."""
        return lambda call: self._meet(call, carry_out)

    def _meet(self, call: Call, carry_out: CarryOut) -> AwsResponse:
        """Let a call through, or have the fault happen to it."""
        if self._is_dead:
            raise DiedError
        self._seen[call.name] += 1
        is_here = call.name == self.place.name and (self._seen[call.name] == self.place.number or self._lasts())
        if not is_here:
            return carry_out(call)
        self.met += 1
        if self.fault in _LASTING and self._until is None:
            self._until = self._processes + _LASTING[self.fault]
        return self._happen(call, carry_out)

    def _lasts(self) -> bool:
        return self._until is not None and self._processes < self._until

    def _happen(self, call: Call, carry_out: CarryOut) -> AwsResponse:
        if self.fault in KILLS:
            self._kill(call, carry_out)
        match self.fault:
            case Fault.ANSWER_LOST | Fault.ANSWERS_LOST:
                carry_out(call)
                raise NoAnswerError
            case Fault.THROTTLED | Fault.THROTTLED_LONG:
                return cell_error(call, *_THROTTLED[call.service])
            case Fault.SERVER_ERROR | Fault.CONFLICT:
                return cell_error(call, *_ONCE[self.fault])
            case Fault.REFUSED:
                return cell_error(call, 403 if call.service == "s3" else 400, _DENIED.get(call.service, "AccessDenied"))
            case Fault.OUT_OF_TIME:
                answer = carry_out(call)
                self.clock.now = max(self.clock.now, self._ends - MARGIN + 1)
                return answer
            case Fault.PARTLY:
                return partly(call, carry_out, _first_half)
            case _:
                answer = carry_out(call)
                return replace(answer, body=answer.body[: len(answer.body) // 2])

    def _kill(self, call: Call, carry_out: CarryOut) -> NoReturn:
        self._is_dead = True
        if self.fault is Fault.KILLED_INSIDE:
            partly(call, carry_out, _every_second)
        elif self.fault is Fault.KILLED_AFTER:
            carry_out(call)
        raise DiedError


def partly(call: Call, carry_out: CarryOut, chosen: Chosen) -> AwsResponse:
    """Carry out a part of a batch. Transactions are cancelled by another one, and no status event is accepted."""
    body = call.json
    match call.operation:
        case "TransactWriteItems":
            reasons = [{"Code": "TransactionConflict"}, *({"Code": "None"} for _ in body["TransactItems"][1:])]
            told = {"__type": "x#TransactionCanceledException", "message": "", "CancellationReasons": reasons}
            return in_json(told, 400)
        case "PutEvents":
            failed = [{"ErrorCode": "ThrottlingException", "ErrorMessage": ""} for _ in body["Entries"]]
            return in_json({"FailedEntryCount": len(failed), "Entries": failed})
    return partial.partly(call, carry_out, chosen)


def _first_half(at: int, count: int) -> bool:
    return at < count // 2


def _every_second(at: int, _: int) -> bool:
    return at % 2 == 0
