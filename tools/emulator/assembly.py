"""A copy of a cloud assembly with other code and other words in it, still consistent in itself."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path


def fill(folder: Path, original: Path, code: Path, code_hash: str, words: Mapping[str, str]) -> None:
    """Fill `folder` with the assembly `original`, its code asset being `code`; `words` are replaced in all files."""
    code_asset = next(asset for asset in original.glob("asset.*") if (asset / "meterdrop").is_dir())
    shutil.copytree(code, folder / f"asset.{code_hash}", ignore=shutil.ignore_patterns("__pycache__"))
    # Other assets, zipped by an earlier deployment, lie beside the assembly: share them.
    (original / ".cache").mkdir(exist_ok=True)
    for entry in original.iterdir():
        if entry.is_file():
            text = entry.read_text(encoding="utf-8").replace(code_asset.name.removeprefix("asset."), code_hash)
            for old, new in words.items():
                text = text.replace(old, new)
            (folder / entry.name).write_text(text, encoding="utf-8")
        elif entry != code_asset:
            (folder / entry.name).symlink_to(entry)
    _name_template_anew(folder)


def _name_template_anew(folder: Path) -> None:
    """Give the template the name of its content: one of a known name is taken to be uploaded already."""
    assets = next(folder.glob("*.assets.json"))
    for old, asset in json.loads(assets.read_text(encoding="utf-8"))["files"].items():
        if asset["source"]["path"].endswith(".template.json"):
            new = hashlib.sha256((folder / asset["source"]["path"]).read_bytes()).hexdigest()
            for file in (assets, folder / "manifest.json"):
                file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
