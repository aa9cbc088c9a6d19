"""DynamoDB's throughput: token buckets of read and write units for each table, each index and each partition key.

An empty bucket throttles as AWS does. What is let through is charged for what it really did, so that a bucket may be in
debt for a while. Only items that were written through `Budgets` are known: use them from the beginning of a table.
"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from tests.support.aws.account import CarryOut
from tests.support.aws.clock import Clock
from tests.support.aws.functions import Functions
from tests.support.aws.messages import AwsResponse, Call
from tests.support.aws.partial import in_json, partly
from tests.support.aws.sizes import item_size, key_of
from tests.support.aws.strict import cell_error
from tests.support.dynamodb.small_partiql import statement

Item = dict[str, Any]
_READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})


class Kind(Enum):
    """Units of this many bytes."""

    WRITE = 1_024
    READ = 4_096


OF_A_KEY = {Kind.WRITE: 1_000.0, Kind.READ: 3_000.0}
"""Units a second of one partition key."""
NEW_TABLE = {Kind.WRITE: 4_000.0, Kind.READ: 12_000.0}
"""Units a second of a new table or index on demand."""


class Place(NamedTuple):
    """A table or index (`table/index`), or one partition key of it."""

    kind: Kind
    of: str
    key: str | None = None


class _Part(NamedTuple):
    """What a call does with one item: `put` is the new item where the call has all of it."""

    table: str
    key: Item
    put: Item | None = None
    is_update: bool = False


@dataclass(slots=True)
class Budgets:
    """The throughput of all tables. `around` fits `Account.around`."""

    clock: Clock
    indexes: Mapping[str, Mapping[str, str]]
    """By table, the partition attribute of each index. All indexes hold keys only, and their sort key never changes."""
    warmed: Mapping[str, float] = field(default_factory=dict)
    """Write units a second of tables, and of their indexes, that are not new."""
    paid: Counter[Place] = field(default_factory=Counter)
    """Units that were used."""
    throttled: Counter[Place] = field(default_factory=Counter)
    """Items that met an empty bucket."""
    _levels: dict[Place, tuple[float, float]] = field(default_factory=dict)
    _items: dict[str, dict[str, Item]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def of(cls, functions: Functions, warmed: Mapping[str, float] = {}) -> "Budgets":
        """Make the throughput of a stack's tables."""
        indexes = {}
        for table in functions.call_service("dynamodb", "ListTables", {})["TableNames"]:
            described = functions.call_service("dynamodb", "DescribeTable", {"TableName": table})["Table"]
            of_table = described.get("GlobalSecondaryIndexes", ())
            indexes[table] = {each["IndexName"]: each["KeySchema"][0]["AttributeName"] for each in of_table}
        return cls(functions.account.clock, indexes, warmed)

    def around(self, call: Call, carry_out: CarryOut) -> AwsResponse:
        """Carry a call out as far as there are units."""
        if call.service != "dynamodb":
            return carry_out(call)
        parts = list(_parts(call))
        is_free = [all(map(self._is_free, self._needed(call, part))) for part in parts]
        if call.operation == "TransactWriteItems" and not all(is_free):
            codes = [{"Code": "None" if free else "ThrottlingError"} for free in is_free]
            told = {"__type": "x#TransactionCanceledException", "message": "", "CancellationReasons": codes}
            return in_json(told, 400)
        if all(is_free):
            answer = carry_out(call)
        elif any(is_free) or call.operation == "BatchExecuteStatement":
            answer = partly(call, carry_out, lambda at, _: is_free[at])
        else:
            return cell_error(call, 400, "ProvisionedThroughputExceededException")
        done = [part for part, free in zip(parts, is_free, strict=True) if free]
        if call.operation in _READS:
            self._charge_read(call, done, json.loads(answer.body))
        else:
            self._charge_write(call, done, answer, carry_out)
        return answer

    def units(self, kind: Kind, table: str) -> float:
        """Return the units of a table and its indexes that were used."""
        places = [place for place in self.paid if place.key is None and place.kind is kind]
        return sum(self.paid[place] for place in places if place.of.partition("/")[0] == table)

    def hottest(self, kind: Kind) -> list[tuple[Place, int]]:
        """Return the units of each partition key, most first."""
        return [(place, paid) for place, paid in self.paid.most_common() if place.kind is kind and place.key]

    def _is_free(self, place: Place) -> bool:
        is_free = self._level(place) > 0
        self.throttled[place] += not is_free
        return is_free

    def _level(self, place: Place) -> float:
        """Return the units that a bucket has left, at most those of a second."""
        rate = (NEW_TABLE if place.key is None else OF_A_KEY)[place.kind]
        if place.key is None and place.kind is Kind.WRITE:
            rate = self.warmed.get(place.of.partition("/")[0], rate)
        level, at = self._levels.get(place, (rate, self.clock.now))
        return min(rate, level + (self.clock.now - at) * rate)

    def _pay(self, kind: Kind, of: str, key: str, units: float) -> None:
        for place in (Place(kind, of), Place(kind, of, key)):
            self._levels[place] = self._level(place) - units, self.clock.now
            self.paid[place] += units  # type: ignore[assignment]  # halves of units

    def _needed(self, call: Call, part: _Part) -> Iterator[Place]:
        kind = Kind.READ if call.operation in _READS else Kind.WRITE
        of = f"{part.table}/{call.json['IndexName']}" if "IndexName" in call.json else part.table
        yield from (Place(kind, of), Place(kind, of, _partition(part.key)))
        if kind is Kind.WRITE:
            stored = self._items[part.table].get(str(part.key), {})
            for index, key in self._in_indexes(part.table, part.put or stored).items():
                yield from (Place(kind, index), Place(kind, index, key))

    def _in_indexes(self, table: str, item: Item) -> dict[str, str]:
        """Return the partition key of an item in each index that has it."""
        of_table = self.indexes.get(table, {}).items()
        return {f"{table}/{index}": item[name]["S"] for index, name in of_table if name in item}

    def _charge_read(self, call: Call, parts: list[_Part], answered: dict[str, Any]) -> None:
        body = call.json
        if "RequestItems" in body:
            [(table, asked)] = body["RequestItems"].items()
            sizes = {str(key_of(item)): item_size(item) for item in answered["Responses"][table]}
            left = [str(key) for key in answered.get("UnprocessedKeys", {}).get(table, {}).get("Keys", ())]
            read = [(part, sizes.get(str(part.key), 0)) for part in parts if str(part.key) not in left]
        else:
            asked = body
            items = answered.get("Items") or [answered.get("Item", {})]
            read = [(part, sum(map(item_size, items))) for part in parts]
        factor = 1.0 if asked.get("ConsistentRead") else 0.5
        for part, size in read:
            of = f"{part.table}/{body['IndexName']}" if "IndexName" in body else part.table
            self._pay(Kind.READ, of, _partition(part.key), factor * _units(Kind.READ, size))

    def _charge_write(self, call: Call, parts: list[_Part], answer: AwsResponse, carry_out: CarryOut) -> None:
        factor = 2 if call.operation == "TransactWriteItems" else 1
        for part in parts:
            stored, key = self._items[part.table], str(part.key)
            before, after = stored.pop(key, {}), part.put or {}
            # A write whose condition doesn't hold is paid too, and changes nothing.
            if part.is_update or answer.status != 200 or b'"Error"' in answer.body:
                asked = json.dumps({"TableName": part.table, "Key": part.key}).encode()
                look = Call("dynamodb", "GetItem", _get_item(call, asked))
                after = json.loads(carry_out(look).body).get("Item", {})
            if after:
                stored[key] = after
            size = max(item_size(before), item_size(after))
            self._pay(Kind.WRITE, part.table, _partition(part.key), factor * _units(Kind.WRITE, size))
            old, new = (self._in_indexes(part.table, item) for item in (before, after))
            for index, partition in old.items() ^ new.items():
                self._pay(Kind.WRITE, index, partition, factor)


def _units(kind: Kind, size: int) -> int:
    return max(1, math.ceil(size / kind.value))


def _partition(key: Item) -> str:
    return str((key.get("pk") or key["id"])["S"])


def _get_item(call: Call, body: bytes) -> Any:
    headers = {**call.request.headers, "x-amz-target": "DynamoDB_20120810.GetItem"}
    return call.request.__class__(call.request.method, call.request.url, headers, body)


def _parts(call: Call) -> Iterator[_Part]:
    """Yield what a call does with each item, in order. A query is one part, of a partition."""
    body = call.json
    for write in body.get("TransactItems", ()):
        [(kind, of)] = write.items()
        yield _part(of, is_update=kind in {"Update", "ConditionCheck"})
    for table, asked in body.get("RequestItems", {}).items():
        for key in asked["Keys"] if isinstance(asked, dict) else ():
            yield _Part(table, key)
        for request in () if isinstance(asked, dict) else asked:
            [of] = request.values()
            yield _part({"TableName": table, **of})
    for each in body.get("Statements", ()):
        write = statement(each["Statement"], each["Parameters"])
        is_insert = write.conditions is None
        yield _Part(write.table, write.key, write.values if is_insert else None, not (is_insert or write.deletes))
    if "KeyConditionExpression" in body:
        [value] = re.findall(r"^\S+ = (:\w+)", body["KeyConditionExpression"])
        yield _Part(body["TableName"], {"pk": body["ExpressionAttributeValues"][value]})
    elif "TableName" in body:
        yield _part(body, is_update=call.operation == "UpdateItem")


def _part(of: dict[str, Any], *, is_update: bool = False) -> _Part:
    put = of.get("Item")
    return _Part(of["TableName"], of["Key"] if put is None else key_of(put), put, is_update)
