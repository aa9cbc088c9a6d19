"""Peak memory of the ingest function's process, the real handler in a process of its own for each run."""

from bench.alternating import RUNS
from bench.figures import Figure
from bench.files import ROWS, SHORT_ROWS, Shape
from bench.processes import OURS, function, responder

_MIB = 1024 * 1024
_TARGET = 96
_FULL = 10 * ROWS  # more rows than fit: the file is cut at the limit
_SHORTEST = f"5 MiB file of the shortest rows, {SHORT_ROWS:,}"
"""No usage that anybody has, but as many rows as a file can hold: shown, without a target."""
_FILES = {
    "5 MiB file, 1,000 customers, one day": Shape(_FULL, days=1),
    "5 MiB file, 1,000 customers, 336 days": Shape(_FULL),
    "5 MiB file, one customer, 336 days": Shape(_FULL, customers=1),
    _SHORTEST: Shape(SHORT_ROWS, short=True),
}


def figures() -> list[Figure]:
    """Measure files at the limit."""
    with responder() as port:
        return [
            Figure.of(
                f"memory: peak of ingest, {name}",
                "MiB",
                [_peak(port, shape) for _ in range(RUNS)],
                None if name == _SHORTEST else _TARGET,
            )
            for name, shape in _FILES.items()
        ]


def _peak(port: str, shape: Shape) -> float:
    with function(port, OURS) as ingest:
        return ingest.run(shape).peak / _MIB
