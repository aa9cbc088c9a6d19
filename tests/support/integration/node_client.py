"""Stripe's client for Node, in processes of its own, with the set-ups of the guide."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.setup.install import node
from tools.setup.places import NODE_MODULES, ROOT

GUIDE = ROOT / "docs" / "stripe.md"
PROGRAMS = ROOT / "tests" / "node"
RUN_API = "feed5eed.execute-api.localhost"
BLOCKS: list[str] = re.findall(r"^```js\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
FETCH, EXAMPLE, HOST, AGENT = BLOCKS
SETUPS = {"fetch": FETCH, "host": HOST, "agent": AGENT}
"""The set-ups of the guide."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that has ended, and the hosts that it sent to."""

    code: int
    output: str
    hosts: frozenset[str]


def run_node(folder: Path, program: str, environment: Mapping[str, str], ports: Mapping[str, int] = {}) -> Finished:
    """Run a module of JavaScript in an empty folder. Connections to a host of `ports` lead to that port."""
    (folder / "node_modules").symlink_to(NODE_MODULES)
    (folder / "main.mjs").write_text(program, encoding="utf-8")
    log = folder / "hosts"
    log.touch()
    done = subprocess.run(
        [node(), "--test-force-exit", "--import", (PROGRAMS / "network.mjs").as_uri(), folder / "main.mjs"],
        cwd=folder,
        env={**os.environ, **environment, "PORTS": json.dumps(ports), "HOSTS_LOG": str(log)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Finished(done.returncode, done.stdout + done.stderr, frozenset(log.read_text().split()))
