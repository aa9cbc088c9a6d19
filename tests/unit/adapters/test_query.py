"""Queries of usage: all pages are read."""

from typing import Any, cast

from meterdrop.adapters.dynamodb.batch import put_items
from meterdrop.adapters.dynamodb.query import Query
from tests.support.dynamodb.direct import DirectClient
from tests.support.dynamodb.small_dynamodb import SmallDynamoDb


def test_all_pages_are_read() -> None:
    """DynamoDB returns at most 1 MB at a time. The rest is read too, in order."""
    client = DirectClient(SmallDynamoDb())
    json_client = cast("Any", client)
    text = "x" * 300_000
    items = [{"pk": {"S": "a"}, "sk": {"S": f"key {number}"}, "hours": {"S": text}} for number in range(9)]
    put_items(json_client, "usage", items)
    client.sent.clear()
    query = Query.of_prefix("a", "key")
    assert list(query.items(json_client, "usage")) == items
    assert len(client.sent) == 3
