"""`make audit-dependencies`: compare every locked package with the published advisories, over the network.

pip-audit compares the packages of `uv.lock`, and `npm audit` those of `package-lock.json`. A package that can't be
compared is an error: without the databases, this must not pass.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from tools.setup.environment import clean_environment
from tools.setup.install import npm
from tools.setup.places import BUILD, ROOT, TOOLS

GROUPS = ("dev", "emulator", "bench")
"""The dependency groups that no other group includes."""
# With other settings of the user, npm compares fewer packages or none, and then says that it found nothing.
_COMPARE_ALL = ("--audit=true", "--offline=false", "--include=dev", "--include=optional", "--include=peer")
FOUND, NOT_COMPARED = 1, 2
"""The exit codes if advisories apply, and if a database didn't answer."""


def compare_python_packages() -> int:
    """Run pip-audit on all groups; return its exit code."""
    environment = clean_environment() | {"UV_PROJECT_ENVIRONMENT": str(BUILD / "audit")}
    uv, files = TOOLS / "bin" / "uv", [BUILD / f"{group}-packages.txt" for group in GROUPS]
    for group, file in zip(GROUPS, files, strict=True):
        export = ("export", "--locked", "--quiet", "--no-header", "--only-group", group, "--output-file", str(file))
        subprocess.run([uv, *export], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
    command = [
        *(str(uv), "run", "--locked", "--quiet", "--no-build", "--only-group", "audit"),
        *("pip-audit", "--strict", "--disable-pip", "--require-hashes"),
        *(word for file in files for word in ("--requirement", str(file))),
    ]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def compare_npm_packages() -> int:
    """Run `npm audit`, and print its result; return 0, FOUND or NOT_COMPARED."""
    command = [*npm(), "audit", "--package-lock-only", "--json", *_COMPARE_ALL]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        report = {"message": done.stdout[-500:] + done.stderr[-500:]}
    if "vulnerabilities" not in report:
        print(
            f"The npm packages were NOT compared with advisories. No report came: {report.get('message')}. "
            "Run this command again with a network that reaches the npm registry.",
            file=sys.stderr,
        )
        return NOT_COMPARED
    lines = list(_advisories(report["vulnerabilities"]))
    count = report["metadata"]["dependencies"]["total"]
    print("\n".join(lines) if lines else f"No known advisories apply to the {count} npm packages.")
    return FOUND if lines else 0


def _advisories(vulnerabilities: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each advisory. `via` also has names, of packages that are listed themselves."""
    for name, found in sorted(vulnerabilities.items()):
        for advisory in found["via"]:
            if isinstance(advisory, dict):
                yield f"{name} {advisory['range']}: {advisory['severity']}: {advisory['title']} ({advisory['url']})"


def main() -> int:
    """Compare all packages; return the exit code."""
    BUILD.mkdir(exist_ok=True)
    # Both run, whatever the first one finds. It prints at once, and pip-audit writes to the same terminal.
    npm_code = compare_npm_packages()
    sys.stdout.flush()
    return max(npm_code, compare_python_packages())


if __name__ == "__main__":
    sys.exit(main())
