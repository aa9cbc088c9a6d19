"""What happens to one process at one of its calls: it dies, is refused, hears no answer, or others go on meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tests.support.aws.account import Account, CarryOut
from tests.support.aws.messages import AwsResponse, Call, DiedError, NoAnswerError
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
Storm = Callable[[], How | None]
"""Returns what happens to the next call beside what is planned, or None."""


class Break(NamedTuple):
    """What happens at the `at`-th call of a process, from 1."""

    at: int
    how: How


@dataclass(slots=True)
class Planned:
    """A break, and what has come of it: a process may make fewer calls, and a storm may break more of them."""

    planned: Break | None
    came: list[How] = field(default_factory=list)

    @property
    def happened(self) -> bool:
        """Whether anything has happened."""
        return bool(self.came)

    @property
    def is_unsure(self) -> bool:
        """Whether nobody knows what came of it."""
        return not _MEETINGS.issuperset(self.came)


@contextmanager
def breaking(
    account: Account, planned: Break | None, meanwhile: Callable[[How], None], storm: Storm = lambda: None
) -> Iterator[Planned]:
    """Let it happen to the process inside; `meanwhile` is what others do. Ends quietly where the process dies of it."""
    state, count, is_dead = Planned(planned), 0, False

    def around(call: Call, carry_out: CarryOut) -> AwsResponse:
        nonlocal count, is_dead
        if is_dead:
            raise DiedError
        count += 1
        how = planned.how if planned is not None and count == planned.at else storm()
        if how is None:
            return carry_out(call)
        state.came.append(how)
        match how:
            case "refused":
                return cell_error(call, 400, "AccessDeniedException")
            case "answer lost":
                carry_out(call)
                raise NoAnswerError
            case "killed before" | "killed after":
                is_dead = True
                if how == "killed after":
                    carry_out(call)
                raise DiedError
            case _:
                meanwhile(how)
                return carry_out(call)

    before, account.around = account.around, around
    try:
        with suppress(DiedError):
            yield state
    finally:
        account.around = before
