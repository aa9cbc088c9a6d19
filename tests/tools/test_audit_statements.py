"""The audit of statements: those that agree, and each way in which they do not."""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tools.commands.audit_statements import statement_differences

DATA = b"event_name,meter,customer,event_count\r\ncalls,mtr_a,ada,3\r\ncalls,mtr_a,bob,-1\r\n"
Item = dict[str, Any]


def agreeing() -> list[Item]:
    """Make a period with two statements, the second without lines, and an open one."""
    statement = {
        "pk": "statements#bp_a",
        "period": "bp_a",
        "number": Decimal(1),
        "key": "statements/bp_a/1.csv",
        "version_id": "v",
        "sha256": hashlib.sha256(DATA).hexdigest(),
        "line_count": Decimal(2),
        "event_count": Decimal(2),
    }
    head = DATA.partition(b"\r\n")[0]
    empty = {"sha256": hashlib.sha256(head).hexdigest(), "line_count": Decimal(0), "event_count": Decimal(0)}
    return [
        {"pk": "periods#adjust", "id": "bp_a", "statement_count": Decimal(2)},
        {"pk": "periods#refuse", "id": "bp_b", "statement_count": Decimal(0)},
        statement,
        {**statement, "number": Decimal(2), "key": "statements/bp_a/2.csv", **empty},
        {"pk": "meters", "id": "mtr_a"},
    ]


def objects(key: str, version_id: str) -> bytes | None:
    """Return the objects of both."""
    assert version_id == "v"
    return {"statements/bp_a/1.csv": DATA, "statements/bp_a/2.csv": DATA.partition(b"\r\n")[0]}.get(key)


def test_what_agrees() -> None:
    """Nothing is named."""
    assert [] == list(statement_differences(agreeing(), objects))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda items: items[2].update(sha256="0"), "has another SHA-256"),
        (lambda items: items[2].update(line_count=3), "has other lines or events"),
        (lambda items: items[2].update(event_count=3), "has other lines or events"),
        (lambda items: items[2].update(key="gone"), "is gone"),
        (lambda items: items.pop(3), "not all of its 2 statements"),
        (lambda items: items[0].update(statement_count=1), "not all of its 1 statements"),
        (lambda items: items.pop(0), "doesn't exist"),
    ],
)
def test_what_differs(damage: Callable[[list[Item]], object], said: str) -> None:
    """Each damage is named once."""
    items = agreeing()
    damage(items)
    [difference] = statement_differences(items, objects)
    assert said in difference
    assert "bp_a" in difference
