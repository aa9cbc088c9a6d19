"""The records of a test run: which calls the functions of each stack made, from this process and its workers."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_FOLDER = "METERDROP_TEST_RECORDS"
"""The environment variable with the folder of all records, which workers inherit."""
_CALLS, _NAMES = "calls.txt", "names.json"


def begin() -> None:
    """Make the folder for all records of a run."""
    os.environ[_FOLDER] = tempfile.mkdtemp(prefix="meterdrop-records-")


@contextmanager
def ended() -> Iterator[Path]:
    """Give the folder of all records, and delete it afterwards."""
    folder = Path(os.environ.pop(_FOLDER))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def new_record() -> Path:
    """Return the file for the calls of another stack."""
    return Path(tempfile.mkdtemp(dir=os.environ[_FOLDER])) / _CALLS


def keep_names(record: Path, names: Mapping[str, str]) -> None:
    """Keep the logical IDs of the stack's resources by their names. Without it, the record doesn't count."""
    (record.parent / _NAMES).write_text(json.dumps(names), encoding="utf-8")


def read_records(folder: Path) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Yield the calls and the names of each stack."""
    for names in folder.glob(f"*/{_NAMES}"):
        calls = (names.parent / _CALLS).read_text(encoding="utf-8").splitlines()
        yield calls, json.loads(names.read_text(encoding="utf-8"))
