"""The time of a test's world."""

from dataclasses import dataclass
from datetime import UTC, datetime

STARTS_AT = 1_790_000_000.0
"""Epoch seconds."""


@dataclass(slots=True)
class Clock:
    """Stands still until a test moves it, or somebody sleeps; fits the `time` module as far as it is used."""

    now: float = STARTS_AT

    def time(self) -> float:
        """Return epoch seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass, at once."""
        self.now += seconds

    def text(self) -> str:
        """Return the time as S3 writes it."""
        return datetime.fromtimestamp(self.now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
