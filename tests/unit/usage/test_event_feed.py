"""The feed: every event once, in the order in which they were received, whatever the filter and the pages."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.adapters.dynamodb.batch import delete_items, put_items
from meterdrop.adapters.metering.usage_items import lists_prefix
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Scope, UsageChangingError
from meterdrop.usage import event_feed
from meterdrop.usage.event_feed import NEWEST, Feed, Narrowed
from tests.support.stored_usage import StoredUsage
from tests.support.usage_strategy import CUSTOMERS, METER, NOW, OWNERS, in_scope, stored_events, times

ALL = Scope(METER, None)
scopes = st.sampled_from([ALL, *(Scope(METER, customer) for customer in CUSTOMERS)])


def plainly(events: Iterable[StoredEvent], scope: Scope, start: int = 0, end: int = 10**10) -> list[StoredEvent]:
    """Sort and filter, as anybody would."""
    own = [event for event in events if in_scope(event, scope) and start <= event.timestamp < end]
    return sorted(own, key=_place, reverse=True)


def _place(event: StoredEvent) -> tuple[object, ...]:
    customer = event.customer if event.upload.startswith("req_") else ""
    return event.received, event.upload, event.timestamp // 3_600, customer, event.row


def feed_of(events: list[StoredEvent]) -> Feed:
    """Make the feed of these events."""
    stored = StoredUsage(events)
    return Feed(stored.usage, stored.events)


def plain(events: Iterable[StoredEvent]) -> list[StoredEvent]:
    """Return events without the items that hold them."""
    return [event._replace(item="") for event in events]


def pages(walk: Callable[..., Any], size: int, *, newest_first: bool) -> list[StoredEvent]:
    """Read page by page, as a client does."""
    found: list[StoredEvent] = []
    beyond: StoredEvent | None = None
    while page := list(walk(beyond=beyond, newest_first=newest_first, expect=size + 1))[:size]:
        found += plain(page)
        beyond = page[-1]
    return found


@given(
    events=stored_events(),
    scope=scopes,
    edges=st.tuples(times, times),
    size=st.integers(1, 5),
    newest_first=st.booleans(),
    searched=st.sampled_from([(1, 1), (1, 3), (2, 2), (100, 300)]),
)
def test_a_narrowed_feed_gives_each_event_once(  # noqa: PLR0913, PLR0917  what a client chooses, and what is stored
    events: list[StoredEvent],
    scope: Scope,
    edges: tuple[int, int],
    size: int,
    newest_first: bool,
    searched: tuple[int, int],
) -> None:
    """By customer and time all of them, cancelled ones too, in both directions, however few arrivals are searched."""
    narrowed = Narrowed(scope=scope, start=min(edges), end=max(edges) + 1)
    expected = plainly(events, scope, narrowed.start, narrowed.end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_feed, "ARRIVALS_AT_ONCE", searched[0])
        patch.setattr(event_feed, "MAX_ARRIVALS", searched[1])
        found = pages(partial(feed_of(events).walk, narrowed), size, newest_first=newest_first)
    assert expected[:: 1 if newest_first else -1] == found


@given(events=stored_events(), size=st.integers(1, 5))
def test_the_feed_gives_the_newest_events(events: list[StoredEvent], size: int) -> None:
    """Without a filter the newest events, page by page."""
    assert plainly(events, ALL) == pages(partial(feed_of(events).walk_newest, METER), size, newest_first=True)


def many(count: int, *, hours: int = 1, name: str = "id") -> list[StoredEvent]:
    """Make events of one upload, spread over hours."""
    owner = OWNERS[0]
    return [
        StoredEvent(
            f"{name}-{row}", owner, row, METER, METER, "cus_1", NOW - (row % hours) * 3_600, Decimal(row), {}, NOW
        )
        for row in range(1, count + 1)
    ]


@pytest.mark.parametrize("hours", [1, 7, 150])
def test_the_feed_ends_after_a_hundred(hours: int) -> None:
    """However many there are and wherever they lie, without a filter the newest hundred are shown."""
    events = many(300, hours=hours)
    expected = plainly(events, ALL)[:NEWEST]
    feed = feed_of(events)
    assert expected == pages(partial(feed.walk_newest, METER), 30, newest_first=True)
    assert expected[:4][::-1] == plain(feed.walk_newest(METER, beyond=expected[4], newest_first=False))
    old = plainly(events, ALL)[200]
    assert [] == plain(feed.walk_newest(METER, beyond=old))
    assert expected[::-1] == plain(feed.walk_newest(METER, beyond=old, newest_first=False))


def test_many_owners_of_few_events_are_read_at_once() -> None:
    """A hundred events created with the API cost one page of the feed, and no list of events."""
    events = [
        StoredEvent(f"req_{row:026d}:1", f"req_{row:026d}", 1, METER, METER, "cus_1", NOW - row, None, {}, NOW + row)
        for row in range(150)
    ]
    stored = StoredUsage(events)
    assert plainly(events, ALL)[:NEWEST] == plain(Feed(stored.usage, stored.events).walk_newest(METER))
    queries = [request for operation, request in stored.client.sent if operation == "Query"]
    assert [f"{METER}#feed"] == [query["ExpressionAttributeValues"][":pk"]["S"] for query in queries]
    assert [100] == stored.keys_read("events")


def test_a_page_reads_as_many_events_as_it_shows() -> None:
    """A page of ten of five thousand events reads eleven of them."""
    events = many(5_000)
    stored = StoredUsage(events)
    narrowed = Narrowed(scope=Scope(METER, "cus_1"), start=0, end=NOW + 1)
    walk = Feed(stored.usage, stored.events).walk(narrowed, expect=11)
    expected = plainly(events, ALL)[:11]
    assert expected == plain(next(walk) for _ in range(11))
    assert [11] == stored.keys_read("events")


def files(count: int, *, of_other: int = 0) -> list[StoredEvent]:
    """Make one event in each of many uploads, a minute apart. The oldest ones are of another customer."""
    return [
        StoredEvent(
            f"upl_{_letters(number)}:1",
            f"upl_{_letters(number)}",
            1,
            METER,
            METER,
            "cus_2" if number < of_other else "cus_1",
            NOW - 60 * (count - number),
            Decimal(1),
            {},
            NOW - 60 * (count - number),
        )
        for number in range(count)
    ]


def _letters(number: int) -> str:
    return f"{number:026d}".translate(str.maketrans("0123456789", "abcdefghij"))


def items_read(stored: StoredUsage) -> int:
    """Return the number of items that all reads returned, and of keys without an item."""
    sent = list(stored.client.sent)
    found = 0
    for operation, request in sent:
        if operation == "Query":
            found += len(stored.client.call(operation, request)["Items"])
        elif operation == "BatchGetItem":
            found += sum(len(keys["Keys"]) for keys in request["RequestItems"].values())
    stored.client.sent.clear()
    return found


@pytest.mark.parametrize("scope", [ALL, Scope(METER, "cus_1")])
@pytest.mark.parametrize("newest_first", [True, False])
def test_a_page_reads_no_more_of_many_files_than_of_few(scope: Scope, newest_first: bool) -> None:
    """A page in the middle of 600 files reads a hundred of them, in either direction."""
    events = files(600)
    stored = StoredUsage(events)
    narrowed = Narrowed(scope=scope, start=0, end=NOW)
    walk = Feed(stored.usage, stored.events).walk(narrowed, beyond=events[300], newest_first=newest_first, expect=11)
    expected = events[299:288:-1] if newest_first else events[301:312]
    assert expected == plain(islice(walk, 11))
    assert items_read(stored) < 350


def test_a_customer_of_old_files_is_found() -> None:
    """The customer's own contributions tell, once the newest 300 arrivals have none."""
    events = files(600, of_other=5)
    stored = StoredUsage(events)
    walk = Feed(stored.usage, stored.events).walk(Narrowed(scope=Scope(METER, "cus_2"), start=0, end=NOW), expect=11)
    assert events[4::-1] == plain(islice(walk, 11))
    assert items_read(stored) < 1_000


@pytest.mark.parametrize("name", ["id", "x" * 90])
def test_a_list_that_is_not_whole_is_no_shorter_one(name: str) -> None:
    """A list that is gone, or a part of it: no page is shown without its events."""
    stored = StoredUsage(many(1_500, name=name))
    feed = Feed(stored.usage, stored.events)
    for scope in (ALL, Scope(METER, "cus_1")):
        lists = lists_prefix(scope.in_month("2024-10"))
        for item in [item for item in stored.items() if item["pk"]["S"].startswith(lists)]:
            delete_items(stored.client, "usage", [{"pk": item["pk"], "sk": item["sk"]}])
            with pytest.raises(UsageChangingError):
                list(feed.walk(Narrowed(scope=scope, start=0, end=NOW + 1)))
            if scope == ALL:
                with pytest.raises(UsageChangingError):
                    feed.walk_newest(METER)
            put_items(stored.client, "usage", [item])
        assert 1_500 == len(list(feed.walk(Narrowed(scope=scope, start=0, end=NOW + 1))))


def test_a_cursor_whose_list_is_gone_is_no_end() -> None:
    """Where a cursor's event is stored and not named, its list is being rewritten: no page is guessed."""
    events = many(5)
    narrowed = Narrowed(scope=Scope(METER, "cus_1"), start=0, end=NOW + 1)
    other = events[0]._replace(id="elsewhere")
    with pytest.raises(UsageChangingError):
        list(feed_of(events).walk(narrowed, beyond=other))
