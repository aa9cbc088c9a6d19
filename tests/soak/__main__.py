"""`make soak`: fresh seeds of the model-based test until Ctrl-C, or for SECONDS. SEED repeats one run."""

import os
import random
import signal
import sys
import time
from typing import NoReturn

from tests.soak.runs import Soak, soaking


def main() -> int:
    """Run seeds; returns 1 if a run differs from the reference."""
    chosen, seconds = os.environ.get("SEED") or None, float(os.environ.get("SECONDS") or "inf")
    signal.signal(signal.SIGTERM, _interrupt)
    began, runs, differing = time.monotonic(), 0, list[int]()
    with soaking() as soak:
        try:
            while time.monotonic() < began + seconds:
                seed = int(chosen or random.randrange(2**31))
                runs += 1
                if not _is_equal(soak, seed):
                    differing.append(seed)
                if chosen is not None:
                    break
        except KeyboardInterrupt:
            _say("Stopped.")
        _summarize(soak, runs, time.monotonic() - began, differing)
    return 1 if differing else 0


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _is_equal(soak: Soak, seed: int) -> bool:
    began, steps = time.monotonic(), soak.seen.reached["steps"]
    found = soak.run(seed)
    kind = "safety, many faults" if seed % 2 else "to the end"
    if found is not None:
        _say(found)
    steps = soak.seen.reached["steps"] - steps
    _say(
        f"seed {seed} ({kind}): {steps} steps in {time.monotonic() - began:.1f} s{'' if found is None else ', DIFFERS'}"
    )
    if found is not None:
        _say(f"Repeat it: make soak SEED={seed}")
    return found is None


def _summarize(soak: Soak, runs: int, seconds: float, differing: list[int]) -> None:
    seen = soak.seen
    _say(f"{runs} runs, {seen.reached['steps']:,} steps, {len(seen.shapes):,} states of uploads in {seconds:,.0f} s")
    _say(", ".join(f"{name}: {count:,}" for name, count in sorted(seen.reached.items()) if name != "steps"))
    _say(f"{len(differing)} runs differ" + "".join(f"\n  make soak SEED={seed}" for seed in differing))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
