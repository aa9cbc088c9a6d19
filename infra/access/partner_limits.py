"""The setting `partners`: names of folders, each with the limits of what its files may contain."""

import json
import re
from collections.abc import Mapping
from typing import Final

NAME = re.compile(r"(?!owner$)(?!\d{4}-\d\d-\d\d$)[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.IGNORECASE)
"""The API uses dates as folders, and `owner` as the name of the scope that isn't a partner's.

The names become part of an ARN. There, `*`, `?` and `/` would match the folders of other partners.
"""
MAX_BYTES: Final = 2_000
"""Maximum size of the names and limits as JSON. The environment of a function has 4 KB, some of them taken."""
WANTED = (
    "a list of different names, such as ['acme'], or a map of names to limits, such as "
    '{"acme": {"customers": ["acme_*"], "meters": ["api_calls"], "negative": false}}. A name has 1 to 40 characters of '
    "A-Z, a-z, 0-9, - and _, with a letter or digit first, and is neither a date nor 'owner'. All of them have at most "
    f"{MAX_BYTES:,} bytes as JSON. To write less, use patterns with * and ?"
)
Limits = Mapping[str, object]


def read_partner_limits(value: object) -> dict[str, Limits] | None:
    """Return the limits of each partner by name, None for an invalid value.

    The value is a list, a map, or a text from the command line: names with commas, or a map as JSON.
    """
    if isinstance(value, str):
        value = _from_text(value)
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        value = {name: {} for name in value} if len(set(value)) == len(value) else None
    if not isinstance(value, Mapping) or not all(map(_is_valid, value, value.values())):
        return None
    if len({name.lower() for name in value}) < len(value) or len(to_text(value).encode()) > MAX_BYTES:
        return None
    return dict(value)


def to_text(limits: Mapping[str, Limits]) -> str:
    """Return the limits as the functions read them from their environment."""
    return json.dumps(limits, ensure_ascii=False, separators=(",", ":"))


def _from_text(text: str) -> object:
    if not text.lstrip().startswith("{"):
        return [name.strip() for name in text.split(",") if name.strip()]
    try:
        return json.loads(text)
    except ValueError:
        return None


def _is_valid(name: object, limits: object) -> bool:
    if not isinstance(name, str) or NAME.fullmatch(name) is None or not isinstance(limits, Mapping):
        return False
    return all(
        isinstance(value, bool) if key == "negative" else key in {"customers", "meters"} and _are_patterns(value)
        for key, value in limits.items()
    )


def _are_patterns(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and each.isprintable() and each for each in value)
