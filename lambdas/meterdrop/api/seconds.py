"""A stretch of time, as a list's filter gives it."""

from typing import NamedTuple

from meterdrop.domain.ids import LAST_SECOND


class Seconds(NamedTuple):
    """From the first to the last of these epoch seconds, both included; none where the first is the greater."""

    first: int
    last: int

    @classmethod
    def between(cls, *, gt: int | None, gte: int | None, lt: int | None, lte: int | None) -> "Seconds":
        """Read bounds, each of which may be absent."""
        lower = (gte, None if gt is None else gt + 1)
        upper = (lte, None if lt is None else lt - 1)
        return cls(
            max(bound for bound in (0, *lower) if bound is not None),
            min(bound for bound in (LAST_SECOND, *upper) if bound is not None),
        )
