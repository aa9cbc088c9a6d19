"""A walk over all object versions under the input prefixes, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from meterdrop.domain.dropped_object import ObjectVersion
from meterdrop.domain.upload import INPUT_PREFIXES


@dataclass(frozen=True, slots=True)
class Place:
    """Where the walk stands: behind a version, or before the first of a prefix."""

    prefix: str = next(iter(INPUT_PREFIXES))
    key: str = ""
    version_id: str = ""

    def next_prefix(self) -> "Place | None":
        """Return the beginning of the next prefix, None behind the last."""
        prefixes = list(INPUT_PREFIXES)
        later = prefixes[prefixes.index(self.prefix) + 1 :]
        return Place(later[0]) if later else None


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """An object version as a listing shows it."""

    version: ObjectVersion
    size: int
    last_modified: int
    """Epoch seconds."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one list call finds."""

    versions: Sequence[FoundVersion]
    next: Place | None
    """Where the next call goes on; None behind the last version of a prefix."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the sweep came."""

    versions: Place = Place()
    passing: Mapping[str, str] = field(default_factory=dict)
    """By status: the upload behind which the next run goes on, where one run could not look at all."""
    outbox: str | None = None
    walked_at: int = 0
    """When the last walk over all versions came to its end, in epoch seconds."""
