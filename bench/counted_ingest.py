"""The ingest function, which requests `ReturnConsumedCapacity` with every DynamoDB call and counts the units."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from meterdrop import settings
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.handlers import ingest

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_PARAMETER = {"ReturnConsumedCapacity": "INDEXES"}
_READING = frozenset({"GetItem", "Query", "BatchGetItem"})


class Units:
    """Capacity units by table and direction, such as `events write` and, for indexes, `uploads index write`."""

    def __init__(self, tables: Mapping[str, str]) -> None:
        """Count for these tables: short names by names on AWS."""
        self._names = tables
        self._units: defaultdict[str, float] = defaultdict(float)
        self._lock = Lock()

    def add_call(self, operation: str, capacity: Any) -> None:  # noqa: ANN401 (one mapping, or a list of them, as AWS has it)
        """Add the consumed capacity of one call."""
        direction = "read" if operation in _READING else "write"
        with self._lock:
            self._units[f"calls {operation}"] += 1
            for each in _as_list(capacity):
                table = self._names[each["TableName"]]
                indexes = sum(one["CapacityUnits"] for one in each.get("GlobalSecondaryIndexes", {}).values())
                self._units[f"{table} {direction}"] += each["CapacityUnits"] - indexes
                if indexes:
                    self._units[f"{table} index {direction}"] += indexes

    def reset(self) -> dict[str, float]:
        """Return the counted units, and set them to zero."""
        units = dict(self._units)
        self._units.clear()
        return units


def _as_list(capacity: Any) -> Iterable[Any]:  # noqa: ANN401 (as above)
    return capacity if isinstance(capacity, list) else [capacity] if capacity else []


def _by_keys(request: Any) -> list[dict[str, Any]]:  # noqa: ANN401 (JSON)
    """Calculate the units of a BatchGetItem, which the emulator doesn't report: one for each small, consistent read."""
    requested = request.get("RequestItems", {})
    return [
        {"TableName": table, "CapacityUnits": len(read["Keys"])}
        for table, read in requested.items()
        if isinstance(read, dict) and read.get("ConsistentRead")
    ]


def _count() -> Units:
    """Make every client request and count its units. Call it once, before the first AWS call."""
    config = settings.from_environment()
    names = {
        config.events_table: "events",
        config.uploads_table: "uploads",
        config.usage_table: "usage",
        config.catalog_table: "catalog",
    }
    units, plain = Units(names), JsonClient.call

    def call(self: JsonClient, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        response = plain(self, operation, {**request, **_PARAMETER})
        units.add_call(operation, response.get("ConsumedCapacity") or _by_keys(request))
        return response

    JsonClient.call = call  # type: ignore[method-assign]
    hooks = settings.dynamodb().meta.events
    hooks.register("provide-client-params.dynamodb", lambda params, **_: params | _PARAMETER)
    hooks.register(
        "after-call.dynamodb", lambda parsed, model, **_: units.add_call(model.name, parsed.get("ConsumedCapacity"))
    )
    return units


_units = _count()


def handler(batch: Any, context: "LambdaContext") -> dict[str, Any]:  # noqa: ANN401 (what Lambda hands over)
    """Run the function; return its response with the units."""
    return {**ingest.handler(batch, context), "units": _units.reset()}
