"""A cloud assembly that gets other code and another port after its synthesis."""

import hashlib
import json
from pathlib import Path

import pytest

from tools.emulator.assembly import fill

OLD = "0" * 64


@pytest.fixture
def original(tmp_path: Path) -> Path:
    """Make an assembly as the CDK writes it: a template, its assets, a code asset and a layer."""
    assembly = tmp_path / "original"
    (assembly / f"asset.{OLD}" / "meterdrop").mkdir(parents=True)
    (assembly / "asset.layer" / "python").mkdir(parents=True)
    template = {"Code": f"{OLD}.zip", "Endpoint": "http://localhost:65535"}
    (assembly / "Meterdrop.template.json").write_text(json.dumps(template))
    files = {
        OLD: {"source": {"path": f"asset.{OLD}"}, "destinations": {"here": {"objectKey": f"{OLD}.zip"}}},
        "old-template": {"source": {"path": "Meterdrop.template.json"}, "destinations": {"here": "old-template.json"}},
    }
    (assembly / "Meterdrop.assets.json").write_text(json.dumps({"files": files}))
    (assembly / "manifest.json").write_text(json.dumps({"template": "s3://assets/old-template.json"}))
    return assembly


@pytest.fixture
def filled(tmp_path: Path, original: Path) -> Path:
    """Fill a copy with today's code."""
    code = tmp_path / "lambdas"
    (code / "meterdrop").mkdir(parents=True)
    (code / "meterdrop" / "handler.py").write_text("today")
    folder = tmp_path / "filled"
    folder.mkdir()
    fill(folder, original, code, "new", {"http://localhost:65535": "http://localhost:4566"})
    return folder


def test_the_template_names_the_new_code_and_port(filled: Path) -> None:
    """What is deployed is today's code at today's address."""
    template = json.loads((filled / "Meterdrop.template.json").read_text())

    assert template == {"Code": "new.zip", "Endpoint": "http://localhost:4566"}
    assert [str(file.relative_to(filled)) for file in (filled / "asset.new").rglob("*")] == [
        "asset.new/meterdrop",
        "asset.new/meterdrop/handler.py",
    ]
    assert not (filled / f"asset.{OLD}").exists()


def test_the_template_is_named_by_its_content(filled: Path) -> None:
    """Under its old name it would be taken for one that is uploaded already."""
    name = hashlib.sha256((filled / "Meterdrop.template.json").read_bytes()).hexdigest()

    assert set(json.loads((filled / "Meterdrop.assets.json").read_text())["files"]) == {"new", name}
    assert json.loads((filled / "manifest.json").read_text()) == {"template": f"s3://assets/{name}.json"}


def test_the_other_assets_and_their_zips_are_shared(filled: Path, original: Path) -> None:
    """The layer is neither copied nor zipped again."""
    assert (filled / "asset.layer").resolve() == original / "asset.layer"
    assert (filled / ".cache").resolve() == original / ".cache"
