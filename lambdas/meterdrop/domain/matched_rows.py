"""What an upload notes of its duplicates: rows that are accounted without an event of their own, and whose events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

RowDigest = tuple[int, bytes]
"""The number of a row in its version, and the digest of the content that it is accounted with."""


@dataclass(frozen=True, slots=True)
class MatchedRows:
    """The duplicates of one upload."""

    owners: frozenset[str] = frozenset()
    """The uploads whose events its duplicates are; those of rows with identifiers too."""
    complete: frozenset[str] = frozenset()
    """Versions all of whose rows are accounted: their rows need no digests."""
    rows: Mapping[str, Sequence[RowDigest]] = field(default_factory=dict)
    """By version."""

    def __bool__(self) -> bool:
        """Tell whether there is anything to note."""
        return bool(self.owners or self.complete or self.rows)
