"""Lists of the API, page after page."""

from collections.abc import Callable, Iterator
from typing import Any


def read_list(get: Callable[..., Any], path: str) -> Iterator[dict[str, Any]]:
    """Read a list to its end. Other tests on the same stack add more than one page holds.

    `get` takes a path and query parameters, and returns the page as JSON.
    """
    page = get(path, limit=100)
    yield from page["data"]
    while page["has_more"]:
        page = get(path, limit=100, starting_after=page["data"][-1]["id"])
        yield from page["data"]
