"""What a run leaves behind, all of it that must be the same whatever happened on the way."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.aws.functions import Functions
from tests.support.event_items import ReadEvent, read_events

Item = dict[str, Any]

_PASSING = frozenset({"lease_token", "lease_until", "revision", "attempts", "started_at", "finished_at", "reverted_at"})
"""Of an upload: how it came to its end, not what it came to."""

_HOW_CLOSED = frozenset(
    {"lease_token", "lease_until", "revision", "closing_at", "closed_at", "as_of", "version_id"}
    | {"waiting_for", "unfinished_uploads"}
)
"""Of a billing period and a statement: when and how the close came to its end."""

_NEXT_RUN = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d UTC")
"""The time at which the sweep reprocesses an upload that was given up depends on how long that took."""
_CHANGES = frozenset({"history", "last_change"})
"""By whom an item was changed, which is the same whatever happened on the way, and when, which isn't."""
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
    statements: Mapping[str, bytes]
    announced: Counter[tuple[str, str]]
    """Upload and type, once for each id."""
    unsent: int
    messages: int


def state_of(functions: Functions, *, without_arrival: bool = False) -> State:
    """Read all of it; without the arrival of uploads where that depends on how long it took."""
    arrival = _ARRIVAL if without_arrival else frozenset[str]()
    uploads = functions.scan("uploads")
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
        events={e.id: _event(e, arrival) for i in functions.items("events") for e in read_events(i)},
        usage={_usage_key(i, late=without_arrival): _usage(i) for i in functions.scan("usage")},
        catalog={f"{i['pk']['S']} {i['sk']['S']}": _catalog(i) for i in functions.scan("catalog")},
        error_files={key: _NEXT_RUN.sub(b"", data) for key, data in functions.account.objects("errors/").items()},
        statements=functions.account.objects("statements/"),
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


def _without(item: Item, names: Iterable[str]) -> Item:
    left_out = set(names)
    return {
        name: _without_times(value) if name in _CHANGES else value
        for name, value in item.items()
        if name not in left_out
    }


def _without_times(value: Any) -> Any:
    """Return changes without when they were made: that of the try that succeeded."""
    if isinstance(value, dict):
        return {name: _without_times(each) for name, each in value.items() if name != "at"}
    return [_without_times(each) for each in value] if isinstance(value, list) else value


def _upload(item: Item) -> Item:
    written = item.get("error_file", {}).get("M", {})
    failure = _NEXT_RUN.sub(b"", repr(item.get("failure")).encode())
    return _without(item, _PASSING) | {"error_file": _without(written, {"version_ids"}), "failure": {"S": failure}}


def _catalog(item: Item) -> Item:
    """Return an item of the catalog without how a close came to its end, and without when a statement was made."""
    when = {"created"} if item["pk"]["S"].startswith("statements#") else set[str]()
    return _without(item, _HOW_CLOSED | when)


def _event(event: ReadEvent, arrival: Iterable[str]) -> Item:
    # Which item holds it depends on which rows were stored when its block was written. The arrival of an event that a
    # request creates is the time of the try that succeeded.
    times = {"received"} if event.owner.startswith("req_") else arrival
    return _without(event._asdict(), {"item", *times})


def _usage(item: Item) -> Item:
    """Return an item of the usage table without times, and without the tokens of stamps, which are random."""
    hours = item.get("hours", {}).get("S", "")
    if "hand#" in item["sk"]["S"]:  # the arrival of the last event is the last but one number
        hours = re.sub(r" [0-9]+( \S+)$", r"\1", hours, flags=re.MULTILINE)
    stamps = {"stamps": sorted(re.sub("=[0-9a-f]+", "", item["stamps"]["S"]).split())} if "stamps" in item else {}
    return _without(item, {"received", "sk", "token", "cancelled"}) | {"hours": hours} | stamps


def _usage_key(item: Item, *, late: bool) -> str:
    # A feed begins with the time of arrival, which for an event of a request is that of the try that succeeded.
    partition, sort = item["pk"]["S"], item["sk"]["S"]
    if partition.endswith("#feed"):
        sort = sort.partition("#")[2]
    elif late:  # the bucket depends on the arrival
        sort = re.sub(r"(upload#|^[0-9]{4}-[0-9]{2}#)[0-9]{2}", r"\1", sort)
    return f"{partition} {sort}"
