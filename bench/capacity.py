"""The DynamoDB capacity units of an upload: as the emulator reports them, and calculated from item sizes."""

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
    """Process a file of each shape with the real function on the emulator; return the units of each file."""
    bucket = f"capacity-{stack.unique_text()}"
    s3 = stack.running.clients.s3()
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    with responder() as queue:
        # This program makes the message, so the emulator's queue doesn't know its receipt handle.
        environment = stack.environment(bucket, stack.running.outputs.events_table) | {
            "AWS_ENDPOINT_URL_SQS": f"http://127.0.0.1:{queue}"
        }
        with function_in(environment, _COUNTED) as function:
            units_by_name = {}
            for name, shape in shapes.items():
                version = stack.put_object(bucket, f"uploads/{stack.unique_text()}.csv", file_of(shape))
                units_by_name[name] = function.process_objects((version.key, version.version_id)).units
            return units_by_name


def calculated_sizes(shape: Shape) -> tuple[list[int], list[int]]:
    """Return the bytes of each event item and each usage item that an upload writes."""
    _, calls = record(file_of(shape))
    events, usage = list[int](), list[int]()
    for operation, request in calls:
        if operation == "BatchExecuteStatement":
            events += [item_size(item) for item in _inserted(request)]
        else:
            usage += [item_size(one["PutRequest"]["Item"]) for puts in request["RequestItems"].values() for one in puts]
    return events, usage


def units(sizes: list[int]) -> int:
    """Return the write units for items of these sizes in bytes."""
    return sum(write_units(size) for size in sizes)


def _inserted(request: Mapping[str, list[dict[str, object]]]) -> Iterator[dict[str, dict[str, object]]]:
    for statement in request["Statements"]:
        names, values = _ATTRIBUTES.findall(str(statement["Statement"])), statement["Parameters"]
        yield dict(zip(names, values, strict=True))  # type: ignore[call-overload]
