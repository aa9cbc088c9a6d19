"""What every store of contributions does: the one in memory, the real adapter on a small DynamoDB, on the emulator.

A subclass gives the fixture `usage`: who makes the store of one upload, and who reads what is stored of it.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

import pytest

from meterdrop.adapters.batching import UsageBatches
from meterdrop.domain.decimals import EXACT
from meterdrop.domain.metering.contributions import Contributions
from tests.support.fakes.usage import Figures, Share

HOUR = 1_727_222_400 // 3_600


@dataclass(frozen=True, slots=True)
class Stores:
    """Both."""

    store: Callable[[str], UsageBatches]
    stored: Callable[[str], Mapping[Share, Figures]]


def put(usage: UsageBatches, contributions: Contributions) -> None:
    """Put all contributions."""
    for stage in map(list, usage.stages(contributions)):
        for start in range(0, len(stage), usage.put_limit):
            usage.put(stage[start : start + usage.put_limit])


def contributions_of(*events: tuple[str, int, Decimal | None], identifiers: Sequence[str | None] = ()) -> Contributions:
    """Add up events of one meter: customer, timestamp, value; their rows count from 1."""
    contributions = Contributions()
    with localcontext(EXACT):
        for row, (customer, timestamp, value) in enumerate(events, 1):
            identifier = identifiers[row - 1] if identifiers else None
            contributions.add("mtr_a", customer, timestamp, value, row, identifier)
    return contributions


class UsageContract:
    """The contract."""

    def test_contributions_are_stored(self, usage: Stores) -> None:
        """Per customer and hour, and per hour; exact, negative, and without a value."""
        upload = f"upl_{secrets.token_hex(6)}"
        time = HOUR * 3_600
        put(
            usage.store(upload),
            contributions_of(
                ('c"1', time, Decimal("1.5")),
                ('c"1', time + 1, Decimal(-2)),
                ("ü", time, Decimal(0)),
                ("ü", time + 3_600, None),
            ),
        )
        first, second, third, fourth = (f"{upload}:{row}" for row in range(1, 5))
        both = Figures((first, second), 2, Decimal("-0.5"), Decimal(-2), Decimal("1.5"), Decimal(-2))
        none = Figures((fourth,), 1, None, None, None, None)
        all_three = Figures((first, second, third), 3, Decimal("-0.5"), Decimal(-2), Decimal("1.5"), Decimal(-2))
        zero = Decimal(0)
        assert usage.stored(upload) == {
            Share("mtr_a", 'c"1', HOUR, upload): both,
            Share("mtr_a", "ü", HOUR, upload): Figures((third,), 1, zero, zero, zero, zero),
            Share("mtr_a", "ü", HOUR + 1, upload): none,
            Share("mtr_a", None, HOUR, upload): all_three,
            Share("mtr_a", None, HOUR + 1, upload): none,
        }

    def test_putting_again_changes_nothing(self, usage: Stores) -> None:
        """A retry puts the same; what it has anew replaces what stood there."""
        upload = f"upl_{secrets.token_hex(6)}"
        contributions = contributions_of(("cus_1", HOUR * 3_600, Decimal(1)))
        put(usage.store(upload), contributions)
        before = dict(usage.stored(upload))
        put(usage.store(upload), contributions)
        assert usage.stored(upload) == before
        put(usage.store(upload), contributions_of(("cus_1", HOUR * 3_600, Decimal(2))))
        assert {figures.sum for figures in usage.stored(upload).values()} == {Decimal(2)}

    def test_uploads_stand_side_by_side(self, usage: Stores) -> None:
        """Each upload has its own contribution to the same hour."""
        uploads = [f"upl_{secrets.token_hex(6)}" for _ in range(3)]
        for number, upload in enumerate(uploads):
            put(usage.store(upload), contributions_of(("cus_1", HOUR * 3_600, Decimal(number))))
        assert [usage.stored(upload)[Share("mtr_a", "cus_1", HOUR, upload)].sum for upload in uploads] == [0, 1, 2]

    def test_more_than_one_call_takes(self, usage: Stores) -> None:
        """A hundred customers in a hundred hours, and large exact sums."""
        upload = f"upl_{secrets.token_hex(6)}"
        large = Decimal(999999999999999)
        events = [(f"cus_{number}", (HOUR + number) * 3_600, large) for number in range(100)]
        put(usage.store(upload), contributions_of(*events, ("cus_0", HOUR * 3_600, Decimal("0.000000000001"))))
        stored = usage.stored(upload)
        assert len(stored) == 200
        assert stored[Share("mtr_a", "cus_0", HOUR, upload)].sum == Decimal("999999999999999.000000000001")

    @pytest.mark.parametrize("count", [12, 3_000])
    def test_events_are_named(self, usage: Stores, count: int) -> None:
        """By their identifiers, few or many, of any characters; in the order of rows."""
        upload = f"upl_{secrets.token_hex(6)}"
        identifiers = [f"{number}-ü☃,'\"\\" + "x" * 80 for number in range(count)]
        events = [("cus_1", HOUR * 3_600 + number, None) for number in range(count)]
        put(usage.store(upload), contributions_of(*events, identifiers=identifiers))
        stored = usage.stored(upload)
        assert {tuple(identifiers)} == {figures.ids for figures in stored.values()}
        assert {"cus_1", None} == {share.customer for share in stored}
