"""A switch that makes one call break: the process dies there, or AWS gives no answer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


class CrashError(Exception):
    """The planned call broke, or the process is dead."""


@dataclass(frozen=True, slots=True)
class Crash:
    """Where it breaks."""

    at: int
    """Number of the call, from 1."""
    took_effect: bool
    """Whether the world changed before nobody heard of it."""
    kills: bool
    """Whether the process is gone: nothing it would do afterwards happens. Else this call alone fails."""


@dataclass(slots=True)
class Switch:
    """Every call to a fake goes through here, one at a time."""

    crash: Crash | None = None
    calls: list[str] = field(default_factory=list)
    """Names of the calls so far."""
    before_call: Callable[[str], None] = lambda _: None
    """What else happens in the world at the moment before a call."""
    _is_dead: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def plan(self, crash: Crash | None) -> None:
        """Begin anew, in a process that lives."""
        self.crash, self._is_dead = crash, False
        self.calls.clear()

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        """Make a call; what it does to the world goes inside."""
        self.before_call(name)
        with self._lock:
            if self._is_dead:
                raise CrashError(name)
            self.calls.append(name)
            breaks = self.crash is not None and self.crash.at == len(self.calls)
            if breaks and self.crash is not None:
                self._is_dead = self.crash.kills
                if not self.crash.took_effect:
                    raise CrashError(name)
            yield
            if breaks:
                raise CrashError(name)
