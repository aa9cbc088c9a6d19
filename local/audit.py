"""`make audit`: recounts events against statuses and usage, and names every difference. Reads, and changes nothing."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from local import signals, target
from local.recount import differences
from local.trouble import Trouble

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_deserialize = TypeDeserializer().deserialize


def audit() -> int:
    """Recount the stack that STACK names; returns how many differences there are."""
    clients, outputs = target.find()
    dynamodb = clients.dynamodb()
    tables = (outputs.events_table, outputs.usage_table, outputs.uploads_table)
    found = 0
    for difference in differences(*(_scan(dynamodb, table) for table in tables)):
        found += 1
        print(difference)
    summary = "Events, statuses and usage agree." if not found else f"{found} differences."
    print(summary, file=sys.stderr)
    return found


def _scan(dynamodb: "DynamoDBClient", table: str) -> Iterator[dict[str, Any]]:
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            yield {name: _deserialize(value) for name, value in item.items()}


def main() -> int:
    """Run the command; returns the exit code: 1 where anything differs."""
    differing: list[int] = []
    try:
        signals.listen()
        target.explained(lambda: differing.append(audit()))
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except signals.Stopped:
        return 130
    return int(any(differing))


if __name__ == "__main__":
    sys.exit(main())
