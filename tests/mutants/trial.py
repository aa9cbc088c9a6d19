"""Tries a mutant: its tests run against a copy of the code, so that nothing in the project is ever broken.

Each trial is a process forked from one that has the libraries loaded: loading them takes longer than most tests.
"""

import contextlib
import multiprocessing
import os
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from tests.mutants.mutant import ROOT, Mutant

COPIED = ("lambdas", "infra", "page", "tools")
_ELSEWHERE = frozenset({*COPIED, "tests", ".git"})
"""Everything else is linked: the tools look for it beside their own folder."""
TIMEOUT = 600
"""Seconds that the tests of one mutant may take, on a machine that is busy with something else too."""
# Nothing of the CDK is among them: it talks to a process of its own, which forks would share.
_LOADED = (
    "aws_lambda_powertools.event_handler.openapi.params",
    "aws_lambda_powertools.utilities.idempotency",
    "boto3",
    "hypothesis.strategies",
    "moto.dynamodb.models",
    "moto.s3.models",
    "moto.sqs.models",
)
_PLUGINS = ("_hypothesis_pytestplugin", "xdist.plugin")  # all that the tests need: others take seconds to load
_QUIETLY = ("-q", "-x", "--no-header", "--tb=short", "-p", "no:cacheprovider")
_UNCLEAR = 99

_forked = multiprocessing.get_context("forkserver")
_forked.set_forkserver_preload(list(_LOADED))


class _Collected:
    """A plugin that tells whether all tests were found: a file without any ends pytest as a test that fails does."""

    is_whole = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Look at what came of a file or a class."""
        self.is_whole = self.is_whole and not report.failed


class Verdict(StrEnum):
    """What came of a trial."""

    NOTICED = "noticed"
    SURVIVED = "SURVIVED"
    UNCLEAR = "UNCLEAR"
    """The tests could not be run, took too long, or never imported what is broken."""


_VERDICTS = {pytest.ExitCode.OK.value: Verdict.SURVIVED, pytest.ExitCode.TESTS_FAILED.value: Verdict.NOTICED}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trial: its verdict, how long it took, and what was printed."""

    row_result: Verdict
    seconds: float
    output: str


def try_mutant(mutant: Mutant) -> Outcome:
    """Break a copy and run the tests that must notice; raises StaleError."""
    with _copy() as copy:
        path = copy / mutant.file
        path.write_text(mutant.broken(path.read_text(encoding="utf-8")), encoding="utf-8")
        return _run(copy, mutant.noticed_by, mutant.module)


def try_unbroken(tests: Sequence[str]) -> Outcome:
    """Run tests against a copy with no break in it: it has to survive."""
    with _copy() as copy:
        return _run(copy, tests, None)


def _run(code: Path, tests: Sequence[str], module: str | None) -> Outcome:
    """Run tests of the project against the code in another folder, up to the first failure."""
    output = code / "output"
    started = time.monotonic()
    process = _forked.Process(target=_test, args=(code, tests, module, output))
    process.start()
    process.join(TIMEOUT)
    if process.is_alive():
        process.kill()
        process.join()
    said = output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
    row_result = _VERDICTS.get(_UNCLEAR if process.exitcode is None else process.exitcode, Verdict.UNCLEAR)
    return Outcome(row_result, time.monotonic() - started, said)


def _test(code: Path, tests: Sequence[str], module: str | None, output: Path) -> None:
    """Do so in a process of its own, and end it."""
    os.chdir(ROOT)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    places = " ".join(shlex.quote(str(place)) for place in (code / "lambdas", code, ROOT))
    plugins = [argument for plugin in _PLUGINS for argument in ("-p", plugin)]
    with output.open("w", encoding="utf-8") as file, contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
        collected = _Collected()
        came: int = pytest.main(
            [*_QUIETLY, *plugins, "-o", f"pythonpath={places}", "--rootdir", str(ROOT), *tests], [collected]
        )
        # What cannot be imported fails every test, and what is not imported none: neither shows anything.
        loaded = sys.modules.get(module) if module else None
        if module and (loaded is None or not str(loaded.__file__).startswith(str(code))):
            file.write(f"\n{module} was not imported from the copy\n")
            came = _UNCLEAR
        if not collected.is_whole:
            came = _UNCLEAR
        file.flush()
    os._exit(int(came))  # threads that a break leaves behind do not hold it up


@contextmanager
def _copy() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="meterdrop-mutant-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        for part in COPIED:
            # With what is compiled: it is valid as long as a file's time and size are.
            shutil.copytree(ROOT / part, folder / part)
        for entry in ROOT.iterdir():
            if entry.name not in _ELSEWHERE:
                (folder / entry.name).symlink_to(entry)
        yield folder
