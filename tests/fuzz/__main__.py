"""`make fuzz SECONDS=60`: the coverage-guided fuzzer over reader, judge and error file, for as long as one likes."""

import os
import random
import sys

from tests.fuzz import campaign
from tools.setup.places import STATE, shown


def main() -> int:
    """Fuzz; returns 1 where something was found."""
    if not campaign.FITS:
        _say("Atheris, which guides this, has no wheel for this machine (Linux on x86-64, Python before 3.14).")
        _say("What guides nothing runs everywhere: HYPOTHESIS_PROFILE=thorough make test ARGS=tests/fuzz")
        return 1
    seconds = int(os.environ.get("SECONDS") or 60)
    seed = int(os.environ.get("SEED") or random.randrange(1, 2**31))
    folder = STATE / "fuzz"
    _say(f"Fuzzing for {seconds} seconds (SEED={seed}); what is found on the way stays in {shown(folder)}")
    came = campaign.run(folder, [f"-max_total_time={seconds}"], seed)
    if came.findings:
        _say(came.output[-3_000:])
    _say(f"{came.executions:,} executions, {came.new_paths:,} new paths, {came.covered:,} edges covered")
    _say("\n  ".join((f"{len(came.findings)} findings", *map(shown, came.findings))))
    return 1 if came.findings else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
