"""The ingest function, asking DynamoDB with every call what it used (`ReturnConsumedCapacity`)."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from meterdrop import settings
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.handlers import ingest

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_ASKED = {"ReturnConsumedCapacity": "INDEXES"}
_READING = frozenset({"GetItem", "Query", "BatchGetItem"})


class Units:
    """Units by table and direction, as `events write`; those of indexes are told apart, as `uploads index write`."""

    def __init__(self, tables: Mapping[str, str]) -> None:
        """Take what tables are called, by their names on AWS."""
        self._names = tables
        self._found: defaultdict[str, float] = defaultdict(float)
        self._lock = Lock()

    def add(self, operation: str, capacity: Any) -> None:  # noqa: ANN401 (one mapping, or a list of them, as AWS has it)
        """Take what one call used."""
        direction = "read" if operation in _READING else "write"
        with self._lock:
            self._found[f"calls {operation}"] += 1
            for each in _as_list(capacity):
                table = self._names[each["TableName"]]
                indexes = sum(one["CapacityUnits"] for one in each.get("GlobalSecondaryIndexes", {}).values())
                self._found[f"{table} {direction}"] += each["CapacityUnits"] - indexes
                if indexes:
                    self._found[f"{table} index {direction}"] += indexes

    def taken(self) -> dict[str, float]:
        """Return all, and begin anew."""
        found = dict(self._found)
        self._found.clear()
        return found


def _as_list(capacity: Any) -> Iterable[Any]:  # noqa: ANN401 (as above)
    return capacity if isinstance(capacity, list) else [capacity] if capacity else []


def _by_keys(request: Any) -> list[dict[str, Any]]:  # noqa: ANN401 (JSON)
    """Count a BatchGetItem, of which the emulator reports nothing: small items, read consistently, are a unit each."""
    asked = request.get("RequestItems", {})
    return [
        {"TableName": table, "CapacityUnits": len(read["Keys"])}
        for table, read in asked.items()
        if isinstance(read, dict) and read.get("ConsistentRead")
    ]


def _count() -> Units:
    """Make every client ask and count; to be done once, before the first call."""
    config = settings.from_environment()
    names = {
        config.events_table: "events",
        config.uploads_table: "uploads",
        config.usage_table: "usage",
        config.catalog_table: "catalog",
    }
    units, plain = Units(names), JsonClient.call

    def call(self: JsonClient, operation: str, body: str) -> bytes:
        request = json.loads(body)
        answer = plain(self, operation, json.dumps(request | _ASKED))
        capacity = json.loads(answer).get("ConsumedCapacity") or _by_keys(request)
        units.add(operation, capacity)
        return answer

    JsonClient.call = call  # type: ignore[method-assign]
    hooks = settings.dynamodb().meta.events
    hooks.register("provide-client-params.dynamodb", lambda params, **_: params | _ASKED)
    hooks.register(
        "after-call.dynamodb", lambda parsed, model, **_: units.add(model.name, parsed.get("ConsumedCapacity"))
    )
    return units


_units = _count()


def handler(batch: Any, context: "LambdaContext") -> dict[str, Any]:  # noqa: ANN401 (what Lambda hands over)
    """Do what the function does; the answer has the units too."""
    return {**ingest.handler(batch, context), "units": _units.taken()}
