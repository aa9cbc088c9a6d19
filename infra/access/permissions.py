"""All permissions of each function, except writing its own log.

They are listed here, because the CDK's grant helpers allow more than needed and don't support PartiQL.
"""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from infra.function import Function
from infra.messaging.event_bus import EventBus
from infra.messaging.upload_queue import UploadQueue
from infra.tables import Tables
from infra.upload_bucket import ERROR_PREFIX, INPUT_PREFIXES, REPORT_PREFIX, STATEMENT_PREFIX

SWEEP_ID = "#sweep"


def allow_ingest(
    function: Function, *, bucket: s3.IBucket, queues: UploadQueue, tables: Tables, emulated: bool
) -> None:
    """Let ingest read uploaded files, write error files and reports, and store events, usage and statuses."""
    _allow_receive(function, queues.queue)
    # A revert can reprocess other uploads.
    function.allow(["sqs:SendMessage"], [queues.queue.queue_arn, queues.dead_letters.queue_arn])
    # Every request names a version. AWS documents s3:GetObject as a permission for HEAD, whether it names one or not.
    function.allow(["s3:GetObject", "s3:GetObjectVersion"], _objects(bucket, *INPUT_PREFIXES))
    # Without these two, S3 returns 403 for a missing object instead of 404. A 403 is retried; a 404 is final.
    function.allow(["s3:ListBucket", "s3:ListBucketVersions"], [bucket.bucket_arn])
    function.allow(["s3:PutObject", "s3:DeleteObject"], _objects(bucket, ERROR_PREFIX))
    # Closing a billing period writes a statement once, and reads the earlier ones by version.
    function.allow(["s3:PutObject", "s3:GetObject", "s3:GetObjectVersion"], _objects(bucket, STATEMENT_PREFIX))
    # Only an undo deletes, each event on condition of its owner.
    function.allow(
        ["dynamodb:PartiQLInsert", "dynamodb:PartiQLDelete", "dynamodb:BatchGetItem"], [tables.events.table_arn]
    )
    function.allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], [tables.uploads.table_arn])
    # Closing a billing period waits for uploads in progress.
    function.allow(["dynamodb:BatchGetItem"], [tables.uploads.table_arn])
    function.allow(["dynamodb:Query"], [f"{tables.uploads.table_arn}/index/*"])
    _allow_release_matched_rows(function, tables)
    # An undo queries to find the cancels of the events that it deletes. Reports and statements read usage.
    function.allow(["dynamodb:BatchWriteItem", "dynamodb:Query", "dynamodb:BatchGetItem"], [tables.usage.table_arn])
    function.allow(["s3:GetObject", "s3:PutObject"], _objects(bucket, REPORT_PREFIX))
    function.allow(["dynamodb:Query", "dynamodb:BatchGetItem"], [tables.catalog.table_arn])
    function.allow(["dynamodb:GetItem"], [tables.catalog.table_arn], leading_keys=["periods#*"])
    function.allow(["dynamodb:PutItem"], [tables.catalog.table_arn], leading_keys=["periods#*", "statements#*"])
    # Customer files register customers. The same table has meters, which ingest must not change.
    function.allow(
        ["dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"], [tables.catalog.table_arn], leading_keys=["customer#*"]
    )
    _emulate_partiql(function, emulated=emulated)


def allow_recover(
    function: Function, *, bucket: s3.IBucket, queues: UploadQueue, tables: Tables, emulated: bool
) -> None:
    """Let recover undo an upload. It can't insert events or read the catalog."""
    _allow_receive(function, queues.dead_letters)
    # As in ingest, for a revert whose message became a dead letter.
    function.allow(["sqs:SendMessage"], [queues.queue.queue_arn])
    function.allow(["s3:GetObject", "s3:GetObjectVersion"], _objects(bucket, *INPUT_PREFIXES))
    function.allow(["s3:ListBucket", "s3:ListBucketVersions"], [bucket.bucket_arn])
    function.allow(["s3:PutObject", "s3:DeleteObject"], _objects(bucket, ERROR_PREFIX))
    function.allow(["dynamodb:PartiQLDelete", "dynamodb:BatchGetItem"], [tables.events.table_arn])
    function.allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], [tables.uploads.table_arn])
    _allow_release_matched_rows(function, tables)
    # Only an undo queries: it finds the cancels of the events that it deletes.
    function.allow(["dynamodb:BatchWriteItem", "dynamodb:Query"], [tables.usage.table_arn])
    _emulate_partiql(function, emulated=emulated)


def allow_sweep(function: Function, *, bucket: s3.IBucket, queue: sqs.IQueue, tables: Tables) -> None:
    """Let the sweep list object versions, read, recount and reprocess uploads, and send messages."""
    function.allow(["sqs:SendMessage", "sqs:GetQueueAttributes"], [queue.queue_arn])
    # It recounts uploads by their files, and reprocesses none whose file is gone.
    function.allow(["s3:GetObject", "s3:GetObjectVersion"], _objects(bucket, *INPUT_PREFIXES))
    function.allow(["s3:ListBucket", "s3:ListBucketVersions"], [bucket.bucket_arn])
    function.allow(["dynamodb:GetItem", "dynamodb:BatchGetItem"], [tables.uploads.table_arn])
    function.allow(["dynamodb:PutItem"], [tables.uploads.table_arn], leading_keys=["upl_*"])
    function.allow(["dynamodb:UpdateItem"], [tables.uploads.table_arn], leading_keys=[SWEEP_ID])
    function.allow(["dynamodb:DeleteItem"], [tables.uploads.table_arn], leading_keys=["retry#*"])
    function.allow(["dynamodb:BatchGetItem"], [tables.events.table_arn, tables.usage.table_arn])
    function.allow(["dynamodb:Query"], [f"{tables.uploads.table_arn}/index/*"])
    function.allow(["dynamodb:Query"], [tables.catalog.table_arn], leading_keys=["periods#*"])


def allow_api(  # noqa: PLR0913  all that it can reach
    function: Function,
    *,
    bucket: s3.IBucket,
    queue: sqs.IQueue,
    tables: Tables,
    audit_log: logs.ILogGroup,
    emulated: bool,
) -> None:
    """Let the API read uploads and change the catalog. Its presigned URLs have its permissions on the bucket."""
    # The API adds lines to the audit trail. No function reads or deletes one, or changes the retention.
    function.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [audit_log.log_group_arn])
    if emulated:
        # AWS names the stream in the ARN of these calls, the emulator only the group.
        group = Stack.of(function).format_arn(
            service="logs",
            resource="log-group",
            resource_name=audit_log.log_group_name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        function.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [group])
    function.allow(["sqs:SendMessage"], [queue.queue_arn])
    function.allow(["s3:GetObject", "s3:GetObjectVersion"], _objects(bucket, *INPUT_PREFIXES))
    function.allow(["s3:GetObjectVersion"], _objects(bucket, ERROR_PREFIX, STATEMENT_PREFIX))
    function.allow(["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], _objects(bucket, REPORT_PREFIX))
    function.allow(["s3:PutObject"], _objects(bucket, *INPUT_PREFIXES))
    # As above, S3 must return 404 for a missing file.
    function.allow(["s3:ListBucket", "s3:ListBucketVersions"], [bucket.bucket_arn])
    function.allow(
        ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem"], [tables.uploads.table_arn]
    )
    # The API changes uploads to revert or reprocess them. The same table has claims, matched rows and the outbox.
    function.allow(["dynamodb:PutItem"], [tables.uploads.table_arn], leading_keys=["upl_*"])
    function.allow(["dynamodb:Query"], [f"{tables.uploads.table_arn}/index/*"])
    catalog = tables.catalog.table_arn
    function.allow(["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"], [catalog])
    function.allow(["dynamodb:Query"], [f"{catalog}/index/*"])
    # The search reads all customers: no index finds a part of a word.
    function.allow(["dynamodb:Scan"], [catalog])
    # The API changes meters and customers. The same table has statements, which no request changes.
    function.allow(
        ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"], [catalog], leading_keys=["meters"]
    )
    function.allow(["dynamodb:PutItem", "dynamodb:DeleteItem"], [catalog], leading_keys=["meter_names"])
    # The API creates billing periods and requests their close. It stores no statement.
    function.allow(["dynamodb:PutItem"], [catalog], leading_keys=["periods#*"])
    # An item without personal data replaces a deleted customer.
    function.allow(["dynamodb:PutItem"], [catalog], leading_keys=["customer#*"])
    # The API creates single events. It never changes or deletes one.
    function.allow(["dynamodb:BatchGetItem", "dynamodb:PutItem"], [tables.events.table_arn])
    function.allow(["dynamodb:PutItem", "dynamodb:Query", "dynamodb:BatchGetItem"], [tables.usage.table_arn])
    # A roll-up can be made again at any time.
    function.allow(["dynamodb:BatchWriteItem"], [tables.usage.table_arn], leading_keys=["mtr_*#rollup"])
    # A request is checked by its key, and admin keys list all keys. No function can create or change one.
    function.allow(["dynamodb:GetItem", "dynamodb:Scan"], [tables.keys.table_arn])
    # If a response is stored already, the failed write returns it. Only sessions of meter event streams are read.
    function.allow(["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"], [tables.idempotency.table_arn])
    function.allow(["dynamodb:GetItem"], [tables.idempotency.table_arn], leading_keys=["session#*"])
    function.allow(["dynamodb:BatchGetItem"], [tables.idempotency.table_arn], leading_keys=["key_use#*"])


def allow_publish(function: Function, *, tables: Tables, bus: EventBus) -> None:
    """Let a function publish status events and delete their outbox items. It can't delete uploads."""
    function.allow(["events:PutEvents"], [bus.arn])
    function.allow(["dynamodb:DeleteItem"], [tables.uploads.table_arn], leading_keys=["outbox#*"])


def _allow_release_matched_rows(function: Function, tables: Tables) -> None:
    """Let a function delete the matched rows of an upload that it reprocesses or undoes."""
    function.allow(["dynamodb:DeleteItem"], [tables.uploads.table_arn], leading_keys=["matched#*"])


def _allow_receive(function: Function, queue: sqs.IQueue) -> None:
    function.allow(
        ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
        [queue.queue_arn],
    )


def _emulate_partiql(function: Function, *, emulated: bool) -> None:
    if emulated:
        # MiniStack checks PartiQL calls by their own name, which isn't an IAM action on AWS, and without a table.
        function.allow(["dynamodb:BatchExecuteStatement"], ["*"])


def _objects(bucket: s3.IBucket, *prefixes: str) -> list[str]:
    return [bucket.arn_for_objects(f"{prefix}*") for prefix in prefixes]
