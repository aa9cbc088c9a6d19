"""The folder of the code asset: the package of `lambdas/` and the page."""

import hashlib
import shutil
import tempfile
import time
from pathlib import Path

from infra.packaging.layer import PYTHON, add_bytecode
from infra.packaging.page_files import page_files

# Increase it if the steps below change the folder's contents.
_RECIPE = "1"
_UNUSED_SECONDS = 86_400  # after which a folder of older code is deleted


def build_code(project: Path) -> Path:
    """Return the folder with `meterdrop/`, and build it if needed; raise PackagingError if that fails.

    The folder is `.build/code/<hash>` in `project`. The hash is that of its sources and this Python's minor version.
    """
    files = dict(_package(project)) | {f"meterdrop/page/{path}": file for path, file in page_files(project).items()}
    digest = hashlib.sha256(f"{_RECIPE}\n{PYTHON}".encode())
    for path, content in sorted(files.items()):
        digest.update(f"\0{path}\0{len(content)}\0".encode())
        digest.update(content)
    folder = project / ".build" / "code" / digest.hexdigest()
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        _delete_unused(folder.parent)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="building-") as scratch:
            built = Path(scratch) / "code"
            for path, content in files.items():
                (built / path).parent.mkdir(parents=True, exist_ok=True)
                (built / path).write_bytes(content)
            add_bytecode(built, "/var/task")
            # Lambda's user isn't the owner of the files: with a private umask, it couldn't read them.
            for made in (built, *built.rglob("*")):
                made.chmod(0o755 if made.is_dir() else 0o644)
            _publish(built, folder)
    return folder


def _package(project: Path) -> list[tuple[str, bytes]]:
    folder = project / "lambdas"
    return [
        (file.relative_to(folder).as_posix(), file.read_bytes())
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]


def _publish(built: Path, folder: Path) -> None:
    """Move the finished folder to its name in one step. Another process can be first, with the same content."""
    try:
        built.rename(folder)
    except OSError:
        if not folder.exists():
            raise


def _delete_unused(folders: Path) -> None:
    for folder in folders.iterdir():
        if folder.stat().st_mtime < time.time() - _UNUSED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
