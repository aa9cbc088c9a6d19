"""Reads items of the usage table as any program would, to compare them with what should be there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.support.fakes.usage import Figures, Share

Item = Mapping[str, Mapping[str, Any]]


def shares(items: Iterable[Item], upload: str) -> dict[Share, Figures]:
    """Return the contributions of an upload among items in DynamoDB's JSON, hour by hour."""
    all_items = sorted(items, key=lambda item: item["sk"]["S"])
    lists: dict[tuple[str, str | None, str], list[str]] = defaultdict(list)
    for partition, customer, sort, item in _keys(all_items):
        day, _, rest = sort.partition("#")
        of, is_lists, _ = partition.partition("#events#")
        if is_lists and rest.startswith(f"{upload}#"):
            for hour, *events in _lines(item):
                assert hour.startswith(day)
                lists[of, customer, hour] += events
    found: dict[Share, Figures] = {}
    for partition, customer, sort, item in _keys(all_items):
        meter, month, *shard = partition.split("#")
        if not sort.startswith("upload#") or not sort.endswith(f"#{upload}"):
            continue
        assert (customer is not None) == bool(shard)
        for hour, count, numbers, *events in _lines(item):
            start = datetime.strptime(f"{month}-{hour}", "%Y-%m-%dT%H").replace(tzinfo=UTC)
            share = Share(meter, customer, int(start.timestamp()) // 3_600, upload)
            ids = tuple(_ids(events or lists[partition, customer, hour], upload))
            found[share] = Figures(ids, int(count), *_figures(numbers.split()))
    return found


def _keys(items: Iterable[Item]) -> Iterator[tuple[str, str | None, str, Item]]:
    for item in items:
        customer, tab, sort = item["sk"]["S"].rpartition("\t")
        yield item["pk"]["S"], customer if tab else None, sort, item


def _lines(item: Item) -> list[list[str]]:
    return [line.split("\t") for line in item["hours"]["S"].split("\n")]


def _ids(events: Iterable[str], upload: str) -> Iterator[str]:
    for event in events:
        if event.startswith("="):
            yield event[1:]
        else:
            first, _, last = event.partition("-")
            yield from (f"{upload}:{row}" for row in range(int(first), int(last or first) + 1))


def _figures(numbers: list[str]) -> tuple[Decimal | None, ...]:
    match numbers:
        case []:
            return None, None, None, None
        case [value, _, _]:
            return (Decimal(value),) * 4
        case [total, least, greatest, last, _, _]:
            return Decimal(total), Decimal(least), Decimal(greatest), Decimal(last)
    raise ValueError(numbers)
