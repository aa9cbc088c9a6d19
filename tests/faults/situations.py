"""What happens around a flow, not to one of its calls: other deliveries, files and people, at every moment of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tests.faults import files
from tests.support.aws import catalog
from tests.support.aws.account import CarryOut
from tests.support.aws.messages import AwsResponse, Call, DiedError
from tests.support.aws.queues import Queues
from tests.support.fakes.catalog import METERS

Prepare = Callable[[Queues], str]
Interrupt = Callable[[Queues], None]


@dataclass(frozen=True, slots=True)
class Situation:
    """A world with files that wait, and what happens before one of the calls that the first of them leads to."""

    prepare: Prepare
    interrupt: Interrupt
    kills: bool = False
    """Whether the process dies there, too: what happens, happens between two attempts."""
    events: int | None = None
    """How many there are in the end, whoever came first; None where that depends on when it happens."""


def interrupted(queues: Queues, situation: Situation, at: int) -> bool:
    """Deliver the first message, with the interruption before its call `at`; says whether there was such a call."""
    seen, is_over = 0, False

    def around(call: Call, carry_out: CarryOut) -> AwsResponse:
        nonlocal seen, is_over
        if is_dead():
            raise DiedError
        if is_over:
            return carry_out(call)
        seen += 1
        if seen == at:
            is_over = True
            situation.interrupt(queues)
            if situation.kills:
                dead.append(True)
                raise DiedError
        return carry_out(call)

    dead: list[bool] = []

    def is_dead() -> bool:
        return bool(dead)

    with queues.functions.account.disturbed(around):
        queues.deliver_first()
    return is_over


def _usage(queues: Queues) -> str:
    return queues.put("uploads/usage.csv", files.USAGE).upload_id


def _delivered_again(queues: Queues) -> None:
    queues.send_again()
    queues.deliver()


def _overwritten(queues: Queues) -> None:
    queues.put("uploads/usage.csv", files.UPDATED)
    queues.deliver()


def _shared(queues: Queues) -> str:
    return queues.put("uploads/shared-1.csv", files.SHARED).upload_id


def _others_with_the_same(queues: Queues) -> None:
    for number in (2, 3):
        queues.put(f"uploads/shared-{number}.csv", files.SHARED + f"2024-09-25,logins,@acme,,own-{number}\n".encode())
    queues.deliver()


def _deleted(queues: Queues) -> None:
    queues.delete("uploads/usage.csv")


def _customer_gone(queues: Queues) -> None:
    catalog.remove_customer(queues.functions, "cus_GAXJtSu6021a6s")


def _customer_new(queues: Queues) -> None:
    catalog.put_customer(queues.functions, "cus_nobody")


def _meter_archived(queues: Queues) -> None:
    catalog.put_meter(queues.functions, replace(METERS[0], active=False))


def _value_key_changed(queues: Queues) -> None:
    catalog.put_meter(queues.functions, replace(METERS[1], value_key="seconds"))


USAGE_EVENTS, UPDATED_EVENTS, SHARED_EVENTS = 28, 30, 6

SITUATIONS: Mapping[str, Situation] = {
    "delivered again while the first is alive": Situation(_usage, _delivered_again, events=USAGE_EVENTS),
    "key overwritten while it is processed": Situation(_usage, _overwritten, events=UPDATED_EVENTS),
    "same identifiers in three files at once": Situation(_shared, _others_with_the_same, events=SHARED_EVENTS),
    "deleted, a marker on top": Situation(_usage, _deleted, events=USAGE_EVENTS),
    "customer deleted between attempts": Situation(_usage, _customer_gone, kills=True),
    "customer registered between attempts": Situation(_usage, _customer_new, kills=True),
    "meter archived between attempts": Situation(_usage, _meter_archived, kills=True),
    "value key changed between attempts": Situation(_usage, _value_key_changed, kills=True),
}
