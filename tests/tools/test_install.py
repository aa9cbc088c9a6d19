"""The installer: what is there costs nothing, what is half there is made again, what fails says what to do."""

import sys
from pathlib import Path

import pytest

from tools.setup.install import Part, ensure
from tools.setup.trouble import Trouble


def _part(folder: Path, code: str, *, digest: str = "1", clean: bool = False) -> Part:
    """Describe a part whose installer is a few lines of Python that run in `folder`."""
    return Part(
        folder=folder,
        what="the part",
        digest=digest,
        command=[sys.executable, "-c", f"import os, sys; os.makedirs({str(folder)!r}, exist_ok=True); {code}"],
        proof=folder / "proof",
        clean=clean,
    )


def _writes(folder: Path, text: str) -> str:
    return f"open({str(folder / 'proof')!r}, 'a').write({text!r})"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Name the folder of a part."""
    return tmp_path / "part"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Name the installer's log."""
    return tmp_path / "setup.log"


def test_what_is_installed_is_not_installed_again(folder: Path, log: Path) -> None:
    """The installer runs once."""
    part = _part(folder, _writes(folder, "x"))

    ensure(part, log)
    ensure(part, log)

    assert (folder / "proof").read_text() == "x"


def test_what_a_changed_lock_describes_is_installed_over_it(folder: Path, log: Path) -> None:
    """Another digest runs the installer again."""
    ensure(_part(folder, _writes(folder, "x")), log)
    ensure(_part(folder, _writes(folder, "y"), digest="2"), log)

    assert (folder / "proof").read_text() == "xy"


def test_a_half_finished_install_is_finished_by_the_next(folder: Path, log: Path) -> None:
    """An installer that wrote something and failed runs again, on a folder that is empty where it asks for that."""
    with pytest.raises(Trouble):
        ensure(_part(folder, f"{_writes(folder, 'half')}; sys.exit(1)", clean=True), log)

    ensure(_part(folder, _writes(folder, "whole"), clean=True), log)

    assert (folder / "proof").read_text() == "whole"


def test_an_install_that_was_taken_away_is_made_again(folder: Path, log: Path) -> None:
    """The stamp alone proves nothing."""
    part = _part(folder, _writes(folder, "x"))
    ensure(part, log)
    (folder / "proof").unlink()

    ensure(part, log)

    assert (folder / "proof").exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("/usr/bin/python3: No module named pip", "has no pip. Install it"),
        ("Failed to establish a new connection: [Errno 111] Connection refused", "couldn't connect to the package"),
        ("Temporary failure in name resolution", "couldn't connect to the package registry"),
        ("error: client error (Connect)\n  Caused by: tcp connect error", "couldn't connect to the package registry"),
        ("npm error code ENOTFOUND", "couldn't connect to the package registry"),
        ("OSError: [Errno 28] No space left on device", "the disk is full. Free some space"),
        ("fine so far\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n", "THESE PACKAGES DO NOT MATCH THE HASHES"),
        ("", "the installer had no output"),
    ],
)
def test_a_failure_says_what_to_do(folder: Path, log: Path, said: str, sentence: str) -> None:
    """What the installer says becomes one sentence; an earlier failure in the log does not count."""
    log.write_text("No module named pip\n")

    with pytest.raises(Trouble) as caught:
        ensure(_part(folder, f"print({said!r}); sys.exit(1)"), log)

    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_installer_that_makes_nothing_has_failed(folder: Path, log: Path) -> None:
    """Exit code 0 without the file that proves the install is a failure."""
    with pytest.raises(Trouble):
        ensure(_part(folder, "pass"), log)
