"""How much one request reads, by the bytes of the responses and by the number of calls."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

import pytest

from meterdrop.adapters.batching import chunks
from meterdrop.adapters.dynamodb.batch import put_items
from meterdrop.adapters.dynamodb.read_limit import MAX_READ_BYTES, LimitedClient, TooMuchReadError
from tests.support.dynamodb.direct import DirectClient
from tests.support.dynamodb.small_dynamodb import SmallDynamoDb

ITEM_BYTES = 390_000  # just below the maximum of DynamoDB
AT_ONCE = 40  # items: a response of DynamoDB has at most 16 MB
ITEMS: list[dict[str, Any]] = [
    {"id": {"S": f"upl_{number}/0"}, "events": {"S": "x" * ITEM_BYTES}} for number in range(AT_ONCE)
]
ALL: Mapping[str, Any] = {
    "RequestItems": {"events": {"Keys": [{"id": item["id"]} for item in ITEMS], "ConsistentRead": True}}
}
NONE: Mapping[str, Any] = {"RequestItems": {"events": {"Keys": [{"id": {"S": "nothing"}}], "ConsistentRead": True}}}


@pytest.fixture
def direct() -> DirectClient:
    """Store the items."""
    direct = DirectClient(SmallDynamoDb())
    for part in chunks(ITEMS, 25):
        put_items(cast("Any", direct), "events", part)
    direct.sent.clear()
    return direct


def calls_until_refused(direct: DirectClient, read: Mapping[str, Any]) -> int:
    """Read again and again as one request does, and return how many reads were sent."""
    limited = LimitedClient(cast("Any", direct))
    with suppress(TooMuchReadError):
        while len(direct.sent) < 10_000:
            limited.call("BatchGetItem", read)
    return len(direct.sent)


def test_large_responses_count_by_their_bytes(direct: DirectClient) -> None:
    """The read that reaches the limit is the last one that is sent."""
    assert -(-MAX_READ_BYTES // (AT_ONCE * ITEM_BYTES)) == calls_until_refused(direct, ALL) == 5


def test_reads_that_find_nothing_count_too(direct: DirectClient) -> None:
    """They cost money and time as well."""
    assert 4_096 == calls_until_refused(direct, NONE)


def test_a_request_past_the_limit_can_write(direct: DirectClient) -> None:
    """What it has read may be worth storing, such as the sum of a month."""
    limited = LimitedClient(cast("Any", direct))
    for _ in range(5):
        limited.call("BatchGetItem", ALL)
    put_items(limited, "events", ITEMS[:1])
    with pytest.raises(TooMuchReadError):
        limited.call("BatchGetItem", NONE)
