"""What several uploads lay claim to, a content or a key: one of them owns it, and is alone at work on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from meterdrop.domain.upload import DRY_RUN_PREFIX

_COUNTED_PREFIX = "uploads/"


@dataclass(frozen=True, slots=True)
class SharedClaim:
    """One such thing. Whoever changes it makes the next revision, on condition of the one that was read.

    Every attempt of an upload makes one, even where it holds the claim already: so who found the upload final, and
    means to take its place, learns that it is at work again.
    """

    owner: str
    holders: Mapping[str, str] = field(default_factory=dict)
    """The uploads that hold it, the owner among them; of a key each with the rows that may have events of their own."""
    revision: int = 1


def counted_key(key: str) -> str:
    """Return the key under which a file counts; a dry run only looks what would come of it there."""
    return _COUNTED_PREFIX + key.removeprefix(DRY_RUN_PREFIX) if key.startswith(DRY_RUN_PREFIX) else key
