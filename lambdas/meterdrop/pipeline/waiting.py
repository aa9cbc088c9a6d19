"""How long an upload waits for another one that is at work."""

from meterdrop.domain.uploads.upload import Upload

_FIRST, _LONGEST = 2, 60  # seconds


def next_look(upload: Upload, now: int) -> float:
    """Return after how many seconds to look again: soon at first, since most files take seconds, then more rarely."""
    waited = now - (upload.started_at or now)
    return min(max(_FIRST, waited / 2), _LONGEST)
