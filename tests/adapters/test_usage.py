"""The contract of contributions in memory and on a small DynamoDB; and how the adapter meets AWS's faults."""

from decimal import Decimal

import pytest

from meterdrop.adapters.errors import AwsError
from meterdrop.adapters.usage_table import UsageTable
from tests.adapters.conftest import Wired
from tests.adapters.small_dynamodb import Fault
from tests.adapters.usage_contract import Stores, UsageContract, contributions_of, put
from tests.adapters.usage_items import shares
from tests.fakes.crash import Switch
from tests.fakes.ledger import FakeUsage, Figures, Share

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
            lambda upload: UsageTable(wired.wire, "usage", upload, RECEIVED),
            lambda upload: shares(wired.database.tables["usage"].values(), upload),
        )


def test_only_what_was_left_is_sent_again(wired: Wired) -> None:
    """Items that DynamoDB leaves unprocessed are put again, those alone."""
    table = UsageTable(wired.wire, "usage", "upl_a", RECEIVED)
    wired.database.faults.extend([Fault(rows=(0, 3)), Fault(rows=(1,))])
    put(table, contributions_of(*((f"cus_{number}", TIME, Decimal(number)) for number in range(4))))
    assert [count for _, count in wired.database.requests] == [5, 2, 1, 1]
    assert len(shares(wired.database.tables["usage"].values(), "upl_a")) == 5


@pytest.mark.parametrize("fault", [Fault(lost=True), Fault(status=503), Fault(damaged=True)])
def test_sent_again(wired: Wired, fault: Fault) -> None:
    """A put whose answer was lost is put again, which changes nothing."""
    table = UsageTable(wired.wire, "usage", "upl_a", RECEIVED)
    wired.database.faults.append(fault)
    put(table, contributions_of(("cus_1", TIME, Decimal(1))))
    assert len(shares(wired.database.tables["usage"].values(), "upl_a")) == 2


def test_gives_up(wired: Wired) -> None:
    """Items that stay unprocessed are an error, not a loss."""
    wired.database.faults.extend([Fault(rows=(0,))] * 100)
    with pytest.raises(AwsError, match="BatchWriteItem"):
        put(UsageTable(wired.wire, "usage", "upl_a", RECEIVED), contributions_of(("cus_1", TIME, Decimal(1))))


def test_what_last_needs(wired: Wired) -> None:
    """Between uploads the last value is by time, arrival, upload, row: all four stand in the item."""
    events = [("cus_1", TIME + 5, Decimal(7)), ("cus_1", TIME, Decimal(9))]
    put(UsageTable(wired.wire, "usage", "upl_a", RECEIVED), contributions_of(*events))
    [item] = [item for item in wired.database.tables["usage"].values() if item["pk"]["S"] == "mtr_a#customer#cus_1"]
    assert (item["last"]["N"], item["last_timestamp"]["N"], item["last_row"]["N"]) == ("7", str(TIME + 5), "1")
    assert (item["received"]["N"], item["sk"]["S"]) == (str(RECEIVED), "2024-09-25T00#upl_a")
