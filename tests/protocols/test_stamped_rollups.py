"""Roll-ups of a month that prove themselves: one is used only while its tokens equal the stamps.

Each search runs one meter, one month and one scope: all customers, or one customer. Both scopes share the stamps. So
for one customer, an upload of other customers is a writer that puts no figures and stamps. Each step reads or writes
one item. Figures, tokens and readers are as few as each broken variant needs.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import pytest

from tests.protocols.search import Result, search

Broken = Literal[
    "a writer stamps before its figures",
    "a status is final before the stamp",
    "a revert puts no stamp",
    "stamps are read after the figures",
    "a part is stored under a token that is read afterwards",
    "stamps are read as of some time ago",
    "figures are read as of some time ago",
    "a roll-up is used while the token of one bucket differs",
]
LACKS_FINAL, HAS_REVERTED, UNTOUCHED = (
    "an answer lacks a final upload",
    "an answer has a reverted upload",
    "an answer is wrong about what nobody changes",
)
WRONG_AT_REST = "tokens equal the stamps, and the sum is wrong"

VIOLATIONS: dict[Broken, tuple[str, str]] = {
    "a writer stamps before its figures": ("several figures", WRONG_AT_REST),
    "a status is final before the stamp": ("several figures", LACKS_FINAL),
    "a revert puts no stamp": ("a revert that crashes", WRONG_AT_REST),
    "stamps are read after the figures": ("two buckets", WRONG_AT_REST),
    "a part is stored under a token that is read afterwards": ("two buckets", WRONG_AT_REST),
    "stamps are read as of some time ago": ("several figures", LACKS_FINAL),
    "figures are read as of some time ago": ("several figures", LACKS_FINAL),
    "a roll-up is used while the token of one bucket differs": ("two buckets", LACKS_FINAL),
}
"""The setting in which each broken variant is found, and what is wrong there."""


class Writer(NamedTuple):
    """An upload: its bucket, and the figures that it puts, or deletes if it is reverted. A figure is its worth."""

    bucket: int
    figures: tuple[int, ...]
    is_reverted: bool = False

    def steps(self, broken: Broken | None) -> tuple[int | str, ...]:
        """List the steps of an attempt; a number writes that figure."""
        match broken:
            case "a writer stamps before its figures":
                return ("stamp", *self.figures, "final")
            case "a status is final before the stamp":
                return (*self.figures, "final", "stamp")
            case "a revert puts no stamp" if self.is_reverted:
                return (*self.figures, "final")
            case _:
                return (*self.figures, "stamp", "final")


class Setting(NamedTuple):
    """What one search runs. The worth of each figure is a digit of its own, so that a sum shows what is in it."""

    writers: tuple[Writer, ...]
    buckets: tuple[tuple[int, ...], ...]
    """The figures that each bucket can have. Those of no writer, or of a reverted one, are there from the start."""
    readers: int = 2
    crashes: int = 1
    returns: int = 0
    """How often an earlier roll-up or part may come back, such as by a write that is delayed or repeated."""


_ADDED, _REVERTED = Writer(0, (1,)), Writer(0, (10,), is_reverted=True)
SETTINGS = {
    "several figures": Setting((Writer(0, (1, 10)),), ((1, 10),)),
    "a revert": Setting((_ADDED, _REVERTED), ((1, 10),)),
    "a revert that crashes": Setting((_REVERTED,), ((10,),)),
    "two buckets": Setting((_ADDED,), ((1,), (10,)), crashes=0),
    "one of two customers": Setting((_ADDED, Writer(0, ())), ((1, 10),), crashes=0),
    "what was stored before": Setting((_ADDED,), ((1,),), returns=1),
}


class Sum(NamedTuple):
    """A roll-up, or the part of one bucket, with the stamps that it was made under."""

    tokens: tuple[int, ...]
    value: int


class Reader(NamedTuple):
    """A summary that is being read."""

    step: int = 0
    began: tuple[int, ...] = ()
    """The step of each writer when the reader began."""
    tokens: tuple[int, ...] = ()
    later_tokens: tuple[int, ...] = ()
    values: tuple[int, ...] = ()
    """The sum of each bucket, as far as it is read."""
    from_part: tuple[bool, ...] = ()


class State(NamedTuple):
    """All stored items, and where everybody is."""

    figures: frozenset[int]
    stamps: tuple[int, ...]
    sums: tuple[Sum | None, ...]
    """The part of each bucket, then the roll-up."""
    writers: tuple[int, ...]
    readers: tuple[Reader, ...]
    crashes: int
    returns: int
    earlier: frozenset[tuple[int, Sum]] = frozenset()
    answer: str | None = None
    """What is wrong with an answer."""


def _replaced(values: tuple, at: int, value: object) -> tuple:  # type: ignore[type-arg] # of any items
    return (*values[:at], value, *values[at + 1 :])


class Protocol:
    """The steps of one setting, as designed or broken."""

    def __init__(self, setting: Setting, broken: Broken | None) -> None:
        """List the steps of each writer and of a reader."""
        self._setting, self._broken = setting, broken
        self._writers = [writer.steps(broken) for writer in setting.writers]
        buckets = range(len(setting.buckets))
        again = broken in {
            "stamps are read after the figures",
            "a part is stored under a token that is read afterwards",
        }
        self._reader: list[tuple[str, int, int]] = [
            *(("stamp", bucket, 0) for bucket in buckets),
            ("roll-up", 0, 0),
            *(("part", bucket, 0) for bucket in buckets),
            *(("figure", bucket, figure) for bucket in buckets for figure in setting.buckets[bucket]),
            ("answer", 0, 0),
            *(("stamp again", bucket, 0) for bucket in buckets if again),
            *(("store part", bucket, 0) for bucket in buckets),
            ("store roll-up", 0, 0),
        ]

    def start(self) -> State:
        """Return the state before anybody has begun."""
        setting = self._setting
        new = {figure for writer in setting.writers if not writer.is_reverted for figure in writer.figures}
        return State(
            figures=frozenset(figure for bucket in setting.buckets for figure in bucket) - new,
            stamps=(0,) * len(setting.buckets),
            sums=(None,) * (len(setting.buckets) + 1),
            writers=(0,) * len(setting.writers),
            readers=(Reader(),) * setting.readers,
            crashes=setting.crashes,
            returns=setting.returns,
        )

    def steps(self, state: State) -> Iterator[tuple[str, State]]:
        """List what may happen next."""
        for number, step in enumerate(state.writers):
            if step < len(self._writers[number]):
                yield self._write(state, number, step)
                if step and state.crashes:
                    writers = _replaced(state.writers, number, 0)
                    yield f"writer {number} crashes", state._replace(writers=writers, crashes=state.crashes - 1)
        for number, reader in enumerate(state.readers):
            if reader.step < len(self._reader) and reader not in state.readers[:number]:
                yield from self._read(state, number, reader)
        for place, stored in enumerate(state.sums):
            if stored is not None:
                yield f"delete sum {place}", self._store(state, place, None)
        if state.returns:
            for place, stored in state.earlier:
                returned = self._store(state, place, stored)
                yield (
                    f"sum {place} is {stored} again",
                    returned._replace(returns=state.returns - 1, earlier=frozenset()),
                )

    def violation(self, state: State) -> str | None:
        """Say what is wrong with an answer, or with what the next reader would find."""
        if state.answer or any(at < len(steps) for at, steps in zip(state.writers, self._writers, strict=True)):
            return state.answer
        buckets = self._setting.buckets
        for place, stored in enumerate(state.sums):
            is_rollup = place == len(buckets)
            tokens = state.stamps if is_rollup else state.stamps[place : place + 1]
            of = [figure for bucket in (buckets if is_rollup else buckets[place : place + 1]) for figure in bucket]
            if stored and stored.tokens == tokens and stored.value != sum(state.figures.intersection(of)):
                return WRONG_AT_REST
        return None

    def _write(self, state: State, number: int, at: int) -> tuple[str, State]:
        writer, step = self._setting.writers[number], self._writers[number][at]
        following = state._replace(writers=_replaced(state.writers, number, at + 1))
        if step == "stamp":
            # Counted instead of random: a token never comes back.
            stamps = _replaced(state.stamps, writer.bucket, state.stamps[writer.bucket] + 1)
            following = following._replace(stamps=stamps)
        elif isinstance(step, int):
            figures = state.figures - {step} if writer.is_reverted else state.figures | {step}
            following = following._replace(figures=figures)
        return f"writer {number}: {step}", following

    def _store(self, state: State, place: int, stored: Sum | None) -> State:
        earlier = state.earlier | {(place, stored)} if stored and state.returns else state.earlier
        return state._replace(sums=_replaced(state.sums, place, stored), earlier=earlier)

    def _read(self, state: State, number: int, reader: Reader) -> Iterator[tuple[str, State]]:
        step, bucket, figure = self._reader[reader.step]
        name = f"reader {number}: {step} {bucket} {figure}"
        reader = reader._replace(step=reader.step + 1)
        if step in {"roll-up", "answer", "store part", "store roll-up"}:
            yield name, self._follow(*self._answer_or_store(state, step, bucket, reader), number)
        else:
            for following in self._readings(state, step, bucket, figure, reader):
                yield name, self._follow(state, following, number)

    def _readings(self, state: State, step: str, bucket: int, figure: int, reader: Reader) -> Iterator[Reader]:
        match step:
            case "stamp":
                stamp, began = state.stamps[bucket], reader.began or state.writers
                outdated = {stamp - 1} if stamp and self._broken == "stamps are read as of some time ago" else set()
                for token in (stamp, *outdated):
                    yield reader._replace(began=began, tokens=(*reader.tokens, token))
            case "part":
                part = state.sums[bucket]
                is_used = part is not None and part.tokens == (reader.tokens[bucket],)
                values = (*reader.values, part.value if part and is_used else 0)
                yield reader._replace(values=values, from_part=(*reader.from_part, is_used))
            case "figure":
                found = {figure in state.figures}
                if self._broken == "figures are read as of some time ago":
                    found.add(figure in self.start().figures)
                for is_there in sorted(found):
                    value = reader.values[bucket] + figure * is_there
                    yield reader._replace(values=_replaced(reader.values, bucket, value))
            case "stamp again":
                yield reader._replace(later_tokens=(*reader.later_tokens, state.stamps[bucket]))

    def _answer_or_store(self, state: State, step: str, bucket: int, reader: Reader) -> tuple[State, Reader]:
        done, rollup = Reader(step=len(self._reader)), state.sums[-1]
        match step:
            case "roll-up" if rollup is not None and self._is_used(rollup, reader):
                return state._replace(answer=self._judge(state, reader, rollup.value)), done
            case "answer":
                answer = self._judge(state, reader, sum(reader.values))
                return state._replace(answer=answer), reader._replace(began=())
            case "store part":
                tokens = reader.later_tokens or reader.tokens
                return self._store(state, bucket, Sum((tokens[bucket],), reader.values[bucket])), reader
            case "store roll-up":
                is_later = self._broken == "stamps are read after the figures"
                tokens = reader.later_tokens if is_later else reader.tokens
                return self._store(state, len(state.sums) - 1, Sum(tokens, sum(reader.values))), done
        return state, reader

    def _follow(self, state: State, reader: Reader, number: int) -> State:
        """Move a reader to its next step. It skips the figures of a bucket whose part it uses."""
        at = reader.step
        while at < len(self._reader):
            step, bucket, _ = self._reader[at]
            if step not in {"figure", "store part"} or not reader.from_part[bucket]:
                break
            at += 1
        return state._replace(readers=tuple(sorted(_replaced(state.readers, number, reader._replace(step=at)))))

    def _is_used(self, rollup: Sum, reader: Reader) -> bool:
        equal = [stored == read for stored, read in zip(rollup.tokens, reader.tokens, strict=True)]
        return any(equal) if self._broken == "a roll-up is used while the token of one bucket differs" else all(equal)

    def _judge(self, state: State, reader: Reader, value: int) -> str | None:
        """Compare an answer with what was final before its reader began, and with what nobody has changed."""
        found = {figure for bucket in self._setting.buckets for figure in bucket if value // figure % 10}
        unwritten = {figure for bucket in self._setting.buckets for figure in bucket}
        for writer, steps, began, now in zip(
            self._setting.writers, self._writers, reader.began, state.writers, strict=True
        ):
            figures = set(writer.figures)
            unwritten -= figures
            if began > steps.index("final"):
                if writer.is_reverted and found & figures:
                    return HAS_REVERTED
                if not writer.is_reverted and figures - found:
                    return LACKS_FINAL
            at_first = figures if writer.is_reverted else set()
            if now == 0 and state.figures & figures == at_first != found & figures:
                return UNTOUCHED
        return UNTOUCHED if unwritten - found else None


def _search(broken: Broken | None, setting: Setting) -> Result:
    protocol = Protocol(setting, broken)
    return search(protocol.start(), protocol.steps, protocol.violation)


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_the_design(setting: Setting) -> None:
    """An answer has what was final before, has nothing that was reverted before, and is exact on the rest."""
    found = _search(None, setting)
    assert found.violation is None, found.path


@pytest.mark.parametrize("broken", VIOLATIONS)
def test_each_broken_variant_is_found(broken: Broken) -> None:
    """Without any one of its rules, the design gives a wrong answer, or stores one for the next reader."""
    setting, violation = VIOLATIONS[broken]
    assert violation == _search(broken, SETTINGS[setting]).violation
