"""The contract of contributions in memory and on a small DynamoDB; and how the adapter meets AWS's faults."""

from decimal import Decimal

import pytest

from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.adapters.metering.usage_table import UsageTable
from meterdrop.domain.metering.contributions import Contributions
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
    wired.database.faults.extend([Fault(rows=(0, 3)), Fault(rows=(1,))])
    put(table, contributions_of(*((f"cus_{number}", TIME, Decimal(number)) for number in range(4))))
    assert [count for _, count in wired.database.requests] == [5, 2, 1, 1]
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


def test_what_last_needs(wired: Wired) -> None:
    """Between uploads the last value is by time, arrival, upload, row: all four stand in the item."""
    events = [("cus_1", TIME + 5, Decimal(7)), ("cus_1", TIME, Decimal(9))]
    put(UsageTable(wired.json_client, "usage", "upl_a", RECEIVED), contributions_of(*events))
    [item] = [item for item in wired.database.tables["usage"].values() if item["pk"]["S"] == "mtr_a#customer#cus_1"]
    assert (item["last"]["N"], item["last_timestamp"]["N"], item["last_row"]["N"]) == ("7", str(TIME + 5), "1")
    assert (item["received"]["N"], item["sk"]["S"]) == (str(RECEIVED), "2024-09-25T00#upl_a")


MANY = [f"{number}-" + "x" * 90 for number in range(1_500)]
"""Identifiers whose list does not fit beside the figures, nor into one part."""


def a_long_list(upload: str, wired: Wired) -> tuple[UsageTable, Contributions]:
    """Give an upload's adapter, and contributions with event lists of several parts."""
    events = [("cus_1", TIME + number, Decimal(1)) for number in range(len(MANY))]
    return UsageTable(wired.json_client, "usage", upload, RECEIVED), contributions_of(*events, identifiers=MANY)


def test_who_finds_figures_finds_their_events(wired: Wired) -> None:
    """Whatever is put, and whatever is taken back: no item stands without those that it leads to."""
    table, contributions = a_long_list("upl_a", wired)

    def assert_whole() -> None:
        stored = {(item["pk"]["S"], item["sk"]["S"]): item for item in wired.database.tables["usage"].values()}
        figures = [(pk, sk, item) for (pk, sk), item in stored.items() if "count" in item and not pk.endswith("#feed")]
        for pk, sk, item in figures:
            lists = pk.replace("#customer#", "#customer-events#").replace("#month#", "#month-events#")
            assert all((lists, f"{sk}#{part:04d}") in stored for part in range(int(item["parts"]["N"])))
        assert figures or ("mtr_a#feed", f"{RECEIVED:010d}#upl_a") not in stored

    for stages, write in ((table.stages(contributions), table.put), (table.removals(contributions), table.remove)):
        for stage in map(list, stages):
            for start in range(0, len(stage), table.put_limit):
                write(stage[start : start + table.put_limit])
                assert_whole()
    assert wired.database.tables["usage"] == {}
