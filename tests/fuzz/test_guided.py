"""The coverage-guided fuzzer, for some seconds and always from the same seed; `make fuzz` runs it for longer."""

from pathlib import Path

from tests.fuzz import campaign
from tests.fuzz.corpus import seeds

RUNS = 600

if campaign.FITS:

    def test_nothing_is_found(tmp_path: Path) -> None:
        """Every file that it makes up keeps what holds of every file."""
        came = campaign.run(tmp_path, [f"-runs={RUNS}"], seed=20240925)
        assert ((), True) == (came.findings, came.executions >= RUNS), came.output[-3_000:]
        assert came.covered > 500  # it does see the code, and not its own harness alone


def test_seeds_are_those_of_the_cases() -> None:
    """Fuzzing begins where the cases are, whatever their number."""
    assert len(list(seeds())) > 100
