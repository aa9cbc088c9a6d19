"""The lease of one attempt on an upload or a billing period, and the count of attempts without progress."""

from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from meterdrop.domain.periods.period import BillingPeriod
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import Attempt, BusyError, LeaseLostError

Item = TypeVar("Item", Upload, BillingPeriod)


class Table(Protocol[Item]):
    """The table of the items; each write is conditional on the revision before."""

    def get(self, id_: str, /) -> Item | None:
        """Return the current state of an item, or None if there is no such item."""

    def save(self, item: Item, /) -> bool:
        """Store the next revision. Returns False if another writer stored one first."""


@dataclass(slots=True)
class Lease(Generic[Item]):
    """An item that this attempt holds. `held` is its last stored state."""

    held: Item
    _table: Table[Item]

    def save(self, item: Item) -> None:
        """Store a new state of the item. Raises LeaseLostError if this attempt does not hold it any more."""
        next_ = replace(item, revision=self.held.revision + 1)
        if not self._table.save(next_):
            raise LeaseLostError
        self.held = next_

    def release(self, now: int, *, is_waiting: bool) -> None:
        """End the lease, so that another attempt can start at once. Call this after every sender thread has ended.

        If the attempt waits for an upload, it does not count as one without progress. Raises LeaseLostError.
        """
        try:
            self._give_back(now, is_waiting=is_waiting)
        except LeaseLostError:
            # The other write may be an earlier one of this attempt whose response was lost. Then the lease still holds.
            found = self._table.get(self.held.id)
            if found is None or found.is_final or found.lease_token != self.held.lease_token:
                raise
            self.held = found
            self._give_back(now, is_waiting=is_waiting)

    def _give_back(self, now: int, *, is_waiting: bool) -> None:
        self.save(replace(self.held, lease_until=now, attempts=self.held.attempts - is_waiting))


def take(lease: Lease[Item], taken: Item, attempt: Attempt) -> None:
    """Store the item `taken` as held by an attempt. Raises BusyError while another attempt's lease lasts."""
    if taken.lease_until > attempt.now:
        raise BusyError("another attempt holds it", taken.lease_until - attempt.now)
    attempts = taken.attempts + 1
    try:
        lease.save(
            replace(taken, attempts=attempts, lease_token=attempt.token, lease_until=attempt.lease_until),
        )
    except LeaseLostError:
        raise BusyError("another attempt claims it at this moment", 1) from None
    attempt.number = attempts
