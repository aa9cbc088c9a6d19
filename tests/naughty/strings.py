"""The Big List of Naughty Strings (see README.md)."""

import json
from pathlib import Path

NAUGHTY: tuple[str, ...] = tuple(json.loads(Path(__file__).with_name("blns.json").read_text(encoding="utf-8")))
