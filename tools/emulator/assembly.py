"""A copy of a cloud assembly with other code and replaced texts. Its hashes are consistent."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path


def fill(folder: Path, original: Path, code: Path, code_hash: str, words: Mapping[str, str]) -> None:
    """Fill `folder` with the assembly `original` and the code asset `code`; replace the texts `words` in all files."""
    code_asset = next(asset for asset in original.glob("asset.*") if (asset / "meterdrop").is_dir())
    shutil.copytree(code, folder / f"asset.{code_hash}")
    # An earlier deployment stored the zipped assets beside the assembly: share them.
    (original / ".cache").mkdir(exist_ok=True)
    for entry in original.iterdir():
        if entry.is_file():
            text = entry.read_text(encoding="utf-8").replace(code_asset.name.removeprefix("asset."), code_hash)
            for old, new in words.items():
                text = text.replace(old, new)
            (folder / entry.name).write_text(text, encoding="utf-8")
        elif entry != code_asset:
            (folder / entry.name).symlink_to(entry)
    _rename_template(folder)


def _rename_template(folder: Path) -> None:
    """Name the template by its content. The CDK doesn't upload a template whose name it uploaded earlier."""
    assets = next(folder.glob("*.assets.json"))
    for old, asset in json.loads(assets.read_text(encoding="utf-8"))["files"].items():
        if asset["source"]["path"].endswith(".template.json"):
            new = hashlib.sha256((folder / asset["source"]["path"]).read_bytes()).hexdigest()
            for file in (assets, folder / "manifest.json"):
                file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
