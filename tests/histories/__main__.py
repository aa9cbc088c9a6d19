"""`make histories`: rounds of concurrent clients and faults for SECONDS. SEED begins with the same draws again."""

import os
import random
import sys
import time
from collections import Counter

from tests.histories.rounds import run_round
from tools.emulator.emulator import free_port
from tools.setup import signals
from tools.setup.places import STATE
from tools.stack.local_stack import running_stack

_CLIENTS = 6
_CALLS = 200
_SHOWN = 5


def main() -> int:
    """Run rounds; return 1 if anything is wrong with one."""
    seconds, chosen = float(os.environ.get("SECONDS") or 60), os.environ.get("SEED")
    first = int(chosen or random.randrange(2**31))
    rounds, wrong, counts = 0, list[int](), Counter[str]()
    began = time.monotonic()
    try:
        signals.listen()
        with running_stack(free_port(), STATE / "histories", _say) as stack:
            while time.monotonic() < began + seconds or not rounds:
                seed, started = first + rounds, time.monotonic()
                found = run_round(stack, seed, clients=_CLIENTS, calls=_CALLS)
                rounds, counts = rounds + 1, counts + found.counts
                _say(f"seed {seed}: {found.counts['changes']} changes in {time.monotonic() - started:.0f} s")
                if found.problems:
                    wrong.append(seed)
                    stack.save_function_logs()
                    _say("\n".join([f"{len(found.problems)} problems:", *found.problems[:_SHOWN]]))
    except signals.Stopped:
        _say("Stopped.")
    _say(f"{rounds} rounds of {_CLIENTS} clients in {time.monotonic() - began:,.0f} s")
    _say(", ".join(f"{name}: {count:,}" for name, count in sorted(counts.items())))
    _say(f"{len(wrong)} rounds are wrong" + "".join(f"\n  make histories SEED={seed}" for seed in wrong))
    return 1 if wrong else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
