"""The files of the page for the function that serves it: bundled, named by their content, and compressed.

A first view of single modules would take a hundred requests, each an invocation of the function. This module compiles
them and bundles them with their libraries into one script and one style sheet. Code that a module loads by `import()`
becomes a script of its own, which browsers load on first use.
"""

import base64
import gzip
import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from infra.packaging.layer import PackagingError
from infra.packaging.node import locked_node

MANIFEST = "page.json"
_SCRIPT = "main.tsx"
_STYLE = "style/page.css"
_ICON = "style/icon.svg"
_LICENSES = "licenses.txt"
_BUNDLE = Path(__file__).with_name("bundle.mjs")
_INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_PACKAGE = re.compile(r"(?:.*/)?node_modules/((?:@[^/]+/)?[^/]+)/")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


def page_files(project: Path) -> Mapping[str, bytes]:
    """Return the files of `meterdrop/page/`: `page.json`, `index.html.gz`, and one `.gz` for each asset.

    `page.json` is {"digest": of the shell, "inline": CSP hashes of its inline scripts, "types": of each asset}.
    Raises PackagingError if a library isn't installed or a module has an error.
    """
    source = project / "page"
    with tempfile.TemporaryDirectory() as folder:
        made = _bundle(project, Path(folder))
        assets = {name: (Path(folder) / name).read_bytes() for name in sorted(made) if made[name]["inputs"]}
    named = {_SCRIPT: _first_script(made), _STYLE: _output_of(made, _STYLE)}
    for path, content in ((_ICON, (source / _ICON).read_bytes()), (_LICENSES, _licenses(project, made))):
        named[path] = _named_by_content(path, content)
        assets[named[path]] = content
    shell = _shell((source / "index.html").read_text(encoding="utf-8"), named)
    manifest = {
        "digest": hashlib.sha256(shell.encode()).hexdigest()[:16],
        "inline": [_csp_hash(script) for script in _INLINE.findall(shell)],
        "types": {name: _TYPES[PurePosixPath(name).suffix] for name in assets},
    }
    return {
        MANIFEST: json.dumps(manifest, indent=1).encode(),
        "index.html.gz": _compressed(shell.encode()),
        **{f"{name}.gz": _compressed(content) for name, content in assets.items()},
    }


def page_packages(project: Path) -> list[str]:
    """Return the names of the npm packages that the page contains. Raises PackagingError as `page_files` does."""
    with tempfile.TemporaryDirectory() as folder:
        return _packages(_bundle(project, Path(folder)))


_Outputs = Mapping[str, Mapping[str, Any]]


def _bundle(project: Path, folder: Path) -> _Outputs:
    """Bundle the page into `folder`; return esbuild's outputs by file name."""
    esbuild = project / "node_modules" / "esbuild" / "bin" / "esbuild"
    if not esbuild.is_file():
        raise PackagingError("The page's libraries aren't installed. Run `make setup`.")
    metafile = folder / "metafile.json"
    done = subprocess.run(  # noqa: S603 - constant arguments, no shell
        [str(locked_node()), str(_BUNDLE), str(folder), str(metafile)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PackagingError(f"Bundling the page failed. Output of esbuild: {' '.join(done.stderr.split())[:500]}")
    outputs: dict[str, Mapping[str, Any]] = json.loads(metafile.read_text(encoding="utf-8"))["outputs"]
    return {PurePosixPath(path).name: output for path, output in outputs.items()}


def _first_script(made: _Outputs) -> str:
    """Return the script of the shell. If some modules are loaded later, the entry only imports what scripts share."""
    entry = _output_of(made, _SCRIPT)
    if made[entry]["inputs"]:
        return entry
    (shared,) = made[entry]["imports"]
    return PurePosixPath(shared["path"]).name


def _output_of(made: _Outputs, entry: str) -> str:
    return next(name for name, output in made.items() if output.get("entryPoint") == f"page/{entry}")


def _shell(text: str, named: Mapping[str, str]) -> str:
    for path, name in named.items():
        if f'"assets/{path}"' not in text:
            raise PackagingError(f"page/index.html doesn't refer to assets/{path}. Add the reference.")
        text = text.replace(f'"assets/{path}"', f'"assets/{name}"')
    return text


def _licenses(project: Path, made: _Outputs) -> bytes:
    """Return the licenses of the bundled packages, which require it."""
    modules = project / "node_modules"
    texts = (f"{name}\n\n{(modules / name / 'LICENSE').read_text(encoding='utf-8')}" for name in _packages(made))
    return "\n\n".join(texts).encode()


def _packages(made: _Outputs) -> list[str]:
    inputs = {path for output in made.values() for path in output["inputs"]}
    return sorted({found[1] for found in map(_PACKAGE.match, inputs) if found})


def _named_by_content(path: str, content: bytes) -> str:
    file = PurePosixPath(path)
    return f"{file.stem}-{hashlib.sha256(content).hexdigest()[:8]}{file.suffix}"


def _csp_hash(script: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)
