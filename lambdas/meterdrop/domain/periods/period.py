"""Billing periods, from their creation to the last statement."""

from dataclasses import dataclass, replace
from enum import StrEnum

from meterdrop.domain.changes import Change


class PeriodStatus(StrEnum):
    """The status of a billing period."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class LatePolicy(StrEnum):
    """The policy for rows whose timestamp is in a closed period: count them, or refuse them."""

    ADJUST = "adjust"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingPeriod:
    """A billing period: the time from `start` to before `end`. All times are in epoch seconds."""

    id: str
    start: int
    end: int
    created: int
    late_policy: LatePolicy = LatePolicy.ADJUST
    meters: tuple[str, ...] = ()
    """The IDs of its meters, sorted. If empty, it has all meters."""
    name: str | None = None
    status: PeriodStatus = PeriodStatus.OPEN
    statement_count: int = 0
    closing_at: int | None = None
    """When the last close was requested."""
    closed_at: int | None = None
    """When the last statement was stored."""
    waiting_for: tuple[str, ...] = ()
    """Uploads that the close waits for, at most the first few."""
    attempts: int = 0
    """The number of attempts in a row to close it that failed."""
    lease_token: str | None = None
    """The token of the attempt that holds the lease, or held it last."""
    lease_until: int = 0
    """Until this time, no other attempt can claim the period."""
    last_change: Change | None = None
    revision: int = 0
    """Counts the writes of the item. Each write is conditional on the revision read."""

    @property
    def is_final(self) -> bool:
        """Whether it isn't being closed."""
        return self.status is not PeriodStatus.CLOSING

    @property
    def created_id(self) -> tuple[int, str]:
        """A key that sorts periods by creation, then by ID."""
        return self.created, self.id


def to_closing(period: BillingPeriod, now: int, change: Change | None = None) -> BillingPeriod:
    """Return the period with a close requested at `now`. A period that is being closed stays as it is."""
    if period.status is PeriodStatus.CLOSING:
        return period
    return replace(
        period,
        status=PeriodStatus.CLOSING,
        closing_at=now,
        waiting_for=(),
        attempts=0,
        last_change=change,
        revision=period.revision + 1,
    )
