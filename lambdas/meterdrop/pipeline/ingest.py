"""The whole way of an upload, in its order of effects.

claim -> read the pinned version to its end -> judge -> store (events, then usage contributions; or customers) -> error
file -> final status. A crash anywhere leaves a state that the next attempt completes to the same result.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from meterdrop.domain.dropped_object import ObjectVersion
from meterdrop.domain.upload import Kind, Upload
from meterdrop.domain.verdict import FileFault
from meterdrop.pipeline.attempt import Attempt, BusyError
from meterdrop.pipeline.claim import Claim, claim
from meterdrop.pipeline.customer_sheet import open_customers
from meterdrop.pipeline.finish import fail, finish, write_error_file
from meterdrop.pipeline.in_order import THREADS
from meterdrop.pipeline.own_content import own_content, sha256
from meterdrop.pipeline.ports import Ports
from meterdrop.pipeline.progress import Progress
from meterdrop.pipeline.read import read
from meterdrop.pipeline.result import Sheet, Work
from meterdrop.pipeline.usage_sheet import open_usage


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
                result = sheet.store(
                    Work(
                        upload=claimed.upload,
                        is_first=claimed.is_first,
                        ports=self.ports,
                        executor=executor,
                        show=Progress(claimed, attempt).show,
                    )
                )
            written = write_error_file(claimed, result, self.ports.objects)
            return finish(claimed, result, written, attempt.now)
        except BaseException as error:
            attempt.is_ending = True
            self._release(claimed, is_waiting=isinstance(error, BusyError))
            raise

    def _open(self, claimed: Claim, version: ObjectVersion) -> Sheet:
        ports, upload = self.ports, claimed.upload
        dropped = read(upload, version, ports.objects)
        sheet = self._sheet(upload, dropped.data)
        digest = sha256(dropped.data)
        if sheet.counts_by_content:
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

    def _sheet(self, upload: Upload, data: bytes) -> Sheet:
        if upload.kind is Kind.CUSTOMERS:
            return open_customers(upload.id, data)
        return open_usage(upload, data, self.ports.meters, self.max_age_days)

    def _release(self, claimed: Claim, *, is_waiting: bool) -> None:
        try:
            claimed.release(is_waiting=is_waiting)
        except Exception as error:  # noqa: BLE001 (what the caller must learn of is the first exception, not this one)
            self.on_release_failed(error)
