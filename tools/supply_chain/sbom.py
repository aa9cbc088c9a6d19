"""`make sbom`: the software bill of materials (CycloneDX) of what a deployment puts on AWS.

These are the Python packages of the layer, by uv from `uv.lock`, and the npm packages in the page, by npm from
`package-lock.json`. Tools that only build or deploy aren't part of it.
"""

import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cyclonedx.spdx import is_expression

from infra.packaging.layer import PackagingError
from infra.packaging.page_files import page_packages
from tools.setup.environment import clean_environment
from tools.setup.install import npm
from tools.setup.places import BUILD, ROOT, TOOLS, shown
from tools.setup.trouble import Trouble

FILE = BUILD / "sbom.cdx.json"
DECLARED = {"python-dateutil": "Apache-2.0 OR BSD-3-Clause", "s3transfer": "Apache-2.0"}
"""The licenses of packages whose metadata names them in other words than SPDX's."""
_UV = ("export", "--locked", "--quiet", "--format", "cyclonedx1.5", "--only-group", "runtime")
_NPM = ("sbom", "--package-lock-only", "--omit=dev", "--sbom-format=cyclonedx", "--loglevel=error")


def bill_of_materials() -> dict[str, Any]:
    """Return the CycloneDX document. Raises Trouble if a program fails or a license has no SPDX expression."""
    bill = _json_of([TOOLS / "bin" / "uv", *_UV])
    for component in bill["components"]:
        component["licenses"] = [{"expression": _python_license(component["name"], component["version"])}]
    page = _page_components()
    bill["components"] += page
    root = bill["metadata"]["component"]
    root["licenses"] = [{"license": {"id": "Apache-2.0"}}]
    needed = {ref for each in bill["dependencies"] for ref in each.get("dependsOn", ())}
    top = [each["ref"] for each in bill["dependencies"] if each["ref"] not in needed | {root["bom-ref"]}]
    bill["dependencies"] = [each for each in bill["dependencies"] if each["ref"] != root["bom-ref"]]
    bill["dependencies"] += [{"ref": component["bom-ref"]} for component in page]
    bill["dependencies"].append(
        {"ref": root["bom-ref"], "dependsOn": [*top, *(component["bom-ref"] for component in page)]}
    )
    return bill


def _page_components() -> list[dict[str, Any]]:
    """Return the components of the npm packages that esbuild puts into the page."""
    try:
        wanted = page_packages(ROOT)
    except PackagingError as error:
        raise Trouble(str(error)) from error
    document = _json_of([*npm(), *_NPM])
    found = {component["bom-ref"].rpartition("@")[0]: component for component in document["components"]}
    if missing := [name for name in wanted if name not in found]:
        raise Trouble(f"The page contains packages that package-lock.json doesn't have: {', '.join(missing)}.")
    return [found[name] for name in wanted]


def _python_license(name: str, version: str) -> str:
    """Return the license of an installed package as an SPDX expression."""
    metadata = importlib.metadata.metadata(name)
    if metadata["Version"] != version:
        raise Trouble(f"{name} {metadata['Version']} is installed, and uv.lock has {version}. Run: make setup")
    expression = stated_license(name) or DECLARED.get(name, "")
    if not expression:
        raise Trouble(f"{name} {version} has no license in SPDX's words. Read its license, and add it to {__name__}.")
    return expression


def stated_license(name: str) -> str | None:
    """Return the SPDX expression in the metadata of an installed package, or None."""
    metadata = importlib.metadata.metadata(name)
    stated = (metadata[field] for field in ("License-Expression", "License") if field in metadata)
    return next(filter(is_expression, stated), None)


def _json_of(command: Sequence[str | Path]) -> dict[str, Any]:
    done = subprocess.run(
        list(map(str, command)), cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Trouble(f"{Path(command[0]).name} {command[1]} failed: {' '.join(done.stderr.split())[-500:]}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def main() -> int:
    """Write the file and print its path and components; return the exit code."""
    try:
        bill = bill_of_materials()
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")
    print(f"Wrote {shown(FILE)}: {len(bill['components'])} packages.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
