"""Changes of things: the author, the time, and the request."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Author(NamedTuple):
    """The author of a change: an API key, an upload, or a part of Meterdrop. `name` is None if it has none."""

    id: str
    name: str | None = None


INGEST, RECOVER, SWEEP, REPAIR = (Author("meterdrop", name) for name in ("ingest", "recover", "sweep", "repair"))


class Change(NamedTuple):
    """A change of one thing. The write that makes the change stores it.

    `at` is in epoch seconds. Each field is None if it isn't known or doesn't apply.
    """

    action: str
    by: Author | None = None
    at: int | None = None
    request_id: str | None = None


def change_object(change: Change | None) -> dict[str, Any] | None:
    """Return a change as a JSON object, the same in responses and in items."""
    if change is None:
        return None
    by = None if change.by is None else change.by._asdict()
    return {"action": change.action, "at": change.at, "by": by, "request_id": change.request_id}


def change_of(stored: Mapping[str, Any] | None) -> Change | None:
    """Return the change that an object shows, or None. Raises KeyError for another object."""
    if stored is None:
        return None
    by, at = stored["by"], stored["at"]
    author = None if by is None else Author(by["id"], by["name"])
    return Change(stored["action"], author, None if at is None else int(at), stored["request_id"])
