"""The exponent that fits a curve."""

import pytest

from bench.growth import exponent

SIZES = [1_000, 10_000, 100_000, 370_000]


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_a_power_is_found(power: float) -> None:
    """Costs that are a power of the size have that exponent, whatever one unit costs."""
    costs = [0.003 * size**power for size in SIZES]
    assert round(exponent(SIZES, costs), 9) == power


def test_a_fixed_cost_lowers_the_exponent() -> None:
    """What every file costs once makes large ones cheaper by the row."""
    costs = [2.0 + 0.001 * size for size in SIZES]
    assert 0 < exponent(SIZES, costs) < 1


def test_every_point_counts() -> None:
    """A point off the line moves the exponent: it is a fit, not a line through the ends."""
    straight = [0.001 * size for size in SIZES]
    bent = [straight[0], straight[1], 2 * straight[2], straight[3]]
    assert exponent(SIZES, straight) < exponent(SIZES, bent)


@pytest.mark.parametrize(
    ("sizes", "costs"), [([1_000], [1.0]), ([1_000, 1_000], [1.0, 2.0]), ([1, 2], [0.0, 1.0]), ([0, 2], [1.0, 1.0])]
)
def test_no_curve_has_no_exponent(sizes: list[float], costs: list[float]) -> None:
    """One size, or nothing measured, is refused in words."""
    with pytest.raises(ValueError, match="An exponent needs two different sizes, and all sizes and costs above 0"):
        exponent(sizes, costs)
