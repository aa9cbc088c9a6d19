"""The checks of histories accept every history of a correct store, and refuse each kind of wrong one."""

from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.histories.checks import FeedRead, History, StatusRead, SummaryRead
from tests.histories.register import CANCEL, INSERT, REVERT, Change, Content, Scope, Stored

ALL = Scope(None)
CONTENTS = (Content("ada", 3600, 1), Content("babbage", 7200, 2))
UPLOAD = {"id": "upl_a", "run": 1, "row_count": 2, "success_count": 2, "duplicate_count": 0, "error_count": 0}


def insert(begun: float, ended: float, result: str, owner: str = "req_1", content: Content = CONTENTS[0]) -> Change:
    """Make an insert of the event `i`."""
    return Change("i", INSERT, begun, ended, owner, content, frozenset({result}))


def cancel(begun: float, ended: float, result: str = "cancelled") -> Change:
    """Make a cancel of the event `i`."""
    return Change("i", CANCEL, begun, ended, results=frozenset({result}))


def feed(begun: float, ended: float, *, is_there: bool, is_cancelled: bool = False, owner: str = "") -> FeedRead:
    """Make a feed that is read to its end."""
    seen = {"i": Stored(owner, CONTENTS[0], is_cancelled)} if is_there else {}
    return FeedRead(begun, ended, "all", ALL, seen, is_whole=True)


def summary(begun: float, ended: float, count: int) -> SummaryRead:
    """Make a summary of events of the first content."""
    return SummaryRead(begun, ended, ALL, count, count * CONTENTS[0].value)


def status(begun: float, name: str, **changed: int) -> StatusRead:
    """Make a read of an upload."""
    return StatusRead(begun, begun + 1, UPLOAD | {"status": name} | changed)


WRONG = {
    "an acknowledged event is lost": History([insert(0, 1, "stored")], feeds=[feed(2, 3, is_there=False)]),
    "two requests store the same event": History([insert(0, 3, "stored"), insert(1, 2, "stored", "req_2")]),
    "a duplicate of nothing": History([insert(0, 1, "same", "upl_a")]),
    "a conflict with the same content": History(
        [insert(0, 1, "stored"), replace(insert(2, 3, "different", "upl_a"), content=CONTENTS[0])]
    ),
    "a cancel finds no event that is there": History([insert(0, 1, "stored"), cancel(2, 3, "absent")]),
    "a cancelled event counts again": History(
        [insert(0, 1, "stored"), cancel(2, 3)], feeds=[feed(4, 5, is_there=True)]
    ),
    "an event appears that nobody created": History([], feeds=[feed(0, 1, is_there=True)]),
    "an event goes while its insert is under way": History(
        [insert(0, 9, "stored")], feeds=[feed(1, 2, is_there=True), feed(3, 4, is_there=False)]
    ),
    "a reverted event stays": History(
        [insert(0, 1, "stored", "upl_a"), Change("i", REVERT, 2, 3, "upl_a")],
        feeds=[feed(4, 5, is_there=True, owner="upl_a")],
    ),
    "a summary misses an acknowledged event": History([insert(0, 1, "stored")], summaries=[summary(2, 3, 0)]),
    "a summary counts an event twice": History([insert(0, 1, "stored")], summaries=[summary(2, 3, 2)]),
    "a summary counts an event before it is created": History([insert(5, 6, "stored")], summaries=[summary(2, 3, 1)]),
    "a summary counts a cancelled event": History([insert(0, 1, "stored"), cancel(2, 3)], summaries=[summary(4, 5, 1)]),
    "a summary goes back": History([insert(0, 9, "stored")], summaries=[summary(1, 2, 1), summary(3, 4, 0)]),
    "a status goes back": History(statuses=[status(0, "succeeded"), status(2, "processing")]),
    "a final status changes": History(statuses=[status(0, "succeeded"), status(2, "failed")]),
    "a run goes back": History(statuses=[status(0, "processing", run=2), status(2, "succeeded")]),
    "counts shrink": History(statuses=[status(0, "processing"), status(2, "processing", row_count=1)]),
    "counts don't add up": History(statuses=[status(0, "succeeded", row_count=3)]),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_history_is_refused(name: str) -> None:
    """Each one breaks one rule."""
    assert list(WRONG[name].problems())


RIGHT = {
    "what is under way may be seen or not": History(
        [insert(0, 9, "stored")],
        feeds=[feed(1, 2, is_there=False), feed(3, 4, is_there=True)],
        summaries=[summary(1, 2, 0), summary(3, 4, 1), summary(10, 11, 1)],
    ),
    "a request whose answer is lost takes place later": History(
        [replace(insert(0, inf, "stored"), is_certain=False)],
        feeds=[feed(1, 2, is_there=False), feed(30, 31, is_there=True)],
        summaries=[summary(1, 2, 0), summary(30, 31, 1)],
    ),
    "a request whose answer is lost never takes place": History(
        [replace(insert(0, inf, "stored"), is_certain=False), insert(2, 3, "stored", "req_2")]
    ),
    "a cancel whose answer is lost meets a later event": History(
        [
            insert(0, 1, "stored", "upl_a"),
            cancel(2, 3),
            replace(cancel(4, inf), is_certain=False),
            Change("i", REVERT, 5, 6, "upl_a"),
            insert(7, 8, "stored"),
        ],
        feeds=[feed(9, 10, is_there=True), feed(11, 12, is_there=True, is_cancelled=True)],
    ),
    "a revert frees the identifier": History(
        [insert(0, 1, "stored", "upl_a"), Change("i", REVERT, 2, 5, "upl_a"), insert(3, 4, "stored")],
        feeds=[feed(6, 7, is_there=True)],
    ),
    "statuses go on": History(
        statuses=[status(0, "processing"), status(2, "succeeded"), status(4, "processing", run=2, row_count=0)]
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_history_is_accepted(name: str) -> None:
    """Each one is at the edge of a rule."""
    assert [] == list(RIGHT[name].problems())


_MOMENTS = st.tuples(st.integers(0, 40), st.floats(0, 8), st.floats(0, 8))
_REQUESTS = st.one_of(
    st.tuples(st.just(INSERT), st.sampled_from(["req_1", "req_2", "upl_a", "upl_b"]), st.sampled_from(CONTENTS)),
    st.tuples(st.just(CANCEL), st.just(""), st.just(None)),
    st.tuples(st.just(REVERT), st.sampled_from(["upl_a", "upl_b"]), st.just(None)),
    st.tuples(st.just("read"), st.just(""), st.just(None)),
)


@given(
    st.lists(st.tuples(_MOMENTS, _REQUESTS, st.booleans()), max_size=12, unique_by=lambda each: each[0][0]),
)
def test_every_history_of_a_store_is_accepted(
    drawn: list[tuple[tuple[int, float, float], tuple[str, str, Content | None], bool]],
) -> None:
    """The store acts at one moment of each request; the client learns of it later, or never."""
    history, state, reverted = History(), None, set[str]()
    for (moment, before, after), (kind, owner, content), is_lost in sorted(drawn, key=lambda each: each[0][0]):
        begun, ended = moment - before, moment + after
        if kind == "read":
            shown = None if state is None else state._replace(owner=state.owner if "upl" in state.owner else "")
            history.feeds.append(
                FeedRead(begun, ended, "all", ALL, {} if shown is None else {"i": shown}, is_whole=True)
            )
            counts = state is not None and not state.is_cancelled
            value = state.content.value if counts and state is not None else 0
            history.summaries.append(SummaryRead(begun, ended, ALL, int(counts), value))
            continue
        result = _result(kind, owner, content, state)
        if owner in reverted or (kind == REVERT and (state is None or state.owner != owner)):
            continue
        possible: dict[str, frozenset[str]] = {INSERT: frozenset({"stored"}), CANCEL: frozenset({"cancelled"})}
        change = Change("i", kind, begun, ended, owner, content, frozenset({result} - {""}))
        if is_lost and kind != REVERT:
            change = replace(change, ended=inf, results=possible[kind], is_certain=False)
        history.changes.append(change)
        if kind == INSERT and content is not None and state is None:
            state = Stored(owner, content)
        elif kind == CANCEL and state is not None:
            state = state._replace(is_cancelled=True)
        elif kind == REVERT:
            state = None
            reverted.add(owner)
    assert [] == list(history.problems())


def _result(kind: str, owner: str, content: Content | None, state: Stored | None) -> str:
    if kind == INSERT:
        if state is None or state.owner == owner:
            return "stored"
        return "same" if state.content == content else "different"
    return "" if kind == REVERT else "absent" if state is None else "cancelled"
