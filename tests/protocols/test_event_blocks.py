"""Where one row's event is: in a block of its upload, or in an item of its own.

The search runs one row of an upload and the same row of its error file. Both can crash, be processed again, fail and be
reverted, while the row's customer comes and goes. Each step is one call to the store. Of two attempts at one upload,
the lease lets only one run.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import pytest

from tests.protocols.search import Result, search

Broken = Literal[
    "a block is rewritten",
    "a block is written in a later run",
    "an error file is accepted before the first run has ended",
    "the block is not read before an event is inserted",
    "a stored row is validated again",
    "an undo deletes the events of others",
]

VIOLATIONS: dict[Broken, str] = {
    "a block is rewritten": "the row counts twice",
    "a block is written in a later run": "the row counts twice",
    "an error file is accepted before the first run has ended": "the row counts twice",
    "the block is not read before an event is inserted": "the row counts twice",
    "a stored row is validated again": "the upload's status and its event differ",
    "an undo deletes the events of others": "the error file's status and its event differ",
}


class State(NamedTuple):
    """The stored items, where each attempt is, and how often things may still happen."""

    is_valid: bool = False
    upload: str = "processing"
    has_ended: bool = False
    attempt: tuple[str, ...] = ()
    """The next step, and what follows it."""
    counts_row: bool = False
    block: str = ""
    """Empty if there is none, else `row`, or `others` if it has only other rows."""
    item: str = ""
    """The owner of the row's own item: empty, `upload` or `error file`."""
    error_file: str = ""
    error_file_attempt: tuple[str, ...] = ()
    counts_corrected: bool = False
    catalog_changes: int = 2
    crashes: int = 2
    reprocesses: int = 2
    reverts: int = 1
    error_file_requests: int = 1


def _steps(state: State, broken: Broken | None) -> Iterator[tuple[str, State]]:
    if state.catalog_changes:
        changed = state._replace(is_valid=not state.is_valid, catalog_changes=state.catalog_changes - 1)
        yield "the catalog changes", changed
    for name, following in _upload_steps(state, broken):
        yield f"upload: {name}", following
    for name, following in _error_file_steps(state, broken):
        yield f"error file: {name}", following


def _upload_steps(state: State, broken: Broken | None) -> Iterator[tuple[str, State]]:
    if state.attempt:
        if state.crashes:
            yield "crash", state._replace(attempt=(), crashes=state.crashes - 1)
        yield from _attempt_steps(state, broken)
    elif state.upload == "processing":
        yield "start", state._replace(attempt=("read block",))
        yield "give up, or refuse the file", state._replace(attempt=("delete block", "failed"))
    elif state.upload == "reverting":
        yield "start the revert", state._replace(attempt=("delete block", "reverted"))
    elif state.upload in {"final", "failed"}:
        if state.reprocesses:
            yield "reprocess", state._replace(upload="processing", reprocesses=state.reprocesses - 1)
        if state.upload == "final" and state.reverts:
            yield "revert", state._replace(upload="reverting", reverts=state.reverts - 1)


def _attempt_steps(state: State, broken: Broken | None) -> Iterator[tuple[str, State]]:
    step, *after = state.attempt
    match step:
        case "read block":
            yield from (("read block", state._replace(attempt=each)) for each in _after_block(state, broken))
        case "read item":
            yield from (("read item", state._replace(attempt=each)) for each in _after_item(state, broken))
        case "put row" | "put others":
            yield from _put_block(state, "row" if step == "put row" else "others", after, broken)
        case "insert":
            if state.item:
                ending = "count" if state.item == "upload" else "leave out"
                yield "find the item", state._replace(attempt=(ending,))
            else:
                yield "insert", state._replace(item="upload", attempt=("count",))
                yield "insert, answer lost", state._replace(item="upload")
        case "count" | "leave out":
            yield "end", state._replace(upload="final", has_ended=True, attempt=(), counts_row=step == "count")
        case "delete block":
            yield "delete block", state._replace(block="", attempt=("delete item", *after))
        case "delete item":
            is_deleted = state.item == "upload" or broken == "an undo deletes the events of others"
            yield "delete item", state._replace(item="" if is_deleted else state.item, attempt=("end undo", *after))
        case "end undo":
            yield "end undo", state._replace(upload=after[0], has_ended=True, attempt=(), counts_row=False)


def _after_block(state: State, broken: Broken | None) -> Iterator[tuple[str, ...]]:
    if state.block == "row":
        is_refused = broken == "a stored row is validated again" and not state.is_valid
        yield ("leave out",) if is_refused else ("count",)
    else:
        yield ("read item",)


def _after_item(state: State, broken: Broken | None) -> Iterator[tuple[str, ...]]:
    may_put = not (state.block or state.has_ended)
    if broken == "a block is rewritten":
        may_put = bool(state.block) or not state.has_ended
    elif broken == "a block is written in a later run":
        may_put = not state.block
    if state.item == "upload" and (state.is_valid or broken != "a stored row is validated again"):
        yield ("count",)
    elif state.item == "error file":
        yield ("leave out",)
    elif state.is_valid:
        if may_put:
            yield ("put row", "count")
            yield ("put others", "insert")  # the row doesn't fit into the block
        yield ("insert",)  # in the first run: a block of this row alone would be too large
    else:
        if may_put:
            yield ("put others", "leave out")
        yield ("leave out",)  # in the first run: no row of the block is valid, so it isn't written


def _put_block(state: State, rows: str, after: list[str], broken: Broken | None) -> Iterator[tuple[str, State]]:
    if not state.block or broken == "a block is rewritten":
        yield f"put block of {rows}", state._replace(block=rows, attempt=tuple(after))
        yield f"put block of {rows}, answer lost", state._replace(block=rows)
    elif state.block == "row":
        yield "find the block", state._replace(attempt=("count",))
    else:
        yield "find the block", state._replace(attempt=("insert",) if rows == "row" else tuple(after))


def _error_file_steps(state: State, broken: Broken | None) -> Iterator[tuple[str, State]]:
    if state.error_file_attempt:
        if state.crashes:
            yield "crash", state._replace(error_file_attempt=(), crashes=state.crashes - 1)
        yield from _error_file_attempt_steps(state, broken)
        return
    may_start = state.has_ended or broken == "an error file is accepted before the first run has ended"
    match state.error_file:
        case "":
            yield "arrive", state._replace(error_file="processing")
        case "processing":
            if may_start:
                first = "read item" if broken == "the block is not read before an event is inserted" else "read block"
                yield "start", state._replace(error_file_attempt=(first,))
            yield "give up", state._replace(error_file_attempt=("delete item", "failed"))
        case "reverting":
            yield "start the revert", state._replace(error_file_attempt=("delete item", "reverted"))
        case "final" | "failed" if state.error_file_requests:
            left = state.error_file_requests - 1
            yield "reprocess", state._replace(error_file="processing", error_file_requests=left)
            if state.error_file == "final":
                yield "revert", state._replace(error_file="reverting", error_file_requests=left)


def _error_file_attempt_steps(state: State, broken: Broken | None) -> Iterator[tuple[str, State]]:
    step, *after = state.error_file_attempt
    match step:
        case "read block":
            following = "leave out" if state.block == "row" else "read item"
            yield "read block", state._replace(error_file_attempt=(following,))
        case "read item":
            if state.item == "error file" and (state.is_valid or broken != "a stored row is validated again"):
                following = "count"
            else:
                following = "insert" if state.is_valid and not state.item else "leave out"
            yield "read item", state._replace(error_file_attempt=(following,))
        case "insert":
            if state.item:
                ending = "count" if state.item == "error file" else "leave out"
                yield "find the item", state._replace(error_file_attempt=(ending,))
            else:
                yield "insert", state._replace(item="error file", error_file_attempt=("count",))
                yield "insert, answer lost", state._replace(item="error file")
        case "count" | "leave out":
            counts = step == "count"
            yield "end", state._replace(error_file="final", error_file_attempt=(), counts_corrected=counts)
        case "delete item":
            item = "" if state.item == "error file" else state.item
            yield "delete item", state._replace(item=item, error_file_attempt=("end undo", *after))
        case "end undo":
            yield "end undo", state._replace(error_file=after[0], error_file_attempt=(), counts_corrected=False)


def _violation(state: State) -> str | None:
    if state.block == "row" and state.item:
        return "the row counts twice"
    is_in_upload = state.block == "row" or state.item == "upload"
    if state.upload in {"final", "failed", "reverted"} and state.counts_row != is_in_upload:
        return "the upload's status and its event differ"
    is_in_error_file = state.item == "error file"
    if state.error_file in {"final", "failed", "reverted"} and state.counts_corrected != is_in_error_file:
        return "the error file's status and its event differ"
    return None


def _search(broken: Broken | None) -> Result:
    return search(State(), lambda state: _steps(state, broken), _violation)


def test_the_design() -> None:
    """The row counts at most once, and only an upload that says so has it."""
    found = _search(None)
    assert found.violation is None, found.path


@pytest.mark.parametrize(("broken", "violation"), VIOLATIONS.items())
def test_each_broken_variant_is_found(broken: Broken, violation: str) -> None:
    """Without any one of its rules, the design counts a row twice, or an event that no status names."""
    assert violation == _search(broken).violation
