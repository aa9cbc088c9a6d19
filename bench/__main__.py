"""Measures everything, prints a table, writes `bench/results.json`; says where a target is missed."""

import sys
from pathlib import Path

from bench import judging, memory, summaries
from bench.figures import save, table


def main() -> int:
    """Run all measurements."""
    figures = [*judging.figures(), *memory.figures(), *summaries.figures()]
    print(table(figures))
    save(figures, Path(__file__).parent / "results.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
