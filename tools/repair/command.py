"""`make repair`: correct, from the stored events, the tables after a restore.

A restore can hold parts of what happened in one second. The events are right: they are inserted once and never changed.
Everything else is made again from them with the product's own code. Each write checks that its upload, or its counter,
is as it was read. So nothing is lost if a function runs in the meantime, and you can stop the command at any time.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from meterdrop import settings
from meterdrop.adapters.aws.s3_objects import ObjectStore
from meterdrop.adapters.aws.s3_versions import ObjectVersions
from meterdrop.adapters.aws.sqs_queue import Queue
from meterdrop.adapters.batching import chunks
from meterdrop.adapters.dynamodb.batch import WRITE_LIMIT, delete_items
from meterdrop.adapters.dynamodb.items import UnknownFormError
from meterdrop.adapters.dynamodb.transactions import transact_write
from meterdrop.adapters.uploads.upload_table import UploadTable
from meterdrop.domain.changes import REPAIR, Change
from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.uploads.objects import ObjectGoneError, ObjectUnreadableError, VersionCursor
from meterdrop.domain.uploads.transitions import REPROCESS, to_reprocess
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.requeue import Requeue
from tools.commands.audit import read_differences
from tools.repair.owners import Owner, Stored, read_tables
from tools.repair.usage import UsageWrites
from tools.setup.trouble import Trouble
from tools.stack import target
from tools.stack.outputs import Outputs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef as Write

_WRITES = 9
"""Writes of one transaction, beside its check. An item has at most 400 KB, and a transaction 4 MB."""
_COUNTING = {Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS}
_CORRECT = "correct them."
_CHANGED = "it changed in the meantime. Run make repair again."


class _ChangedError(Exception):
    """The upload isn't as it was read."""


class Repair:
    """The repair of one stack, as its tables are now."""

    def __init__(self, outputs: Outputs, now: int, *, is_dry_run: bool) -> None:
        """Take the names of the stack's resources, and the time in epoch seconds. A dry run only reads."""
        self._outputs = outputs
        self._now = now
        self.is_dry_run = is_dry_run
        self._dynamodb = settings.dynamodb()
        self._json_client = settings.json_client(1)
        self._files: set[str] | None = None
        self.left = 0
        """How many differences are left."""

    def run(self) -> Iterator[str]:
        """Yield each difference with what was done about it, or what is to do. Raises Trouble for an unknown form."""
        try:
            stored = read_tables(self._dynamodb, self._outputs)
        except UnknownFormError as error:
            raise Trouble(str(error)) from None
        usage = UsageWrites(self._json_client, self._outputs.usage_table, stored)
        for owner in stored.owners.values():
            yield from self._of_upload(owner, usage) if owner.is_upload else self._of_request(owner, usage)
        for name, writes in usage.of_counters():
            yield self._do(f"{name}: the counters differ from the events.", "count the events again.", [writes])
        yield from self._rollups(stored)

    def _of_upload(self, owner: Owner, usage: UsageWrites) -> Iterator[str]:
        upload, count = owner.upload, owner.count
        if upload is not None and not upload.is_final and upload.lease_until > self._now:
            yield self._leave(f"{owner} is in progress.", "an attempt may hold it. Run make repair again later.")
            return
        counts = upload is not None and upload.kind is Kind.USAGE and not upload.dry_run
        counts &= upload is not None and upload.status not in {Status.FAILED, Status.REVERTED}
        found, action = f"{owner}: {count} events are stored.", "remove them and their usage."
        if upload is None or (not upload.is_final and upload.sha256 is None):
            # No upload stores events before its claims are stored. It will claim and store them again.
            action = "remove them and their usage. The ingest function stores them again from the file."
            counts = bool(count) and owner.id not in self._known_files()
            if counts:
                yield self._leave(found, "the upload has no claims, and its file is gone.")
            elif owner.events:
                action += f" Then cancel again: {', '.join(sorted(owner.events))}"
        if upload is not None and {upload.created} != owner.arrivals | {upload.created}:
            wrong = f"{owner}: its events have another arrival."
            yield self._leave(wrong, "revert the upload, then upload its file again.")
        if writes := usage.of_owner(owner, counts=counts):
            yield self._do(_differing(owner, len(writes)), _CORRECT, self._checked(owner, writes))
        if not counts and count:
            yield self._do(found, action, self._checked(owner, self._deletes(owner)))
        if counts and upload is not None and upload.status in _COUNTING and upload.counts.success != count:
            yield self._reprocess(owner, upload)
        if counts and upload is not None and not upload.has_ended:
            yield self._end_first_run(owner, upload)

    def _end_first_run(self, owner: Owner, upload: Upload) -> str:
        """Let an upload's next attempt be one after its first run: the restore may have lost a final status.

        Otherwise, the upload and its error file would wait for each other.
        """
        found, ended = f"{owner} may have had a final status.", replace(upload, revision=upload.revision + 1)
        uploads = UploadTable(self._dynamodb, self._outputs.uploads_table)
        if not self.is_dry_run and not uploads.save(replace(ended, has_ended=True)):
            return self._leave(found, _CHANGED)
        return self._do(found, "let its error files go on.", [])

    def _of_request(self, owner: Owner, usage: UsageWrites) -> Iterator[str]:
        if writes := usage.of_owner(owner, counts=True):
            checked = writes if owner.events else [self._has_no_event(owner), *writes]
            yield self._do(_differing(owner, len(writes)), _CORRECT, [checked])

    def _reprocess(self, owner: Owner, upload: Upload) -> str:
        found = f"{owner}: {owner.count} events are stored instead of {upload.counts.success}."
        if owner.id not in self._known_files():
            return self._leave(found, "its file is gone, so nothing can restore the others.")

        def change(current: Upload) -> Upload:
            if current.revision != upload.revision:
                raise _ChangedError
            return to_reprocess(current)

        bucket = self._outputs.bucket
        uploads = UploadTable(self._dynamodb, self._outputs.uploads_table)
        queue = Queue(settings.sqs(), self._outputs.queue_url)
        try:
            if not self.is_dry_run:
                Requeue(uploads, ObjectStore(settings.s3(), bucket), queue, bucket).begin(
                    upload.id, change, Change(REPROCESS, REPAIR, int(time.time()))
                )
        except _ChangedError:
            return self._leave(found, _CHANGED)
        except (ObjectGoneError, ObjectUnreadableError):
            return self._leave(found, "S3 doesn't return its file. Restore the file, then reprocess the upload.")
        return self._do(found, "reprocess the upload, so that the ingest function stores the others.", [])

    def _rollups(self, stored: Stored) -> Iterator[str]:
        """Delete all roll-ups: one can be older or newer than its stamps say. The next reader makes them again."""
        if not stored.rollups:
            return
        if not self.is_dry_run:
            for keys in chunks(stored.rollups, WRITE_LIMIT):
                delete_items(self._json_client, self._outputs.usage_table, keys)
        yield self._do(f"{len(stored.rollups)} roll-ups may differ.", "delete them. Readers make them again.", [])

    def _checked(self, owner: Owner, writes: "list[Write]") -> "Iterator[list[Write]]":
        """Yield transactions that fail if the upload changed since it was read."""
        check: Any = {"TableName": self._outputs.uploads_table, "Key": {"id": {"S": owner.id}}}
        if owner.upload is None:
            check["ConditionExpression"] = "attribute_not_exists(id)"
        else:
            check["ConditionExpression"] = "revision = :read"
            check["ExpressionAttributeValues"] = {":read": {"N": str(owner.upload.revision)}}
        for part in chunks(writes, _WRITES):
            yield [{"ConditionCheck": check}, *part]

    def _has_no_event(self, owner: Owner) -> "Write":
        """Return the check that a request still has no event: it may be repeated in the meantime."""
        id_ = next(item["event"] for item in owner.usage.values())
        return {
            "ConditionCheck": {
                "TableName": self._outputs.events_table,
                "Key": {"id": id_},
                "ConditionExpression": "attribute_not_exists(id) OR upload <> :owner",
                "ExpressionAttributeValues": {":owner": {"S": owner.id}},
            }
        }

    def _deletes(self, owner: Owner) -> "list[Write]":
        """Return the deletes of an upload's events. Its usage is deleted before, as in an undo."""
        return [
            {
                "Delete": {
                    "TableName": self._outputs.events_table,
                    "Key": {"id": {"S": key}},
                    "ConditionExpression": "upload = :owner",
                    "ExpressionAttributeValues": {":owner": {"S": owner.id}},
                }
            }
            for key in owner.items
        ]

    def _do(self, found: str, action: str, transactions: "Iterable[list[Write]]") -> str:
        if self.is_dry_run:
            self.left += 1
            return f"{found} To do: {action}"
        for writes in transactions:
            if transact_write(self._dynamodb, writes):
                return self._leave(found, _CHANGED)
        return f"{found} Done: {action}"

    def _leave(self, found: str, reason: str) -> str:
        self.left += 1
        return f"{found} Not done: {reason}"

    def _known_files(self) -> set[str]:
        """Return the IDs of the uploads whose object version exists."""
        if self._files is None:
            versions = ObjectVersions(settings.s3(), self._outputs.bucket)
            self._files = set()
            place: VersionCursor | None = VersionCursor()
            while place is not None:
                page = versions.page(place)
                self._files.update(found.version.upload_id for found in page.versions)
                place = page.next or place.next_prefix()
        return self._files


def _differing(owner: Owner, number: int) -> str:
    return f"{owner}: {number} items of usage differ from its {owner.count} events."


def repair() -> int:
    """Repair the stack that STACK names; print each difference, and return how many are left."""
    is_dry_run = target.is_dry_run()
    clients, outputs = target.find_for_product()
    run = Repair(outputs, int(time.time()), is_dry_run=is_dry_run)
    for line in run.run():
        print(line, flush=True)
    # Repair can't correct the rest.
    left = [] if run.is_dry_run else [f"Left: {line}" for line in read_differences(clients.dynamodb(), outputs)]
    for line in left:
        print(line)
    number = run.left + len(left)
    if number:
        print(f"{number} differences are left. docs/reliability.md says what to do about each.", file=sys.stderr)
    return number


def main() -> int:
    """Run the command; return the exit code: 1 if differences are left."""
    return target.run_command(repair, stopped="Stopped. Run make repair again to continue.")


if __name__ == "__main__":
    sys.exit(main())
