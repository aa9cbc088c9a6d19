"""No file takes more than its size allows: four times the bytes are at most four times the work, and a little."""

import pytest

from tests.fuzz.properties import CUSTOMERS, USAGE
from tests.fuzz.shapes import SHAPES
from tests.fuzz.work import work

SMALL = 2_048
FACTOR = 4
SLACK = 1.15
"""Chunks are not full at the end. What grows with the square of the size would be at 4."""


@pytest.mark.parametrize("shape", SHAPES)
def test_work_is_linear_in_size(shape: str) -> None:
    """For usage and for customers, whose headers the same rows are put below."""
    for key, size in ((USAGE, SMALL), (CUSTOMERS, SMALL)):
        small, large = (_made(shape, key, each) for each in (size, size * FACTOR))
        assert work(large, key) <= work(small, key) * FACTOR * SLACK


def _made(shape: str, key: str, size: int) -> bytes:
    data = SHAPES[shape](size)
    if key == USAGE:
        return data
    return data.replace(b"timestamp,event_name,payload_stripe_customer_id,payload_value", b"id,name,email,upload")
