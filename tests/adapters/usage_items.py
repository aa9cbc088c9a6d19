"""Reads items of the usage table as any program would, to compare them with what should be there."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.fakes.ledger import Figures, Share


def shares(items: Iterable[Mapping[str, Mapping[str, Any]]], upload: str) -> dict[Share, Figures]:
    """Return the contributions of an upload among items in DynamoDB's JSON."""
    found: dict[Share, Figures] = {}
    for item in items:
        hour, _, owner = item["sk"]["S"].partition("#")
        if owner != upload:
            continue
        meter, kind, name = item["pk"]["S"].split("#", 2)
        customer = name if kind == "customer" else None
        if kind == "month":
            assert hour.startswith(name)
        start = datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=UTC)
        found[Share(meter, customer, int(start.timestamp()) // 3_600, upload)] = Figures(
            int(item["count"]["N"]), *(_number(item, name) for name in ("sum", "min", "max", "last"))
        )
    return found


def _number(item: Mapping[str, Mapping[str, Any]], name: str) -> Decimal | None:
    return Decimal(item[name]["N"]) if name in item else None
