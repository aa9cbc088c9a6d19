"""Chromium for the browser tests: taken from the PATH, installed where that can be done, never in anybody's way."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools.setup import chromium

NOBODY = 65_534


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Sequence[str]]:
    """Empty the PATH, and note what is run instead of running it."""
    commands: list[Sequence[str]] = []
    monkeypatch.setenv("PATH", str(tmp_path))

    def note(command: Sequence[str], **_: object) -> int:
        commands.append(command)
        return 0

    monkeypatch.setattr(chromium, "run_logged", note)
    return commands


def test_what_is_on_the_path_is_used(ran: list[Sequence[str]], tmp_path: Path) -> None:
    """Nothing is installed where both programs are there."""
    for name in ("chromium", "chromedriver"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    chromium.ensure_chromium()
    assert [] == ran


def test_who_may_not_install_is_told_what_to(
    ran: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence names the packages, and everything else goes on."""
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    chromium.ensure_chromium()
    assert ([], True) == (ran, "apt-get install chromium chromium-driver" in capsys.readouterr().out)


def test_root_on_debian_gets_it_installed(ran: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Both packages come from the distribution."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Path, "exists", lambda _: True)
    chromium.ensure_chromium()
    assert [["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]] == [
        list(command)[:5] for command in ran
    ]
