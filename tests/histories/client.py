"""A client of the deployed stack: sends random requests, and records what it asked and what was answered."""

import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from math import inf
from random import Random
from threading import Lock
from typing import Any

import urllib3

from meterdrop.domain.uploads.objects import ObjectVersion
from tests.histories.checks import FeedRead, History, StatusRead, SummaryRead
from tests.histories.register import CANCEL, INSERT, REVERT, Change, Content, Scope, Stored
from tools.stack.local_stack import LocalStack
from tools.stack.seed import CUSTOMERS

HOUR, DAY = 3600, 86_400
START = 1_727_733_600
"""2024-09-30T22:00:00Z: two hours before the end of a month. All events are in the four hours from then on."""
MIDNIGHT = START + 2 * HOUR
NEWEST = 100
KINDS = ("window", "hour", "day", "month")
"""How a summary divides usage."""
WHO = tuple(customer.id for customer in CUSTOMERS[:2])
_COUNTING = {"succeeded", "succeeded_with_errors"}
_CALLS_FOR_AN_IDENTIFIER = 10
_SHARED = 4
"""Identifiers that clients choose from at a moment."""
_OK, _ACCEPTED, _REFUSED, _ABSENT, _CONFLICT, _BROKEN = 200, 202, 400, 404, 409, 500


@dataclass(slots=True)
class World:
    """What all clients of a round share."""

    stack: LocalStack
    api_url: str
    meter: str
    name: str
    """The event name, which identifiers and keys begin with."""
    history: History = field(default_factory=History)
    calls: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    files: list["File"] = field(default_factory=list)
    rows: Iterator[int] = field(default_factory=lambda: count(10_000))
    is_stopped: bool = False
    _lock: Lock = field(default_factory=Lock)

    def count_call(self, kind: str) -> None:
        """Count a call, or what came of it."""
        with self._lock:
            self.calls[kind] += 1

    def number_of_calls(self) -> int:
        """Return how many calls of all kinds there were: the clock by which identifiers and faults come."""
        return self.calls.total()


@dataclass(slots=True)
class File:
    """A file that was dropped, and what its client knows of it. `rows` are the identifiers and contents of its rows."""

    upload: str
    rows: list[tuple[str, Content]]
    asked: float
    """When its first run, or the request for the next run or the revert, began."""
    run: int = 0
    is_reverted: bool = False
    is_asked: bool = True


@dataclass(slots=True)
class Answer:
    """The answer to a request. The status is 0 if it was lost, or if the function broke."""

    begun: float
    ended: float
    status: int
    body: Any

    @property
    def code(self) -> str:
        """The code of an error."""
        return str(self.body.get("error", {}).get("code", ""))


class Client:
    """One of several clients at work at the same time."""

    def __init__(self, world: World, seed: str) -> None:
        """Draw from `seed`."""
        self.world = world
        self.random = Random(seed)
        self.files: list[File] = []
        self._created: list[tuple[str, Content, str]] = []
        self._http = urllib3.PoolManager(retries=False, timeout=40)
        self._s3 = world.stack.clients.s3()

    def work_until(self, calls: int) -> None:
        """Send requests until all clients together have sent so many, or the round is stopped."""
        kinds: dict[Callable[[], object], int] = {
            self.create: 24,
            self.cancel: 12,
            self.drop: 14,
            self.ask: 16,
            self.poll: 24,
        }
        kinds |= {self.feed: 14, self.summary: 14, self.status: 6}
        while self.world.number_of_calls() < calls and not self.world.is_stopped:
            self.random.choices(list(kinds), list(kinds.values()))[0]()

    def create(self) -> None:
        """Create an event, or repeat an earlier request with its Idempotency-Key."""
        if self._created and not self.random.randrange(6):
            event, content, key = self.random.choice(self._created)
        else:
            number, key = self._number(), secrets.token_hex(8) if self.random.randrange(3) else ""
            event, content = f"{self.world.name}-{number}", self._content(number)
            if key:
                self._created.append((event, content, key))
        payload = {"stripe_customer_id": content.customer, "value": str(content.value)}
        body = {
            "event_name": self.world.name,
            "identifier": event,
            "timestamp": content.timestamp,
            "payload": payload,
        }
        answer = self._send("create", "POST", "/v1/billing/meter_events", key, json=body)
        results = {_OK: {"stored"}, _REFUSED: {"same", "different"}}.get(answer.status)
        if answer.status == _REFUSED and answer.code != "duplicate_meter_event":
            self.world.problems.append(f"create {event}: {answer.body}")
        ended, owner = (inf if results is None else answer.ended), f"req_{key or secrets.token_hex(8)}"
        possible = frozenset(results or {"stored"})
        self._record(Change(event, INSERT, answer.begun, ended, owner, content, possible, results is not None))

    def cancel(self) -> None:
        """Cancel an event: one of the identifiers, or a row of a file."""
        event = f"{self.world.name}-{self._number()}"
        if self.world.files and self.random.randrange(2):
            event = self.random.choice(self.random.choice(self.world.files).rows)[0]
        body = {"type": "cancel", "event_name": self.world.name, "cancel": {"identifier": event}}
        answer = self._send("cancel", "POST", "/v1/billing/meter_event_adjustments", json=body)
        result = {_OK: "cancelled", _ABSENT: "absent", _CONFLICT: "busy"}.get(answer.status)
        ended, possible = (inf if result is None else answer.ended), frozenset({result or "cancelled"})
        self._record(Change(event, CANCEL, answer.begun, ended, results=possible, is_certain=result is not None))

    def drop(self) -> None:
        """Drop a file: some rows with identifiers, and some without."""
        world, stack = self.world, self.world.stack
        identified = sorted({self._number() for _ in range(self.random.randrange(3))})
        numbers = [*identified, *(next(world.rows) for _ in range(self.random.randrange(1, 4)))]
        self.random.shuffle(numbers)
        rows = [(f"{world.name}-{n}" if n in identified else "", self._content(n)) for n in numbers]
        lines = ["timestamp,event_name,payload_stripe_customer_id,payload_value,identifier"]
        lines += [f"{c.timestamp},{world.name},{c.customer},{c.value},{name}" for name, c in rows]
        key, begun = f"uploads/histories/{world.name}/{secrets.token_hex(8)}.csv", time.monotonic()
        put = self._s3.put_object(Bucket=stack.outputs.bucket, Key=key, Body="\n".join(lines).encode())
        upload = ObjectVersion(stack.outputs.bucket, key, put["VersionId"]).upload_id
        named = [(name or f"{upload}:{row}", content) for row, (name, content) in enumerate(rows, 1)]
        file = File(upload, named, begun)
        self.files.append(file)
        world.files.append(file)
        world.count_call("drop")

    def ask(self) -> None:
        """Ask for the revert or the reprocess of a file of its own."""
        files = [file for file in self.files if not file.is_asked and not file.is_reverted]
        if not files:
            return
        file, what = self.random.choice(files), self.random.choice(["revert", "reprocess"])
        file.is_asked, file.asked = True, time.monotonic()
        key = secrets.token_hex(8) if self.random.randrange(2) else ""
        answer = self._send(what, "POST", f"/v1/uploads/{file.upload}/{what}", key)
        if answer.status not in {0, _ACCEPTED}:
            self.world.problems.append(f"{what} {file}: {answer.body}")

    def poll(self) -> None:
        """Look at a file of its own."""
        files = [file for file in self.files if file.is_asked]
        if files:
            self.look(self.random.choice(files))

    def look(self, file: File) -> bool:
        """Read a file's upload, and record what has become of its rows; return whether it is final."""
        answer = self._send("read upload", "GET", f"/v1/uploads/{file.upload}")
        if answer.status != _OK:
            return False
        upload = answer.body
        self.world.history.statuses.append(StatusRead(answer.begun, answer.ended, upload))
        if upload["status"] == "reverted" and not file.is_reverted:
            file.is_asked, file.is_reverted = False, True
            for event, _ in file.rows:
                self._record(Change(event, REVERT, file.asked, answer.ended, file.upload))
        elif upload["status"] in _COUNTING and upload["run"] > file.run:
            file.is_asked, file.run = False, upload["run"]
            self._record_rows(file, upload, answer.ended)
        elif upload["status"] == "failed":
            self.world.problems.append(f"failed: {upload}")
        return upload["status"] in {*_COUNTING, "failed", "reverted"}

    def _record_rows(self, file: File, upload: Any, ended: float) -> None:
        refused = {sample["row_number"]: sample["code"] for sample in upload["samples"]}
        if set(refused.values()) - {"identifier_conflict"}:
            self.world.problems.append(f"refused for another reason: {upload}")
        may_be_duplicate = [event for event, _ in file.rows if not event.startswith(file.upload)]
        judged = len(may_be_duplicate) - len(refused)
        possible = ({"stored"} if upload["duplicate_count"] < judged else set()) | (
            {"same"} if upload["duplicate_count"] else set()
        )
        for row, (event, content) in enumerate(file.rows, 1):
            results = {"different"} if row in refused else possible if event in may_be_duplicate else {"stored"}
            self._record(Change(event, INSERT, file.asked, ended, file.upload, content, frozenset(results)))

    def feed(self) -> FeedRead | None:
        """Read a feed with any combination of filters."""
        edges = [START + number * HOUR // 2 for number in range(9)]
        start, end = sorted(self.random.sample(edges, 2))
        filters = {"customer": self.random.choice(WHO), "start_time": start, "end_time": end}
        return self.read_feed({name: value for name, value in filters.items() if self.random.randrange(2)})

    def read_feed(self, filters: dict[str, Any]) -> FeedRead | None:
        """Read a feed to its end; returns None if an answer is lost or a cursor has gone."""
        query = filters | {"limit": self.random.choice([5, 20, NEWEST])}
        begun, seen, received, answer = time.monotonic(), dict[str, Stored](), inf, None
        while answer is None or answer.body["has_more"]:
            answer = self._send("feed", "GET", f"/v1/billing/meters/{self.world.meter}/events", fields=query)
            if answer.status == _REFUSED and answer.code != "resource_missing":
                self.world.problems.append(f"feed {query}: {answer.body}")
            if answer.status != _OK:
                return None
            for event in answer.body["data"]:
                if event["identifier"] in seen or event["created"] > received:
                    self.world.problems.append(f"a feed repeats, or isn't in order: {event}, {filters}")
                received, content = (
                    event["created"],
                    Content(event["customer"], event["timestamp"], int(event["value"])),
                )
                is_cancelled = event["cancelled"] is not None
                seen[event["identifier"]] = Stored(event["upload"] or "", content, is_cancelled)
                query["starting_after"] = event["identifier"]
        view = "customer" if "customer" in filters else "all" if filters else "newest"
        scope = Scope(filters.get("customer"), filters.get("start_time", 0), filters.get("end_time", inf))
        is_whole = view != "newest" or len(seen) < NEWEST
        read = FeedRead(begun, answer.ended, view, scope, seen, is_whole)
        self.world.history.feeds.append(read)
        return read

    def summary(self) -> None:
        """Read a summary of a random kind."""
        self.read_summary(self.random.choice([*WHO, None]), self.random.choice(KINDS))

    def read_summary(self, who: str | None, kind: str) -> list[SummaryRead]:
        """Read usage in a window, or divided into hours, days, or months; returns nothing if the answer is lost."""
        first, last = sorted(self.random.sample(range(5), 2))
        start, end = {
            "day": (MIDNIGHT - DAY, MIDNIGHT + DAY),
            "window": (START + 60 * self.random.randrange(60), 0),
        }.get(kind, (START + first * HOUR, START + last * HOUR))
        end = end or start + 60 * self.random.randrange(1, 240)
        divided = {"window": {}, "month": {"period": "month"}}.get(kind, {"value_grouping_window": kind})
        query = {"start_time": start, "end_time": end, "limit": NEWEST} | divided | ({"customer": who} if who else {})
        answer = self._send("summary", "GET", f"/v1/billing/meters/{self.world.meter}/event_summaries", fields=query)
        if answer.status == _REFUSED:
            self.world.problems.append(f"summary {query}: {answer.body}")
        if answer.status != _OK:
            return []
        found = {(row["start_time"], row["end_time"]): row for row in answer.body["data"]}
        width = {"hour": HOUR, "day": DAY}.get(kind)
        periods = [(at, at + width) for at in range(start, end, width)] if width else list(found)
        reads = []
        for period in periods:
            row = found.pop(period, {"event_count": 0, "aggregated_value_decimal": "0"})
            total = int(Decimal(row["aggregated_value_decimal"]))
            reads.append(SummaryRead(answer.begun, answer.ended, Scope(who, *period), row["event_count"], total))
        if found:
            self.world.problems.append(f"periods outside of the window: {found}")
        self.world.history.summaries += reads
        return reads

    def status(self) -> None:
        """Read the list of uploads."""
        query = {"key_prefix": f"uploads/histories/{self.world.name}/", "limit": NEWEST}
        if self.random.randrange(2):
            query["status"] = self.random.choice(["succeeded", "processing", "reverting", "reverted"])
        answer = self._send("list uploads", "GET", "/v1/uploads", fields=query)
        if answer.status == _OK:
            self.world.history.statuses += [
                StatusRead(answer.begun, answer.ended, upload) for upload in answer.body["data"]
            ]

    def _number(self) -> int:
        """Draw one of the few identifiers that all clients use at this moment."""
        newest = self.world.number_of_calls() // _CALLS_FOR_AN_IDENTIFIER
        return max(0, newest - self.random.randrange(_SHARED))

    def _content(self, number: int) -> Content:
        """Draw one of the two contents of an identifier."""
        variant = int(not self.random.randrange(4))
        seconds = (number * 1_009 + variant * HOUR) % (4 * HOUR)
        return Content(WHO[(number + variant) % 2], START + seconds, 2 * number + variant + 1)

    def _record(self, change: Change) -> None:
        self.world.history.changes.append(change)

    def _send(self, kind: str, method: str, path: str, key: str = "", **request: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.world.stack.secret_key}"} | ({"Idempotency-Key": key} if key else {})
        begun = time.monotonic()
        try:
            response = self._http.request(method, self.world.api_url + path, headers=headers, **request)
            status, body = response.status, response.data
        except urllib3.exceptions.HTTPError:
            status, body = 0, b""
        ended = time.monotonic()
        self.world.count_call(kind)
        if status == 0 or status >= _BROKEN:
            self.world.count_call("no answer" if status == 0 else "5xx")
            return Answer(begun, ended, 0, {})
        return Answer(begun, ended, status, json.loads(body))
