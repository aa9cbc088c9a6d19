"""The processing of an upload: `_process` shows every stage, in order.

After a crash anywhere, the next attempt completes the upload to the same result. After a crash that follows the final
status, the status event is still in the outbox.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from meterdrop.domain.changes import Author, Change
from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.control.comparison import compare
from meterdrop.domain.control.declaration import missing_declaration, read_declaration
from meterdrop.domain.control.totals import Control
from meterdrop.domain.files.errors import FileError
from meterdrop.domain.metering.partners import Partners, limits_of
from meterdrop.domain.uploads.claims import counted_key
from meterdrop.domain.uploads.error_parts import LIMITS, Limits
from meterdrop.domain.uploads.keys import nfc
from meterdrop.domain.uploads.objects import ObjectGoneError, ObjectUnreadableError, ObjectVersion
from meterdrop.domain.uploads.status_event import status_event
from meterdrop.domain.uploads.transitions import REPROCESS, UnexpectedStateError, to_reprocess
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import Attempt, BusyError
from meterdrop.pipeline.ingest.claim import Arrivals, Claim, Progress, claim, claim_again, claim_to_give_up
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
from meterdrop.pipeline.ingest.undo import may_have_events, row_ids_of, undo
from meterdrop.pipeline.ingest.usage_file import UsageFile, open_usage
from meterdrop.pipeline.ports import Ports
from meterdrop.pipeline.publish import publish
from meterdrop.pipeline.requeue import Requeue


@dataclass(frozen=True, slots=True)
class Ingest:
    """The processing of one bucket's uploads, up to a final status."""

    ports: Ports
    bucket: str
    max_age_days: int | None
    on_release_failed: Callable[[BaseException], None] = lambda _: None
    """Receives the exception if the lease cannot be released. The queue's retry then waits until the lease ends."""
    on_publish_failed: Callable[[BaseException], None] = lambda _: None
    """Receives the exception if a status event cannot be published. The event stays in the outbox."""
    on_other_bucket: Callable[[], None] = lambda: None
    """Called when a notification is ignored because it names another bucket."""
    on_not_reprocessed: Callable[[str, BaseException], None] = lambda _, __: None
    """Receives the ID of an upload that a revert can't reprocess, and the exception."""
    limits: Limits = LIMITS
    """The maximum size of error files."""
    partners: Partners = field(default_factory=dict)
    """The partners of the stack, with their limits."""
    control_prefixes: Sequence[str] = ()
    """The prefixes under which a usage file must declare its totals. A dry run has the prefix of the key it checks."""

    def run(self, version: ObjectVersion, notified_at: int, attempt: Attempt) -> Upload | None:
        """Process an object version up to its final status. Returns None if it has one, or is in another bucket.

        Raises BusyError while the upload cannot continue, and the exceptions of AWS calls: the queue retries both.
        Raises ExhaustedError after too many attempts without progress: the message belongs in the dead-letter queue.
        """
        if not self._is_here(version):
            return None
        return self._hold(claim(version, notified_at, attempt, self.ports.uploads, self._arrivals), attempt)

    def resume(self, upload_id: str, attempt: Attempt) -> Upload | None:
        """Revert or reprocess an upload that is not final, up to its final status. Returns and raises as `run` does."""
        return self._hold(claim_again(upload_id, attempt, self.ports.uploads), attempt)

    def give_up(self, upload_id: str, attempt: Attempt, *, only_exhausted: bool = False) -> Upload | None:
        """Delete the stored events of an upload that cannot be finished, and fail it. Returns and raises as `run` does.

        If the upload is being reverted, completes the revert instead: it has no other final status. With
        `only_exhausted`, leaves a later run alone that has attempts left: it was started after the message was sent.
        """
        claimed = claim_again(upload_id, attempt, self.ports.uploads, gives_up=True, only_exhausted=only_exhausted)
        return self._hold(claimed, attempt, gives_up=True)

    def give_up_version(
        self, version: ObjectVersion, notified_at: int, attempt: Attempt, *, only_exhausted: bool = False
    ) -> Upload | None:
        """Give up the upload of an object version, even if it has no status yet. Else does the same as `give_up`."""
        if not self._is_here(version):
            return None
        if self.ports.uploads.get(version.upload_id) is not None:
            return self.give_up(version.upload_id, attempt, only_exhausted=only_exhausted)
        claimed = claim_to_give_up(version, notified_at, attempt, self.ports.uploads, self._arrivals)
        return self._hold(claimed, attempt, gives_up=True)

    @property
    def _arrivals(self) -> Arrivals:
        return Arrivals(self.ports.objects, self.partners)

    def _is_here(self, version: ObjectVersion) -> bool:
        """Return whether a version is in this bucket. An upload of another bucket would have no file."""
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
            # The totals that the sender declared. Each run compares them, before any claim on other uploads.
            control = self._compare(upload, uploaded.control, parsed_file)
            # Rows of error files: which row of which earlier upload each one is.
            identities = self._identify(upload, attempt.now).identities(parsed_file.references)
            parsed_file.identify(identities.ids)
            # Rows without identifiers: the accounts of their keys, then the contents of their files.
            claims = claims_of(upload, uploaded, parsed_file, identities)
            accounts = claim_accounts(upload, claims, ports, now=attempt.now)
            claim_contents(upload, claims, ports, allow_duplicate=uploaded.allow_duplicate, now=attempt.now)
            changed = replace(claimed_upload(upload, uploaded, accounts, ports), control=control)
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
        if claimed.upload.reprocesses_duplicates:
            # Before the final status, because a crash then repeats both. Its rows are free already.
            self._reprocess_duplicates(claimed.upload, attempt)
        return finalize_reverted(claimed, attempt.now)

    def _reprocess_duplicates(self, upload: Upload, attempt: Attempt) -> None:
        """Reprocess all uploads with rows that were duplicates of an upload's rows, if they can be reprocessed."""
        requeue = Requeue(self.ports.uploads, self.ports.objects, self.ports.messages, self.bucket)
        author = Author(upload.id)
        cause = Change(REPROCESS, author, attempt.now)

        def restart(other: Upload) -> Upload:
            # An upload is reverted only once. So an attempt before this one did the same, and maybe sent no message.
            is_restarted = any(each.change[:2] == (REPROCESS, author) for each in other.history)
            return other if is_restarted else to_reprocess(other)

        for id_ in self.ports.duplicates.duplicates(upload.id):
            attempt.check()
            try:
                requeue.begin(id_, restart, cause)
            except (UnexpectedStateError, ObjectGoneError, ObjectUnreadableError) as error:
                self.on_not_reprocessed(id_, error)

    def _fail(self, claimed: Claim, attempt: Attempt) -> Upload:
        self._undo(claimed.upload)
        return finalize_failed(claimed, given_up(claimed.upload, attempt.now), self.ports.objects, attempt.now)

    def _undo(self, upload: Upload) -> None:
        if not may_have_events(upload):
            return  # registered customers stay
        ports = self.ports
        data = ports.objects.read(self._version(upload)).data
        events, usage = ports.events(upload), ports.usage(upload)
        ids = list(row_ids_of(upload, data, self._identify(upload, 0, waits=False)))
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
        return open_usage(upload, data, self.ports, self.max_age_days, limits_of(upload.partner, self.partners))

    def _compare(
        self, upload: Upload, metadata: Mapping[str, str], parsed_file: UsageFile | CustomerFile
    ) -> Control | None:
        """Compare the file with its declared totals. Returns None if it has none. Raises FileError."""
        declared = read_declaration(metadata)
        if declared is not None:
            return compare(declared, parsed_file.totals(declared.sums))
        key = counted_key(upload.key)
        prefix = next((each for each in self.control_prefixes if key.startswith(nfc(each))), None)
        # A file that was accepted before the setting stays counted.
        if prefix is not None and not parsed_file.is_error_file and not may_have_events(upload):
            raise missing_declaration(prefix)
        return None

    def _publish(self, upload: Upload) -> None:
        try:
            publish(status_event(upload), self.ports.publisher, self.ports.outbox)
        except Exception as error:  # noqa: BLE001 (the upload is final, and the outbox is sent later)
            self.on_publish_failed(error)

    def _release(self, claimed: Claim, now: int, *, is_waiting: bool) -> None:
        try:
            claimed.release(now, is_waiting=is_waiting)
        except Exception as error:  # noqa: BLE001 (the caller needs the first exception, not this one)
            self.on_release_failed(error)
