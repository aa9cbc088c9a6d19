"""The benchmarks: measure, print a table, and write `bench/results.json`, the plots and the tables of the documents.

With names of parts (`python -m bench validate write`), measure only those parts, and write nothing.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence

from bench import (
    cold_start,
    cost,
    emulated,
    growing,
    memory,
    searching,
    streams,
    summaries,
    usage_report,
    validation,
    whole_job,
    writing,
)
from bench.figures import Figure, save, table
from bench.stack import started
from tools.setup import signals
from tools.setup.trouble import Trouble

Part = Callable[[], list[Figure]]


def _whole_job_and_stack() -> list[Figure]:
    """Measure the whole job and the stack, and calculate their cost."""
    costs = whole_job.measure()
    with started() as stack:
        return [*whole_job.figures(costs), *emulated.figures(stack), *cost.figures(stack, costs)]


PARTS: dict[str, Part] = {
    "validate": validation.figures,
    "write": writing.figures,
    "whole": _whole_job_and_stack,
    "memory": memory.figures,
    "start": cold_start.figures,
    "growth": growing.figures,
    "summary": summaries.figures,
    "report": usage_report.figures,
    "close": usage_report.close_figures,
    "stream": streams.figures,
    "search": searching.figures,
}


def main(names: Sequence[str]) -> int:
    """Run the named parts, or all of them; return the exit code. A missed target doesn't change it."""
    unknown = set(names) - set(PARTS)
    if unknown:
        return _fail(
            f"Unknown parts in ARGS: {', '.join(sorted(unknown))}. The parts are {', '.join(PARTS)}. "
            'Name some of them, such as make bench ARGS="validate write".'
        )
    signals.listen()
    _clear_aws_settings()
    try:
        _measure(names)
    except Trouble as trouble:
        return _fail(str(trouble))
    except signals.Stopped:
        return _fail("Stopped. Nothing is left running, and no figures were written.")
    return 0


def _measure(names: Sequence[str]) -> None:
    began = time.monotonic()
    figures = [figure for name in PARTS if not names or name in names for figure in _run_part(name)]
    # Two parts measure growth. The table shows their figures together.
    order = list(dict.fromkeys(figure.part for figure in figures))
    figures.sort(key=lambda figure: order.index(figure.part))
    print(table(figures))
    if not names:
        from bench import document, plots  # noqa: PLC0415 (a large import that must not affect the measurements)

        save(figures)
        plots.draw(figures)
        document.write(figures)
        print(
            f"\nWrote bench/results.json, docs/performance.md, README.md, and plots ({time.monotonic() - began:.0f} s)"
        )


def _clear_aws_settings() -> None:
    """Remove the user's AWS profile and proxy, so that every client connects to this machine."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    local_hosts = "127.0.0.1,localhost"
    os.environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": local_hosts,
        "no_proxy": local_hosts,
    }


def _fail(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 1


def _run_part(name: str) -> list[Figure]:
    print(f"{name} ...", flush=True)
    began = time.monotonic()
    measured = PARTS[name]()
    print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    return measured


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
