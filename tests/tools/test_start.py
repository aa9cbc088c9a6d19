"""The first file that a Python reads here must be read by old ones too."""

import ast
import subprocess
import sys

from tools.setup.places import ROOT


def test_an_old_python_can_parse_the_way_in() -> None:
    """Nothing in it is newer than what Python 3.4 knows."""
    source = (ROOT / "tools" / "__main__.py").read_text()

    tree = ast.parse(source, feature_version=(3, 4))

    assert [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.AnnAssign | ast.NamedExpr)] == []


def test_an_old_python_gets_one_sentence() -> None:
    """It names both versions and what to do, and nothing else happens."""
    pretend = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_module('tools', run_name='__main__')"

    done = subprocess.run([sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.stderr == (
        "This Python is version 3.9. Meterdrop needs Python 3.11 or newer. "
        "Name a newer one, such as: make run PYTHON=python3.13\n"
    )
    assert (done.returncode, done.stdout) == (1, "")
