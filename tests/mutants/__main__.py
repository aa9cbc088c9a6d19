"""`make mutants`: breaks the code in every way of the list, and names what no test notices.

`make mutants ARGS="lease"` tries those alone whose rule or name has the word.
"""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.mutants.mutant import Mutant, read_list
from tests.mutants.table import write_tables
from tests.mutants.trial import Outcome, Verdict, try_mutant, try_unbroken

AT_ONCE = 2


def main(words: Sequence[str]) -> int:
    """Try the mutants; returns 1 where one survives or could not be tried."""
    mutants = read_list()
    write_tables(mutants)
    word = " ".join(words).lower()
    wanted = [mutant for mutant in mutants if word in f"{mutant.rule} {mutant.name}".lower()]
    if not wanted:
        _say(f"No rule or name of a mutant has {word!r}.")
        return 1
    return run(wanted, try_unbroken, try_mutant)


def run(
    mutants: Sequence[Mutant],
    try_unbroken: Callable[[Sequence[str]], Outcome],
    try_mutant: Callable[[Mutant], Outcome],
) -> int:
    """Run the tests of all mutants without a break, then with each; returns 1 unless all are noticed."""
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as executor:
        by_file = _by_file(mutants)
        _say(f"{len(mutants)} mutants; first the tests that must notice them, of {len(by_file)} files, without a break")
        for tests, came in zip(by_file, executor.map(try_unbroken, by_file), strict=True):
            if came.row_result is not Verdict.SURVIVED:
                _say(f"These do not pass with nothing broken: {' '.join(tests)}\n{came.output[-3_000:]}")
                executor.shutdown(cancel_futures=True)
                return 1
            _say(f"passes   {came.seconds:5.1f} s  {tests[0].partition('::')[0]}")
        alive: list[str] = []
        for mutant, came in zip(mutants, executor.map(try_mutant, mutants), strict=True):
            _say(f"{came.row_result:8} {came.seconds:5.1f} s  {mutant.name}")
            if came.row_result is not Verdict.NOTICED:
                alive.append(mutant.name)
                _say(f"  {mutant.file}\n- {mutant.old}\n+ {mutant.new}\n{came.output[-2_000:]}")
    _say(f"{len(mutants)} mutants in {time.monotonic() - began:.0f} s, survivors: {', '.join(alive) or 'none'}")
    return 1 if alive else 0


def _by_file(mutants: Iterable[Mutant]) -> list[list[str]]:
    """Return the tests of all mutants, those of one file together."""
    files: dict[str, dict[str, None]] = {}
    for mutant in mutants:
        for test in mutant.noticed_by:
            files.setdefault(test.partition("::")[0], {})[test] = None
    return [[file] if file in tests else list(tests) for file, tests in sorted(files.items())]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
