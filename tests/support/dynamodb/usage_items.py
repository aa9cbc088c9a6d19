"""Reads items of the usage table as any program would, to compare them with what should be there."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from meterdrop.domain.metering.event_list import read_event_list
from tests.support.fakes.usage import Figures, Share

Item = Mapping[str, Mapping[str, Any]]


def shares(items: Iterable[Item], upload: str) -> dict[Share, Figures]:
    """Return the contributions of an upload among items in DynamoDB's JSON."""
    by_key = {(item["pk"]["S"], item["sk"]["S"]): item for item in items}
    found: dict[Share, Figures] = {}
    for (partition, sort), item in by_key.items():
        hour, _, owner = sort.partition("#")
        meter, kind, *name = partition.split("#", 2)
        if owner != upload or kind not in {"customer", "month"}:
            continue
        customer = name[0] if kind == "customer" else None
        if kind == "month":
            assert hour.startswith(name[0])
        start = datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=UTC)
        lists = [item] if "events" in item else _parts(by_key, f"{meter}#{kind}-events#{name[0]}", sort, item)
        ids = [id_ for each in lists for id_ in read_event_list(each["events"]["S"], upload)]
        found[Share(meter, customer, int(start.timestamp()) // 3_600, upload)] = Figures(
            tuple(ids), int(item["count"]["N"]), *(_number(item, name) for name in ("sum", "min", "max", "last"))
        )
    return found


def _parts(by_key: Mapping[tuple[str, str], Item], partition: str, sort: str, item: Item) -> list[Item]:
    return [by_key[partition, f"{sort}#{part:04d}"] for part in range(int(item["parts"]["N"]))]


def _number(item: Item, name: str) -> Decimal | None:
    return Decimal(item[name]["N"]) if name in item else None
