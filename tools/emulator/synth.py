"""The synthesized stack, cached in `.build/` by a digest of its sources, because jsii takes ten seconds or more."""

import hashlib
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from infra.packaging.code_folder import build_code
from infra.packaging.layer import PackagingError
from tools.emulator.assembly import fill
from tools.setup.environment import for_installing
from tools.setup.places import BUILD, ROOT, STATE, shown
from tools.setup.process import run_logged
from tools.setup.trouble import Trouble

LOG = STATE / "synth.log"
_MAX_KEPT = 4  # the newest; each has a copy of the layer
_ABANDONED_SECONDS = 3600  # after which no process continues an unfinished synthesis
# Only the port differs from start to start. It replaces this host after the synthesis.
_ANY_HOST = "localhost:65535"
LOCAL_STAGE = "local"
LOCAL_PARTNER = "sample"  # the sample file is in this partner's folder
LIMITED_PARTNER = "limited"
_PARTNERS = {LOCAL_PARTNER: {}, LIMITED_PARTNER: {"customers": ["limited_*"], "negative": False}}
_LOCAL_CONTEXT = {
    "stage": LOCAL_STAGE,
    "local": "true",
    "removalPolicy": "destroy",
    # One process serves all functions. More of them would only wait for each other until their calls time out.
    "ingestMaxConcurrency": "4",
    "publicS3Endpoint": f"http://{_ANY_HOST}",
    "partners": json.dumps(_PARTNERS),
}


def is_synthesized_for_emulator() -> bool:
    """Return whether the stack for the emulator is synthesized already."""
    return _folder(_LOCAL_CONTEXT).exists()


def synthesize_for_emulator(endpoint_url: str, folder: Path) -> Path:
    """Fill `folder` with the cloud assembly for an emulator at `endpoint_url`; raise Trouble if that fails.

    The port and the code are inserted after the synthesis, so that changing them doesn't require another one.
    """
    kept, code = _synthesized(_LOCAL_CONTEXT), _code()
    fill(folder, kept, code, code.name, {_ANY_HOST: urlsplit(endpoint_url).netloc})
    return folder


def synthesize(context: Mapping[str, str]) -> Path:
    """Return the cloud assembly for an account; raise Trouble if that fails. `context` overrides that of cdk.json."""
    return _synthesized(context, _code().name)


def synthesized_template() -> dict[str, Any]:
    """Return the template for an account, with the settings of cdk.json; its code can be older. Raises Trouble."""
    template: dict[str, Any] = json.loads((_synthesized({}) / "Meterdrop.template.json").read_text(encoding="utf-8"))
    return template


def _code() -> Path:
    try:
        return build_code(ROOT)
    except PackagingError as error:
        raise Trouble(str(error)) from None


def _synthesized(context: Mapping[str, str], code: str = "") -> Path:
    kept = _folder(context, code)
    if kept.exists():
        os.utime(kept)
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=kept.parent, prefix="making-") as made:
        _run_app(Path(made) / "out", context)
        try:
            (Path(made) / "out").rename(kept)
        except OSError:
            if not kept.exists():  # another process finished first, with the same content
                raise
    _delete_old(kept.parent)
    return kept


def _run_app(out: Path, context: Mapping[str, str]) -> None:
    LOG.parent.mkdir(exist_ok=True)
    LOG.unlink(missing_ok=True)
    settings = {
        "CDK_OUTDIR": str(out),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    # If jsii is stopped, it leaves temporary files. They are deleted with the folder of `out`.
    environment = for_installing(out.parent) | settings
    code = run_logged([sys.executable, "app.py"], log=LOG, environment=environment, folder=ROOT)
    if code != 0:
        errors = [line for line in LOG.read_text(errors="replace").splitlines() if line.startswith("meterdrop: ")]
        reason = errors[0].removeprefix("meterdrop: ") if errors else f"For the cause, see {shown(LOG)}."
        raise Trouble(f"The CDK couldn't synthesize the stack. {reason}")


def _folder(context: Mapping[str, str], code: str = "") -> Path:
    made_by = json.dumps([platform.machine(), sys.version, dict(context), code])
    files = (ROOT / "app.py", ROOT / "cdk.json", ROOT / "uv.lock", *_files_below(ROOT / "infra"))
    return BUILD / "synth" / _digest(files, made_by)[:32]


def _digest(files: Iterable[Path], begun_with: str = "") -> str:
    digest = hashlib.sha256(begun_with.encode())
    for file in files:
        digest.update(f"\0{file.relative_to(ROOT)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _files_below(folder: Path) -> list[Path]:
    return [file for file in sorted(folder.rglob("*")) if file.is_file() and "__pycache__" not in file.parts]


def _delete_old(folder: Path) -> None:
    for unfinished in folder.glob("making-*"):
        if unfinished.stat().st_mtime < time.time() - _ABANDONED_SECONDS:
            shutil.rmtree(unfinished, ignore_errors=True)
    kept = sorted(folder.glob("[0-9a-f]*"), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in kept[_MAX_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
