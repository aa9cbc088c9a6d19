"""The part of `make audit` that compares statements with their objects. It shares no code with what writes them."""

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from tools.commands.recount import Item

ReadObject = Callable[[str, str], bytes | None]
"""Returns the bytes of a key's version, None if it is gone."""


def statement_differences(catalog: Iterable[Item], read: ReadObject) -> Iterator[str]:
    """Yield every difference between periods, statements and the objects with their lines."""
    items = list(catalog)
    numbers: dict[str, set[int]] = defaultdict(set)
    for item in items:
        if item["pk"].startswith("statements#"):
            numbers[item["period"]].add(int(item["number"]))
            data = read(item["key"], item["version_id"])
            if wrong := "is gone" if data is None else _wrong(item, data):
                yield f"{item['period']}, statement {item['number']}: its object {wrong}"
    for period in (item for item in items if item["pk"].startswith("periods#")):
        expected = set(range(1, int(period["statement_count"]) + 1))
        if numbers.pop(period["id"], set()) != expected:
            yield f"{period['id']}: not all of its {period['statement_count']} statements are stored, or more"
    yield from (f"{period}: has statements, but doesn't exist" for period in sorted(numbers))


def _wrong(item: Item, data: bytes) -> str:
    if hashlib.sha256(data).hexdigest() != item["sha256"]:
        return "has another SHA-256"
    lines = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    if len(lines) != item["line_count"] or sum(int(line["event_count"]) for line in lines) != item["event_count"]:
        return "has other lines or events"
    return ""
