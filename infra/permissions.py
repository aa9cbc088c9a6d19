"""Who may touch what: all that each function may do beside writing its own log.

Written out instead of granted by the CDK's helpers, which give more than is used and know nothing of PartiQL.
"""

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from infra.function import Function
from infra.tables import Tables
from infra.upload_bucket import ERROR_PREFIX, INPUT_PREFIXES
from infra.upload_queue import UploadQueue

SWEEP_ID = "#sweep"


def allow_ingest(
    function: Function, *, bucket: s3.IBucket, queues: UploadQueue, tables: Tables, emulated: bool
) -> None:
    """Let ingest read what was dropped, write the error file, and keep the books."""
    _allow_receive(function, queues.queue)
    function.allow(["sqs:SendMessage"], [queues.dead_letters.queue_arn])
    function.allow(["s3:GetObject", "s3:GetObjectVersion"], _objects(bucket, *INPUT_PREFIXES))
    # Without these two an absent object answers 403, which says "retry", instead of 404, which says "gone".
    function.allow(["s3:ListBucket", "s3:ListBucketVersions"], [bucket.bucket_arn])
    function.allow(["s3:PutObject", "s3:DeleteObject"], _objects(bucket, ERROR_PREFIX))
    # Deletes are those of an undo, each on condition of its owner.
    function.allow(
        ["dynamodb:PartiQLInsert", "dynamodb:PartiQLDelete", "dynamodb:BatchGetItem"], [tables.events.table_arn]
    )
    function.allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], [tables.uploads.table_arn])
    _allow_publish(function, tables)
    _allow_release_matched_rows(function, tables)
    function.allow(["dynamodb:BatchWriteItem"], [tables.usage.table_arn])
    function.allow(["dynamodb:Query", "dynamodb:BatchGetItem"], [tables.catalog.table_arn])
    # Files register customers; meters and API keys, which lie beside them, are none of their business.
    function.allow(
        ["dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"], [tables.catalog.table_arn], leading_keys=["customer#*"]
    )
    _emulate_partiql(function, emulated=emulated)


def allow_recover(
    function: Function, *, bucket: s3.IBucket, queues: UploadQueue, tables: Tables, emulated: bool
) -> None:
    """Let recovery take back what is stored of an upload and say so; it stores no event and reads no catalog."""
    _allow_receive(function, queues.dead_letters)
    function.allow(["s3:GetObject", "s3:GetObjectVersion"], _objects(bucket, *INPUT_PREFIXES))
    function.allow(["s3:ListBucket", "s3:ListBucketVersions"], [bucket.bucket_arn])
    function.allow(["s3:PutObject", "s3:DeleteObject"], _objects(bucket, ERROR_PREFIX))
    function.allow(["dynamodb:PartiQLDelete", "dynamodb:BatchGetItem"], [tables.events.table_arn])
    function.allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], [tables.uploads.table_arn])
    _allow_publish(function, tables)
    _allow_release_matched_rows(function, tables)
    function.allow(["dynamodb:BatchWriteItem"], [tables.usage.table_arn])
    _emulate_partiql(function, emulated=emulated)


def allow_sweep(function: Function, *, bucket: s3.IBucket, queue: sqs.IQueue, tables: Tables) -> None:
    """Let the sweep look at what there is and send messages; of objects it sees names and times alone."""
    function.allow(["sqs:SendMessage", "sqs:GetQueueAttributes"], [queue.queue_arn])
    function.allow(["s3:ListBucketVersions"], [bucket.bucket_arn])
    function.allow(["dynamodb:GetItem", "dynamodb:BatchGetItem"], [tables.uploads.table_arn])
    function.allow(["dynamodb:UpdateItem"], [tables.uploads.table_arn], leading_keys=[SWEEP_ID])
    function.allow(["dynamodb:Query"], [f"{tables.uploads.table_arn}/index/*"])
    _allow_publish(function, tables)


def allow_api(function: Function, *, bucket: s3.IBucket, queue: sqs.IQueue, tables: Tables) -> None:
    """Let the API read uploads and the catalog; what it may do in the bucket is what the URLs it signs may do."""
    function.allow(["sqs:SendMessage"], [queue.queue_arn])
    function.allow(["s3:GetObject", "s3:GetObjectVersion"], _objects(bucket, *INPUT_PREFIXES, ERROR_PREFIX))
    function.allow(["s3:PutObject"], _objects(bucket, *INPUT_PREFIXES))
    # As above: a file that is gone must not look like one that is forbidden.
    function.allow(["s3:ListBucket", "s3:ListBucketVersions"], [bucket.bucket_arn])
    function.allow(
        ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem"], [tables.uploads.table_arn]
    )
    # Uploads that are to be reverted or processed again; claims, notes and outbox lie beside them.
    function.allow(["dynamodb:PutItem"], [tables.uploads.table_arn], leading_keys=["upl_*"])
    function.allow(["dynamodb:Query"], [tables.uploads.table_arn, f"{tables.uploads.table_arn}/index/*"])
    catalog = tables.catalog.table_arn
    function.allow(["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"], [catalog])
    function.allow(["dynamodb:Query"], [f"{catalog}/index/*"])
    # Meters and customers; API keys lie beside them, and no request makes or changes one.
    function.allow(
        ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"], [catalog], leading_keys=["meters"]
    )
    function.allow(["dynamodb:PutItem", "dynamodb:DeleteItem"], [catalog], leading_keys=["meter_names"])
    # What stays of a deleted customer is put in its place.
    function.allow(["dynamodb:PutItem"], [catalog], leading_keys=["customer#*"])
    # Events that are added by hand and cancelled; none is ever deleted here.
    function.allow(["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], [tables.events.table_arn])
    function.allow(["dynamodb:PutItem", "dynamodb:Query", "dynamodb:BatchGetItem"], [tables.usage.table_arn])
    function.allow(
        ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
        [tables.idempotency.table_arn],
    )


def _allow_publish(function: Function, tables: Tables) -> None:
    """Let a function publish final statuses and delete what it published from the outbox. It can delete no upload."""
    bus = Stack.of(function).format_arn(service="events", resource="event-bus", resource_name="default")
    function.allow(["events:PutEvents"], [bus])
    function.allow(["dynamodb:DeleteItem"], [tables.uploads.table_arn], leading_keys=["outbox#*"])


def _allow_release_matched_rows(function: Function, tables: Tables) -> None:
    """Let a function delete the matched rows of an upload that it stores again or takes back."""
    function.allow(["dynamodb:DeleteItem"], [tables.uploads.table_arn], leading_keys=["matched#*"])


def _allow_receive(function: Function, queue: sqs.IQueue) -> None:
    function.allow(
        ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
        [queue.queue_arn],
    )


def _emulate_partiql(function: Function, *, emulated: bool) -> None:
    if emulated:
        # MiniStack judges PartiQL by the name of the call, which is no action of AWS, and knows no table for it.
        function.allow(["dynamodb:BatchExecuteStatement"], ["*"])


def _objects(bucket: s3.IBucket, *prefixes: str) -> list[str]:
    return [bucket.arn_for_objects(f"{prefix}*") for prefix in prefixes]
