"""Measures everything, prints a table, writes `bench/results.json`, and draws and fills what the documents show.

With names of parts (`python -m bench judge write`) it measures those alone, and writes nothing.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence

from bench import cold_start, cost, emulated, growing, judging, memory, summaries, whole_job, writing
from bench.figures import Figure, save, table
from bench.stack import started
from tools.setup import signals
from tools.setup.trouble import Trouble

Part = Callable[[], list[Figure]]


def _with_aws_near() -> list[Figure]:
    """Measure the whole job; then the stack, and price both."""
    costs = whole_job.measured()
    with started() as stack:
        return [*whole_job.figures(costs), *emulated.figures(stack), *cost.figures(stack, costs)]


PARTS: dict[str, Part] = {
    "judge": judging.figures,
    "write": writing.figures,
    "whole": _with_aws_near,
    "memory": memory.figures,
    "start": cold_start.figures,
    "growth": growing.figures,
    "summary": summaries.figures,
}


def main(names: Sequence[str]) -> int:
    """Run parts, all of them where none is named; returns the exit code, which no missed target changes."""
    unknown = set(names) - set(PARTS)
    if unknown:
        return _fail(f"No part is called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.")
    signals.listen()
    _forget_own_settings()
    try:
        _measure(names)
    except Trouble as trouble:
        return _fail(str(trouble))
    except signals.Stopped:
        return _fail("Stopped; nothing is left running, and nothing was written.")
    return 0


def _measure(names: Sequence[str]) -> None:
    began = time.monotonic()
    figures = [figure for name in PARTS if not names or name in names for figure in _timed(name)]
    # Growth is measured in two parts, and stands together.
    order = list(dict.fromkeys(figure.part for figure in figures))
    figures.sort(key=lambda figure: order.index(figure.part))
    print(table(figures))
    if not names:
        from bench import document, plots  # noqa: PLC0415 (what draws is large, and not to be in what is measured)

        save(figures)
        plots.draw(figures)
        document.write(figures)
        print(f"\nbench/results.json, docs/performance.md and its plots are written ({time.monotonic() - began:.0f} s)")


def _forget_own_settings() -> None:
    """Let no AWS profile or proxy of the person who runs this lead a client away from this machine."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    near = "127.0.0.1,localhost"
    os.environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": near,
        "no_proxy": near,
    }


def _fail(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


def _timed(name: str) -> list[Figure]:
    print(f"{name} ...", flush=True)
    began = time.monotonic()
    found = PARTS[name]()
    print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
