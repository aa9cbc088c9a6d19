"""Peak memory of the ingest function: the real handler, in a new process for each run."""

from bench.alternating import ROUNDS
from bench.figures import Figure
from bench.files import ROWS, SHORT_ROWS, Shape
from bench.processes import METERDROP, function, responder

_MIB = 1024 * 1024
_TARGET_MIB = 96
_FULL = 10 * ROWS  # more rows than fit: the file is cut at the size limit
_SHORTEST = f"5 MiB file of the shortest rows, {SHORT_ROWS:,}"
"""The maximum number of rows in a file. It has no target, because real usage doesn't look like this."""
_FILES = {
    "5 MiB file, 1,000 customers, one day": Shape(_FULL, days=1),
    "5 MiB file, 1,000 customers, 336 days": Shape(_FULL),
    "5 MiB file, one customer, 336 days": Shape(_FULL, customers=1),
    _SHORTEST: Shape(SHORT_ROWS, short=True),
}


def figures() -> list[Figure]:
    """Measure files at the size limit."""
    with responder() as port:
        return [
            Figure.from_runs(
                f"memory: peak of ingest, {name}",
                "MiB",
                [_peak(port, shape) for _ in range(ROUNDS)],
                None if name == _SHORTEST else _TARGET_MIB,
            )
            for name, shape in _FILES.items()
        ]


def _peak(port: str, shape: Shape) -> float:
    with function(port, METERDROP) as ingest:
        return ingest.run(shape).peak / _MIB
