"""The life of an upload: `_process` shows every stage, in order.

A crash anywhere leaves a state that the next attempt completes to the same result. A crash after the final status
leaves the status event in the outbox.
"""

from collections.abc import Callable
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
from meterdrop.pipeline.ingest.claim import Claim, Progress, claim, claim_again, claim_to_give_up
from meterdrop.pipeline.ingest.customer_file import CustomerFile, open_customers
from meterdrop.pipeline.ingest.deduplicate import (
    claim_accounts,
    claim_contents,
    claim_customer_key,
    claimed_upload,
    claims_of,
    record_duplicates,
)
from meterdrop.pipeline.ingest.finalize import finalize, finalize_failed, finalize_reverted, given_up, write_error_file
from meterdrop.pipeline.ingest.identify import Identify
from meterdrop.pipeline.ingest.key_account import record_matched_rows, release_matched_rows
from meterdrop.pipeline.ingest.parsed_file import StoreContext
from meterdrop.pipeline.ingest.read import read
from meterdrop.pipeline.ingest.store_events import put_usage
from meterdrop.pipeline.ingest.undo import undo
from meterdrop.pipeline.ingest.usage_file import UsageFile, open_usage
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
        upload, ports = claimed.upload, self.ports
        try:
            # The pinned object version, to its end.
            uploaded = read(upload, self._version(upload), ports.objects)
            # Encoding, delimiter, header, meters. A file error ends the upload here.
            parsed_file = self._parse(upload, uploaded.data)
            if isinstance(parsed_file, CustomerFile):
                # The versions of a customer file change customers one after the other.
                parsed_file = replace(parsed_file, is_outdated=claim_customer_key(upload, ports, now=attempt.now))
            # Rows of error files: which row of which earlier upload each one is.
            identities = self._identify(upload, attempt.now).identities(parsed_file.references)
            parsed_file.identify(identities.ids)
            # Rows without identifiers: the accounts of their keys, then the contents of their files.
            claims = claims_of(upload, uploaded, parsed_file, identities)
            accounts = claim_accounts(upload, claims, ports, now=attempt.now)
            claim_contents(upload, claims, ports, allow_duplicate=uploaded.allow_duplicate, now=attempt.now)
            changed = claimed_upload(upload, uploaded, accounts, ports)
            if changed != upload:
                claimed.save(changed)
        except FileError as file_error:
            # An earlier run that accepted the file may have stored rows.
            self._undo(claimed.upload)
            return finalize_failed(claimed, file_error, ports.objects, attempt.now)
        upload = claimed.upload
        # Left only after every thread has ended: a lease is never released while a thread still sends.
        with ports.threads:
            # Validate every row, store the valid ones.
            result = parsed_file.store_rows(
                StoreContext(
                    upload=upload,
                    is_first=claimed.is_first,
                    parent=identities.parent,
                    accounts=list(accounts.values()),
                    ports=ports,
                    show=Progress(claimed, attempt).show,
                )
            )
            if not upload.dry_run:
                # Computed from the rows that the upload owns, never incremented.
                put_usage(upload, result.contributions, ports)
                # For reverts of the original, then for later uploads of the key.
                record_duplicates(upload, result.duplicates_of, ports)
                record_matched_rows(upload, result.matched, ports, is_first=claimed.is_first)
                release_matched_rows(upload, result.own_matched, ports.claims)
        # The error file at its fixed keys; then the status, fenced by the claim, with its status event.
        error_file = write_error_file(claimed, result, ports.objects, self.limits)
        return finalize(claimed, result, error_file, attempt.now)

    def _revert(self, claimed: Claim, attempt: Attempt) -> Upload:
        self._undo(claimed.upload)
        return finalize_reverted(claimed, attempt.now)

    def _fail(self, claimed: Claim, attempt: Attempt) -> Upload:
        self._undo(claimed.upload)
        return finalize_failed(claimed, given_up(claimed.upload), self.ports.objects, attempt.now)

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
        with ports.threads:
            undo(upload.id, ids, events, usage)

    def _version(self, upload: Upload) -> ObjectVersion:
        return ObjectVersion(self.bucket, upload.key, upload.version_id)

    def _identify(self, upload: Upload, now: int, *, waits: bool = True) -> Identify:
        return Identify(upload, self.bucket, self.ports.uploads, self.ports.objects, now, waits)

    def _parse(self, upload: Upload, data: bytes) -> UsageFile | CustomerFile:
        if upload.kind is Kind.CUSTOMERS:
            return open_customers(upload.id, data)
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
