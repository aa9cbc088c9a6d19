"""What the benchmark's bill is made of: item sizes, units, prices, memory."""

from decimal import Decimal
from typing import Any

import pytest

from bench.item_size import item_size, read_units, write_units
from bench.lambda_memory import ONE_CORE_MB, cheapest, gb_seconds, seconds
from bench.prices import dollars, price_list

ITEMS: list[tuple[dict[str, Any], int]] = [
    ({"id": {"S": "abc"}}, 2 + 3),
    ({"id": {"S": "ü"}}, 2 + 2),
    ({"n": {"N": "1"}}, 1 + 2),
    ({"n": {"N": "1727108545"}}, 1 + 6),
    ({"n": {"N": "1200"}}, 1 + 2),
    ({"n": {"N": "-12.5"}}, 1 + 4),
    ({"m": {"M": {}}}, 1 + 3),
    ({"m": {"M": {"a": {"S": "b"}, "c": {"S": "d"}}}}, 1 + 3 + (1 + 1 + 1) * 2),
]


@pytest.mark.parametrize(("item", "size"), ITEMS)
def test_an_item_weighs_its_names_and_values(item: dict[str, Any], size: int) -> None:
    """Text by its bytes, numbers by two digits a byte and one, maps by three and one for each of theirs."""
    assert size == item_size(item)


def test_an_unknown_kind_is_no_guess() -> None:
    """A kind that nothing of ours writes is refused, for a wrong size would be a wrong price."""
    with pytest.raises(ValueError, match="The size of B is not known here"):
        item_size({"b": {"B": "aGk="}})


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1, 1), (1_024, 1), (1_025, 2), (65_536, 64)])
def test_a_write_unit_is_a_begun_kilobyte(size: int, units: int) -> None:
    """Every begun KB counts."""
    assert units == write_units(size)


@pytest.mark.parametrize(("size", "units"), [(1, 1), (4_096, 1), (4_097, 2)])
def test_a_read_unit_is_four_begun_kilobytes(size: int, units: int) -> None:
    """Every begun 4 KB counts."""
    assert units == read_units(size)


def test_a_bill_adds_up() -> None:
    """Each amount at its own price: two million writes, half a million messages."""
    prices = price_list()["prices"]
    expected = 2 * prices["write unit"]["dollars"] + prices["queue request"]["dollars"] / 2
    assert expected == pytest.approx(dollars({"write unit": 2_000_000, "queue request": 500_000}))


def test_what_has_no_price_is_not_free() -> None:
    """An amount that no price is known for is an error."""
    with pytest.raises(KeyError):
        dollars({"teleport": 1})


def test_every_price_says_where_it_is_from() -> None:
    """A price has its page and the date of that."""
    known = {"dollars", "per", "of", "page", "dated"}
    assert [known] * len(price_list()["prices"]) == [set(price) for price in price_list()["prices"].values()]


@pytest.mark.parametrize(("memory_mb", "expected"), [(ONE_CORE_MB, 3.0), (3_008, 3.0), (ONE_CORE_MB // 2, 5.0)])
def test_half_a_core_works_twice_as_long(memory_mb: int, expected: float) -> None:
    """Work takes longer on a part of a core; waiting does not, and a second core helps nobody."""
    assert expected == pytest.approx(seconds(memory_mb, wall=3.0, cpu=2.0), rel=0.01)


def test_work_costs_the_same_on_less_of_a_core() -> None:
    """Where nothing is waited for, half the memory for twice the time is the same bill."""
    half = gb_seconds(ONE_CORE_MB // 2, wall=2.0, cpu=2.0)
    assert gb_seconds(ONE_CORE_MB, wall=2.0, cpu=2.0) == pytest.approx(half)


@pytest.mark.parametrize(("peak_mb", "expected"), [(90, 256), (200, 512)])
def test_waiting_is_cheapest_with_least_memory(peak_mb: float, expected: int) -> None:
    """Of the settings with twice what is used the smallest is the cheapest as soon as something is waited for."""
    assert expected == cheapest(wall=3.0, cpu=2.0, peak_mb=peak_mb)


def test_prices_are_exact_in_their_list() -> None:
    """A price in the list is written as people read it."""
    assert Decimal("0.625") == Decimal(str(price_list()["prices"]["write unit"]["dollars"]))
