"""What the benchmark compares does the same work, in turns."""

import csv
import io

import pytest

from bench import baseline, capacity, validation
from bench.alternating import alternate, ratios
from bench.files import Shape, file_of
from bench.item_size import item_size


def refused(errors: bytes) -> list[int]:
    """Give the numbers of the rows in an error file."""
    return [int(row["row_number"]) for row in csv.DictReader(io.StringIO(errors.decode(), newline=""))]


@pytest.mark.parametrize("bad_share", [0.0, 0.01, 0.5])
def test_meterdrop_and_the_baseline_refuse_the_same_rows(bad_share: float) -> None:
    """The same rows are good, and the others come back by their numbers."""
    data = file_of(Shape(300, bad_share=bad_share))
    (good, errors), (baseline_good, baseline_errors) = validation.meterdrop(data), baseline.validate(data)
    assert (baseline_good, refused(baseline_errors)) == (good, refused(errors))


def test_ways_take_turns() -> None:
    """Each runs once a round, and who begins changes."""
    ran: list[str] = []

    def way(name: str, cost: float) -> float:
        ran.append(name)
        return cost

    costs = alternate({"a": lambda: way("a", 1.0), "b": lambda: way("b", 4.0)}, 3)
    assert ["a", "b", "b", "a", "a", "b"] == ran
    assert [4.0, 4.0, 4.0] == ratios(costs["b"], costs["a"])


def test_all_that_an_upload_writes_is_weighed() -> None:
    """A block, and for one customer's day of three meters six figures, and three lists, stamps and feed items."""
    events, usage = capacity.calculated_sizes(Shape(200, customers=1, days=1))
    assert (1, 15) == (len(events), len(usage))
    assert 8 <= capacity.units(events) <= 10
    named, _ = capacity.calculated_sizes(Shape(200, customers=1, days=1, named=True))
    assert (200, 200) == (len(named), capacity.units(named))


def test_an_event_is_weighed_with_all_its_attributes() -> None:
    """The statement's names and its parameters make the item."""
    [size], _ = capacity.calculated_sizes(Shape(1, customers=1, days=1))
    assert item_size({"id": {"S": f"upl_{'a' * 26}:1"}, "upload": {"S": f"upl_{'a' * 26}"}}) < size < 400
