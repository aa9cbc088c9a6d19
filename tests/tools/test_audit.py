"""The audit's recount: books that agree, and each way in which they do not."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tools.commands.audit import differences

Books = dict[str, list[dict[str, Any]]]
HOUR = "2024-09-25T00"
TIME = 1_727_222_400


def event(row: int, value: int | None, **more: object) -> dict[str, Any]:
    """Make an event of the upload."""
    facts = {"row": Decimal(row), "meter": "mtr_a", "customer": "cus#1", "timestamp": Decimal(TIME + row)}
    if value is not None:
        facts["value"] = Decimal(value)
    return {"id": f"upl_a:{row}", "upload": "upl_a", "event": facts, **more}


def agreeing() -> Books:
    """Make an upload of three events, one of them cancelled, an upload that failed, and a hand entry."""
    by_hand = event(1, 7, id="hand", upload="req_a")
    figures = {"count": Decimal(3), "sum": Decimal(3), "min": Decimal(1), "max": Decimal(2), "last": Decimal(2)}
    one = {"count": Decimal(1)} | dict.fromkeys(("sum", "min", "max", "last"), Decimal(7))
    partitions = ("mtr_a#customer#cus#1", "mtr_a#month#2024-09")
    cancel = {"count": Decimal(-1), "sum": Decimal(-2), "cancels": "upl_a:2", "upload": "upl_a"}
    usage = [
        {"pk": pk, "sk": f"{HOUR}#{owner}", **said}
        for pk in partitions
        for owner, said in (("upl_a", figures), ("req_a", one), ("cancel#upl_a:2", cancel))
    ]
    upload = {"kind": "usage", "dry_run": False, "key": "uploads/a.csv"}
    return {
        "events": [event(1, 1), event(2, 2, cancelled=Decimal(TIME)), event(3, None), by_hand],
        "usage": [*usage, {"pk": "mtr_a#feed", "sk": "1#upl_a"}],
        "uploads": [
            {**upload, "id": "upl_a", "status": "succeeded", "success_count": Decimal(3)},
            {**upload, "id": "upl_b", "status": "failed", "success_count": Decimal(0)},
            {"id": "#months"},
        ],
    }


def _lose_an_event(books: Books) -> None:
    del books["events"][0]


def _lose_a_figure(books: Books) -> None:
    del books["usage"][0]


def _double_a_sum(books: Books) -> None:
    books["usage"][0]["sum"] *= 2


def _lose_an_upload(books: Books) -> None:
    del books["uploads"][0]


def _revert_by_name_only(books: Books) -> None:
    books["uploads"][0]["status"] = "reverted"


def _forget_a_mark(books: Books) -> None:
    del books["events"][1]["cancelled"]


def _forget_a_cancel(books: Books) -> None:
    del books["usage"][2]


def _keep_figures_of_nobody(books: Books) -> None:
    books["usage"].append({"pk": "mtr_a#customer#x", "sk": f"{HOUR}#upl_b", "count": Decimal(1)})


def test_books_that_agree() -> None:
    """There is nothing to say."""
    assert [] == list(differences(**agreeing()))


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (_lose_an_event, ["upl_a (succeeded, uploads/a.csv): 2 events are stored instead of 3", "cus#1", "month"]),
        (_lose_a_figure, ["no usage item for 3 events"]),
        (_double_a_sum, ["sum 6 instead of 3"]),
        (_lose_an_upload, ["upl_a: 3 events are stored, but the upload doesn't exist"]),
        (_revert_by_name_only, ["upl_a (reverted, uploads/a.csv): 3 events are stored instead of 0"]),
        (_forget_a_mark, ["customer#cus#1 2024-09-25T00#cancel#upl_a:2: upl_a:2 is cancelled in usage", "month"]),
        (_forget_a_cancel, ["usage still counts a cancelled event"]),
        (_keep_figures_of_nobody, ["count 1 instead of 0"]),
    ],
)
def test_each_difference_is_named(change: Callable[[Books], None], names: list[str]) -> None:
    """Whatever was lost, doubled or left behind; one line for each place where it shows."""
    books = agreeing()
    change(books)
    found = list(differences(**books))
    assert [True] * len(names) == [name in line for name, line in zip(names, found, strict=True)]


def test_what_is_under_way_is_left_out() -> None:
    """An upload that is not final has stored some of its events, and some of their figures."""
    books = agreeing()
    books["uploads"][0]["status"] = "processing"
    _lose_an_event(books)
    _lose_a_figure(books)
    assert [] == list(differences(**books))


@pytest.mark.parametrize("change", [_forget_a_mark, _forget_a_cancel, lambda books: books["events"].pop(1)])
def test_cancels_of_what_is_being_taken_back_are_left_out(change: Callable[[Books], object]) -> None:
    """Of an upload that is being reverted the cancels are gone before its events are."""
    books = agreeing()
    books["uploads"][0]["status"] = "reverting"
    change(books)
    assert [] == list(differences(**books))
