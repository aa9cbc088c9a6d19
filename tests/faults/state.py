"""What a run leaves behind, all of it that must be the same whatever happened on the way."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.aws.functions import Functions

Item = dict[str, Any]

_PASSING = frozenset({"lease_token", "lease_until", "revision", "attempts", "started_at", "finished_at", "reverted_at"})
"""Of an upload: how it came to its end, not what it came to."""

_ARRIVAL = frozenset({"created", "created_id", "received"})


@dataclass(frozen=True, slots=True)
class State:
    """Everything by its key; what depends on how long it took is left out."""

    uploads: Mapping[str, Item]
    claims: Mapping[str, Item]
    relations: Mapping[str, Item]
    matched: Mapping[str, Item]
    events: Mapping[str, Item]
    usage: Mapping[str, Item]
    catalog: Mapping[str, Item]
    error_files: Mapping[str, bytes]
    announced: Counter[tuple[str, str]]
    """Upload and type, once for each id."""
    unsent: int
    messages: int


def state_of(functions: Functions, *, without_arrival: bool = False) -> State:
    """Read all of it; without the arrival of uploads where that depends on how long it took."""
    arrival = _ARRIVAL if without_arrival else frozenset[str]()
    uploads = _scan(functions, "uploads")
    told = {entry["Detail"]["event_id"]: entry for entry in functions.account.status_events()}
    return State(
        uploads={i["id"]["S"]: _without(_upload(i), arrival) for i in uploads if i["id"]["S"].startswith("upl_")},
        claims={
            i["id"]["S"]: _without(i, {"revision"}) for i in uploads if i["id"]["S"].startswith(("key#", "content#"))
        },
        relations={
            i["id"]["S"]: {"uploads": sorted(i["uploads"]["SS"])}
            for i in uploads
            if i["id"]["S"].startswith("duplicates#")
        },
        matched={i["id"]["S"]: i for i in uploads if i["id"]["S"].startswith("matched#")},
        events={i["id"]["S"]: _event(i, arrival) for i in _scan(functions, "events")},
        usage={_usage_key(i): _without(i, {"received", "sk"}) for i in _scan(functions, "usage")},
        catalog={f"{i['pk']['S']} {i['sk']['S']}": _without(i, {"revision"}) for i in _scan(functions, "catalog")},
        error_files=functions.account.objects("errors/"),
        announced=Counter((entry["Detail"]["id"], entry["DetailType"]) for entry in told.values()),
        unsent=sum(i["id"]["S"].startswith("outbox#") for i in uploads),
        messages=len(functions.account.messages()),
    )


def differences(found: State, right: State) -> list[str]:
    """Name what differs, a line each."""
    return [
        f"{name}: {key}: {of.get(key)} and not {wanted.get(key)}"
        for name in State.__slots__
        if (of := _mapping(getattr(found, name))) != (wanted := _mapping(getattr(right, name)))
        for key in sorted({*of, *wanted}, key=str)
        if of.get(key) != wanted.get(key)
    ]


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {"": value}


def _scan(functions: Functions, table: str) -> list[Item]:
    found: list[Item] = functions.call_service("dynamodb", "Scan", {"TableName": table, "ConsistentRead": True})[
        "Items"
    ]
    return found


def _without(item: Item, names: Iterable[str]) -> Item:
    left_out = set(names)
    return {name: value for name, value in item.items() if name not in left_out}


def _upload(item: Item) -> Item:
    written = item.get("error_file", {}).get("M", {})
    return _without(item, _PASSING) | {"error_file": _without(written, {"version_ids"})}


def _event(item: Item, arrival: Iterable[str]) -> Item:
    # A hand entry's is that of the try that went through.
    return _without(item, {"received"} if item["upload"]["S"].startswith("req_") else arrival)


def _usage_key(item: Item) -> str:
    # Of the feed the time of arrival comes first, which for a hand entry is that of the try that went through.
    partition, sort = item["pk"]["S"], item["sk"]["S"]
    return f"{partition} {sort.partition('#')[2] if partition.endswith('#feed') else sort}"
