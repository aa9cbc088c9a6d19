"""One account for all faults: a flow begins in a world that was saved."""

import sys
from collections.abc import Iterator

import pytest

from tests.faults import plan, table
from tests.faults.matrix import Matrix, matrix


# Of a module, not of the session: while it lasts, whatever reads the environment is led into its account.
@pytest.fixture(scope="module")
def faults() -> Iterator[Matrix]:
    """Give the matrix; in the end, what was run of it goes into the table of the document."""
    with matrix() as made:
        yield made
        sys.stderr.write(
            f"\nreplayed {made.replayed['runs']} runs with {made.replayed['calls']} calls: {made.covered}\n"
        )
        if plan.is_everything():
            table.write(table.table(made.calls(), made.more_processes(), table.cells_in_document()))
