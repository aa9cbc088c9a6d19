"""The price list, and what things used come to by it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_LIST = Path(__file__).parent / "prices.json"


def price_list() -> dict[str, Any]:
    """Read the list: region, when it was read, and each price with the page that says it."""
    found: dict[str, Any] = json.loads(_LIST.read_text(encoding="utf-8"))
    return found


def dollars(used: Mapping[str, float]) -> float:
    """Return what some amounts cost, each under the name of its price; raises KeyError for one without a price."""
    prices = price_list()["prices"]
    return sum(float(amount * prices[name]["dollars"] / prices[name]["per"]) for name, amount in used.items())
