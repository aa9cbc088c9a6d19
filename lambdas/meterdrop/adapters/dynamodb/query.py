"""Queries of a table with the keys `pk` and `sk`. All are consistent."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.items import Attributes

AFTER_ALL = "\U0010ffff"
"""The greatest character: `prefix + AFTER_ALL` is greater than all keys that begin with `prefix`."""


@dataclass(frozen=True, slots=True)
class Query:
    """The items of a partition from one sort key to another, both inclusive."""

    partition: str
    first: str
    last: str
    newest_first: bool = False

    @classmethod
    def of_prefix(cls, partition: str, prefix: str) -> "Query":
        """Return the query of all sort keys that begin with `prefix`, which isn't empty."""
        return cls(partition, prefix, prefix + AFTER_ALL)

    def items(self, json_client: JsonClient, table: str) -> Iterator[Attributes]:
        """Yield all items, page by page, lazily."""
        after: Attributes | None = None
        while True:
            items, after = self.page(json_client, table, after=after)
            yield from items
            if after is None:
                return

    def page(
        self, json_client: JsonClient, table: str, *, limit: int | None = None, after: Attributes | None = None
    ) -> tuple[list[Attributes], Attributes | None]:
        """Return the items of one page, at most `limit`, and the key after which the next page begins, or None."""
        request: dict[str, Any] = {
            "TableName": table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":pk": {"S": self.partition},
                ":first": {"S": self.first},
                ":last": {"S": self.last},
            },
            "ScanIndexForward": not self.newest_first,
        }
        if limit is not None:
            request["Limit"] = limit
        if after is not None:
            request["ExclusiveStartKey"] = after
        response = json_client.call("Query", request)
        return response["Items"], response.get("LastEvaluatedKey")
