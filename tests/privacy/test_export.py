"""`make export` writes everything of a person, nothing of anybody else, and only for the owner's eyes."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.privacy.world import CUSTOMER_FILES, EMAIL, ID, NAME, NEW_EMAIL, PHONE, World
from tools.privacy import erase, export
from tools.setup.trouble import Trouble
from tools.stack import target


@pytest.fixture
def commands(world: World, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let the commands run on the account, for the person."""
    monkeypatch.setattr(target, "find_for_product", lambda: (None, world.outputs()))
    monkeypatch.setenv("CUSTOMER", ID)
    return monkeypatch


def test_everything_is_in_the_document(world: World) -> None:
    """Each place, with what it holds."""
    document = world.export()
    customer = document["catalog"]
    assert (customer["name"], customer["email"], customer["phone"]) == (NAME, NEW_EMAIL, PHONE)
    assert len(document["idempotency"]) == 2
    assert sorted((event["upload"][:4], event["value"]) for event in document["events"]) == [("req_", 3), ("upl_", 5)]
    assert {item["sk"].partition("\t")[0].rpartition("#")[2] for item in document["usage"]} == {ID}
    keys = {file["key"] for file in document["files"]}
    assert keys > {*CUSTOMER_FILES, "uploads/usage.csv", "validate/usage.csv"}
    assert {key.partition("/")[0] for key in keys} == {"customers", "uploads", "validate", "errors", "statements"}
    assert {message["key"] for message in document["uploads"]} == {"customers/zz-column.csv"}
    assert document["unsearched_files"] == {}


def test_a_row_with_its_columns(world: World) -> None:
    """As in the file, without the rows of others."""
    [rows] = [file["rows"] for file in world.export()["files"] if file["key"] == "customers/list.csv"]
    assert rows == [{"row": 1, "id": ID, "name": NAME, "email": EMAIL}]


def test_nobody_else_is_in_the_document(world: World) -> None:
    """Not those of the same files, not the namesake, and nobody whose ID begins with the person's."""
    text = json.dumps(world.export(), default=str)
    for other in ("cus_other", "cus_namesake", "Erika Other", f"{ID}0", f"{ID}x"):
        assert other not in text


def test_after_the_erasure(world: World) -> None:
    """The billing records, with the ID alone."""
    list(world.erasure().run())
    document = world.export()
    assert document["catalog"].keys() == {"pk", "sk", "form", "id", "created", "revision", "deleted"}
    assert (document["idempotency"], document["uploads"]) == ([], [])
    assert len(document["events"]) == 2
    text = json.dumps(document, default=str)
    assert NAME not in text
    assert EMAIL not in text


def test_a_file_for_the_owner_alone(commands: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody else can read it, and none is replaced."""
    path = tmp_path / "person.json"
    commands.setenv("FILE", str(path))
    export.export()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert (document["customer"], document["catalog"]["name"]) == (ID, NAME)
    with pytest.raises(Trouble, match="Set FILE to a new file"):
        export.export()


def test_on_the_terminal(commands: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The document alone, as a program reads it."""
    commands.delenv("FILE", raising=False)
    export.export()
    assert json.loads(capsys.readouterr().out)["events"]


def test_a_customer_is_needed(commands: pytest.MonkeyPatch) -> None:
    """Both commands say how to name one."""
    commands.setenv("CUSTOMER", "")
    with pytest.raises(Trouble, match="make erase CUSTOMER="):
        erase.erase()
    with pytest.raises(Trouble, match="make export CUSTOMER="):
        export.export()


def test_erase_asks_a_person(commands: pytest.MonkeyPatch, world: World) -> None:
    """Nothing is erased for any answer but y, and nobody is asked where there is nobody."""
    before = world.stored()
    commands.setattr("sys.stdin.isatty", lambda: True)
    commands.setattr("builtins.input", lambda _: "n")
    with pytest.raises(Trouble, match="Nothing was erased"):
        erase.erase()
    assert world.stored() == before
    commands.setattr("builtins.input", lambda _: "y")
    assert erase.erase() == 0
    assert world.stored() != before


def test_erase_says_what_it_did(commands: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], world: World) -> None:
    """A dry run says it too. The words can be kept: they name nobody but by the ID."""
    before = world.stored()
    commands.setenv("DRY_RUN", "1")
    assert erase.erase() == 0
    planned = capsys.readouterr().out
    assert world.stored() == before
    commands.setenv("DRY_RUN", "")
    assert erase.erase() == 0
    said = capsys.readouterr().out
    assert said.startswith(planned)
    assert f"Deleted customer {ID}. Its ID stays.\n" in said
    assert NAME not in said
    assert EMAIL not in said
    assert erase.erase() == 0
    assert capsys.readouterr().out.startswith(f"Nothing to erase of customer {ID}.")


def test_an_id_of_nobody(commands: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelled ID erases nobody."""
    commands.setenv("CUSTOMER", "cus_erika")
    assert erase.erase() == 0
    assert capsys.readouterr().out.startswith("Nothing to erase of customer cus_erika.")
