"""What uploads contribute to usage, against a plain recount; and exact sums."""

from decimal import Decimal, Inexact, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.contribution import Contribution, Contributions
from meterdrop.domain.event import StoredEvent
from meterdrop.domain.value import EXACT, plain
from tests.fakes.crash import Switch
from tests.fakes.ledger import FakeUsage, Figures, Share
from tests.fakes.recount import figures_of, recounted

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
        totals = {meter: (c.count, c.sum, c.min, c.max, c.last) for meter, c in contributions.totals().items()}
        meters = {event.meter for event in events.values()}
        assert totals == {
            meter: figures_of([event for event in events.values() if event.meter == meter])[1:] for meter in meters
        }


def test_sums_are_exact_past_28_digits() -> None:
    """Python's default context rounds at 28 digits in silence; 33 digits are needed for a large file."""
    contribution = Contribution()
    with localcontext(EXACT):
        for row in range(20_000):
            contribution.add(Decimal(999999999999999), 0, row)
        contribution.add(Decimal("0.000000000001"), 0, 20_000)
    assert contribution.sum is not None
    assert plain(contribution.sum) == "19999999999999980000.000000000001"


def test_a_sum_past_38_digits_is_an_error() -> None:
    """What DynamoDB could not hold is never rounded."""
    contribution = Contribution()
    with localcontext(EXACT):
        contribution.add(Decimal("9" * 37), 0, 1)
        with pytest.raises(Inexact):
            contribution.add(Decimal("0.01"), 0, 2)


def test_last_is_by_time_then_row() -> None:
    """The last value is that of the latest time, of equal times of the latest row; a row without one counts not."""
    contribution = Contribution()
    with localcontext(EXACT):
        contribution.add(Decimal(1), 100, 9)
        contribution.add(Decimal(2), 200, 3)
        contribution.add(Decimal(3), 200, 2)
        contribution.add(None, 300, 4)
    assert (contribution.last, contribution.last_order, contribution.count) == (Decimal(2), (200, 3), 4)
    contribution.add(Decimal(4), 200, 5)
    assert (contribution.last, contribution.last_order, contribution.count) == (Decimal(4), (200, 5), 5)
