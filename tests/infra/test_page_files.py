"""What the function gets of the page, and what stops a packaging."""

import gzip
import json
import re
import stat
from pathlib import Path

import pytest

from infra.packaging.code_folder import build_code
from infra.packaging.layer import PackagingError
from infra.packaging.page_files import page_files
from tests.infra.conftest import PROJECT

FIRST_VIEW_AT_MOST = 100_000
"""Bytes, compressed."""
SHELL = """<head><script>one()</script><link href="assets/style/icon.svg"><link href="assets/licenses.txt">
<link href="assets/style/page.css"><script type="module" src="assets/main.tsx"></script></head>"""
FILES = {
    "page/index.html": SHELL,
    "page/main.tsx": 'import { h } from "preact";\nimport { two } from "./parts/two";\nconsole.log(h, two);\n',
    "page/parts/two.tsx": 'export const two = "zwei";\n',
    "page/style/page.css": '@import "./base.css";\n',
    "page/style/base.css": "body {\n  margin: 0;\n}\n",
    "page/style/icon.svg": "<svg/>",
    "lambdas/meterdrop/one.py": "ONE = 1\n",
    "lambdas/meterdrop/__pycache__/one.pyc": "bytecode",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project with a small page, and the libraries of this one."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "node_modules").symlink_to(PROJECT / "node_modules")
    return tmp_path


def test_a_page_becomes_a_script_a_style_sheet_and_what_lies_beside(project: Path) -> None:
    """Modules and libraries become one file of each kind, named by its content, and the shell names them so."""
    files = page_files(project)
    manifest = json.loads(files["page.json"])
    shell = gzip.decompress(files["index.html.gz"]).decode()
    assert ["css", "js", "svg", "txt"] == sorted(name.rpartition(".")[2] for name in manifest["types"])
    assert {"page.json", "index.html.gz", *(f"{name}.gz" for name in manifest["types"])} == set(files)
    assert all(f'"assets/{name}"' in shell for name in manifest["types"])
    script = next(name for name in manifest["types"] if name.endswith(".js"))
    assert "zwei" in gzip.decompress(files[f"{script}.gz"]).decode()
    assert ["sha256-" in one for one in manifest["inline"]] == [True]
    licenses = next(name for name in manifest["types"] if name.endswith(".txt"))
    assert gzip.decompress(files[f"{licenses}.gz"]).decode().startswith("preact\n\n")
    assert files == page_files(project)


def test_a_changed_module_changes_its_address_and_the_shell(project: Path) -> None:
    """What browsers keep for ever is another file once it is another content."""
    before = page_files(project)
    (project / "page/parts/two.tsx").write_text('export const two = "deux";\n')
    after = page_files(project)
    gone = {name for name in before if name not in after}
    assert [".js.gz"] == [name[name.index(".") :] for name in gone]
    assert json.loads(before["page.json"])["digest"] != json.loads(after["page.json"])["digest"]


def test_what_is_imported_later_is_a_script_of_its_own(project: Path) -> None:
    """Whatever scripts share with the first one is in it: a first view needs one script, however many come later."""
    (project / "page/parts/two.tsx").write_text('export const two = "zwei";\nexport const all = ["eins", two];\n')
    (project / "page/parts/three.tsx").write_text('import { all } from "./two";\nexport const three = [all, "drei"];\n')
    (project / "page/parts/four.tsx").write_text('import { two } from "./two";\nexport const four = [two, "vier"];\n')
    later = 'import { all } from "./parts/two";\nconsole.log(all, import("./parts/three"), import("./parts/four"));\n'
    (project / "page/main.tsx").write_text(later)
    files = page_files(project)
    shell = gzip.decompress(files["index.html.gz"]).decode()
    scripts = {
        name: gzip.decompress(files[f"{name}.gz"]).decode()
        for name in json.loads(files["page.json"])["types"]
        if name.endswith(".js")
    }
    (first,) = (name for name in scripts if f'src="assets/{name}"' in shell)
    assert ["first", "four", "three"] == sorted(
        "first" if name == first else name.partition("-")[0] for name in scripts
    )
    assert {"zwei": 1, "drei": 1, "vier": 1} == {
        word: sum(word in script for script in scripts.values()) for word in ("zwei", "drei", "vier")
    }
    assert "zwei" in scripts[first]


def test_the_first_view_is_small_and_without_charts() -> None:
    """What browsers load before anything is shown: the shell and all that it names, but for the licences."""
    files = page_files(PROJECT)
    shell = gzip.decompress(files["index.html.gz"]).decode()
    loaded = {f"{name}.gz" for name in re.findall(r'"assets/([^"]+)"', shell) if not name.endswith(".txt")}
    scripts = {name: gzip.decompress(content) for name, content in files.items() if name.endswith(".js.gz")}
    assert ["css", "js", "svg"] == sorted(name.split(".")[-2] for name in loaded)
    assert sum(len(files[name]) for name in {"index.html.gz", *loaded}) < FIRST_VIEW_AT_MOST
    assert {False} == {b"u-legend" in content for name, content in scripts.items() if name in loaded}
    assert any(b"u-legend" in content for content in scripts.values())


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("page/main.tsx", "import {", "Bundling the page failed"),
        ("page/main.tsx", 'import "nobody-has-this";', "nobody-has-this"),
        (
            "page/index.html",
            SHELL.replace("style/page.css", "style/other.css"),
            "doesn't refer to assets/style/page.css",
        ),
    ],
)
def test_a_page_that_cannot_work_is_not_packaged(project: Path, path: str, text: str, said: str) -> None:
    """What is wrong is said before anything is deployed."""
    (project / path).write_text(text)
    with pytest.raises(PackagingError, match=said):
        page_files(project)


def test_without_its_libraries_nothing_is_packaged(project: Path) -> None:
    """The message says what installs them."""
    (project / "node_modules").unlink()
    with pytest.raises(PackagingError, match="make setup"):
        page_files(project)


def test_the_code_folder_holds_package_and_page(project: Path) -> None:
    """It is named by all that is in it, readable for whoever runs functions, and built once."""
    folder = build_code(project)
    assert (folder / "meterdrop/one.py").read_text() == FILES["lambdas/meterdrop/one.py"]
    assert (folder / "meterdrop/page/page.json").is_file()
    assert ["one"] == [path.name.partition(".")[0] for path in folder.rglob("*.pyc")]
    assert {0o755, 0o644} == {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
    assert folder == build_code(project)
    (project / "lambdas/meterdrop/one.py").write_text("ONE = 2\n")
    assert folder != build_code(project)
