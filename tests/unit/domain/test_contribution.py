"""What uploads contribute to usage, against a plain recount; and exact sums."""

from decimal import Decimal, Inexact, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.decimals import EXACT, plain
from meterdrop.domain.metering import figures
from meterdrop.domain.metering.contributions import HOUR, Contributions, HourUsage, month_of
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.event_list import read_event_list
from tests.support.fakes.crash import Switch
from tests.support.fakes.recount import figures_of, recounted
from tests.support.fakes.usage import FakeUsage, Figures, Share

_values = st.one_of(
    st.none(),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**6), max_value=10**6),
    st.sampled_from([Decimal(999999999999999), Decimal("0.000000000001"), Decimal(-999999999999999)]),
)
_events = st.tuples(
    st.sampled_from(["mtr_a", "mtr_b"]), st.sampled_from(["cus_a", "cus_b"]), st.integers(0, 4 * 3_600), _values
)
events_of_one_upload = st.lists(_events, max_size=40).map(
    lambda several: {
        row: StoredEvent(f"upl:{row}", "upl", row, meter, f"name of {meter}", customer, timestamp, value, {}, 0)
        for row, (meter, customer, timestamp, value) in enumerate(several, 1)
    }
)


@given(events_of_one_upload, st.randoms(use_true_random=False))
def test_contributions_equal_a_plain_recount(events: dict[int, StoredEvent], random: object) -> None:
    """Per meter, customer and hour, and per meter and hour, in whatever order the events come."""
    contributions = Contributions()
    in_any_order = list(events.values())
    random.shuffle(in_any_order)  # type: ignore[attr-defined]
    with localcontext(EXACT):
        for event in in_any_order:
            contributions.add(event.meter, event.customer, event.timestamp, event.value, event.row, None)
    stored: dict[Share, Figures] = {}
    usage = FakeUsage(Switch(), stored, "upl")
    for stage in usage.stages(contributions):
        for item in stage:
            usage.put([item])
    with localcontext(EXACT):
        assert stored == recounted(events)
        totals = {meter: (c.count, c.sum, c.min, c.max, c.last) for meter, (c, _, _) in contributions.totals().items()}
        meters = {event.meter for event in events.values()}
        assert totals == {
            meter: figures_of([event for event in events.values() if event.meter == meter])[1:] for meter in meters
        }


def _total(*events: tuple[Decimal | None, int, int]) -> figures.Figures:
    """Add up events of one meter: value, timestamp, row."""
    contributions = Contributions()
    for value, timestamp, row in events:
        contributions.add("mtr_a", "cus_a", timestamp, value, row, None)
    return contributions.totals()["mtr_a"][0]


def test_sums_are_exact_past_28_digits() -> None:
    """Python's default context rounds at 28 digits in silence; 33 digits are needed for a large file."""
    many = [(Decimal(999999999999999), 0, row) for row in range(20_000)]
    total = _total(*many, (Decimal("0.000000000001"), 0, 20_000))
    assert total.sum is not None
    assert plain(total.sum) == "19999999999999980000.000000000001"


def test_a_sum_past_38_digits_is_an_error() -> None:
    """What DynamoDB could not hold is never rounded."""
    with pytest.raises(Inexact):
        _total((Decimal("9" * 37), 0, 1), (Decimal("0.01"), 0, 2))


def test_last_is_by_time_then_row() -> None:
    """The last value is that of the latest time, of equal times of the latest row; a row without one counts not."""
    events = [(Decimal(1), 100, 9), (Decimal(2), 200, 3), (Decimal(3), 200, 2), (None, 300, 4)]
    total = _total(*events)
    assert (total.last, total.last_order, total.count) == (Decimal(2), (200, 0, "", 3), 4)
    total = _total(*events, (Decimal(4), 200, 5))
    assert (total.last, total.last_order, total.count) == (Decimal(4), (200, 0, "", 5), 5)


_identifiers = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12))


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 1), _identifiers), min_size=1, max_size=30))
def test_months_hold_their_hours_in_order(events: list[tuple[int, int, str | None]]) -> None:
    """Each month of a customer and of all comes once, with its hours from first to last, and the events of each."""
    contributions = Contributions()
    for row, (day, customer, identifier) in enumerate(events, 1):
        contributions.add("mtr_a", f"cus_{customer}", day * 24 * HOUR + row, None, row, identifier)
    found = [*contributions.of_customers(), *contributions.of_all()]
    assert len(found) == len({of for of, _ in found})
    for of, hours in found:
        own = [
            (day * 24, identifier or f"upl:{row}")
            for row, (day, customer, identifier) in enumerate(events, 1)
            if of.customer in {None, f"cus_{customer}"} and month_of(day * 24) == of.month
        ]
        assert sorted({hour for hour, _ in own}) == [each.hour for each in hours]
        for each in hours:
            ids = [id_ for hour, id_ in own if hour == each.hour]
            assert ids == read_event_list(each.events(), "upl")
            assert len(ids) == each.figures.count == each.count
    months = {of.month for of, _ in found}
    assert {("mtr_a", month) for month in months} == set(contributions.months())
    assert len(months) == len(list(contributions.months()))


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), _identifiers), min_size=1, max_size=40),
    st.integers(1, 120),
)
def test_no_long_list_is_left_out(events: list[tuple[int, int, str | None]], size: int) -> None:
    """A customer whose month has a list of more bytes than asked for is among those with more events than fit."""
    contributions = Contributions()
    for row, (hour, customer, identifier) in enumerate(events, 1):
        contributions.add("mtr_a", f"cus_{customer}", hour * HOUR, None, row, identifier)
    everything = dict(contributions.of_customers())
    many = dict(contributions.of_customers(more_than=size // contributions.longest_event))

    def bytes_of(hours: list[HourUsage]) -> int:
        return sum(len(event.encode()) + 1 for each in hours for event in each.events())

    assert {of for of, hours in everything.items() if bytes_of(hours) > size} <= set(many) <= set(everything)
    for of, hours in many.items():
        assert [(each.hour, each.events()) for each in everything[of]] == [(each.hour, each.events()) for each in hours]


def test_hours_of_a_meter() -> None:
    """Each hour in which any customer used it, newest first, and how many events there are."""
    contributions = Contributions()
    for row, (meter, customer, hour) in enumerate([("a", "x", 3), ("a", "y", 1), ("b", "x", 2), ("a", "x", 3)], 1):
        contributions.add(meter, customer, hour * HOUR + row, None, row, None)
    assert contributions.hours() == {"a": ([3, 1], 3), "b": ([2], 1)}
