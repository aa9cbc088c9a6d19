"""The paths in the project's folder."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
EMULATOR_VENV = ROOT / ".venv-emulator"
NODE_MODULES = ROOT / "node_modules"
BUILD = ROOT / ".build"
STATE = ROOT / ".local"
STACK_FILE = STATE / "stack.json"
SAMPLES = ROOT / "tools" / "samples"


def shown(path: Path) -> str:
    """Format a path, relative to the project's folder if it is inside."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
