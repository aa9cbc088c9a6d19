"""The permissions that no recorded call uses, each with the reason to keep it."""

_LAMBDA_LOGS = "Lambda itself writes the logs, with the function's role."
_LAMBDA_TRACES = "Lambda itself sends the traces, with the function's role."
_LAMBDA_RECEIVES = "Lambda itself receives and deletes the queue's messages, with the function's role."
_NOT_FOUND = "Without it, S3 answers 403 and not 404 if an object or its version doesn't exist."

NOT_CALLED = {
    "*: logs:* on *Logs*": _LAMBDA_LOGS,
    "*: xray:*": _LAMBDA_TRACES,
    "ingest: sqs:ReceiveMessage on *": _LAMBDA_RECEIVES,
    "ingest: sqs:DeleteMessage on *": _LAMBDA_RECEIVES,
    "ingest: sqs:GetQueueAttributes on *": _LAMBDA_RECEIVES,
    "recover: sqs:ReceiveMessage on *": _LAMBDA_RECEIVES,
    "recover: sqs:DeleteMessage on *": _LAMBDA_RECEIVES,
    "recover: sqs:GetQueueAttributes on *": _LAMBDA_RECEIVES,
    "recover: sqs:SendMessage on *": "Only a dead letter of a revert with reprocess_duplicates sends messages.",
    "ingest: s3:ListBucket on *": _NOT_FOUND,
    "ingest: s3:ListBucketVersions on *": _NOT_FOUND,
    "recover: s3:ListBucket on *": _NOT_FOUND,
    "recover: s3:ListBucketVersions on *": _NOT_FOUND,
    "sweep: s3:ListBucket on *": _NOT_FOUND,
    "api: s3:ListBucket on *": _NOT_FOUND,
    "api: s3:ListBucketVersions on *": _NOT_FOUND,
}
"""The reason by a pattern of `str(Grant)`."""
