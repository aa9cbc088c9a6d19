"""Several versions of a file on one key: delivered in any order, crashed, and compared with plain counting."""

from collections import Counter
from collections.abc import Iterable, Sequence

from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.pipeline.attempt import GRACE, BusyError
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.world import LIFE, World

HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value\n"
KEY = "uploads/acme/usage.csv"
KINDS = {
    "a": "2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,400",
    "b": "2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,600",
    "c": "2024-09-26,cpu_usage,cus_GAXJtSu6021a6s,-1.5",
    "n": "2024-09-26,cpu_usage,cus_nobody,1",
    "x": "2024-09-26,cpu_usage,cus_QMJJtcu70R1x46,many",
}
"""Rows by letter. `n` is refused as long as its customer is not registered, `x` always."""
Content = tuple[str, str, int, str, str]


def file_of(letters: str) -> bytes:
    """Write a file of rows, each told by a letter."""
    return (HEADER + "".join(KINDS[letter] + "\n" for letter in letters)).encode()


def counted(events: Iterable[StoredEvent]) -> dict[str, int]:
    """Return how many events there are of each letter."""
    values = {"400": "a", "600": "b", "-1.5": "c", "1": "n"}
    return Counter(values[f"{event.value:f}"] for event in events)


def greatest(files: Sequence[str], *, good: str = "abc") -> dict[str, int]:
    """Return how many rows of each letter the file has that has the most of them."""
    most = {letter: max((file.count(letter) for file in files), default=0) for letter in good}
    return {letter: count for letter, count in most.items() if count}


def deliver_all(world: World, versions: Sequence[ObjectVersion], crashes: Sequence[Crash | None] = ()) -> None:
    """Deliver as the queue does, the first ones into crashes, until every upload is final."""
    planned = list(crashes)
    waiting = list(versions)
    for _ in range(20 * len(versions) + 20):
        if not waiting:
            return
        version = waiting.pop(0)
        crash = planned.pop(0) if planned else None
        world.switch.plan(crash)
        try:
            world.deliver(version)
        except CrashError:
            world.now += LIFE + GRACE + 1 if crash and crash.kills else 10
            waiting.append(version)
        except BusyError as busy:
            world.now += busy.seconds + 1
            waiting.append(version)
        world.switch.plan(None)
    raise AssertionError("uploads wait for each other for ever")
