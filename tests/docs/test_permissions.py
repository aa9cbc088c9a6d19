"""The table of permissions in docs/api.md is that of the routes."""

import re
from pathlib import Path

from meterdrop.api.app import all_access
from meterdrop.api.http.auth import Access, Needs
from meterdrop.domain.access.key_text import KEY_TEXT
from meterdrop.domain.access.permissions import PRESETS, Resource

DOCUMENT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def table() -> str:
    """Make the table: a row for each route, in the order of paths."""
    rows = [
        f"| `{method} {re.sub('[<>]', _brace, path)}` | {_need(access)} |"
        for (path, method), access in sorted(all_access().items(), key=lambda each: each[0])
    ]
    return "\n".join(["| route | needs |", "|---|---|", *rows]) + "\n"


def _need(access: Access) -> str:
    return access.value if isinstance(access, Needs) else f"`{access}`"


def _brace(found: re.Match[str]) -> str:
    return "{" if found[0] == "<" else "}"


def test_each_route_is_in_the_table_with_what_it_needs() -> None:
    """If a route changes, replace the table in the document by the one in this failure."""
    assert table() in DOCUMENT, table()


def test_the_presets_are_as_documented() -> None:
    """Each preset is a row, with its permissions."""
    for name, permissions in PRESETS.items():
        row = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| `{name}` |"))
        if name not in {"admin", "read"}:
            named = [f"`{resource.value}:{level.value}`" for resource, level in permissions.items()]
            assert ", ".join(named) in row


def test_each_resource_is_explained() -> None:
    """As a row of a table."""
    assert [each for each in Resource if f"\n| `{each.value}` | " not in DOCUMENT] == []


def test_the_pattern_for_scanners() -> None:
    """Scanners find the keys that are made."""
    assert f"`{KEY_TEXT.pattern}`" in DOCUMENT
