"""Queries of a table with the keys `pk` and `sk`. All are consistent."""

from collections.abc import Iterator, Mapping
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
        return query_all(json_client, self._request(table))

    def page(
        self, json_client: JsonClient, table: str, *, limit: int | None = None, after: Attributes | None = None
    ) -> tuple[list[Attributes], Attributes | None]:
        """Return the items of one page, at most `limit`, and the key after which the next page begins, or None."""
        request = self._request(table)
        if limit is not None:
            request["Limit"] = limit
        return _page(json_client, request, after)

    def _request(self, table: str) -> dict[str, Any]:
        return {
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


def query_all(json_client: JsonClient, request: Mapping[str, Any]) -> Iterator[Attributes]:
    """Yield all items of a query, page by page, lazily."""
    after: Attributes | None = None
    while True:
        items, after = _page(json_client, request, after)
        yield from items
        if after is None:
            return


def _page(
    json_client: JsonClient, request: Mapping[str, Any], after: Attributes | None
) -> tuple[list[Attributes], Attributes | None]:
    start = {} if after is None else {"ExclusiveStartKey": after}
    response = json_client.call("Query", {**request, **start})
    return response["Items"], response.get("LastEvaluatedKey")
