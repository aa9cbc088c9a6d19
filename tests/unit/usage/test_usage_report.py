"""The lines of a report equal a plain recount and the summaries of each customer, whatever is asked for."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.adapters.metering import customer_months
from meterdrop.domain.codes import Formula
from meterdrop.domain.ids import scoped_id
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.metering.partners import OWNER, matches_scope
from meterdrop.domain.metering.summary import Scope, Summary, UsageChangingError
from meterdrop.usage import hour_events
from meterdrop.usage.hour_events import TooManyEventsError
from meterdrop.usage.reconciliation import reconcile_usage
from meterdrop.usage.summaries import Summaries, Wanted
from meterdrop.usage.time_periods import Equal, Months, Period
from meterdrop.usage.usage_report import LinePosition, ReportLine, ReportScope, UsageReport
from tests.support.stored_usage import AtOnce, StoredUsage
from tests.support.usage_strategy import CUSTOMERS, METER, NOW, OWNERS, minutes, recount, stored_events

HOUR, DAY = 3_600, 86_400
MONTH_BEGINS = 1_727_740_800  # 2024-10-01
MORE = (*CUSTOMERS, "z", "a", "a ", "ab", "Ü", "\U0001f600", "a#b")
formulas = st.sampled_from(list(Formula))
periods = st.one_of(
    st.tuples(minutes, minutes).map(lambda edges: Period(min(edges), max(edges) + 60)),
    st.tuples(minutes, minutes).map(lambda edges: Period(min(edges) // HOUR * HOUR, (max(edges) // HOUR + 1) * HOUR)),
    st.tuples(st.sampled_from([0, 1_706_700_000, 4_000_000_001]), minutes).map(lambda of: Months(of[0]).at(of[1])),
)


def meter(id_: str = METER, formula: Formula = Formula.SUM) -> Meter:
    """Make a meter whose event name is its ID."""
    return Meter(id=id_, event_name=id_, display_name=id_, formula=formula)


def report_of(stored: StoredUsage, pause: Any = lambda _: None) -> UsageReport:
    """Make the report of one request."""
    return UsageReport(stored.usage, stored.events, AtOnce(), pause=pause)


def summary(stored: StoredUsage, of: Meter, customer: str, period: Period) -> Summary:
    """Read the summary of one customer."""
    wanted = Wanted(
        scope=Scope(of.id, customer),
        formula=of.formula,
        periods=Equal(period.end - period.start, origin=period.start),
        start=period.start,
        end=period.end,
        only_used=False,
    )
    [found] = Summaries(stored.usage, stored.events, AtOnce(), pause=lambda _: None).walk(wanted, now=NOW)
    return found


def expected_lines(events: Sequence[StoredEvent], meters: Sequence[Meter], period: Period) -> list[ReportLine]:
    """Count the events of each meter and customer."""
    lines = []
    for of in sorted(meters, key=lambda each: (each.event_name, each.id)):
        for customer in sorted({event.customer for event in events}):
            counted = recount(events, Scope(of.id, customer), of.formula, *period)
            if counted.event_count:
                lines.append(ReportLine(of, customer, period, counted.event_count, counted.value))
    return lines


@given(events=stored_events(), formula=formulas, other=formulas, period=periods)
def test_lines_equal_recount_and_summaries(
    events: list[StoredEvent], formula: Formula, other: Formula, period: Period
) -> None:
    """Of two meters, for windows that cut hours, lie within one, span months, or hold nothing."""
    stored, meters = StoredUsage(events), [meter("mtr_b", other), meter(METER, formula)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(customer_months, "_HELD_ITEMS", 1)  # every item is a page of its own
        lines = list(report_of(stored).walk(ReportScope(meters=meters, period=period), now=NOW))
    assert lines == expected_lines(events, meters, period)
    of_lines = {(line.meter.id, line.customer): (line.event_count, line.value) for line in lines}
    for of in meters:
        for customer in CUSTOMERS:
            summed = summary(stored, of, customer, period)
            assert of_lines.get((of.id, customer), (0, Decimal(0))) == (summed.event_count, summed.value)
    alone = [
        report_of(stored).walk(ReportScope(meters=meters, period=period, customer=customer), now=NOW)
        for customer in sorted(CUSTOMERS)
    ]
    assert sorted(lines, key=lambda line: line.customer) == [line for walk in alone for line in walk]


@given(events=stored_events(), partners=st.lists(st.sampled_from([None, "a", "b"]), min_size=8), period=periods)
def test_reports_and_reconciliations_of_a_partner_have_the_usage_of_its_files(
    events: list[StoredEvent], partners: list[str | None], period: Period
) -> None:
    """Those of all partners and of the owner, who has the events from the API, add up to the whole."""
    owners = sorted({event.upload for event in events})
    whose = {owner: partners[at % 8] if owner.startswith("upl_") else None for at, owner in enumerate(owners)}
    own = [event._replace(partner=whose[event.upload], id=scoped_id(whose[event.upload], event.id)) for event in events]
    stored = StoredUsage(own)
    for wanted in (None, OWNER, "a", "b"):
        of_partner = [event for event in own if matches_scope(event.partner, wanted)]
        scope = ReportScope(meters=[meter()], period=period, partner=wanted)
        lines = list(report_of(stored).walk(scope, now=NOW))
        assert lines == expected_lines(of_partner, [meter()], period)
        for customer in CUSTOMERS:
            alone = report_of(stored).walk(replace(scope, customer=customer), now=NOW)
            assert list(alone) == [line for line in lines if line.customer == customer]
        own_in_period = [
            event for event in of_partner if event.meter == METER and period.start <= event.timestamp < period.end
        ]
        [sums], uploads = reconcile_usage([meter()], period, stored.usage, stored.events, wanted)
        assert sums.total.count == sum(event.cancelled is None for event in own_in_period)
        assert uploads == {event.upload for event in own_in_period if event.upload.startswith("upl_")}


@given(
    customers=st.lists(st.sampled_from(MORE), max_size=30),
    others=st.lists(st.sampled_from(MORE), max_size=5),
    size=st.integers(1, 5),
    newest_first=st.booleans(),
)
def test_pages_add_up_to_the_whole(customers: list[str], others: list[str], size: int, *, newest_first: bool) -> None:
    """Every line once and in order, whatever the size of pages and the direction."""
    events = [
        an_event(row, MONTH_BEGINS + (row % 3 - 1) * HOUR, customer, meter=of, event_name=of)
        for row, (of, customer) in enumerate(
            [*((METER, each) for each in customers), *(("mtr_b", each) for each in others)], 1
        )
    ]
    wanted = ReportScope(meters=[meter(), meter("mtr_b")], period=Period(MONTH_BEGINS - DAY, MONTH_BEGINS + DAY))
    report, found = report_of(StoredUsage(events)), list[ReportLine]()
    beyond: LinePosition | None = None
    expected = expected_lines(events, wanted.meters, wanted.period)[:: 1 if newest_first else -1]
    for _ in range(len(expected) + 1):
        walk = report.walk(wanted, now=NOW, beyond=beyond, newest_first=newest_first, expect=size)
        page = list(islice(walk, size))
        found += page
        if not page:
            break
        beyond = LinePosition(page[-1].meter, page[-1].customer)
    assert found == expected


def an_event(row: int, timestamp: int, customer: str = "cus_1", value: object = 1, **changes: Any) -> StoredEvent:
    """Make an event of the first owner."""
    event = StoredEvent(
        f"{OWNERS[0]}:{row}", OWNERS[0], row, METER, METER, customer, timestamp, Decimal(str(value)), {}, NOW
    )
    return event._replace(**changes)


def test_many_customers_of_two_months_are_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, whatever the partition, the month, and the page of its items; cancelled ones are left out."""
    monkeypatch.setattr(customer_months, "_HELD_ITEMS", 1)
    events = [
        an_event(row, MONTH_BEGINS + (HOUR if row % 3 else -HOUR), f"cus_{row % 40:02d}", row) for row in range(1, 121)
    ]
    cancelled = an_event(121, MONTH_BEGINS, "cus_40", cancelled=NOW)
    report = report_of(StoredUsage([*events, cancelled]))
    period = Period(MONTH_BEGINS - DAY, MONTH_BEGINS + DAY)
    lines = list(report.lines(meter(), period, now=NOW))
    assert [(line.customer, line.event_count) for line in lines] == [(f"cus_{number:02d}", 3) for number in range(40)]
    assert lines == expected_lines(events, [meter()], period)


def test_a_cursor_outlives_its_line() -> None:
    """A page continues after a line that is gone by then, and shows a new customer past it."""
    stored = StoredUsage([an_event(row, NOW - DAY, f"cus_{row}") for row in (1, 3, 5)])
    wanted = ReportScope(meters=[meter()], period=Period(NOW - DAY, NOW))
    stored.remove_upload(OWNERS[0], NOW, [an_event(row, NOW - DAY, f"cus_{row}") for row in (1, 3, 5)])
    stored.add_upload(OWNERS[1], NOW, [an_event(4, NOW - DAY, "cus_4", upload=OWNERS[1], id=f"{OWNERS[1]}:4")])
    walk = report_of(stored).walk(wanted, now=NOW, beyond=LinePosition(meter(), "cus_3"), expect=10)
    assert [line.customer for line in walk] == ["cus_4"]


@given(
    at=st.integers(0, 40),
    final=st.lists(st.sampled_from(MORE), min_size=1, max_size=8),
    changing=st.lists(st.sampled_from(MORE), min_size=1, max_size=8),
    is_removed=st.booleans(),
    expect=st.sampled_from([None, 1]),
)
def test_an_upload_that_changes_is_in_a_line_or_not(
    at: int, final: list[str], changing: list[str], *, is_removed: bool, expect: int | None
) -> None:
    """Before any read, another upload is stored or reverted: each line has all of its customer's rows or none."""
    kept = [an_event(row, NOW - DAY, customer, 100) for row, customer in enumerate(final, 1)]
    other = OWNERS[1]
    passing = [
        an_event(row, NOW - DAY, customer, 1, upload=other, id=f"{other}:{row}")
        for row, customer in enumerate(changing, 1)
    ]
    stored = StoredUsage([*kept, *passing] if is_removed else kept)
    change = stored.remove_upload if is_removed else stored.add_upload
    reads = itertools.count()
    real = stored.client.call

    def call(operation: str, request: Any) -> Any:
        if operation == "Query" and next(reads) == at:
            stored.client.call = real
            change(other, NOW, passing)
        return real(operation, request)

    stored.client.call = call
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(customer_months, "_HELD_ITEMS", 1)
        wanted = ReportScope(meters=[meter()], period=Period(NOW - DAY, NOW))
        lines = {line.customer: line.value for line in report_of(stored).walk(wanted, now=NOW, expect=expect)}
    for customer in MORE:
        sure, maybe = 100 * final.count(customer), changing.count(customer)
        assert lines.get(customer, 0) in {sure, sure + maybe}


def test_a_page_reads_few_items() -> None:
    """A page of ten of 2,000 customers reads some items of each partition, and no event."""
    stored = StoredUsage([an_event(row, NOW - DAY + row, f"cus_{row:04d}") for row in range(1, 2_001)])
    stored.client.sent.clear()
    wanted = ReportScope(meters=[meter()], period=Period(NOW - DAY, NOW))
    page = list(islice(report_of(stored).walk(wanted, now=NOW, expect=11), 11))
    assert [line.customer for line in page] == [f"cus_{row:04d}" for row in range(1, 12)]
    limits = [request.get("Limit") for operation, request in stored.client.sent if operation == "Query"]
    assert limits[0] is None  # the stamps
    assert sum(limit or 0 for limit in limits) <= 200
    assert stored.keys_read("events") == []


def test_the_events_of_a_cut_hour_are_read_once() -> None:
    """Not once for each customer."""
    events = [an_event(row, NOW - DAY + row % HOUR, f"cus_{row % 50}") for row in range(1, 401)]
    stored = StoredUsage(events)
    period = Period(NOW - DAY + 120, NOW - DAY + HOUR)
    lines = list(report_of(stored).lines(meter(), period, now=NOW))
    assert lines == expected_lines(events, [meter()], period)
    assert len(stored.keys_read("events")) == 4  # 100 IDs a call; by customer, it would be 50 calls


def test_too_many_events_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in summaries, over the whole report."""
    stored = StoredUsage([an_event(row, NOW - DAY + row) for row in range(1, 9)])
    period = Period(NOW - DAY + 60, NOW)
    monkeypatch.setattr(hour_events, "MAX_EVENTS", 8)
    assert list(report_of(stored).lines(meter(), period, now=NOW)) == []
    monkeypatch.setattr(hour_events, "MAX_EVENTS", 7)
    with pytest.raises(TooManyEventsError):
        list(report_of(stored).lines(meter(), period, now=NOW))


def test_usage_that_keeps_changing_is_no_line() -> None:
    """If the events of a cut hour are gone, the report fails after retries."""
    stored, pauses = StoredUsage([an_event(1, NOW - DAY)]), list[float]()
    stored.database.tables["events"].clear()
    with pytest.raises(UsageChangingError):
        list(report_of(stored, pauses.append).lines(meter(), Period(NOW - DAY, NOW - DAY + 60), now=NOW))
    assert len(pauses) == 4
