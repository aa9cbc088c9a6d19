"""What DynamoDB bills for an upload: as the emulator reports it, and by the rules of its sizes."""

import json
import re
from collections.abc import Iterator, Mapping

from bench.files import Shape, file_of
from bench.item_size import item_size, write_units
from bench.processes import function_in, responder
from bench.recorded import record
from bench.stack import Stack

_COUNTED = "bench.counted_ingest"
_ATTRIBUTES = re.compile(r"'(\w+)':\?")


def reported(stack: Stack, shapes: Mapping[str, Shape]) -> dict[str, Mapping[str, float]]:
    """Take a file of each shape by the real function against the emulator; returns the units of each."""
    bucket = f"capacity-{stack.fresh()}"
    s3 = stack.running.clients.s3()
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    with responder() as queue:
        # The message is of our own making: the queue knows no receipt of it.
        environment = stack.environment(bucket, stack.running.outputs.events_table) | {
            "AWS_ENDPOINT_URL_SQS": f"http://127.0.0.1:{queue}"
        }
        with function_in(environment, _COUNTED) as function:
            found = {}
            for name, shape in shapes.items():
                version = stack.put(bucket, f"uploads/{stack.fresh()}.csv", file_of(shape))
                found[name] = function.take((version.key, version.version_id)).units
            return found


def by_size(shape: Shape) -> tuple[list[int], list[int]]:
    """Return the bytes of every event and every usage item that an upload writes."""
    _, calls = record(file_of(shape))
    events, usage = list[int](), list[int]()
    for operation, body in calls:
        request = json.loads(body)
        if operation == "BatchExecuteStatement":
            events += [item_size(item) for item in _inserted(request)]
        else:
            usage += [item_size(one["PutRequest"]["Item"]) for puts in request["RequestItems"].values() for one in puts]
    return events, usage


def units(sizes: list[int]) -> int:
    """Return what writing items of these sizes costs."""
    return sum(write_units(size) for size in sizes)


def _inserted(request: Mapping[str, list[dict[str, object]]]) -> Iterator[dict[str, dict[str, object]]]:
    for statement in request["Statements"]:
        names, values = _ATTRIBUTES.findall(str(statement["Statement"])), statement["Parameters"]
        yield dict(zip(names, values, strict=True))  # type: ignore[call-overload]
