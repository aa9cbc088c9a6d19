"""The price list, and the cost of used amounts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_LIST = Path(__file__).parent / "prices.json"


def price_list() -> dict[str, Any]:
    """Read the list: the region, its date, and each price with the page that states it."""
    prices: dict[str, Any] = json.loads(_LIST.read_text(encoding="utf-8"))
    return prices


def dollars(used: Mapping[str, float]) -> float:
    """Return the cost of amounts by the names of their prices; raise KeyError for an amount without a price."""
    prices = price_list()["prices"]
    return sum(float(amount * prices[name]["dollars"] / prices[name]["per"]) for name, amount in used.items())
