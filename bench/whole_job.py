"""The whole ingest function against the naive Lambda, both warm, with every call of AWS taking 6 milliseconds."""

from collections.abc import Mapping

from bench.alternating import alternate, ratios
from bench.figures import TIMES_AS_FAST, Figure
from bench.files import Shape
from bench.processes import NAIVE, OURS, Cost, function, prepare, responder

MILLISECONDS = "6"
USUAL = "20,000 rows of one day"
FILES = {
    USUAL: Shape(20_000, days=1),
    "20,000 rows of 336 days": Shape(20_000),
    "1,000 rows of one day": Shape(1_000, days=1),
}
NAIVELY = "naive Lambda"
_TARGET = 8


def measured() -> dict[str, list[Cost]]:
    """Take each file by ours, and the usual one by the naive Lambda too; returns what each run cost."""
    costs: dict[str, list[Cost]] = {name: [] for name in (*FILES, NAIVELY)}
    with responder(MILLISECONDS) as port, function(port, OURS) as ours, function(port, NAIVE) as naive:

        def run(name: str) -> float:
            made = naive.run(FILES[USUAL]) if name == NAIVELY else ours.run(FILES[name])
            costs[name].append(made)
            return made.wall

        prepare(port, *FILES.values())
        for each in (ours, naive):
            each.run(Shape(100))  # clients are made, and connections
        alternate({name: lambda name=name: run(name) for name in costs})  # type: ignore[misc]
    return costs


def figures(costs: Mapping[str, list[Cost]]) -> list[Figure]:
    """Compare files of as many rows: one where each customer has few hours, one where nearly every row has its own."""
    walls = {name: [cost.wall for cost in found] for name, found in costs.items()}
    cpus = {name: [cost.cpu for cost in found] for name, found in costs.items()}
    compared = [name for name, shape in FILES.items() if shape.rows == FILES[USUAL].rows]
    return [
        *(
            Figure.of(
                f"whole job: against the naive Lambda, 6 ms a call, {name}",
                TIMES_AS_FAST,
                ratios(walls[NAIVELY], walls[name]),
                _TARGET,
            )
            for name in compared
        ),
        *(
            Figure.of(
                f"whole job: processor time against the naive Lambda, {name}",
                TIMES_AS_FAST,
                ratios(cpus[NAIVELY], cpus[name]),
            )
            for name in compared
        ),
        *(Figure.of(f"whole job: from call to answer, {name}", "s", found) for name, found in walls.items()),
        *(Figure.of(f"whole job: processor, {name}", "s", found) for name, found in cpus.items()),
    ]
