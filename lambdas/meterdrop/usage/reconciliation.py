"""Reconciliation of a period: what arrived in files, what became of it, and how it adds up to the usage."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.metering.figures import Figures, cancelled
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.metering.partners import matches_scope
from meterdrop.domain.metering.summary import OwnerEvents, Scope, UsageChangingError
from meterdrop.domain.uploads.upload import Upload, UploadFilter
from meterdrop.usage.hour_events import MAX_EVENTS, TooManyEventsError
from meterdrop.usage.ports import Events, Usage
from meterdrop.usage.time_periods import Period

MAX_FILES = 5_000
_COUNTING = frozenset({Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS})


class TooManyFilesError(Exception):
    """More than `MAX_FILES` uploads arrived since the period began."""


class Uploads(Protocol):
    """The uploads; see `adapters.uploads.upload_list`."""

    def find(self, upload_id: str) -> Upload | None:
        """Return an upload, or None."""

    def walk(self, wanted: UploadFilter) -> Iterator[Upload]:
        """Yield the uploads that match."""


@dataclass(slots=True)
class MeterSums:
    """The figures of one meter in the period, by where they come from. `cancelled` is negative."""

    meter: Meter
    uploads: Figures = field(default_factory=Figures)
    api: Figures = field(default_factory=Figures)
    cancelled: Figures = field(default_factory=Figures)

    @property
    def total(self) -> Figures:
        """The sum of all three."""
        total = Figures()
        for part in (self.uploads, self.api, self.cancelled):
            total.merge(part)
        return total


@dataclass(slots=True)
class FileCounts:
    """The counts of the files that belong to the period."""

    files: int = 0
    rows: int = 0
    successes: int = 0
    duplicates: int = 0
    errors: int = 0
    open_errors: int = 0
    """Refused rows that no later file has counted."""
    with_open_errors: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Failed uploads whose key has no later upload that counts."""
    in_progress: list[str] = field(default_factory=list)


def reconcile_usage(
    meters: Iterable[Meter], period: Period, usage: Usage, events: Events, partner: str | None = None
) -> tuple[list[MeterSums], set[str]]:
    """Return the sums of each meter, and the uploads that have events in the period, of a partner (None for all).

    Raises UsageChangingError, SumNotExactError and TooManyEventsError.
    """
    found, owners, left = [], set[str](), MAX_EVENTS
    for meter in meters:
        sums = MeterSums(meter)
        whole = period.whole_hours
        for share in usage.shares(meter.id, whole) if whole else ():
            if not matches_scope(share.partner, partner):
                continue
            if share.is_cancel:
                sums.cancelled.merge(share.figures)
            else:
                (sums.api if share.owner is None else sums.uploads).merge(share.figures)
                owners.update([] if share.owner is None else [share.owner])
        for hour in period.cut_hours:
            for each in usage.events_of_hour(Scope(meter.id, None, partner), hour):
                left -= len(each.ids or ())
                if left < 0:
                    raise TooManyEventsError
                if _add_events(sums, each, period, usage, events):
                    owners.add(each.owner)
        found.append(sums)
    return found, {owner for owner in owners if owner.startswith("upl_")}


def _add_events(sums: MeterSums, of: OwnerEvents, period: Period, usage: Usage, events: Events) -> bool:
    """Add the events of an owner that are in the period. Returns whether there are any."""
    ids = of.ids or []
    stored = events.read(ids)
    if any(id_ not in stored or stored[id_].upload != of.owner for id_ in ids):
        raise UsageChangingError
    within = [event for event in stored.values() if period.start <= event.timestamp < period.end]
    taken_back = usage.cancelled(within)
    for event in within:
        order = (event.timestamp, event.received, event.upload, event.row)
        (sums.uploads if of.owner.startswith("upl_") else sums.api).merge(Figures(1, event.value, order))
        if event.id in taken_back:
            sums.cancelled.merge(cancelled(event.value))
    return bool(within)


def reconcile_files(
    owners: Iterable[str], period: Period, uploads: Uploads, now: int, partner: str | None = None
) -> FileCounts:
    """Count the files that belong to the period: those with events in it, and those since its start without events.

    `owners` are those of the partner's events (None for all).

    Raises TooManyFilesError.
    """
    known: dict[str, Upload] = {}
    for upload in uploads.walk(UploadFilter(created_from=period.start, created_until=now)):
        if len(known) == MAX_FILES:
            raise TooManyFilesError
        known[upload.id] = upload
    with_events = set(owners)
    for id_ in with_events - known.keys():
        if (found := uploads.find(id_)) is not None:
            known[id_] = found
    usage_files = [
        upload
        for upload in known.values()
        if upload.kind is Kind.USAGE and not upload.dry_run and matches_scope(upload.partner, partner)
    ]
    counts = FileCounts()
    belonging = {
        upload.id: upload
        for upload in usage_files
        if upload.id in with_events or (upload.counts.success == 0 and upload.status is not Status.REVERTED)
    }
    for upload in belonging.values():
        _count(counts, upload, usage_files)
        if upload.counts.error and upload.parent not in belonging and not _is_replaced(upload, usage_files):
            left = upload.counts.error - sum(each.counts.success for each in _corrections(upload, uploads, set()))
            if left > 0:
                counts.open_errors += left
                counts.with_open_errors.append(upload.id)
    return counts


def _count(counts: FileCounts, upload: Upload, others: Sequence[Upload]) -> None:
    counts.files += 1
    counts.rows += upload.counts.row
    counts.successes += upload.counts.success
    counts.duplicates += upload.counts.duplicate
    counts.errors += upload.counts.error
    if not upload.is_final:
        counts.in_progress.append(upload.id)
    elif upload.status is Status.FAILED and not any(_replaces(other, upload) for other in others):
        counts.failed.append(upload.id)


def _replaces(other: Upload, failed: Upload) -> bool:
    return other.key == failed.key and other.status in _COUNTING and other.version_order > failed.version_order


def _is_replaced(upload: Upload, others: Sequence[Upload]) -> bool:
    """Return whether a later version of a file has all rows of an upload again."""
    return any(other.updates == upload.id and other.status in _COUNTING for other in others)


def _corrections(upload: Upload, uploads: Uploads, seen: set[str]) -> Iterator[Upload]:
    """Yield the error files of an upload that count, and in turn theirs."""
    for child in uploads.walk(UploadFilter(parent=upload.id)):
        if child.id not in seen and not child.dry_run:
            seen.add(child.id)
            if child.status in _COUNTING:
                yield child
            yield from _corrections(child, uploads, seen)
