"""Who may touch what: all that each function may do beside writing its own log.

Written out instead of granted by the CDK's helpers, which give more than is used and know nothing of PartiQL.
"""

from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from infra.function import Function
from infra.tables import Tables
from infra.upload_bucket import ERROR_PREFIX, INPUT_PREFIXES


def let_ingest(function: Function, *, bucket: s3.IBucket, queue: sqs.IQueue, tables: Tables, emulated: bool) -> None:
    """Let ingest read what was dropped, write the error file, and keep the books."""
    function.allow(
        ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
        [queue.queue_arn],
    )
    function.allow(["s3:GetObject", "s3:GetObjectVersion"], _objects(bucket, *INPUT_PREFIXES))
    # Without these two an absent object answers 403, which says "retry", instead of 404, which says "gone".
    function.allow(["s3:ListBucket", "s3:ListBucketVersions"], [bucket.bucket_arn])
    function.allow(["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], _objects(bucket, ERROR_PREFIX))
    function.allow(["dynamodb:PartiQLInsert", "dynamodb:BatchGetItem"], [tables.events.table_arn])
    function.allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], [tables.uploads.table_arn])
    function.allow(["dynamodb:BatchWriteItem"], [tables.usage.table_arn])
    function.allow(["dynamodb:Query", "dynamodb:BatchGetItem"], [tables.catalog.table_arn])
    # Files register customers; meters and API keys, which lie beside them, are none of their business.
    function.allow(
        ["dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"], [tables.catalog.table_arn], leading_keys=["customer#*"]
    )
    if emulated:
        # MiniStack judges PartiQL by the name of the call, which is no action of AWS, and knows no table for it.
        function.allow(["dynamodb:BatchExecuteStatement"], ["*"])


def let_api(function: Function, *, bucket: s3.IBucket, tables: Tables) -> None:
    """Let the API read uploads and the catalog; what it may do in the bucket is what the URLs it signs may do."""
    function.allow(["s3:GetObject", "s3:GetObjectVersion"], _objects(bucket, *INPUT_PREFIXES, ERROR_PREFIX))
    function.allow(["s3:PutObject"], _objects(bucket, "uploads/", "validate/"))
    function.allow(["s3:ListBucket"], [bucket.bucket_arn])
    function.allow(
        ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem"], [tables.uploads.table_arn]
    )
    function.allow(["dynamodb:Query"], [tables.uploads.table_arn, f"{tables.uploads.table_arn}/index/*"])
    catalog = tables.catalog.table_arn
    function.allow(["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"], [catalog])
    function.allow(["dynamodb:Query"], [f"{catalog}/index/*"])
    # Meters and customers; API keys lie beside them, and no request makes or changes one.
    function.allow(
        ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"], [catalog], leading_keys=["meters"]
    )
    function.allow(["dynamodb:PutItem", "dynamodb:DeleteItem"], [catalog], leading_keys=["meter_names", "customer#*"])
    # Events that are added by hand and cancelled; none is ever deleted here.
    function.allow(["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], [tables.events.table_arn])
    function.allow(["dynamodb:PutItem", "dynamodb:Query", "dynamodb:BatchGetItem"], [tables.usage.table_arn])
    function.allow(
        ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
        [tables.idempotency.table_arn],
    )


def _objects(bucket: s3.IBucket, *prefixes: str) -> list[str]:
    return [bucket.arn_for_objects(f"{prefix}*") for prefix in prefixes]
