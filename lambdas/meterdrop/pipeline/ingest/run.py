"""The whole way of an upload, in its order of effects.

claim -> read the pinned version to its end -> judge -> store (events, then usage contributions; or customers) -> error
file -> final status -> announcement. A crash anywhere leaves a state that the next attempt completes to the same
result; one after the final status leaves the announcement in the outbox.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain

from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.files.errors import FileError
from meterdrop.domain.uploads.error_parts import LIMITS, Limits
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.status_event import status_event
from meterdrop.domain.uploads.upload import Upload
from meterdrop.domain.validation.row_reference import references_in, row_ids
from meterdrop.pipeline.attempt import Attempt, BusyError
from meterdrop.pipeline.in_order import THREADS
from meterdrop.pipeline.ingest.claim import Claim, Progress, claim, claim_again, claim_to_give_up
from meterdrop.pipeline.ingest.customer_file import open_customers
from meterdrop.pipeline.ingest.deduplicate import claim_customer_key, claim_rows
from meterdrop.pipeline.ingest.finalize import fail, finish, finish_revert, given_up, write_error_file
from meterdrop.pipeline.ingest.identify import Identify
from meterdrop.pipeline.ingest.key_account import ClaimedAccount
from meterdrop.pipeline.ingest.parsed_file import ParsedFile, StoreContext
from meterdrop.pipeline.ingest.read import read
from meterdrop.pipeline.ingest.undo import undo
from meterdrop.pipeline.ingest.usage_file import open_usage
from meterdrop.pipeline.ports import Ports
from meterdrop.pipeline.publish import publish


@dataclass(frozen=True, slots=True)
class Ingest:
    """Takes the uploads of one bucket to a final status."""

    ports: Ports
    bucket: str
    max_age_days: int | None
    on_release_failed: Callable[[BaseException], None] = lambda _: None
    """Told of what went wrong when the lease could not be given back, which the queue's retry outlasts."""
    on_publish_failed: Callable[[BaseException], None] = lambda _: None
    """Told of why a final status was not announced, which leaves it in the outbox."""
    on_other_bucket: Callable[[], None] = lambda: None
    """Told that a notification was left alone because it names another bucket."""
    limits: Limits = LIMITS
    """How large an error file may become."""

    def run(self, version: ObjectVersion, notified_at: int, attempt: Attempt) -> Upload | None:
        """Take one object version to its final status; returns None where it had one, or is in another bucket.

        Raises BusyError while it cannot go on, and whatever AWS raises: both are for the queue to try again. But
        ExhaustedError where that was done too often: the message is one for the dead letters.
        """
        if not self._is_here(version):
            return None
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
        """Give up the upload of an object version, which may be known or not: it gets a final status; as `run`."""
        if not self._is_here(version):
            return None
        claimed = claim_to_give_up(version, notified_at, attempt, self.ports.uploads, self.ports.objects)
        return self._hold(claimed, attempt, gives_up=True)

    def _is_here(self, version: ObjectVersion) -> bool:
        """Tell whether a version is in this bucket: one elsewhere would be an upload without a file of its own."""
        is_here = version.bucket == self.bucket
        if not is_here:
            self.on_other_bucket()
        return is_here

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
        self._publish(upload)
        return upload

    def _process(self, claimed: Claim, attempt: Attempt) -> Upload:
        try:
            parsed_file, accounts, parent = self._open(claimed, attempt)
        except FileError as file_error:
            # By a run that found nothing wrong with the file rows may be stored.
            self._undo(claimed.upload)
            return fail(claimed, file_error, self.ports.objects, attempt.now)
        # Left only after every thread has ended, so that the lease is never given back under a sender.
        with ThreadPoolExecutor(THREADS) as executor:
            result = parsed_file.store(
                StoreContext(
                    upload=claimed.upload,
                    is_first=claimed.is_first,
                    parent=parent,
                    accounts=accounts,
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
        # Rows with an identifier have it for their id: of their parents nothing is asked, which may be gone.
        emptied = (each for each in references_in(data) if not each.identifier)
        identities = self._identify(upload, 0, waits=False).identities(emptied)
        ids = chain(row_ids(data, upload.id), (id_ for id_ in identities.ids.values() if isinstance(id_, str)))
        ports.matched.forget(upload.id)
        with ThreadPoolExecutor(THREADS) as executor:
            undo(upload.id, ids, events, usage, executor)

    def _version(self, upload: Upload) -> ObjectVersion:
        return ObjectVersion(self.bucket, upload.key, upload.version_id)

    def _identify(self, upload: Upload, now: int, *, waits: bool = True) -> Identify:
        return Identify(upload, self.bucket, self.ports.uploads, self.ports.objects, now, waits)

    def _open(self, claimed: Claim, attempt: Attempt) -> tuple[ParsedFile, Sequence[ClaimedAccount], str | None]:
        """Return what is to be stored, the accounts that its rows belong to, and the upload whose error file it is."""
        upload = claimed.upload
        dropped = read(upload, self._version(upload), self.ports.objects)
        parsed_file = self._parse(upload, dropped.data, attempt.now)
        identities = self._identify(upload, attempt.now).identities(parsed_file.references)
        parsed_file.identify(identities.ids)
        owning, accounts = claim_rows(upload, dropped, (parsed_file, identities), self.ports, now=attempt.now)
        if owning != upload:
            claimed.save(owning)
        return parsed_file, accounts, identities.parent

    def _parse(self, upload: Upload, data: bytes, now: int) -> ParsedFile:
        if upload.kind is Kind.CUSTOMERS:
            parsed_file = open_customers(upload.id, data)
            return replace(parsed_file, is_outdated=claim_customer_key(upload, self.ports, now=now))
        return open_usage(upload, data, self.ports.meters, self.max_age_days)

    def _publish(self, upload: Upload) -> None:
        try:
            publish(status_event(upload), self.ports.publisher, self.ports.outbox)
        except Exception as error:  # noqa: BLE001 (the upload is final: what is in the outbox is sent later)
            self.on_publish_failed(error)

    def _release(self, claimed: Claim, now: int, *, is_waiting: bool) -> None:
        try:
            claimed.release(now, is_waiting=is_waiting)
        except Exception as error:  # noqa: BLE001 (what the caller must learn of is the first exception, not this one)
            self.on_release_failed(error)
