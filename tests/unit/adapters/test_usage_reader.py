"""Reading usage: what comes back is what was stored, in order, consistently, and not much more."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.adapters.dynamodb.batch import put_items
from meterdrop.adapters.dynamodb.items import UnknownFormError
from meterdrop.adapters.metering import rollups, usage_items
from meterdrop.adapters.metering.hour_lines import first_hour
from meterdrop.adapters.metering.usage_items import counter_key, lists_prefix, partition
from meterdrop.domain.codes import Formula
from meterdrop.domain.ids import request_owner
from meterdrop.domain.metering.contributions import hour_text
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Arrival, OwnerEvents, Scope, UsageChangingError
from tests.support.stored_usage import StoredUsage
from tests.support.usage_strategy import CUSTOMERS, METER, OWNERS, in_scope, recount, stored_events

HOUR = 1_727_222_400 // 3_600  # 2024-09-25T00
OWNER = OWNERS[0]
ALL = Scope(METER, None)
ALWAYS = range(HOUR - 24 * 100, HOUR + 24 * 20)
SUMMED = (Formula.COUNT, Formula.SUM)
"""Formulas without events: those that a cancel leaves exact."""


def an_event(row: int, hour: int = HOUR, customer: str = "cus_1", **changes: object) -> StoredEvent:
    """Make an event of the first owner."""
    event = StoredEvent(f"{OWNER}:{row}", OWNER, row, METER, METER, customer, hour * 3_600 + row, Decimal(row), {}, 7)
    return event._replace(**changes)  # type: ignore[arg-type]


def by_api(number: int = 0, hour: int = HOUR, customer: str = "cus_1") -> StoredEvent:
    """Make the only event of a request."""
    id_ = f"api-{number}"
    return an_event(1, hour, customer, id=id_, upload=request_owner(f"req_{number:026d}", id_))


def by_owner(events: Iterable[StoredEvent], scope: Scope, hours: range = ALWAYS) -> dict[tuple[str, int], list[str]]:
    """Return the IDs of a scope's events by owner and hour, in the order of rows. Those of a request by customer."""
    found: dict[tuple[str, int], list[str]] = {}
    for event in sorted(
        events, key=lambda event: (event.customer if event.upload.startswith("req_") else "", event.row)
    ):
        if in_scope(event, scope) and event.timestamp // 3_600 in hours:
            found.setdefault((event.upload, event.timestamp // 3_600), []).append(event.id)
    return found


def _place(event: StoredEvent) -> tuple[str, int]:
    return event.customer if event.upload.startswith("req_") else "", event.row


def read_by_owner(stored: StoredUsage, scope: Scope, hours: range = ALWAYS) -> dict[tuple[str, int], list[str]]:
    """Read the same."""
    found: dict[tuple[str, int], list[str]] = {}
    for each in stored.usage.owners(scope, hours):
        assert (each.owner, each.hour) not in found
        ids = each.ids or stored.usage.events_of_owner(scope, each.hour, each.owner)
        found[each.owner, each.hour] = ids
    return found


@given(events=stored_events(), few=st.sampled_from([0, 1, 64]), newest_first=st.booleans())
def test_what_is_stored_is_read(events: list[StoredEvent], few: int, newest_first: bool) -> None:
    """Figures by hour, owners with IDs, the events of each hour, arrivals and cancels."""
    stored = StoredUsage(events)
    received = {event.upload: event.received for event in events}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollups, "FEW", few or 1)
        for scope in (ALL, *(Scope(METER, customer) for customer in CUSTOMERS)):
            own = [event for event in events if in_scope(event, scope)]
            for hours in (ALWAYS, range(HOUR + 130, HOUR + 146), range(HOUR, HOUR + 1)):
                found = list(stored.usage.hours(scope, hours, newest_first=newest_first))
                used = {event.timestamp // 3_600 for event in own} & set(hours)
                assert sorted(used, reverse=newest_first) == [each.hour for each in found]
                for each, formula in product(found, SUMMED):
                    start = each.hour * 3_600
                    expected = recount(events, scope, formula, start, start + 3_600)
                    assert (expected.value, expected.event_count) == (each.figures.value(formula), each.figures.count)
                    cancelled = [event for event in own if event.cancelled and event.timestamp // 3_600 == each.hour]
                    assert bool(cancelled) == each.has_cancels
                assert by_owner(events, scope, hours) == read_by_owner(stored, scope, hours)
            for hour in {event.timestamp // 3_600 for event in own}:
                expected_owners = {owner: ids for (owner, at), ids in by_owner(events, scope).items() if at == hour}
                found_owners = list(stored.usage.events_of_hour(scope, hour))
                assert expected_owners == {each.owner: each.ids for each in found_owners}
                assert all(each.hour == hour and received[each.owner] == each.received for each in found_owners)
    own = [event for event in events if event.meter == METER]
    own_in_order = sorted(own, key=lambda event: (event.timestamp // 3_600, event.customer, event.row))
    arrivals = {
        Arrival(
            received[owner],
            owner,
            sum(event.upload == owner for event in own),
            tuple(sorted({event.timestamp // 3_600 for event in own if event.upload == owner}, reverse=True)),
            None if owner.startswith("upl_") else tuple(event.id for event in own_in_order if event.upload == owner),
        )
        for owner in {event.upload for event in own}
    }
    assert sorted(arrivals, key=lambda each: each[:2], reverse=True) == list(stored.usage.arrivals(METER))
    cancels = {id_: cancel.at for id_, cancel in stored.usage.cancelled(events).items()}
    assert {event.id: event.cancelled for event in events if event.cancelled} == cancels


def at(year_month_day_hour: str) -> int:
    """Return the hour of a text such as `2024-02-29T23`."""
    return next(hour for hour in _hours(year_month_day_hour) if hour_text(hour) == year_month_day_hour)


def _hours(text: str) -> range:
    first = first_hour(text[:7])
    return range(first, first + 24 * 31)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2023-12-31T23", "2024-01-01T00"),
        ("2024-02-29T23", "2024-03-01T00"),
        ("2023-02-28T23", "2023-03-01T00"),
        ("1970-01-01T00", "1970-01-31T23"),
        ("1999-12-31T23", "2000-01-01T00"),
        (hour_text(9_999_999_999 // 3_600 - 1), hour_text(9_999_999_999 // 3_600)),
    ],
)
@pytest.mark.parametrize("scope", [ALL, Scope(METER, "cus_1")])
def test_borders_of_months_and_years(first: str, second: str, scope: Scope) -> None:
    """Two hours beside each other are each in their own month, and in no window that ends before or begins after."""
    hours = [at(first), at(second)]
    rows = [an_event(row, hour) for row, hour in enumerate(hours, 1)]
    requests = [by_api(row, hour) for row, hour in enumerate(hours, 1)]
    stored = StoredUsage([*rows, *requests])
    for hour in hours:
        [used] = stored.usage.hours(scope, range(hour, hour + 1), newest_first=False)
        assert (hour, 2) == (used.hour, used.figures.count)
        assert 2 == len(read_by_owner(stored, scope, range(hour, hour + 1)))
        assert 2 == len(list(stored.usage.events_of_hour(scope, hour)))
    both = stored.usage.hours(scope, range(hours[0], hours[1] + 1), newest_first=True)
    assert hours[::-1] == [used.hour for used in both]
    for outside in (range(hours[0]), range(hours[0] + 1, hours[1]), range(hours[1] + 1, hours[1] + 9_000)):
        assert [] == list(stored.usage.hours(scope, outside, newest_first=False))
        assert {} == read_by_owner(stored, scope, outside)


STRANGE = (
    "cus",
    "cus_1",
    "cus_10",
    "cus_1#",
    "cus_1#upload#",
    "upload#",
    "upload#00#upl_a",
    "cancel#",
    "hand#",
    "hand#25T00#00",
    "25#",
    "month",
    "bucket#00",
    "#",
    "ü ☃",
    "\U0010fffd",
    " ",
)
"""Customers of which some begin like others, or like keys."""


@pytest.mark.parametrize("few", [1, 64])
def test_customers_whose_ids_look_like_keys(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No customer's usage, lists or cancels are taken for another's, or for those of all, in the same partition too."""
    monkeypatch.setattr(rollups, "FEW", few)
    monkeypatch.setattr(usage_items, "shard_of", lambda _: "0")
    monkeypatch.setattr("meterdrop.adapters.metering.usage_reader.shard_of", lambda _: "0")
    events = [an_event(row, customer=customer) for row, customer in enumerate(STRANGE, 1)]
    events += [
        an_event(row, customer=customer, id=f"{customer}#1", cancelled=9) for row, customer in enumerate(STRANGE, 100)
    ]
    for number, customer in enumerate(STRANGE):
        events.append(by_api(number, customer=customer))
    stored = StoredUsage(events)
    for _ in range(2):  # the second time with roll-ups
        for customer in STRANGE:
            scope = Scope(METER, customer)
            [used] = stored.usage.hours(scope, ALWAYS, newest_first=False)
            expected = recount(events, scope, Formula.SUM, 0, 10**10)
            assert (expected.value, 2) == (used.figures.sum, used.figures.count)
            assert by_owner(events, scope) == read_by_owner(stored, scope)
            ids = [id_ for each in stored.usage.events_of_hour(scope, HOUR) for id_ in each.ids or ()]
            assert {event.id for event in events if event.customer == customer} == set(ids)


@pytest.mark.parametrize("is_long", [False, True])
@pytest.mark.parametrize("scope", [ALL, Scope(METER, "cus_1")])
def test_identifiers_of_any_kind(is_long: bool, scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that look like rows, runs or entries of lists, among rows without one. Lists are inline or items apart."""
    monkeypatch.setattr(usage_items, "INLINE", 5 if is_long else 600)
    monkeypatch.setattr("meterdrop.adapters.metering.usage_table.INLINE", 5 if is_long else 600)
    monkeypatch.setattr(usage_items, "LISTED", 3)
    names = ["1", "1-3", "=", "=1", "==", "a-b", " a b ", "#", "a#b", "ü☃", "upl_x:1", "-", "1#0000", "\U0010ffff"]
    events = [an_event(row) for row in range(1, 4)]
    events += [an_event(row, id=name) for row, name in enumerate(names, 4)]
    events += [an_event(row, HOUR + row % 3) for row in (30, 31, 33, 36, 37)]
    stored = StoredUsage(events)
    assert by_owner(events, scope) == read_by_owner(stored, scope)
    lists = [item for item in stored.items() if "#events#" in item["pk"]["S"]]
    assert {part["pk"]["S"][:-1] for part in lists} == {
        lists_prefix(of.in_month("2024-09")) for of in ((ALL, Scope(METER, "cus_1")) if is_long else (ALL,))
    }
    assert len(lists) > 4 * (1 + is_long)


@pytest.mark.parametrize("scope", [ALL, Scope(METER, "cus_1")])
def test_a_list_that_is_being_written_again_is_not_read(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of two states are told apart. A list is that of the one or the other state, or UsageChangingError."""
    for module in ("usage_items", "usage_table"):
        monkeypatch.setattr(f"meterdrop.adapters.metering.{module}.INLINE", 0)
    monkeypatch.setattr(usage_items, "LISTED", 2)
    before = [an_event(row, HOUR + row % 2, id=f"id-{row}") for row in range(1, 9)]
    after = sorted([*before, *(an_event(row, HOUR + row % 2, id=f"id-{row}") for row in (10, 11, 12))])
    states = [StoredUsage(events) for events in (before, after)]
    lists = lists_prefix(scope.in_month("2024-09"))
    old, new = (
        sorted((item for item in state.items() if item["pk"]["S"].startswith(lists)), key=lambda item: item["sk"]["S"])
        for state in states
    )
    assert len(new) > len(old) > 3
    outcomes = set()
    for taken in product((False, True), repeat=len(new)):
        mixed = StoredUsage(before)
        for item, is_taken in zip(new, taken, strict=True):
            if is_taken:
                put_items(mixed.client, "usage", [item])
        for hour in (HOUR, HOUR + 1):
            expected = [by_owner(events, scope)[OWNER, hour] for events in (before, after)]
            try:
                outcome = expected.index(mixed.usage.events_of_owner(scope, hour, OWNER))
            except UsageChangingError:
                outcome = -1
            outcomes.add((any(taken[: len(old)]), all(taken), outcome))
    # Only if no item of the old state is replaced, or all of the new state is there, it is a list.
    assert {(False, False, 0), (True, True, 1)} == {each for each in outcomes if each[2] != -1}


def test_every_attribute_is_read() -> None:
    """Figures with and without values, of one value, with a list and without; a cancel; a counter; and nothing else."""
    stored = StoredUsage([an_event(1, HOUR + 100)])  # the stamp, without which no month is looked at
    pk = partition(Scope(METER, "cus_1").in_month("2024-09"))

    def put(sort_key: str, hours: str, **attributes: int) -> None:
        item = {"pk": {"S": pk}, "sk": {"S": sort_key}, "form": {"N": "1"}, "hours": {"S": hours}}
        put_items(stored.client, "usage", [item | {name: {"N": str(number)} for name, number in attributes.items()}])

    put("cus_1\tupload#00#upl_a", "24T23\t9\t1 0 1\t1-9\n25T00\t4\t2.5 -1 3 0.5 5 7\n25T01\t9\t1 0 1\t1-9", received=2)
    put("cus_1\tupload#00#upl_b", "25T00\t2\t\t1\t=id", received=3)
    put("cus_1\tupload#00#upl_c", "25T00\t3\t2 5 8\t1-3", received=1)
    put("cus_1\tcancel#upl_a#x", "25T00\t-1\t-2", cancelled=5)
    put("cus_1\thand#25T00#03", "25T00\t2\t1 0 1 1 5 1 9 req_a", revision=2)
    put("cus_10\tupload#00#upl_a", "25T00\t9\t1 0 1\t1-9", received=2)
    [used] = stored.usage.hours(Scope(METER, "cus_1"), range(HOUR, HOUR + 1), newest_first=False)
    figures, start = used.figures, HOUR * 3_600
    assert (10, Decimal("3.5"), Decimal(-1), Decimal(3)) == (figures.count, figures.sum, figures.min, figures.max)
    assert (Decimal(1), (start + 5, 9, "req_a", 1)) == (figures.last, figures.last_order)
    assert used.has_cancels
    found = {each.owner: each for each in stored.usage.owners(Scope(METER, "cus_1"), range(HOUR, HOUR + 1))}
    assert {
        "upl_a": OwnerEvents(2, "upl_a", HOUR),
        "upl_b": OwnerEvents(3, "upl_b", HOUR, ["upl_b:1", "id"]),
        "upl_c": OwnerEvents(1, "upl_c", HOUR, ["upl_c:1", "upl_c:2", "upl_c:3"]),
    } == found


def test_another_form_is_refused() -> None:
    """Whichever item has it: no number is guessed."""
    events = [an_event(row, id="x" * 99 + str(row)) for row in range(1, 15)]
    events += [an_event(20, cancelled=9), by_api()]
    customer = Scope(METER, "cus_1")
    stored = StoredUsage(events)

    def read_all() -> None:
        for scope in (ALL, customer):
            list(stored.usage.hours(scope, ALWAYS, newest_first=False))
            list(stored.usage.events_of_hour(scope, HOUR))
            list(stored.usage.owners(scope, ALWAYS))
        list(stored.usage.arrivals(METER))
        stored.usage.cancelled(events)
        hour = counter_key(ALL, HOUR, 0)
        assert hour in [{"pk": item["pk"], "sk": item["sk"]} for item in stored.items()]

    read_all()
    items = stored.items()
    parts = [item for item in items if "bucket#" in item["sk"]["S"]]
    assert len(parts) == 1
    for item in items:
        if item in parts:  # read where the month's roll-up isn't current
            continue
        for form in ({"N": "2"}, None):
            changed = {name: value for name, value in item.items() if name != "form"}
            put_items(stored.client, "usage", [changed | ({"form": form} if form else {})])
            with pytest.raises(UnknownFormError, match=r"mtr_a.*reads only form 1"):
                read_all()
            put_items(stored.client, "usage", [item])
    read_all()


def test_few_items_of_a_customer_are_added_up_in_one_query(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stamps and one query, without a roll-up; with more items a roll-up is kept and read."""
    events = [an_event(row, id=f"id-{row}", upload=f"upl_{row:026d}", received=row * 600) for row in range(1, 6)]
    stored, scope = StoredUsage(events), Scope(METER, "cus_1")
    for few, first, second in (
        (6, ["Query", "Query"], ["Query", "Query"]),
        (
            5,
            ["Query", "Query", "Query", "BatchGetItem", "Query", *["Query"] * 5, "BatchWriteItem"],
            ["Query", "Query", "Query", "BatchGetItem"],
        ),
    ):
        monkeypatch.setattr(rollups, "FEW", few)
        for expected in (first, second):
            stored.client.sent.clear()
            [used] = stored.usage.hours(scope, ALWAYS, newest_first=False)
            assert (5, Decimal(15)) == (used.figures.count, used.figures.sum)
            assert expected == [operation for operation, _ in stored.client.sent]


def test_every_read_is_consistent() -> None:
    """No read may be old, and none goes by an index or scans."""
    stored = StoredUsage([an_event(1), an_event(2, cancelled=9), by_api()])
    for scope in (ALL, Scope(METER, "cus_1")):
        list(stored.usage.hours(scope, range(HOUR, HOUR + 1), newest_first=True))
        list(stored.usage.owners(scope, range(HOUR, HOUR + 1)))
        list(stored.usage.events_of_hour(scope, HOUR))
    list(stored.usage.arrivals(METER))
    stored.usage.cancelled([an_event(2)])
    reads = [(operation, body) for operation, body in stored.client.sent if operation != "BatchWriteItem"]
    for operation, body in reads:
        request = body["RequestItems"]["usage"] if operation == "BatchGetItem" else body
        assert request["ConsistentRead"] is True
        assert "IndexName" not in request
    assert {"Query", "BatchGetItem"} == {operation for operation, _ in reads}


def asked(stored: StoredUsage) -> Sequence[str]:
    """Return the months whose figures were read, in order."""
    partitions = [
        body["ExpressionAttributeValues"][":pk"]["S"] for operation, body in stored.client.sent if operation == "Query"
    ]
    found = [name.split("#") for name in partitions if not name.endswith(("#stamps", "#rollup"))]
    return list(dict.fromkeys(name[1] for name in found))


@pytest.mark.parametrize("scope", [ALL, Scope(METER, "cus_1")])
def test_months_are_read_one_after_the_other(scope: Scope) -> None:
    """The months with usage that the hours touch, in the direction of the walk, and none that is not asked for."""
    first = 1_727_740_800 // 3_600 - 1  # the last hour of September 2024
    stored = StoredUsage([an_event(row, first + day * 24) for row, day in enumerate((0, 31, 70, 95), 1)])
    for hours, months in (
        (range(first, first + 1), ["2024-09"]),
        (range(first, first + 2), ["2024-09", "2024-10"]),
        (range(first, first + 24 * 100), ["2024-09", "2024-10", "2024-12", "2025-01"]),
        (range(first + 24 * 40, first + 24 * 50), []),
    ):
        for newest_first in (False, True):
            stored.client.sent.clear()
            list(stored.usage.hours(scope, hours, newest_first=newest_first))
            assert months[:: -1 if newest_first else 1] == asked(stored)
