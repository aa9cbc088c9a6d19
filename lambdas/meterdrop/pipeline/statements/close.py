"""Closes billing periods: `_close` shows every step, in order.

After a crash anywhere, the next attempt completes the close. If the object was written, the lines are the same. The API
returns no statement before it is stored.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.metering.summary import UsageChangingError
from meterdrop.domain.periods.period import BillingPeriod, PeriodStatus
from meterdrop.domain.periods.statement import Statement, StatementLine, changes, stated, statement_key
from meterdrop.domain.uploads.status_event import statement_event
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import GRACE, MAX_ATTEMPTS, Attempt, BusyError, ExhaustedError, LeaseLostError
from meterdrop.pipeline.lease import Lease, take
from meterdrop.pipeline.ports import (
    KnownUploads,
    Meters,
    Outbox,
    Periods,
    PeriodUsage,
    Publisher,
    StatementObjects,
)
from meterdrop.pipeline.publish import publish
from meterdrop.pipeline.statements.statement_file import decode, encode, offsets_of

LONGEST_ATTEMPT_SECONDS = 600
"""The timeout of the ingest function."""
LONGEST_WAIT_SECONDS = LONGEST_ATTEMPT_SECONDS + GRACE
"""Seconds after which no attempt at an upload is left that began before the close was requested."""
LISTED_AFTER_SECONDS = 5
"""Seconds until an upload is in the list by status, which is eventually consistent."""
MAX_NAMED_UPLOADS = 10
_PASSING = (Status.PENDING, Status.PROCESSING, Status.REVERTING)
_LONGEST_PAUSE = 30  # seconds
_CHANGING_PAUSE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodClosing:
    """The closing of billing periods."""

    periods: Periods
    uploads: KnownUploads
    meters: Meters
    usage: PeriodUsage
    objects: StatementObjects
    outbox: Outbox
    publisher: Publisher
    on_release_failed: Callable[[BaseException], None] = lambda _: None
    """Receives the exception if the lease cannot be released. The queue's retry then waits until the lease ends."""
    on_publish_failed: Callable[[BaseException], None] = lambda _: None
    """Receives the exception if the event cannot be published. It stays in the outbox."""

    def run(self, period_id: str, attempt: Attempt) -> Statement | None:
        """Close a period. Returns its new statement, or None if the period isn't being closed.

        Raises BusyError while it must wait, and the exceptions of AWS calls: the queue retries both. Raises
        ExhaustedError after too many failures in a row. The period keeps its status, and the sweep tries again.
        """
        period = self.periods.get(period_id)
        if period is None or period.status is not PeriodStatus.CLOSING:
            return None
        lease = Lease(period, self.periods)
        take(lease, period, attempt)
        try:
            statement = self._close(lease, attempt)
        except BaseException as error:
            attempt.is_ending = True
            self._release(lease, attempt.now, is_waiting=isinstance(error, BusyError))
            if isinstance(error, Exception) and not isinstance(error, BusyError) and attempt.number >= MAX_ATTEMPTS:
                raise ExhaustedError from error
            raise
        self._publish(statement)
        return statement

    def _close(self, lease: Lease[BillingPeriod], attempt: Attempt) -> Statement:
        # Uploads whose attempts may not know of the close. Later attempts follow the policy of the period.
        unfinished = self._wait(lease, attempt)
        # The usage now, less what all earlier statements say.
        period, number = lease.held, lease.held.statement_count + 1
        data = encode(period.id, number, *self._lines(period))
        # The object at its fixed key. If an earlier attempt wrote it, that one is the statement.
        key = statement_key(period.id, number)
        version_id, written = self.objects.write_once(key, data)
        # The status, fenced by the lease, with the statement and its event.
        counts = [named.line.change.event_count for named in decode(written)]
        statement = Statement(
            period=period.id,
            number=number,
            as_of=period.closing_at or attempt.now,
            created=attempt.now,
            key=key,
            version_id=version_id,
            size=len(written),
            sha256=hashlib.sha256(written).hexdigest(),
            line_count=len(counts),
            event_count=sum(counts),
            offsets=offsets_of(written),
            unfinished_uploads=unfinished,
        )
        closed = replace(
            period,
            status=PeriodStatus.CLOSED,
            statement_count=number,
            closed_at=attempt.now,
            waiting_for=(),
            attempts=0,
            lease_until=0,
            revision=period.revision + 1,
        )
        if not self.periods.finish(closed, statement, statement_event(statement)):
            raise LeaseLostError
        return statement

    def _wait(self, lease: Lease[BillingPeriod], attempt: Attempt) -> tuple[str, ...]:
        """Wait for uploads that were claimed before the close. Returns those that are still unfinished after that.

        Raises BusyError.
        """
        began = lease.held.closing_at or attempt.now
        waited = attempt.now - began
        if waited < LISTED_AFTER_SECONDS:
            raise BusyError("uploads of the last seconds may be in no list yet", LISTED_AFTER_SECONDS - waited)
        unfinished = tuple(islice(self._claimed_before(began), MAX_NAMED_UPLOADS))
        if unfinished and waited < LONGEST_WAIT_SECONDS:
            if unfinished != lease.held.waiting_for:
                lease.save(replace(lease.held, waiting_for=unfinished))
            pause = min(max(2, waited / 2), _LONGEST_PAUSE, LONGEST_WAIT_SECONDS - waited)
            raise BusyError(f"upload {unfinished[0]} is in progress", pause)
        return unfinished

    def _claimed_before(self, moment: int) -> Iterator[str]:
        for status in _PASSING:
            # Arrivals are the times of S3, whose clock may differ.
            for upload in self.uploads.passing(status, moment + _LONGEST_PAUSE, None):
                if _counts(upload) and (upload.started_at is None or upload.started_at <= moment):
                    yield upload.id

    def _lines(self, period: BillingPeriod) -> tuple[list[StatementLine], Mapping[str, str]]:
        """Return the lines of the next statement, and the event names of all meters by ID. Raises BusyError."""
        catalog = self.meters.list_meters()
        meters = [meter for meter in catalog if not period.meters or meter.id in period.meters]
        before = stated(
            named.line
            for statement in self.periods.statements(period.id)
            for named in decode(self.objects.read(statement.key, statement.version_id))
        )
        try:
            current = self.usage.quantities(meters, period.start, period.end)
        except UsageChangingError:
            raise BusyError("an upload is changing this usage", _CHANGING_PAUSE) from None
        names = {meter.id: meter.event_name for meter in catalog}
        lines = sorted(changes(current, before), key=lambda line: (names.get(line.place.meter, ""), line.place))
        return lines, names

    def _publish(self, statement: Statement) -> None:
        try:
            publish(statement_event(statement), self.publisher, self.outbox)
        except Exception as error:  # noqa: BLE001 (the statement is stored, and the outbox is sent later)
            self.on_publish_failed(error)

    def _release(self, lease: Lease[BillingPeriod], now: int, *, is_waiting: bool) -> None:
        try:
            lease.release(now, is_waiting=is_waiting)
        except Exception as error:  # noqa: BLE001 (the caller needs the first exception, not this one)
            self.on_release_failed(error)


def _counts(upload: Upload) -> bool:
    return upload.kind is Kind.USAGE and not upload.dry_run
