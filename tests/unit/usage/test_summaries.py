"""Summaries equal a plain recount of the events, whatever is asked for."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.adapters.metering.event_table import EventReader
from meterdrop.domain.codes import Formula
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.figures import Figures, SumNotExactError
from meterdrop.domain.metering.summary import Scope, Summary, UsageChangingError
from meterdrop.usage import hour_events
from meterdrop.usage.hour_events import TooManyEventsError
from meterdrop.usage.summaries import Summaries, Wanted
from meterdrop.usage.time_periods import Equal, Months, Period, Periods
from tests.support.stored_usage import AtOnce, StoredUsage
from tests.support.usage_strategy import CUSTOMERS, METER, NOW, OWNERS, minutes, recount, stored_events

HOUR, DAY = 3_600, 86_400
scopes = st.sampled_from([Scope(METER, None), *(Scope(METER, customer) for customer in CUSTOMERS)])
formulas = st.sampled_from(list(Formula))


def summaries_of(
    stored: StoredUsage, events: EventReader | None = None, pause: Callable[[float], None] = lambda _: None
) -> Summaries:
    """Make the summaries of one request; the events may be others than those of the usage."""
    return Summaries(stored.usage, stored.events if events is None else events, AtOnce(), pause=pause)


def whole(scope: Scope, formula: Formula, start: int, end: int) -> Wanted:
    """Ask for one summary of a window."""
    periods = Equal(end - start, origin=start)
    return Wanted(scope=scope, formula=formula, periods=periods, start=start, end=end, only_used=False)


def pages(walk: Callable[..., Any], size: int, *, newest_first: bool) -> list[Summary]:
    """Read page by page, as a client does."""
    found: list[Summary] = []
    beyond: Period | None = None
    while page := list(walk(beyond=beyond, newest_first=newest_first, expect=size))[:size]:
        found += page
        beyond = Period(page[-1].start, page[-1].end)
    return found


@given(events=stored_events(), scope=scopes, formula=formulas, one=minutes, other=minutes)
def test_a_window_is_summed_up_as_recounted(
    events: list[StoredEvent], scope: Scope, formula: Formula, one: int, other: int
) -> None:
    """One summary, for windows that cut hours, lie within one, or hold nothing."""
    start, end = min(one, other), max(one, other) + 60
    walk = summaries_of(StoredUsage(events)).walk(whole(scope, formula, start, end), now=NOW)
    assert [recount(events, scope, formula, start, end)] == list(walk)


@given(
    events=stored_events(),
    scope=scopes,
    formula=formulas,
    width=st.sampled_from([HOUR, DAY]),
    edges=st.tuples(minutes, minutes),
    size=st.integers(1, 4),
    newest_first=st.booleans(),
)
def test_groups_are_summed_up_as_recounted(  # noqa: PLR0913, PLR0917  what a client chooses
    events: list[StoredEvent],
    scope: Scope,
    formula: Formula,
    width: int,
    edges: tuple[int, int],
    size: int,
    newest_first: bool,
) -> None:
    """Every hour or day that has events, once and in order, whatever the size of pages and the direction."""
    start, end = min(edges) // width * width, (max(edges) // width + 1) * width
    wanted = Wanted(scope=scope, formula=formula, periods=Equal(width), start=start, end=end, only_used=True)
    counted = [recount(events, scope, formula, at, at + width) for at in range(start, end, width)]
    expected = [each for each in counted if each.event_count]
    walk = partial(summaries_of(StoredUsage(events)).walk, wanted, now=NOW)
    assert expected[:: -1 if newest_first else 1] == pages(walk, size, newest_first=newest_first)


@given(
    events=stored_events(),
    scope=scopes,
    formula=formulas,
    anchor=st.one_of(st.just(0), minutes, st.just(1_706_700_000), st.just(4_000_000_001)),
    edges=st.tuples(minutes, minutes),
    size=st.integers(1, 3),
    newest_first=st.booleans(),
)
def test_billing_periods_are_summed_up_as_recounted(  # noqa: PLR0913, PLR0917  what a client chooses
    events: list[StoredEvent],
    scope: Scope,
    formula: Formula,
    anchor: int,
    edges: tuple[int, int],
    size: int,
    newest_first: bool,
) -> None:
    """Every period that the window touches, whole, with events or without."""
    start, end, periods = min(edges), max(edges) + 60, Months(anchor)
    wanted = Wanted(scope=scope, formula=formula, periods=periods, start=start, end=end, only_used=False)
    expected, period = [], periods.at(start)
    while period.start < end:
        expected.append(recount(events, scope, formula, *period))
        period = periods.at(period.end)
    walk = partial(summaries_of(StoredUsage(events)).walk, wanted, now=NOW)
    assert expected[:: -1 if newest_first else 1] == pages(walk, size, newest_first=newest_first)


def an_event(row: int, timestamp: int, value: object = 1, **changes: Any) -> StoredEvent:
    """Make an event of the first owner."""
    event = StoredEvent(
        f"{OWNERS[0]}:{row}", OWNERS[0], row, METER, METER, "cus_1", timestamp, Decimal(str(value)), {}, NOW
    )
    return event._replace(**changes)


def named(row: int, timestamp: int, value: object = 1, **changes: Any) -> StoredEvent:
    """Make an event with an identifier, so that it is an item of its own."""
    return an_event(row, timestamp, value, id=f"id-{row}", **changes)


def test_a_page_reads_no_more_than_it_shows() -> None:
    """Of hours in several months those of the newest are shown, so that month is read, and no event."""
    events = [named(row, NOW - row * HOUR) for row in range(1, 1_001)]
    stored = StoredUsage(events)
    wanted = Wanted(
        scope=Scope(METER, None), formula=Formula.MAX, periods=Equal(HOUR), start=0, end=NOW, only_used=True
    )
    walk = summaries_of(stored).walk(wanted, now=NOW)
    assert [NOW - row * HOUR for row in range(1, 11)] == [next(walk).start for _ in range(10)]
    assert [] == stored.keys_read("events")
    queries = [request for operation, request in stored.client.sent if operation == "Query"]
    partitions = {request["ExpressionAttributeValues"][":pk"]["S"] for request in queries}
    assert {f"{METER}#stamps", f"{METER}#2024-10", f"{METER}#2024-10#rollup"} == partitions


@pytest.mark.parametrize("anchor", [0, 1_800])
@pytest.mark.parametrize("scope", [Scope(METER, None), Scope(METER, "cus_1")])
def test_periods_without_usage_cost_no_read(scope: Scope, anchor: int) -> None:
    """Of all billing periods since 1970, only those with usage are read, even if their borders cut hours."""
    stored = StoredUsage([an_event(1, NOW - 40 * DAY), an_event(2, NOW - 400 * DAY)])
    wanted = Wanted(
        scope=scope, formula=Formula.SUM, periods=Months(anchor), start=0, end=10**10 // 60 * 60, only_used=False
    )
    found = list(summaries_of(stored).walk(wanted, now=NOW))
    assert len(found) > 3_000
    assert 2 == sum(each.event_count for each in found)
    assert len(stored.client.sent) < 100


def test_only_hours_that_are_cut_are_read_by_event() -> None:
    """Two partial hours of a day cost their events, the hours between none."""
    start = NOW - DAY
    stored = StoredUsage([named(row, start + row * 60) for row in range(1, 1_440)])
    wanted = whole(Scope(METER, "cus_1"), Formula.SUM, start + 1_800, start + DAY - 600)
    assert [1_400] == [each.event_count for each in summaries_of(stored).walk(wanted, now=NOW)]
    assert [59, 60] == stored.keys_read("events")


@pytest.mark.parametrize(("formula", "read"), [(Formula.SUM, []), (Formula.COUNT, []), (Formula.LAST, [2])])
def test_a_cancel_costs_the_events_of_its_hour_only_for_extremes(formula: Formula, read: list[int]) -> None:
    """What can be subtracted is."""
    hour = NOW - DAY
    stored = StoredUsage([named(1, hour, 5), named(2, hour + 1, 7, cancelled=NOW), named(3, hour + HOUR, 2)])
    assert [2] == [
        each.event_count for each in summaries_of(stored).walk(whole(Scope(METER, None), formula, hour, NOW), now=NOW)
    ]
    assert read == stored.keys_read("events")


def test_a_window_without_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked for later than a day from now; what is shown is what was asked for."""
    stored = StoredUsage([an_event(1, NOW)])
    walked: list[range] = []
    real = stored.usage.hours

    def hours(scope: Scope, hours: range, **how: Any) -> Any:
        walked.append(hours)
        return real(scope, hours, **how)

    monkeypatch.setattr(stored.usage, "hours", hours)
    end = 9_999_999_960
    found = list(summaries_of(stored).walk(whole(Scope(METER, None), Formula.SUM, 0, end), now=NOW))
    assert [Summary(0, end, Decimal(1), 1)] == found
    assert [range((NOW + DAY) // HOUR)] == walked


class Flickering(EventReader):
    """Events of which one is not there at first."""

    missing = 2

    def read(self, ids: Any) -> dict[str, StoredEvent]:
        """Leave the first one out, so many times."""
        found = super().read(ids)
        if self.missing:
            self.missing -= 1
            found.pop(next(iter(found)))
        return found


def test_an_hour_that_changes_is_read_again() -> None:
    """What is named and not there is looked for again, after longer and longer pauses."""
    stored = StoredUsage([an_event(row, NOW - DAY + row) for row in (1, 2, 3)])
    pauses: list[float] = []
    wanted = whole(Scope(METER, None), Formula.SUM, NOW - DAY, NOW - DAY + 60)
    walk = summaries_of(stored, Flickering(stored.client, "events"), pauses.append).walk(wanted, now=NOW)
    assert [3] == [each.event_count for each in walk]
    assert [0.05, 0.1] == pauses


def test_an_hour_that_keeps_changing_is_no_number() -> None:
    """What stays apart is an error, not a sum of what was found; so is an event that is another owner's by now."""
    events = [an_event(row, NOW - DAY + row) for row in (1, 2, 3)]
    wanted = whole(Scope(METER, None), Formula.SUM, NOW - DAY, NOW - DAY + 60)
    taken = [events[0]._replace(upload=OWNERS[1]), *events[1:]]
    for found in (events[1:], taken):
        with pytest.raises(UsageChangingError):
            list(summaries_of(StoredUsage(events), StoredUsage(found).events).walk(wanted, now=NOW))


def test_too_many_events_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many events would be read is known before one is, and added up over a request."""
    events = [named(row, NOW - DAY + (row % 2) * HOUR + row) for row in range(1, 9)]
    wanted = whole(Scope(METER, None), Formula.SUM, NOW - DAY + 60, NOW - DAY + HOUR + 60)
    for most, is_enough in ((8, True), (7, False)):
        monkeypatch.setattr(hour_events, "MAX_EVENTS", most)
        stored = StoredUsage(events)
        walk = summaries_of(stored).walk(wanted, now=NOW)
        if is_enough:
            assert [4] == [each.event_count for each in walk]
        else:
            with pytest.raises(TooManyEventsError):
                list(walk)
            assert [4] == stored.keys_read("events")


@pytest.mark.parametrize("owners", [OWNERS[:2], OWNERS[1::-1]])
def test_of_equal_times_the_later_arrival_is_the_last(owners: tuple[str, str]) -> None:
    """Whatever the ids of the uploads, and in whichever order they are read."""
    events = [
        an_event(1, NOW - 60, value, id=f"{owner}:1", upload=owner, received=NOW + at)
        for at, (owner, value) in enumerate(zip(owners, (5, 7), strict=True))
    ]
    wanted = whole(Scope(METER, None), Formula.LAST, NOW - HOUR, NOW)
    walk = summaries_of(StoredUsage(events)).walk(wanted, now=NOW)
    assert [Decimal(7)] == [each.value for each in walk]


def test_a_sum_that_is_too_long_is_refused() -> None:
    """A number of more than 38 digits would be rounded."""
    total = Figures(1, Decimal(9 * 10**30), (0, 0, "upl_a", 1))
    with pytest.raises(SumNotExactError):
        total.merge(Figures(1, Decimal("0.000000000001"), (0, 0, "upl_a", 2)))


@pytest.mark.parametrize("periods", [Equal(60), Equal(DAY, origin=7), Months(), Months(2_678_400 - 1)])
def test_periods_touch_each_other(periods: Periods) -> None:
    """Each begins where the one before ends."""
    period = periods.at(NOW)
    assert period.start <= NOW < period.end
    assert period == periods.at(period.start) == periods.at(period.end - 1)
    assert period.end == periods.at(period.end).start
