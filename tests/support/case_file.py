"""Reads the files under tests/data/ (their form is described in its README.md), and writes what came of them alike."""

import ast
import json
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from meterdrop.domain.codes import Status
from meterdrop.domain.customers.customer import StoredCustomer
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.uploads.upload import Upload
from tests.support.fakes.world import Outcome

DATA = Path(__file__).parents[1] / "data"
_SECTION = re.compile(r"^===== (file|bytes|expected|error file)(.*)\n", re.MULTILINE)
_NEWLINES = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
_OPTION = re.compile(r"(key|encoding|newline)=(.+?)(?= (?:key=|encoding=|newline=|allow-duplicate)|$)")


class CaseError(Exception):
    """A case file is not written as its README says."""


@dataclass(slots=True)
class Drop:
    """One file that a case drops, and what must come of it. Ids of uploads stand as `<upload 1>`, counted from 1."""

    text: str | bytes
    key: str
    encoding: str = "utf-8"
    allow_duplicate: bool = False
    expected: list[str] = field(default_factory=list)
    says: dict[str, list[str]] = field(default_factory=dict)
    """Words that a message must have: by `row 2`, or by nothing for the failure's."""
    error_file: str | None = None
    has_byte_order_mark: bool = False

    def data(self, ids: list[str]) -> bytes:
        """Return the bytes to drop; `ids` are those of the case's uploads so far, this one's the last."""
        if isinstance(self.text, bytes):
            return self.text
        return with_ids(self.text, ids).encode(self.encoding)


@dataclass(frozen=True, slots=True)
class Case:
    """A case file."""

    title: str
    drops: list[Drop]

    @property
    def codes(self) -> Iterator[str]:
        """Every code that the case must bring about."""
        for line in (line for drop in self.drops for line in drop.expected):
            if line.startswith("failed"):
                yield line.rpartition(": ")[2]
            elif line.startswith("row "):
                yield from re.findall(r"(\w+) \(", line)


def read_case(path: Path) -> Case:
    """Read a case file; raises CaseError."""
    title, *sections = _SECTION.split(path.read_text(encoding="utf-8"))
    drops: list[Drop] = []
    for kind, options, body in zip(sections[::3], sections[1::3], sections[2::3], strict=True):
        if kind in {"file", "bytes"}:
            drops.append(_drop(kind, options.strip(), body, len(drops) + 1))
        elif not drops:
            raise CaseError(f"{path}: no file stands before {kind}")
        elif kind == "expected":
            _expect(drops[-1], body.splitlines())
        else:
            drops[-1].error_file, drops[-1].has_byte_order_mark = body, bool(options)
    if not title.strip() or not drops or not all(drop.expected for drop in drops):
        raise CaseError(f"{path}: a case has a title, and every file of it what is expected")
    return Case(title.strip(), drops)


def with_ids(text: str, ids: list[str]) -> str:
    """Put ids where `<upload 1>` stands."""
    return re.sub(r"<upload (\d)>", lambda match: ids[int(match[1]) - 1], text)


def error_fields(outcome: Outcome, *, with_events: bool, with_customers: bool) -> list[str]:
    """Write an outcome as the section `expected` does."""
    upload = outcome.upload
    status = upload.status.value + (" (dry run)" if upload.dry_run else "")
    if upload.status is Status.FAILED and upload.failure is not None:
        return [f"{status}: {upload.failure.code.value}"]
    counts = upload.counts
    lines = [
        status,
        f"{counts.row} rows: {counts.success} stored, {counts.duplicate} duplicate, {counts.error} refused",
    ]
    lines += [f"parent: {upload.parent}"] if upload.parent else []
    lines += [f"updates: {upload.updates}"] if upload.updates else []
    lines += [
        f"total {total.event_name}: {total.event_count} events, sum {total.value_sum or 'none'}"
        for total in upload.totals
    ]
    lines += _refused(upload)
    if with_events:
        lines += [f"stored {row}: {_event(event)}" for row, event in sorted(outcome.events.items())]
    if with_customers:
        lines += [f"customer {id_}: {_customer(stored)}" for id_, stored in sorted(outcome.customers.items())]
    return lines


def _refused(upload: Upload) -> list[str]:
    rows: dict[int, list[str]] = {}
    for sample in upload.samples:
        rows.setdefault(sample.row_number, []).append(f"{sample.code.value} ({sample.field})")
    return [f"row {row}: {', '.join(errors)}" for row, errors in rows.items()]


def _event(event: StoredEvent) -> str:
    time = datetime.fromtimestamp(event.timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    value = "none" if event.value is None else f"{event.value:f}"
    payload = json.dumps(event.payload, ensure_ascii=False)
    return f"{time} {event.event_name} {event.customer} {value} {payload}"


def _customer(stored: StoredCustomer) -> str:
    customer = stored.customer
    return f"row {stored.row}, name {customer.name or 'none'}, email {customer.email or 'none'}"


def _drop(kind: str, options: str, body: str, number: int) -> Drop:
    given = dict(_OPTION.findall(options))
    drop = Drop(
        text=_evaluate(ast.parse(f"({body})", mode="eval").body) if kind == "bytes" else body,
        key=given.get("key", f"uploads/case-{number}.csv"),
        encoding=given.get("encoding", "utf-8"),
        allow_duplicate=options.endswith("allow-duplicate"),
    )
    if isinstance(drop.text, str):
        drop.text = drop.text.replace("\n", _NEWLINES[given.get("newline", "lf")])
    return drop


def _expect(drop: Drop, lines: list[str]) -> None:
    for line in lines:
        of, is_words, words = line.partition("says: ")
        if is_words:
            drop.says.setdefault(of.strip(), []).append(words)
        else:
            drop.expected.append(line)


def _evaluate(node: ast.expr) -> Any:
    """Work out literals put together by `+`, `*` and `.encode(...)`, and nothing else."""
    operators: dict[type[ast.operator], Callable[[Any, Any], Any]] = {ast.Add: operator.add, ast.Mult: operator.mul}
    match node:
        case ast.Constant(value=value):
            return value
        case ast.BinOp(left=left, op=op, right=right) if type(op) in operators:
            return operators[type(op)](_evaluate(left), _evaluate(right))
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="encode"), args=[encoding]):
            return text.encode(_evaluate(encoding))
    raise CaseError(f"not a literal: {ast.unparse(node)}")
