"""Random events of two meters and two customers, around the borders of hours, days and months, and a plain recount."""

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import strategies as st

from meterdrop.domain.codes import Formula
from meterdrop.domain.ids import request_owner
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Scope, Summary

NOW = 1_728_000_000
"""2024-10-04T00:00:00Z."""
METER = "mtr_a"
CUSTOMERS = ("cus_1", "a#b ü")
OWNERS = ("upl_aaaaaaaaaaaaaaaaaaaaaaaaaa", "upl_bbbbbbbbbbbbbbbbbbbbbbbbbb", "req_cccccccccccccccccccccccccc")
_HOUR = 3_600
_MIDNIGHT = 1_727_740_800  # 2024-10-01, where a day, an hour and a month begin

times = st.one_of(
    st.sampled_from([_MIDNIGHT + each for each in (-_HOUR - 1, -_HOUR, -60, -1, 0, 1, 59, 60, _HOUR - 1, _HOUR)]),
    st.integers(_MIDNIGHT - 40 * _HOUR, _MIDNIGHT + 40 * _HOUR),
    st.integers(_MIDNIGHT - 70 * 86_400, _MIDNIGHT + 3 * 86_400),
)
minutes = times.map(lambda time: time // 60 * 60)
values = st.one_of(st.none(), st.sampled_from([Decimal(text) for text in ("1", "-2", "0.5", "7", "0", "-0.000001")]))
_drawn = st.tuples(st.sampled_from(OWNERS), st.sampled_from(CUSTOMERS), times, values, st.booleans(), st.integers(0, 5))


@st.composite
def stored_events(draw: st.DrawFn, *, most: int = 14) -> list[StoredEvent]:
    """Draw events; every fourth or so is cancelled, one in six is of another meter."""
    received = {owner: NOW + draw(st.integers(0, 1)) for owner in OWNERS}
    events = []
    owners: dict[str, str] = {}
    for row, (of, customer, time, value, is_named, chance) in enumerate(draw(st.lists(_drawn, max_size=most)), 1):
        # Three requests, whose events come one after the other.
        request = f"{of[:-2]}{row // 5:02d}" if of.startswith("req_") else of
        id_ = f"id#{row}" if is_named else f"{request}:{row}"
        owner = owners.setdefault(request, request_owner(request, id_) if request != of else of)
        meter = "mtr_b" if chance == 0 else METER
        event = StoredEvent(id_, owner, row, meter, meter, customer, time, value, {}, received[of])
        events.append(event._replace(cancelled=NOW + 9) if chance == 1 else event)
    return events


def in_scope(event: StoredEvent, scope: Scope) -> bool:
    """Tell whether an event is of a scope."""
    return event.meter == scope.meter and scope.customer in (None, event.customer)


def recount(events: Sequence[StoredEvent], scope: Scope, formula: Formula, start: int, end: int) -> Summary:
    """Look at every event, and do what the formula says."""
    own = [
        event
        for event in events
        if in_scope(event, scope) and event.cancelled is None and start <= event.timestamp < end
    ]
    with_value = [event for event in own if event.value is not None]
    with_value.sort(key=lambda event: (event.timestamp, event.received, event.upload, event.row))
    numbers = [event.value for event in with_value if event.value is not None]
    by_formula = {
        Formula.COUNT: Decimal(len(own)),
        Formula.SUM: sum(numbers, Decimal(0)),
        Formula.MAX: max(numbers, default=Decimal(0)),
        Formula.MIN: min(numbers, default=Decimal(0)),
        Formula.LAST: numbers[-1] if numbers else Decimal(0),
    }
    return Summary(start, end, by_formula[formula], len(own))
