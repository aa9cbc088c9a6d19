"""What the parsers say of a chunk's cells, column by column; and which cells they find at fault."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from meterdrop.domain.cells import content
from meterdrop.domain.columns import Layout
from meterdrop.domain.event import NO_PAYLOAD
from meterdrop.domain.identifier import refuse_identifier
from meterdrop.domain.parsers import CellMemo, Parsers, Plan
from meterdrop.domain.rows import Columns
from meterdrop.domain.verdict import Refusal

Faults = dict[int, tuple[int, ...]]
"""By the place of a row in its chunk the positions of its cells at fault; none where it lacks a column."""

_REFUSED: tuple[type, ...] = (Refusal,)
_EMPTY: tuple[type, ...] = (type(None),)


class Answers(NamedTuple):
    """The answers for rows whose meters read the same columns, in the order of the rows."""

    identifiers: Sequence[str | None] | None
    """Identifiers, empty where a row has none, None where it is refused; None for a file without the column."""
    customers: Sequence[object]
    times: Sequence[object]
    values: Sequence[object]
    payloads: Sequence[Mapping[str, object]]
    faults: Faults


def answers_of(
    columns: Columns, plans: Sequence[Plan], distinct: Collection[Plan], layout: Layout, parsers: Parsers
) -> Answers:
    """Ask the parsers about every cell that may not hold just anything; `distinct` are all plans there are."""
    count, shape = len(plans), plans[0].shape
    faults: Faults = {}
    if shape is None or shape.customer_at is None or (shape.value_at is None and shape.needs_value):
        faults = dict.fromkeys(range(count), ())

    def asked(at: int, memo: CellMemo[Any], at_fault: tuple[type, ...] = _REFUSED) -> list[object]:
        answers = list(map(memo.__getitem__, columns[at]))
        if not memo.is_spotless:
            _note(faults, at, answers, at_fault)
        return answers

    nothing: list[object] = [None] * count
    customers = values = nothing
    times = asked(layout.timestamp, parsers.times)
    if any(plan.refusal for plan in distinct):
        _note(faults, layout.event_name, [plan.refusal for plan in plans], _REFUSED)
    if shape is not None and shape.customer_at is not None:
        customers = asked(shape.customer_at, parsers.customers)
    if shape is not None and shape.value_at is not None:
        values = asked(shape.value_at, parsers.values, _REFUSED + _EMPTY if shape.needs_value else _REFUSED)
    others = tuple(layout.payload.items()) if shape is None else shape.others
    texts = [asked(at, parsers.texts) for _, at in others]
    identifiers = None
    if layout.identifier is not None:
        identifiers = list(map(_identifier, columns[layout.identifier]))
        _note(faults, layout.identifier, identifiers, _EMPTY)
    payloads = _payloads([key for key, _ in others], texts) if others else [NO_PAYLOAD] * count
    return Answers(identifiers, customers, times, values, payloads, faults)


def _note(faults: Faults, at: int, answers: Sequence[object], at_fault: tuple[type, ...]) -> None:
    """Note which answers for a column are of a type that is at fault."""
    types = list(map(type, answers))
    for wanted in at_fault:
        place = -1
        for _ in range(types.count(wanted)):
            place = types.index(wanted, place + 1)
            faults[place] = (*faults[place], at) if place in faults else (at,)


def _identifier(cell: str) -> str | None:
    """Return a row's identifier, empty where it has none, None where it is refused."""
    identifier = content(cell)
    return None if identifier and refuse_identifier(identifier) else identifier


def _payloads(keys: Sequence[str], texts: Sequence[Sequence[object]]) -> list[Mapping[str, object]]:
    """Return each row's payload that is neither customer nor value; empty texts are left out."""
    return [{key: text for key, text in zip(keys, row, strict=True) if text} for row in zip(*texts, strict=True)]
