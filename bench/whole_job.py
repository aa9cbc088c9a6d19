"""The whole ingest function against the baseline Lambda, both warm. Each AWS call takes 6 milliseconds."""

from collections.abc import Mapping

from bench.alternating import alternate, ratios
from bench.figures import TIMES_AS_FAST, Figure
from bench.files import ROWS, Shape
from bench.processes import BASELINE, METERDROP, Cost, function, prepare, responder

CALL_MILLISECONDS = "6"
USUAL = "20,000 rows of one day"
LARGE, OF_ONE, NAMED = (
    "107,000 rows of 336 days",
    "107,000 rows of one customer, one month",
    f"{USUAL}, with identifiers",
)
FILES = {
    USUAL: Shape(20_000, days=1),
    "20,000 rows of 336 days": Shape(20_000),
    "1,000 rows of one day": Shape(1_000, days=1),
    LARGE: Shape(ROWS),
    OF_ONE: Shape(ROWS, customers=1, days=28),
    NAMED: Shape(20_000, days=1, named=True),
}
"""The files whose cost is calculated."""
HALF_BAD = f"{USUAL}, 50% bad"
BASELINE_LAMBDA = "baseline Lambda"
_MEASURED = {**FILES, HALF_BAD: Shape(20_000, days=1, bad_share=0.5)}


# Times as fast as the baseline Lambda.
_TARGETS = {USUAL: 25, "20,000 rows of 336 days": 12, HALF_BAD: 14, NAMED: 5}


def measure() -> dict[str, list[Cost]]:
    """Process each file with Meterdrop, and the usual one with the baseline Lambda; return the cost of each run."""
    costs: dict[str, list[Cost]] = {name: [] for name in (*_MEASURED, BASELINE_LAMBDA)}
    with (
        responder(CALL_MILLISECONDS) as port,
        function(port, METERDROP) as meterdrop,
        function(port, BASELINE) as baseline,
    ):

        def run(name: str) -> float:
            cost = baseline.run(_MEASURED[USUAL]) if name == BASELINE_LAMBDA else meterdrop.run(_MEASURED[name])
            costs[name].append(cost)
            return cost.wall

        prepare(port, *_MEASURED.values())
        for each in (meterdrop, baseline):
            each.run(Shape(100))  # creates clients and connections
        alternate({name: lambda name=name: run(name) for name in costs})  # type: ignore[misc]
    return costs


def figures(costs: Mapping[str, list[Cost]]) -> list[Figure]:
    """Compare files of 20,000 rows with the baseline Lambda, and show the times of every file."""
    walls = {name: [cost.wall for cost in runs] for name, runs in costs.items()}
    cpus = {name: [cost.cpu for cost in runs] for name, runs in costs.items()}
    return [
        *(
            Figure.from_runs(
                f"whole job: against the baseline Lambda, {CALL_MILLISECONDS} ms per call, {name}",
                TIMES_AS_FAST,
                ratios(walls[BASELINE_LAMBDA], walls[name]),
                target,
            )
            for name, target in _TARGETS.items()
        ),
        *(
            Figure.from_runs(
                f"whole job: processor time against the baseline Lambda, {name}",
                TIMES_AS_FAST,
                ratios(cpus[BASELINE_LAMBDA], cpus[name]),
            )
            for name in _TARGETS
        ),
        *(Figure.from_runs(f"whole job: duration, {name}", "s", runs) for name, runs in walls.items()),
        *(Figure.from_runs(f"whole job: processor time, {name}", "s", runs) for name, runs in cpus.items()),
    ]
