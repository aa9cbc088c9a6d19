"""The kinds of items that docs/architecture.md lists, and what the items of each kind look like."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

_DOCUMENT = Path(__file__).parents[2] / "docs" / "architecture.md"
_PLACEHOLDERS = {
    "<0 to f>": "[0-9a-f]",
    "<bucket>": r"\d\d",
    "<counter>": r"[0-9a-f]{0,2}",
    "<dd>": r"\d\d",
    "<ddThh>": r"\d\dT\d\d",
    "<meter id>": "mtr_[a-z0-9]+",
    "<month>": r"\d{4}-\d\d",
    "<number>": r"\d+",
    "<revision>": r"\d+",
    "<sha256>": "[0-9a-f]{64}",
    "<shard>": "[0-9a-f]",
    "<tab>": "\t",
    "<upload id>": "upl_[a-z2-7]{26}",
    "<upload>": "upl_[a-z2-7]{26}",
}
_OF_CUSTOMER = "(?:[^\t]+\t)?"  # in a partition with a shard, sort keys begin with the customer and a tab
Shapes = dict[str, set[str]]


def kinds(items: Mapping[str, Iterable[dict[str, Any]]]) -> Shapes:
    """Return the kinds of items, each with the names and types of all attributes that its items have.

    Raises AssertionError if the document doesn't list an item.
    """
    found: Shapes = {}
    for table, each in items.items():
        for item in each:
            found.setdefault(kind_of(table, item), set()).update(_shapes("", item))
    return found


def kind_of(table: str, item: dict[str, Any]) -> str:
    """Return the kind of an item, from `documented_kinds`; for an upload, also its kind and status."""
    key = f"{table} {item['pk']['S']} {item['sk']['S']}" if "pk" in item else f"{table} {item['id']['S']}"
    found = [kind for kind, pattern in documented_kinds().items() if re.fullmatch(pattern, key)]
    assert found, f"docs/architecture.md lists no item such as {key!r}"
    kind = max(found, key=len)
    if "status_month" in item:
        words = [item["kind"]["S"], item["status"]["S"], "dry run" * item["dry_run"]["BOOL"]]
        kind += f" ({' '.join(filter(None, words))})"
    return kind


@cache
def documented_kinds() -> Mapping[str, str]:
    """Return the kinds with the patterns of their keys: of each row in the tables of the document's part Tables."""
    part = _DOCUMENT.read_text(encoding="utf-8").partition("\n## Tables\n")[2].partition("\n## ")[0]
    found = {f"events {key}": f"events {pattern}" for key, pattern in _EVENT_KEYS.items()}
    for section in part.split("\n### ")[1:]:
        table, has_sort_key = section.partition(":")[0], "keys `pk`" in section.partition("\n")[0]
        partitions, sort_keys = [""], [""]
        for row in re.findall(r"^\| (.+) \|$", section, flags=re.MULTILINE):
            first, second, *_ = row.split(" | ")
            if table in {"uploads", "idempotency", "keys"} and ("#" in first or first.startswith(("`upl_", "`key_"))):
                for key in re.findall("`([^`]+)`", first):
                    found[f"{table} {key}"] = _pattern(f"{table} {key}")
            elif has_sort_key and first not in {"pk", "---"}:
                partitions, sort_keys = _keys(first, partitions), _keys(second, sort_keys)
                for pk, sk in product(partitions, sort_keys):
                    found[f"{table} {pk} {sk}"] = f"{_pattern(f'{table} {pk} ')}{_OF_CUSTOMER}{_pattern(sk)}"
    return found


_EVENT_KEYS = {"<upload id>/<block>": "upl_[a-z2-7]{26}/\\d+", "<id>": ".+"}


def _keys(cell: str, before: list[str]) -> list[str]:
    """Return the keys of a cell. Some cells refer to the rows above: `before`."""
    named = re.findall("`([^`]+)`", cell)
    if cell == "the same":
        return before
    if cell.startswith("either of the two"):
        both = ["<meter id>#<month>", "<meter id>#<month>#<shard>"]
        return [key + "".join(named) for key in both]
    return named or [f"<{cell}>"]


def _pattern(key: str) -> str:
    parts = re.split("(<[^<>]+>|…)", key)
    return "".join(
        _PLACEHOLDERS.get(part, ".+") if part[:1] in {"<", "…"} else re.escape(part) for part in parts if part
    )


def _shapes(path: str, attributes: dict[str, Any]) -> Iterator[str]:
    for name, value in attributes.items():
        [(kind, content)] = value.items()
        yield f"{path}{name} {kind}"
        if kind == "M" and name in {"error_file", "mark", "failure"}:
            yield from _shapes(f"{name}.", content)
