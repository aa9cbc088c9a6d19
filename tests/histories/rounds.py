"""A round: clients and faults for some calls, then rest, then the checks of everything that was recorded."""

import json
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random

from tests.histories.checks import FeedRead, SummaryRead
from tests.histories.client import KINDS, WHO, Client, World
from tests.histories.lossy_proxy import running_proxy
from tests.histories.nemesis import Nemesis
from tools.commands.audit import read_differences
from tools.emulator.web import post
from tools.stack.local_stack import LocalStack

_REST_SECONDS = 240
"""Seconds within which all uploads become final when the faults are over."""
_FIRST_SWEEP_SECONDS = 3
_SWEEP_EVERY_SECONDS = 20
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Round:
    """The result: what was counted, and what is wrong."""

    counts: Counter[str]
    problems: list[str]


def run_round(stack: LocalStack, seed: int, *, clients: int, calls: int) -> Round:
    """Run a round of so many calls with a meter of its own.

    The seed draws requests and faults, but not the times of processes.
    """
    known = set(read_differences(stack.clients.dynamodb(), stack.outputs))
    name = f"history_{seed}_{secrets.token_hex(3)}"
    fields = {"event_name": name, "display_name": name, "default_aggregation[formula]": "sum"}
    meter = post(f"{stack.api_url}/v1/billing/meters", fields, bearer=stack.secret_key)
    with running_proxy(stack.api_url, f"{seed} proxy") as proxy:
        world = World(stack, proxy.url, json.loads(meter.body)["id"], name)
        nemesis = Nemesis(stack, Random(f"{seed} nemesis"), world.number_of_calls)
        working = [Client(world, f"{seed} {number}") for number in range(clients)]
        nemesis.begin()
        try:
            with ThreadPoolExecutor(clients) as executor:
                ends = [executor.submit(each.work_until, calls) for each in working]
                try:
                    for each in ends:
                        each.result()
                finally:
                    world.is_stopped = True
        finally:
            nemesis.end()
    world.api_url = stack.api_url
    problems = [*_rest(working, nemesis), *_at_rest(world, working[0]), *world.history.problems(), *world.problems]
    problems += (each for each in read_differences(stack.clients.dynamodb(), stack.outputs) if each not in known)
    history = world.history
    counts = world.calls + nemesis.counts + Counter({f"answers {name}": n for name, n in proxy.counts.items()})
    counts += Counter(
        events=len({change.event for change in history.changes}),
        changes=len(history.changes),
        summaries=len(history.summaries),
        feeds=len(history.feeds),
        statuses=len(history.statuses),
    )
    return Round(counts, problems)


def _rest(clients: list[Client], nemesis: Nemesis) -> Iterator[str]:
    """Wait until every file has a final status; yield those that have none in the end."""
    gives_up, due = time.monotonic() + _REST_SECONDS, time.monotonic() + _FIRST_SWEEP_SECONDS
    waiting = [(client, file) for client in clients for file in client.files]
    while waiting and time.monotonic() < gives_up:
        if time.monotonic() > due:
            nemesis.expire_leases()
            nemesis.sweep()
            due = time.monotonic() + _SWEEP_EVERY_SECONDS
        waiting = [(client, file) for client, file in waiting if not client.look(file)]
        time.sleep(0.2)
    last = {read.upload["id"]: read.upload for client, _ in waiting for read in client.world.history.statuses}
    yield from (f"not final after {_REST_SECONDS} s: {last.get(file.upload, file)}" for _, file in waiting)


def _at_rest(world: World, client: Client) -> Iterator[str]:
    """Yield what differs from a recount of the feed, now that nothing is in progress."""
    feed, summaries = _read_all(client)
    if feed is None:
        yield "the feed changes, or gives no answer, at rest"
        return
    client.read_feed({})
    by_owner = Counter(event.owner for event in feed.seen.values())
    counted = {read.upload["id"]: read.upload["success_count"] for read in world.history.statuses}
    for file in world.files:
        expected = 0 if file.is_reverted else counted.get(file.upload)
        if by_owner[file.upload] != expected:
            yield f"{file}: {by_owner[file.upload]} events in the feed instead of {expected}"
    for read in summaries:
        counting = (event for event in feed.seen.values() if not event.is_cancelled)
        values = [event.content.value for event in counting if read.scope.holds(event.content)]
        if (read.events, read.total) != (len(values), sum(values)):
            yield f"{read}: the feed has {len(values)} events with the sum {sum(values)}"


def _read_all(client: Client) -> tuple[FeedRead | None, list[SummaryRead]]:
    """Read feeds and summaries. On a busy machine, the last call of a killed function can still arrive: try again."""
    before, summaries = client.read_feed({"start_time": 0}), list[SummaryRead]()
    for _ in range(_TRIES):
        summaries = [read for who in (None, *WHO) for kind in KINDS for read in client.read_summary(who, kind)]
        for who in WHO:
            client.read_feed({"customer": who})
        after = client.read_feed({"start_time": 0})
        if before is not None and after is not None and before.seen == after.seen:
            return after, summaries
        before = after
    return None, summaries
