"""The whole way of an upload, in its order of effects.

claim -> read the pinned version to its end -> judge -> events -> usage contributions -> error file -> final status.
A crash anywhere leaves a state that the next attempt completes to the same result.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import localcontext

from meterdrop.domain.dropped_object import ObjectVersion
from meterdrop.domain.tally import Tally
from meterdrop.domain.upload import Upload
from meterdrop.domain.value import EXACT
from meterdrop.domain.verdict import FileFault
from meterdrop.pipeline.attempt import Attempt, BusyError
from meterdrop.pipeline.claim import Claim, claim
from meterdrop.pipeline.finish import fail, finish, write_error_file
from meterdrop.pipeline.in_order import THREADS, chunks, in_order
from meterdrop.pipeline.own_content import own_content, sha256
from meterdrop.pipeline.ports import Ports
from meterdrop.pipeline.progress import Progress
from meterdrop.pipeline.read import Sheet, open_sheet, read, registered
from meterdrop.pipeline.settle import Settlement, Storing, settle_rows


@dataclass(frozen=True, slots=True)
class Ingest:
    """Takes object versions to a final status."""

    ports: Ports
    max_age_days: int | None
    on_release_failed: Callable[[BaseException], None] = lambda _: None
    """Told of what went wrong when the lease could not be given back, which the queue's retry outlasts."""

    def run(self, version: ObjectVersion, notified_at: int, attempt: Attempt) -> Upload | None:
        """Take one object version to its final status; returns None where it had one.

        Raises BusyError while it cannot go on, and whatever AWS raises: both are for the queue to try again.
        """
        claimed = claim(version, notified_at, attempt, self.ports.uploads, self.ports.objects)
        if claimed is None:
            return None
        try:
            try:
                sheet = self._open(claimed, version)
            except FileFault as fault:
                return fail(claimed, fault, self.ports.objects, attempt.now)
            # Left only after every thread has ended, so that the lease is never given back under a sender.
            with ThreadPoolExecutor(THREADS) as executor:
                return self._store(claimed, sheet, attempt, executor)
        except BaseException as error:
            attempt.is_ending = True
            self._release(claimed, is_waiting=isinstance(error, BusyError))
            raise

    def _open(self, claimed: Claim, version: ObjectVersion) -> Sheet:
        ports, upload = self.ports, claimed.upload
        dropped = read(upload, version, ports.objects)
        sheet = open_sheet(upload, dropped.data, self.max_age_days, ports.meters)
        digest = sha256(dropped.data)
        if sheet.survey.has_unidentified:
            own_content(
                upload,
                digest,
                allow_duplicate=dropped.allow_duplicate,
                contents=ports.contents,
                uploads=ports.uploads,
            )
        if upload.sha256 is None and not upload.dry_run:
            claimed.save(replace(upload, sha256=digest))
        return sheet

    def _store(self, claimed: Claim, sheet: Sheet, attempt: Attempt, executor: ThreadPoolExecutor) -> Upload:
        ports, upload = self.ports, claimed.upload
        sheet = replace(sheet, customers=registered(sheet.survey.customers, ports.customers, executor))
        tally = Tally()
        settlement = Settlement(upload.id, sheet.survey.repeated, tally)
        progress = Progress(claimed, attempt)
        storing = Storing(
            events=ports.events(upload.id, upload.created),
            executor=executor,
            read_first=not claimed.is_first,
            dry_run=upload.dry_run,
        )
        with localcontext(EXACT):
            for _ in settle_rows(sheet.verdicts(), settlement, storing):
                progress.show(tally.counts)
        if not upload.dry_run:
            usage = ports.usage(upload.id, upload.created)
            for _ in in_order(executor, usage.put, chunks(usage.items(tally.contributions), usage.put_limit)):
                pass
        written = write_error_file(claimed, sheet, tally, ports.objects)
        return finish(claimed, sheet, tally, written, attempt.now)

    def _release(self, claimed: Claim, *, is_waiting: bool) -> None:
        try:
            claimed.release(is_waiting=is_waiting)
        except Exception as error:  # noqa: BLE001 (what the caller must learn of is the first exception, not this one)
            self.on_release_failed(error)
