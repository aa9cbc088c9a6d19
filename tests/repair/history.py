"""The writes of a run, table by table, and what a restore to one second of it can leave of them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.aws.account import CarryOut
from tests.support.aws.functions import Functions
from tests.support.aws.messages import AwsResponse, Call

TABLES = ("events", "usage", "uploads", "catalog")
_WRITES = ("Put", "Update", "Delete", "BatchWrite", "BatchExecute", "TransactWrite")
Name = tuple[str, str]
"""A table, and the key of an item as text."""
Items = dict[Name, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Write:
    """A call that changed items: each is as it became, None where it was deleted."""

    changes: Mapping[Name, dict[str, Any] | None]
    is_transaction: bool
    """Whether the items were changed in one transaction. Those of a batch are changed one by one."""


@dataclass(slots=True)
class History:
    """The tables as they were at first, and all writes since."""

    functions: Functions
    first: Items = field(init=False)
    writes: list[Write] = field(default_factory=list)
    _now: Items = field(init=False)

    def __post_init__(self) -> None:
        """Read the tables."""
        self.first = self._now = self.read()

    def read(self) -> Items:
        """Return all items in DynamoDB's JSON."""
        return {(table, _key(item)): item for table in TABLES for item in self.functions.scan(table)}

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Record the writes of functions."""

        def around(call: Call, carry_out: CarryOut) -> AwsResponse:
            answer = carry_out(call)
            if call.service == "dynamodb" and call.operation.startswith(_WRITES):
                before, self._now = self._now, self.read()
                names = before.keys() | self._now.keys()
                changes = {name: self._now.get(name) for name in names if before.get(name) != self._now.get(name)}
                if changes:
                    self.writes.append(Write(changes, call.operation.startswith("Transact")))
            return answer

        with self.functions.account.disturbed(around):
            yield

    def at(self, first: int, cuts: Mapping[str, int], is_there: Callable[[], bool]) -> Items:
        """Return what a restore leaves: of each table the writes before its cut, none of which is before `first`.

        From `first` on, `is_there` says of each item of a transaction, and of the write at the cut, if it is there.
        """
        items = dict(self.first)
        for number, write in enumerate(self.writes[: max(cuts.values()) + 1]):
            for name, item in sorted(write.changes.items()):
                cut = cuts[name[0]]
                is_torn = first <= number <= cut and (write.is_transaction or number == cut)
                if number > cut or (is_torn and not is_there()):
                    continue
                if item is None:
                    items.pop(name, None)
                else:
                    items[name] = item
        return items

    def restore(self, items: Items, tables: Sequence[str] = TABLES) -> None:
        """Make the items of tables what they were."""
        now = self.read()
        for name in sorted(now.keys() | items.keys()):
            table, key = name
            if table not in tables or now.get(name) == items.get(name):
                continue
            if name in items:
                self.functions.call_service("dynamodb", "PutItem", {"TableName": table, "Item": items[name]})
            else:
                self.functions.call_service("dynamodb", "DeleteItem", {"TableName": table, "Key": json.loads(key)})


def _key(item: Mapping[str, Any]) -> str:
    return json.dumps({name: item[name] for name in (("pk", "sk") if "pk" in item else ("id",))})
