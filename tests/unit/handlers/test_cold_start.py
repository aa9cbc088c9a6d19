"""The garbage collector over a cold start, each in a process of its own."""

import subprocess
import sys

import pytest

from tests.infra.test_bundle import CODE


@pytest.mark.parametrize("name", ["api", "ingest", "recover", "sweep"])
def test_what_is_imported_is_left_alone(name: str) -> None:
    """It hardly works while a function is imported; afterwards it works, and leaves what was imported alone."""
    program = (
        "import gc\n"
        "runs = []\n"
        "gc.callbacks.append(lambda phase, info: runs.append(phase))\n"
        f"import meterdrop.handlers.{name}\n"
        "print(len(runs) < 10, gc.isenabled(), gc.get_freeze_count() > 50_000)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(CODE)}, capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["True", "True", "True"]
