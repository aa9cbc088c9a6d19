"""One account for all faults: a flow begins in a world that was saved."""

import sys
from collections.abc import Iterator

import pytest

from tests.faults import plan, table
from tests.faults.matrix import Matrix, matrix


# Of a module, not of the session: while it lasts, whatever reads the environment is led into its account.
@pytest.fixture(scope="module")
def faults() -> Iterator[Matrix]:
    """Give the matrix; its table goes into the document where every cell of it was run."""
    with matrix() as made:
        yield made
        sys.stderr.write(
            f"\nreplayed {made.replayed['runs']} runs with {made.replayed['calls']} calls: {made.covered}\n"
        )
        calls = made.calls() if plan.is_everything() else {}
        if calls and len(made.came_of) == sum(table.counts_of(calls).values()):
            table.write(table.table(calls, made.more_processes()))
