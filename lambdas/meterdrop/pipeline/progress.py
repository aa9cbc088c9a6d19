"""What a watcher sees while an upload is processed: counts that grow and never shrink."""

from dataclasses import replace

from meterdrop.domain.uploads.upload import Counts
from meterdrop.pipeline.attempt import Attempt
from meterdrop.pipeline.claim import Claim

_EVERY = 2  # seconds


class Progress:
    """Stores an upload's counts now and then."""

    def __init__(self, claim: Claim, attempt: Attempt) -> None:
        """Begin at the counts that an earlier attempt left."""
        self._claim = claim
        self._attempt = attempt
        self._next = attempt.clock() + _EVERY

    def show(self, counts: Counts) -> None:
        """Store the counts if it is time to; raises LeaseLostError."""
        if self._attempt.clock() < self._next:
            return
        self._next = self._attempt.clock() + _EVERY
        shown = self._claim.upload.counts
        grown = Counts(
            max(shown.row, counts.row),
            max(shown.success, counts.success),
            max(shown.duplicate, counts.duplicate),
            max(shown.error, counts.error),
        )
        if grown != shown:
            # Rows were settled that no attempt before had settled: that is progress.
            self._claim.save(replace(self._claim.upload, counts=grown, attempts=0))
