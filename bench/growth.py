"""The exponent of the power that fits a growing cost best."""

from collections.abc import Sequence
from math import log


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Fit cost = a * size^b by least squares of the logarithms; return b: 1 is linear, 2 is quadratic.

    Raises ValueError unless there are two different sizes, and all sizes and costs are above 0.
    """
    if len(set(sizes)) < 2 or min(*sizes, *costs) <= 0:  # noqa: PLR2004
        raise ValueError("An exponent needs two different sizes, and all sizes and costs above 0.")
    xs, ys = [log(size) for size in sizes], [log(cost) for cost in costs]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True)) / sum(
        (x - middle_x) ** 2 for x in xs
    )
