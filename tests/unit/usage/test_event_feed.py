"""The feed: every event once, in the order in which they were received, whatever the filter and the pages."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Scope
from meterdrop.usage.event_feed import NEWEST, Feed, Narrowed
from meterdrop.usage.hour_events import UsageChangingError
from tests.support.fakes.usage_reading import FakeEventReader, FakeUsageReader
from tests.support.usage_strategy import CUSTOMERS, METER, NOW, OWNERS, stored_events, times

ALL = Scope(METER, None)
scopes = st.sampled_from([ALL, *(Scope(METER, customer) for customer in CUSTOMERS)])


def plainly(events: Iterable[StoredEvent], scope: Scope, start: int = 0, end: int = 10**10) -> list[StoredEvent]:
    """Sort and filter, as anybody would."""
    own = [event for event in events if in_scope(event, scope) and start <= event.timestamp < end]
    return sorted(
        own, key=lambda event: (event.received, event.upload, event.timestamp // 3_600, event.row), reverse=True
    )


def feed_of(events: list[StoredEvent]) -> Feed:
    """Make the feed of these events."""
    return Feed(FakeUsageReader(events), FakeEventReader(events))


def pages(walk: Callable[..., Any], size: int, *, newest_first: bool) -> list[StoredEvent]:
    """Read page by page, as a client does."""
    found: list[StoredEvent] = []
    beyond: StoredEvent | None = None
    while page := list(walk(beyond=beyond, newest_first=newest_first, expect=size + 1))[:size]:
        found += page
        beyond = page[-1]
    return found


@given(
    events=stored_events(),
    scope=scopes,
    edges=st.tuples(times, times),
    size=st.integers(1, 5),
    newest_first=st.booleans(),
)
def test_a_narrowed_feed_gives_each_event_once(
    events: list[StoredEvent], scope: Scope, edges: tuple[int, int], size: int, newest_first: bool
) -> None:
    """By customer and time all of them, cancelled ones too, in both directions."""
    narrowed = Narrowed(scope=scope, start=min(edges), end=max(edges) + 1)
    expected = plainly(events, scope, narrowed.start, narrowed.end)
    found = pages(partial(feed_of(events).walk, narrowed), size, newest_first=newest_first)
    assert expected[:: 1 if newest_first else -1] == found


@given(events=stored_events(), size=st.integers(1, 5))
def test_the_feed_gives_the_newest_events(events: list[StoredEvent], size: int) -> None:
    """Without a filter the newest events, page by page."""
    assert plainly(events, ALL) == pages(partial(feed_of(events).walk_newest, METER), size, newest_first=True)


def many(count: int, *, hours: int = 1) -> list[StoredEvent]:
    """Make events of one upload, spread over hours."""
    owner = OWNERS[0]
    return [
        StoredEvent(f"id-{row}", owner, row, METER, METER, "cus_1", NOW - (row % hours) * 3_600, Decimal(row), {}, NOW)
        for row in range(1, count + 1)
    ]


@pytest.mark.parametrize("hours", [1, 7, 150])
def test_the_feed_ends_after_a_hundred(hours: int) -> None:
    """However many there are and wherever they lie, without a filter the newest hundred are shown."""
    events = many(300, hours=hours)
    expected = plainly(events, ALL)[:NEWEST]
    feed = feed_of(events)
    assert expected == pages(partial(feed.walk_newest, METER), 30, newest_first=True)
    assert expected[:4][::-1] == feed.walk_newest(METER, beyond=expected[4], newest_first=False)
    old = plainly(events, ALL)[200]
    assert [] == feed.walk_newest(METER, beyond=old)
    assert expected[::-1] == feed.walk_newest(METER, beyond=old, newest_first=False)


def test_many_owners_of_few_events_are_read_at_once() -> None:
    """A hundred hand entries cost one read of contributions."""
    events = [
        StoredEvent(f"id-{row}", f"req_{row:026d}", 1, METER, METER, "cus_1", NOW - row, None, {}, NOW + row)
        for row in range(150)
    ]
    assert plainly(events, ALL)[:NEWEST] == feed_of(events).walk_newest(METER)


def test_a_page_reads_as_many_events_as_it_shows() -> None:
    """A page of ten of ten thousand events reads eleven of them, and two parts of their list at most."""
    events = many(10_000)
    usage, reader = FakeUsageReader(events), FakeEventReader(events)
    narrowed = Narrowed(scope=Scope(METER, "cus_1"), start=0, end=NOW + 1)
    walk = Feed(usage, reader).walk(narrowed, expect=11)
    expected = plainly(events, ALL)[:11]
    assert expected == [next(walk) for _ in range(11)]
    assert [11] == reader.calls


def test_a_list_that_is_gone_is_no_empty_one() -> None:
    """Figures whose events are named elsewhere, and not there any more: no page is shown without them."""
    usage = FakeUsageReader(many(10))
    usage.parts = FakeUsageReader([]).parts  # type: ignore[method-assign]
    feed = Feed(usage, FakeEventReader(usage.events))
    for walk in (partial(feed.walk_newest, METER), partial(feed.walk, Narrowed(scope=ALL, start=0, end=NOW + 1))):
        with pytest.raises(UsageChangingError):
            list(walk())


def test_a_cursor_whose_list_is_gone_is_no_end() -> None:
    """Where a cursor's event is stored and not named, its list is being rewritten: no page is guessed."""
    events = many(5)
    narrowed = Narrowed(scope=Scope(METER, "cus_1"), start=0, end=NOW + 1)
    other = events[0]._replace(id="elsewhere")
    with pytest.raises(UsageChangingError):
        list(feed_of(events).walk(narrowed, beyond=other))
