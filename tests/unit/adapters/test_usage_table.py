"""The contract of contributions in memory and on a small DynamoDB; and how the adapter meets AWS's faults."""

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import pytest

from meterdrop.adapters.dynamodb.batch import put_items
from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.adapters.dynamodb.items import Attributes
from meterdrop.adapters.metering.usage_items import cancel_item, partition
from meterdrop.adapters.metering.usage_table import UsageTable
from meterdrop.domain.metering.contributions import HOUR
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Scope
from tests.support.contracts.usage import Stores, UsageContract, contributions_of, put
from tests.support.dynamodb.small_dynamodb import Fault
from tests.support.dynamodb.usage_items import shares
from tests.support.fakes.crash import Switch
from tests.support.fakes.usage import FakeUsage, Figures, Share
from tests.unit.adapters.conftest import Wired

RECEIVED = 1_727_524_800
TIME = 1_727_222_400


class TestInMemory(UsageContract):
    """The fake that pipeline tests stand on."""

    @pytest.fixture
    def usage(self) -> Stores:
        """Make it."""
        switch, stored = Switch(), dict[Share, Figures]()
        return Stores(
            lambda upload: FakeUsage(switch, stored, upload),
            lambda upload: {share: figures for share, figures in stored.items() if share.upload == upload},
        )


class TestAdapter(UsageContract):
    """The real adapter, against a DynamoDB that is stricter than emulators are."""

    @pytest.fixture
    def usage(self, wired: Wired) -> Stores:
        """Make it."""
        return Stores(
            lambda upload: UsageTable(wired.json_client, "usage", upload, RECEIVED),
            lambda upload: shares(wired.database.tables["usage"].values(), upload),
        )


def test_only_what_was_left_is_sent_again(wired: Wired) -> None:
    """Items that DynamoDB leaves unprocessed are put again, those alone."""
    table = UsageTable(wired.json_client, "usage", "upl_a", RECEIVED)
    wired.database.faults.extend([None, Fault(rows=(0, 3)), Fault(rows=(1,))])
    put(table, contributions_of(*((f"cus_{number}", TIME, Decimal(number)) for number in range(4))))
    lists, figures, stamps_and_feed = [1], [5, 2, 1], [2]
    assert lists + figures + stamps_and_feed == [count for _, count in wired.database.requests]
    assert len(shares(wired.database.tables["usage"].values(), "upl_a")) == 5


@pytest.mark.parametrize("fault", [Fault(lost=True), Fault(status=503), Fault(damaged=True)])
def test_sent_again(wired: Wired, fault: Fault) -> None:
    """A put whose answer was lost is put again, which changes nothing."""
    table = UsageTable(wired.json_client, "usage", "upl_a", RECEIVED)
    wired.database.faults.append(fault)
    put(table, contributions_of(("cus_1", TIME, Decimal(1))))
    assert len(shares(wired.database.tables["usage"].values(), "upl_a")) == 2


def test_gives_up(wired: Wired) -> None:
    """Items that stay unprocessed are an error, not a loss."""
    wired.database.faults.extend([Fault(rows=(0,))] * 100)
    with pytest.raises(AwsError, match="BatchWriteItem"):
        put(UsageTable(wired.json_client, "usage", "upl_a", RECEIVED), contributions_of(("cus_1", TIME, Decimal(1))))


def test_a_sum_is_stored_to_its_last_digit(wired: Wired) -> None:
    """Up to the 38 that DynamoDB keeps, more than Python's own context does."""
    longest = Decimal("12345678901234567890123456789.012345678")
    put(UsageTable(wired.json_client, "usage", "upl_a", RECEIVED), contributions_of(("cus_1", TIME, longest)))
    assert {found.sum for found in shares(wired.database.tables["usage"].values(), "upl_a").values()} == {longest}


def test_the_items_are_readable(wired: Wired) -> None:
    """All of them, as they stand in the table."""
    events = [("cus_1", TIME + 5, Decimal(7)), ("cus_1", TIME, Decimal(9)), ("cus_1", TIME + HOUR, None)]
    table = UsageTable(wired.json_client, "usage", "upl_a", RECEIVED)
    put(table, contributions_of(*events, ("cus_2", TIME, Decimal("-1.50")), identifiers=["=x", None, None, None]))
    stored = items(wired)
    token = stored["mtr_a#stamps", "2024-09#08"].pop("token")["S"]
    assert re.fullmatch("[0-9a-f]{16}", token)
    form, received = {"form": {"N": "1"}}, {"received": {"N": str(RECEIVED)}}
    first, second = "25T00\t2\t16 7 9 7 5 1\t==x\t2", "25T01\t1\t\t3"
    assert {
        key: {name: value for name, value in item.items() if name not in {"pk", "sk"}} for key, item in stored.items()
    } == {
        ("mtr_a#2024-09#6", "cus_1\tupload#08#upl_a"): form | received | {"hours": {"S": f"{first}\n{second}"}},
        ("mtr_a#2024-09#c", "cus_2\tupload#08#upl_a"): form | received | {"hours": {"S": "25T00\t1\t-1.50 0 4\t4"}},
        ("mtr_a#2024-09", "upload#08#upl_a"): form
        | received
        | {"hours": {"S": "25T00\t3\t14.5 -1.50 9 7 5 1\n25T01\t1\t"}},
        ("mtr_a#2024-09#events#d", "25#upl_a#0000"): form
        | received
        | {"total": {"N": "4"}, "hours": {"S": "25T00\t==x\t2\t4\n25T01\t3"}},
        ("mtr_a#stamps", "2024-09#08"): form,
        ("mtr_a#feed", f"{RECEIVED}#upl_a"): form
        | {"count": {"N": "4"}, "hours": {"S": f"{TIME // HOUR + 1},{TIME // HOUR}"}},
    }


MANY = [f"{number}-" + "x" * 90 for number in range(1_500)]
"""Identifiers whose list does not fit beside the figures, nor into one part."""


def items(wired: Wired) -> dict[tuple[str, str], Attributes]:
    """Return the items of the table by key."""
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in wired.database.tables.get("usage", {}).values()}


def test_a_reader_that_finds_figures_finds_their_events(wired: Wired) -> None:
    """Whatever is put, and whatever is deleted: no item stands without those that it leads to."""
    table = UsageTable(wired.json_client, "usage", "upl_a", RECEIVED)
    events = [("cus_1", TIME + number, Decimal(1)) for number in range(len(MANY))]
    contributions = contributions_of(*events, identifiers=MANY)
    customer = next(iter(contributions.of_customers()))[0]
    every = {
        key for stage in table.stages(contributions) for key in ((item["pk"]["S"], item["sk"]["S"]) for item in stage)
    }
    lists = {key for key in every if "#events#" in key[0]}
    figures = {key for key in every if "upload#" in key[1]}
    stamps, feed = {("mtr_a#stamps", "2024-09#08")}, {("mtr_a#feed", f"{RECEIVED}#upl_a")}
    assert lists | figures | stamps | feed == every
    assert ({partition(customer), "mtr_a#2024-09"}, 6) == ({pk for pk, _ in figures}, len(lists))

    def assert_whole() -> None:
        stored = set(items(wired))
        assert lists <= stored or not figures & stored
        assert figures <= stored or not feed & stored

    def write(stage: Iterable[Attributes], one: Callable[[Sequence[Attributes]], None]) -> None:
        for item in stage:
            one([item])
            assert_whole()

    for stage in table.stages(contributions):
        assert figures <= set(items(wired)) or not stamps & set(items(wired))
        write(stage, table.put)
    before = items(wired)["mtr_a#stamps", "2024-09#08"]["token"]
    for stage in table.removals(contributions):
        write(stage, table.remove)
    assert stamps == set(items(wired))
    write(table.stamps(contributions), table.put)
    assert stamps == set(items(wired))
    assert before != items(wired)["mtr_a#stamps", "2024-09#08"]["token"]


def test_no_item_is_larger_than_dynamodb_takes(wired: Wired) -> None:
    """Lists of the longest identifiers fit items, and 25 of them a call; so do the figures of a full month."""
    events = [("cus_1", TIME + number, Decimal(1)) for number in range(3_000)]
    names = [f"{number}-" + "\U0001d54f" * 95 for number in range(len(events))]
    contributions = contributions_of(*events, identifiers=names)
    table = UsageTable(wired.json_client, "usage", "upl_a", RECEIVED)
    sizes = [
        len(item["hours"]["S"].encode()) for stage in table.stages(contributions) for item in stage if "hours" in item
    ]
    assert max(sizes) < 16 * 1024 * 1024 / 25
    assert max(sizes) < 400 * 1024
    full = [
        ("cus_1", (TIME // HOUR + hour) * HOUR + 1, -Decimal("999999999999999.999999999999")) for hour in range(24 * 6)
    ]
    [month] = [
        item["hours"]["S"]
        for stage in table.stages(contributions_of(*full))
        for item in stage
        if item["sk"]["S"].startswith("cus_1")
    ]
    assert len(month) * 31 / 6 < 300_000


def test_cancels_of_its_events_go_with_an_upload(wired: Wired) -> None:
    """Those of its own events, of all customers. Other uploads keep theirs."""
    owners = [f"upl_{letter * 26}" for letter in "abc"]
    contributions = contributions_of(
        *((customer, TIME + month * 40 * 86_400, Decimal(7)) for customer in ("c", "d") for month in (0, 1))
    )
    tables = {owner: UsageTable(wired.json_client, "usage", owner, RECEIVED) for owner in owners}
    for owner, table in tables.items():
        put(table, contributions)
        for row, (customer, month) in enumerate(((customer, month) for customer in ("c", "d") for month in (0, 1)), 1):
            time = TIME + month * 40 * 86_400
            event = StoredEvent(
                f"{owner}#{row}", owner, row, "mtr_a", "calls", customer, time, Decimal(7), {}, RECEIVED
            )
            for scope in (Scope("mtr_a", None), Scope("mtr_a", customer)):
                put_items(wired.json_client, "usage", [cancel_item(scope, event, RECEIVED + 9)])
    own, before = owners[1], items(wired)
    assert 24 == sum("cancel#" in sort_key for _, sort_key in before)
    for keys in filter(None, map(list, tables[own].removals(contributions))):
        tables[own].remove(keys)
    assert {key: item for key, item in before.items() if own not in key[1]} == items(wired)
