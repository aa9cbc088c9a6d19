"""Modules of the page, run in node: what they compute without a browser."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tools.setup.install import node
from tools.setup.places import NODE_MODULES, ROOT


def run_module(folder: Path, program: str, given: object) -> Any:
    """Run a program in TypeScript, bundled as the page is, and return what its default export makes of `given`.

    It imports modules of the page by their path, such as `page/convert/times`.
    """
    (folder / "main.ts").write_text(f"{program}\nimport {{ readFileSync }} from 'node:fs';\n{_MAIN}", encoding="utf-8")
    bundle = [str(node()), str(NODE_MODULES / "esbuild" / "bin" / "esbuild"), str(folder / "main.ts"), *_OPTIONS]
    done = subprocess.run(
        [*bundle, f"--alias:page={ROOT / 'page'}", f"--outfile={folder / 'main.mjs'}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ran = subprocess.run(
        [node(), folder / "main.mjs"], input=json.dumps(given), capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


_OPTIONS = ("--bundle", "--platform=node", "--format=esm", "--log-level=error")
_MAIN = "console.log(JSON.stringify(await main(JSON.parse(readFileSync(0, 'utf-8')))));\n"
