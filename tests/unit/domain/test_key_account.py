"""What a row is that its account has or has not: the step, rows that are accounted already, and which contents are one.

As two events of one identifier would be the same, so are two rows without.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.metering.event import Content, StoredEvent
from meterdrop.domain.uploads.key_account import KeyAccount, KeyAccounts, MatchedRows, digest

_texts = st.text(alphabet="a'\"\\,()1 ü\ud800\n", max_size=4)
_numbers = st.sampled_from([None, *map(Decimal, ("0", "-0", "0.0", "400", "4E+2", "400.00", "-1.5", "-1.50", "1E-12"))])
_contents = st.tuples(
    _texts, _texts, st.sampled_from([0, 1, 11]), _numbers, st.dictionaries(_texts, _texts, max_size=2)
)


@given(_contents, _contents)
def test_equal_digests_are_equal_contents(one: Content, other: Content) -> None:
    """And the other way round."""
    assert (one == other) == (digest(one) == digest(other))


@given(_contents, _contents, st.integers(0, 4))
def test_each_part_makes_a_difference(one: Content, other: Content, at: int) -> None:
    """Two that differ in one part alone are two."""
    changed = cast("Content", (*one[:at], other[at], *one[at + 1 :]))
    assert (one == changed) == (digest(one) == digest(changed))


@given(_contents)
def test_order_of_the_payload(content: Content) -> None:
    """In which order columns stand makes no difference."""
    turned = dict(reversed(list(content[4].items())))
    assert digest(content) == digest((*content[:4], turned))


def test_sixteen_bytes() -> None:
    """Long enough that no two rows have one by chance, short enough to be kept for every row."""
    assert 16 == len(digest(("a", "b", 1, Decimal(1), {})))


def test_what_makes_a_content() -> None:
    """A value is a number, so `400.0` is `400`; no value is not zero; other payload is other content."""
    same = [digest(("a", "b", 1, Decimal(value), {})) for value in ("400", "400.0", "4E+2")]
    assert 1 == len(set(same))
    assert digest(("a", "b", 1, Decimal("-0.0"), {})) == digest(("a", "b", 1, Decimal(0), {}))
    assert digest(("a", "b", 1, None, {})) != digest(("a", "b", 1, Decimal(0), {}))
    assert digest(("a", "b", 1, None, {})) != digest(("a", "b", 1, None, {"note": "c"}))
    assert digest(("a", "b", 1, None, {"c": "1", "d": "2"})) == digest(("a", "b", 1, None, {"d": "2", "c": "1"}))


class Case(NamedTuple):
    """An account as an upload `me` finds it, whose rows are rows of the versions V and W, and what becomes of them.

    Rows are written `V1a`: row 1 of version V, with content a. Events name their owner, `V1a E`; noted rows are those
    that other uploads have found to be duplicates. Results are `new`, `other` (a conflict), or the duplicate's owner.
    """

    events: str = ""
    noted: str = ""
    complete: str = ""
    matches: Sequence[tuple[str, str]] = ()
    """Rows in the order in which they are settled, and their results; `V1a?` may not be new."""


CASES = {
    "equal rows of one version are so many events": Case(matches=[("V1a", "new"), ("V2a", "new"), ("V3b", "new")]),
    "a version has what another one counts, and what is more is new": Case(
        "X1a X", matches=[("V1a", "X"), ("V2a", "new"), ("V3b", "new")]
    ),
    "each event is named once": Case("X1a X, X2a E, X3a F", matches=[("V1a", "X"), ("V2a", "E"), ("V3a", "F")]),
    "events of a version itself are no other's": Case("V1a me, X1a X", matches=[("V2a", "X"), ("V3a", "new")]),
    "a version's own events count for it": Case("V1a me, V2a E, X1a X", matches=[("V3a", "X"), ("V4a", "new")]),
    "a new row counts for the other version": Case(matches=[("V1a", "new"), ("W1a", "me"), ("W2a", "new")]),
    "a duplicate adds to its version alone": Case("X1a X", matches=[("V1a", "X"), ("W1a", "X"), ("V2a", "new")]),
    "a row whose id has an event is for the store to settle": Case(
        "V1a E, X1a X", matches=[("V1a", "new"), ("V1b", "new"), ("V2a", "X")]
    ),
    "a noted row is a duplicate once more, and counts for its version": Case(
        "X1a X", "V1a", matches=[("V1a", "X"), ("V2a", "new")]
    ),
    "the first good row wins": Case("X1a X, X1b X", "V1a", matches=[("V1b", "other"), ("V1a", "X"), ("V2b", "X")]),
    "of two notes of a row the first one stands": Case(
        "X1a X, X2b X", "V1a V1b", matches=[("V1b", "other"), ("V2a", "new"), ("V3b", "X")]
    ),
    "an event stands before a note": Case("V1a E, X1b X", "V1b", matches=[("V1b", "new"), ("V2b", "X")]),
    "a noted row whose events are gone has no owner": Case("", "V1a", matches=[("V1a", "")]),
    "notes of other versions are nothing here": Case("X1a X", "Y1a", matches=[("V1a", "X"), ("V2a", "new")]),
    "a row of a version all of whose rows are accounted": Case(
        "X1a X", complete="V", matches=[("V7a", "X"), ("V8b", "other"), ("W1b", "new")]
    ),
    "a row that may not be new counts nowhere": Case(matches=[("V1a?", "new"), ("W1a", "new"), ("V1a", "me")]),
    "a row that may not be new is a duplicate": Case("X1a X", matches=[("V1a?", "X"), ("V2a?", "new"), ("V3a", "new")]),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_rows_of_an_account(case: Case) -> None:
    """A row that becomes accounted is new where its version then has more such rows than the account has events."""
    account = KeyAccount("me", "VW")
    for each in filter(None, case.events.split(", ")):
        row, _, owner = each.partition(" ")
        account.add_event(StoredEvent(f"{row[0]}:{row[1]}", owner, 1, "mtr", *content_of(row), 0))
    for row in case.noted.split():
        account.add_matched(MatchedRows(rows={row[0]: [(int(row[1]), digest(content_of(row)))]}))
    account.add_matched(MatchedRows(complete=frozenset(case.complete)))
    found = []
    for row, _ in case.matches:
        match = account.match(row[0], int(row[1]), content_of(row), may_be_new=not row.endswith("?"))
        found.append((row, "new" if match is None else match.owner if match.is_same else "other"))
    assert list(case.matches) == found


def content_of(row: str) -> Content:
    """Return the content of a row that is written as `Case` has it."""
    return ("name", row[2], 1, Decimal(1), {})


def test_what_was_matched() -> None:
    """Duplicates that have no note yet are to be noted, in their order; new rows have events."""
    account = KeyAccount("me", "VW")
    account.add_event(StoredEvent("X:1", "X", 1, "mtr", *content_of("X1a"), 0))
    account.add_matched(MatchedRows(rows={"W": [(5, digest(content_of("W5a")))]}))
    for row in ("V2a", "V1a", "W5a", "W6a"):
        account.match(row[0], int(row[1]), content_of(row))
    a = digest(content_of("V1a"))
    assert {"V": [(2, a)], "W": [(6, a)]} == KeyAccounts({"V": account, "W": account}).matched
