"""What happens to one process at one of its calls: it dies, is refused, hears no answer, or others go on meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal, NamedTuple

from tests.support.aws.account import Account, CarryOut
from tests.support.aws.died import DiedError
from tests.support.aws.messages import AwsResponse, Call, NoAnswerError
from tests.support.aws.strict import cell_error

How = Literal[
    "killed before",
    "killed after",
    "refused",
    "answer lost",
    "told again",
    "others go on",
    "owner reverted",
    "owner reprocessed",
    "counter changed",
]
_MEETINGS = frozenset({"owner reverted", "owner reprocessed", "counter changed"})
"""What happens in the middle of a request without harm to it: its result is known."""


class Break(NamedTuple):
    """What happens at the `at`-th call of a process, from 1."""

    at: int
    how: How


@dataclass(slots=True)
class Planned:
    """A break, and whether it has come: a process may make fewer calls."""

    planned: Break | None
    happened: bool = False

    @property
    def is_unsure(self) -> bool:
        """Whether nobody knows what came of it."""
        return self.happened and self.planned is not None and self.planned.how not in _MEETINGS


@contextmanager
def breaking(account: Account, planned: Break | None, meanwhile: Callable[[How], None]) -> Iterator[Planned]:
    """Let it happen to the process inside; `meanwhile` is what others do. Ends quietly where the process dies of it."""
    state, count, is_dead = Planned(planned), 0, False

    def around(call: Call, carry_out: CarryOut) -> AwsResponse:
        nonlocal count, is_dead
        if is_dead:
            raise DiedError
        count += 1
        if planned is None or count != planned.at:
            return carry_out(call)
        state.happened = True
        match planned.how:
            case "refused":
                return cell_error(call, 400, "AccessDeniedException")
            case "answer lost":
                carry_out(call)
                raise NoAnswerError
            case "killed before" | "killed after":
                is_dead = True
                if planned.how == "killed after":
                    carry_out(call)
                raise DiedError
            case _:
                meanwhile(planned.how)
                return carry_out(call)

    before, account.around = account.around, around
    try:
        with suppress(DiedError):
            yield state
    finally:
        account.around = before
