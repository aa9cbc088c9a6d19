"""The synthesized stack, kept under `.build/` by a digest of what it was made from: jsii takes ten seconds and more."""

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
from urllib.parse import urlsplit

from infra.packaging.code_folder import build_code
from infra.packaging.layer import PackagingError
from tools.emulator.assembly import fill
from tools.setup.environment import for_installing
from tools.setup.places import BUILD, ROOT, STATE, shown
from tools.setup.process import run_logged
from tools.setup.trouble import Trouble

LOG = STATE / "synth.log"
_KEPT = 4  # of the latest; each holds a copy of the layer
_ABANDONED = 3600  # seconds after which an unfinished one is nobody's
# The port is all that differs from start to start: it is put in afterwards, wherever this host is named.
_ANY_HOST = "localhost:65535"
LOCAL_STAGE = "local"
LOCAL_PARTNER = "sample"  # whose folder the sample file is dropped in
_LOCAL_CONTEXT = {
    "stage": LOCAL_STAGE,
    "local": "true",
    "removalPolicy": "destroy",
    # One process answers all of them: more at once only wait for one another, until their calls time out.
    "ingestMaxConcurrency": "4",
    "publicS3Endpoint": f"http://{_ANY_HOST}",
    "partners": LOCAL_PARTNER,
}


def is_kept_for_emulator() -> bool:
    """Say whether the next local start needs no synthesis."""
    return _folder(_LOCAL_CONTEXT).exists()


def synthesize_for_emulator(endpoint_url: str, folder: Path) -> Path:
    """Fill `folder` with the cloud assembly for an emulator at `endpoint_url`; raises Trouble.

    The port and the code are put in afterwards: neither a free port nor a changed line of code costs a synthesis.
    """
    kept, code = _synthesized(_LOCAL_CONTEXT), _code()
    fill(folder, kept, code, code.name, {_ANY_HOST: urlsplit(endpoint_url).netloc})
    return folder


def synthesize() -> Path:
    """Give the cloud assembly for an account, with the settings of cdk.json; raises Trouble."""
    return _synthesized({}, _code().name)


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
            if not kept.exists():  # another start was first, with the same content
                raise
    _forget_old(kept.parent)
    return kept


def _run_app(out: Path, context: Mapping[str, str]) -> None:
    LOG.parent.mkdir(exist_ok=True)
    LOG.unlink(missing_ok=True)
    settings = {
        "CDK_OUTDIR": str(out),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    # jsii, when it is stopped, leaves its temporary files: they go with the folder of `out`.
    environment = for_installing(out.parent) | settings
    code = run_logged([sys.executable, "app.py"], log=LOG, environment=environment, folder=ROOT)
    if code != 0:
        said = [line for line in LOG.read_text(errors="replace").splitlines() if line.startswith("meterdrop: ")]
        reason = said[0].removeprefix("meterdrop: ") if said else f"{shown(LOG)} says why."
        raise Trouble(f"The stack cannot be synthesized: {reason}")


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


def _forget_old(folder: Path) -> None:
    for unfinished in folder.glob("making-*"):
        if unfinished.stat().st_mtime < time.time() - _ABANDONED:
            shutil.rmtree(unfinished, ignore_errors=True)
    kept = sorted(folder.glob("[0-9a-f]*"), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in kept[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
