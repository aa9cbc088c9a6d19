"""The whole way of an upload, in its order of effects.

claim -> read the pinned version to its end -> judge -> store (events, then usage contributions; or customers) -> error
file -> final status -> announcement. A crash anywhere leaves a state that the next attempt completes to the same
result; one after the final status leaves the announcement in the outbox.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from meterdrop.domain.announcement import announcement
from meterdrop.domain.codes import Status
from meterdrop.domain.dropped_object import ObjectVersion
from meterdrop.domain.error_parts import LIMITS, Limits
from meterdrop.domain.row_ids import row_ids
from meterdrop.domain.upload import Kind, Upload
from meterdrop.domain.verdict import FileFault
from meterdrop.pipeline.announce import announce
from meterdrop.pipeline.attempt import Attempt, BusyError
from meterdrop.pipeline.claim import Claim, claim, claim_again, claim_to_give_up
from meterdrop.pipeline.customer_sheet import open_customers
from meterdrop.pipeline.finish import fail, finish, finish_revert, given_up, write_error_file
from meterdrop.pipeline.in_order import THREADS
from meterdrop.pipeline.own_content import own_content, sha256
from meterdrop.pipeline.own_key import own_key
from meterdrop.pipeline.ports import Ports
from meterdrop.pipeline.progress import Progress
from meterdrop.pipeline.read import read
from meterdrop.pipeline.result import Sheet, Work
from meterdrop.pipeline.undo import undo
from meterdrop.pipeline.usage_sheet import open_usage


@dataclass(frozen=True, slots=True)
class Ingest:
    """Takes the uploads of one bucket to a final status."""

    ports: Ports
    bucket: str
    max_age_days: int | None
    on_release_failed: Callable[[BaseException], None] = lambda _: None
    """Told of what went wrong when the lease could not be given back, which the queue's retry outlasts."""
    on_announce_failed: Callable[[BaseException], None] = lambda _: None
    """Told of why a final status was not announced, which leaves it in the outbox."""
    limits: Limits = LIMITS
    """How large an error file may become."""

    def run(self, version: ObjectVersion, notified_at: int, attempt: Attempt) -> Upload | None:
        """Take one object version to its final status; returns None where it had one.

        Raises BusyError while it cannot go on, and whatever AWS raises: both are for the queue to try again. But
        ExhaustedError where that was done too often: the message is one for the dead letters.
        """
        return self._hold(claim(version, notified_at, attempt, self.ports.uploads, self.ports.objects), attempt)

    def resume(self, upload_id: str, attempt: Attempt) -> Upload | None:
        """Take an upload that is on its way, to be reverted or processed again, to its final status; as `run`."""
        return self._hold(claim_again(upload_id, attempt, self.ports.uploads), attempt)

    def give_up(self, upload_id: str, attempt: Attempt) -> Upload | None:
        """Take back what is stored of an upload that cannot be finished, and fail it; as `run`.

        An upload that is to be reverted is: there is nothing else that it could become.
        """
        claimed = claim_again(upload_id, attempt, self.ports.uploads, gives_up=True)
        return self._hold(claimed, attempt, gives_up=True)

    def give_up_version(self, version: ObjectVersion, notified_at: int, attempt: Attempt) -> Upload | None:
        """Give up the upload of an object version, which may be known or not: it gets a final status; as `give_up`."""
        claimed = claim_to_give_up(version, notified_at, attempt, self.ports.uploads, self.ports.objects)
        return self._hold(claimed, attempt, gives_up=True)

    def _hold(self, claimed: Claim | None, attempt: Attempt, *, gives_up: bool = False) -> Upload | None:
        if claimed is None:
            return None
        try:
            if claimed.upload.status is Status.REVERTING:
                upload = self._revert(claimed, attempt)
            else:
                upload = self._fail(claimed, attempt) if gives_up else self._process(claimed, attempt)
        except BaseException as error:
            attempt.is_ending = True
            self._release(claimed, attempt.now, is_waiting=isinstance(error, BusyError))
            raise
        self._announce(upload)
        return upload

    def _process(self, claimed: Claim, attempt: Attempt) -> Upload:
        try:
            sheet, others = self._open(claimed, attempt)
        except FileFault as fault:
            # By a run that found nothing wrong with the file rows may be stored.
            self._undo(claimed.upload)
            return fail(claimed, fault, self.ports.objects, attempt.now)
        # Left only after every thread has ended, so that the lease is never given back under a sender.
        with ThreadPoolExecutor(THREADS) as executor:
            result = sheet.store(
                Work(
                    upload=claimed.upload,
                    is_first=claimed.is_first,
                    others=others,
                    ports=self.ports,
                    executor=executor,
                    show=Progress(claimed, attempt).show,
                )
            )
        written = write_error_file(claimed, result, self.ports.objects, self.limits)
        return finish(claimed, result, written, attempt.now)

    def _revert(self, claimed: Claim, attempt: Attempt) -> Upload:
        self._undo(claimed.upload)
        return finish_revert(claimed, attempt.now)

    def _fail(self, claimed: Claim, attempt: Attempt) -> Upload:
        self._undo(claimed.upload)
        return fail(claimed, given_up(claimed.upload), self.ports.objects, attempt.now)

    def _undo(self, upload: Upload) -> None:
        # No event is stored before the content's name is noted; and customers who are registered stay.
        if upload.sha256 is None or upload.kind is not Kind.USAGE or upload.dry_run:
            return
        ports = self.ports
        data = ports.objects.read(self._version(upload)).data
        events, usage = ports.events(upload.id, upload.created), ports.usage(upload.id, upload.created)
        with ThreadPoolExecutor(THREADS) as executor:
            undo(upload.id, row_ids(data, upload.id), events, usage, executor)

    def _version(self, upload: Upload) -> ObjectVersion:
        return ObjectVersion(self.bucket, upload.key, upload.version_id)

    def _open(self, claimed: Claim, attempt: Attempt) -> tuple[Sheet, Mapping[str, str]]:
        """Return what is to be stored, and which uploads of the same key its rows are to be compared with."""
        ports, upload = self.ports, claimed.upload
        dropped = read(upload, self._version(upload), ports.objects)
        sheet = self._sheet(upload, dropped.data)
        digest = sha256(dropped.data)
        others: Mapping[str, str] = {}
        if rows := sheet.rows_by_content:
            allow = dropped.allow_duplicate
            others = own_key(upload, rows, ports, now=attempt.now)
            own_content(upload, digest, ports, allow_duplicate=allow, now=attempt.now)
            if allow:
                others = {}  # all rows are new, and count as what later files of the key are compared with
        if upload.sha256 is None and not upload.dry_run:
            claimed.save(replace(upload, sha256=digest))
        return sheet, others

    def _sheet(self, upload: Upload, data: bytes) -> Sheet:
        if upload.kind is Kind.CUSTOMERS:
            return open_customers(upload.id, data)
        return open_usage(upload, data, self.ports.meters, self.max_age_days)

    def _announce(self, upload: Upload) -> None:
        try:
            announce(announcement(upload), self.ports.announcer, self.ports.outbox)
        except Exception as error:  # noqa: BLE001 (the upload is final: what is in the outbox is sent later)
            self.on_announce_failed(error)

    def _release(self, claimed: Claim, now: int, *, is_waiting: bool) -> None:
        try:
            claimed.release(now, is_waiting=is_waiting)
        except Exception as error:  # noqa: BLE001 (what the caller must learn of is the first exception, not this one)
            self.on_release_failed(error)
