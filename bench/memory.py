"""Peak memory of the ingest process: the real pipeline and adapters, in a process of their own."""

import subprocess
import sys
from pathlib import Path

from bench.figures import Figure

_RUNS = 5
_MIB = 1024


def figures() -> list[Figure]:
    """Measure a file at the limit, of a thousand customers and of one."""
    return [_peak("spread"), _peak("one")]


def _peak(customers: str) -> Figure:
    runs = tuple(_run(customers) for _ in range(_RUNS))
    whose = "one customer's" if customers == "one" else "1,000 customers'"
    name = f"peak memory of ingest, 5,242,880 bytes, {whose}"
    return Figure(name, sorted(runs)[_RUNS // 2], "MiB", 128, at_least=False, runs=runs)


def _run(customers: str) -> float:
    responder = subprocess.Popen(
        [sys.executable, "-m", "bench.responder"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with responder:
        port = responder.stdout.readline().strip() if responder.stdout else ""
        done = subprocess.run(
            [sys.executable, "-m", "bench.ingest_process", port, customers],
            cwd=Path(__file__).parents[1],
            check=True,
            capture_output=True,
            text=True,
        )
        responder.communicate("")
    return int(done.stdout) / _MIB
