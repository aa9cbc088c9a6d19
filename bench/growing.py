"""Growth of an upload's cost with its rows, with the number of files, and with the customers in the file."""

from collections.abc import Callable, Mapping
from functools import partial

from bench.alternating import alternate, ratios
from bench.figures import Figure
from bench.files import MOST_CUSTOMERS, SHORT_ROWS, Shape
from bench.growth import exponent
from bench.processes import METERDROP, Function, function, responder

_ROWS = (1_000, 10_000, 100_000, SHORT_ROWS)
_FILES = (1, 10, 50, 200)
_ROWS_OF_EACH = 100
_CUSTOMERS = (1, 10, 100, 1_000, MOST_CUSTOMERS)
_ROWS_OF_CUSTOMERS = 20_000
_NEARLY_LINEAR = 1.05  # exponent


def figures() -> list[Figure]:
    """Measure the processor time of the ingest function. AWS calls have no delay."""
    with responder() as port, function(port, METERDROP) as ingest:
        ingest.run(Shape(_ROWS[0]))  # creates the clients
        rows = curve("rows", {n: _by(ingest, Shape(n, short=True)) for n in _ROWS}, _NEARLY_LINEAR)
        files = curve("files", {n: _by(ingest, *[Shape(_ROWS_OF_EACH)] * n) for n in _FILES}, _NEARLY_LINEAR)
        ways = {n: _by(ingest, Shape(_ROWS_OF_CUSTOMERS, customers=n)) for n in _CUSTOMERS}
        customers = curve("customers", ways, None)
    runs = [figure.runs for figure in customers[1:]]
    name = f"growth: one customer against {_CUSTOMERS[-1]:,} customers, {_ROWS_OF_CUSTOMERS:,} rows"
    return [*rows, *files, *customers, Figure.from_runs(name, "times as long", ratios(runs[0], runs[-1]))]


def curve(what: str, ways: Mapping[int, Callable[[], float]], target: float | None) -> list[Figure]:
    """Measure a cost at each size; return the exponent, then each point of the curve."""
    costs = alternate({str(size): way for size, way in ways.items()})
    rounds = [list(in_round) for in_round in zip(*costs.values(), strict=True)]
    sizes = list(ways)
    return [
        Figure.from_runs(
            f"growth: exponent, {what} from {sizes[0]:,} to {sizes[-1]:,}",
            "exponent",
            [exponent(sizes, in_round) for in_round in rounds],
            target,
        ),
        *(Figure.from_runs(f"growth: {what}: {size:,}", "s", costs[str(size)]) for size in sizes),
    ]


def _by(ingest: Function, *shapes: Shape) -> Callable[[], float]:
    return partial(_cpu, ingest, shapes)


def _cpu(ingest: Function, shapes: tuple[Shape, ...]) -> float:
    return ingest.run(*shapes).cpu
