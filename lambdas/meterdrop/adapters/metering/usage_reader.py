"""Consistent reads of usage: contributions hour by hour, and their event lists."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from functools import partial
from typing import Any

from meterdrop.adapters.dynamodb.batch import READ_LIMIT, Attributes, get_items
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.metering.usage_items import (
    arrival,
    contribution,
    feed_partition,
    figures_partition,
    hour_text,
    parts_partition,
)
from meterdrop.domain.metering.contributions import HOUR, Hour
from meterdrop.domain.metering.summary import Arrival, Scope, StoredContribution

Request = dict[str, Any]
_AHEAD = 8
"""Maximum months queried at the same time after empty months, since a time range may begin in 1970."""
_MONTHS = 12


class UsageReader:
    """The usage table, read only. Safe to use from many threads."""

    read_limit = READ_LIMIT

    def __init__(self, json_client: JsonClient, table: str, executor: Executor) -> None:
        """Read from `table`, several partitions at the same time on the threads of `executor`."""
        self._json_client = json_client
        self._table = table
        self._executor = executor

    def walk(
        self, scope: Scope, hours: range, *, newest_first: bool, expect: int | None = None
    ) -> Iterator[StoredContribution]:
        """Yield contributions and cancels of `hours` (since 1970), hour by hour, lazily.

        `expect` is the number of items that the caller probably needs. If it is set, the first response has at most
        this many items, and the limit doubles with each response.
        """
        if not hours:
            return
        # A sort key is longer than the text of its hour, so the range excludes the hour of `:high`.
        condition = {":low": {"S": hour_text(hours.start)}, ":high": {"S": hour_text(hours.stop)}}
        partitions = [hours.start] if scope.customer is not None else _months(hours)
        requests = [
            {
                "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
                "ExpressionAttributeValues": {":pk": {"S": figures_partition(scope.at(hour))}, **condition},
                "ScanIndexForward": not newest_first,
            }
            for hour in partitions[:: -1 if newest_first else 1]
        ]
        yield from map(contribution, self._queries(requests, expect))

    def read(self, scope: Scope, at: Sequence[tuple[int, str]]) -> list[StoredContribution]:
        """Return the existing contributions of at most `read_limit` pairs of hour and owner, in any order."""
        keys = [_key(figures_partition(scope.at(hour)), f"{hour_text(hour)}#{owner}") for hour, owner in at]
        return [contribution(item) for item in get_items(self._json_client, self._table, keys)]

    def parts(self, of: Hour, owner: str, numbers: Sequence[int]) -> dict[int, str]:
        """Return the existing ones of at most `read_limit` parts of an event list, by their number."""
        partition, sort = parts_partition(of), f"{hour_text(of.hour)}#{owner}"
        keys = [_key(partition, f"{sort}#{number:04d}") for number in numbers]
        found = get_items(self._json_client, self._table, keys)
        return {int(item["sk"]["S"].rpartition("#")[2]): item["events"]["S"] for item in found}

    def arrivals(self, meter: str) -> Iterator[Arrival]:
        """Yield the arrivals of a meter's events, newest first, lazily."""
        request = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": feed_partition(meter)}},
            "ScanIndexForward": False,
        }
        return map(arrival, self._query(request, READ_LIMIT))

    def _queries(self, requests: Sequence[Request], limit: int | None) -> Iterator[Attributes]:
        """Query the partitions in order. After each empty batch, query twice as many at the same time."""
        at, ahead = 0, 1
        while at < len(requests):
            batch = requests[at : at + ahead]
            at, ahead = at + ahead, min(2 * ahead, _AHEAD)
            answers = self._executor.map(partial(self._page, limit=limit), batch)
            for request, response in zip(batch, answers, strict=True):
                yield from self._from_page(request, response, limit)
                if response["Items"]:
                    ahead = 1

    def _query(self, request: Request, limit: int | None) -> Iterator[Attributes]:
        return self._from_page(request, self._page(request, limit), limit)

    def _from_page(self, request: Request, response: dict[str, Any], limit: int | None) -> Iterator[Attributes]:
        yield from response["Items"]
        while "LastEvaluatedKey" in response:
            limit = None if limit is None else 2 * limit
            response = self._page({**request, "ExclusiveStartKey": response["LastEvaluatedKey"]}, limit)
            yield from response["Items"]

    def _page(self, request: Request, limit: int | None) -> dict[str, Any]:
        page = {**request, "TableName": self._table, "ConsistentRead": True}
        return self._json_client.call("Query", page if limit is None else {**page, "Limit": limit})


def _months(hours: range) -> list[int]:
    """Return one hour of each month in `hours`."""
    found, hour = [], hours.start
    while hour < hours.stop:
        found.append(hour)
        moment = datetime.fromtimestamp(hour * HOUR, UTC)
        years, month = divmod(moment.month, _MONTHS)
        hour = int(datetime(moment.year + years, month + 1, 1, tzinfo=UTC).timestamp()) // HOUR
    return found


def _key(partition: str, sort: str) -> Attributes:
    return {"pk": {"S": partition}, "sk": {"S": sort}}
