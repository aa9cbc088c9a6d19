"""The close of a billing period, on services in memory: crashes at every call, waiting, and its end."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.periods.period import BillingPeriod, PeriodStatus, to_closing
from meterdrop.domain.periods.statement import Place, Quantity, Statement, stated
from meterdrop.domain.uploads.status_event import StatusEvent, statement_event
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import MAX_ATTEMPTS, Attempt, BusyError, ExhaustedError
from meterdrop.pipeline.statements.close import LISTED_AFTER_SECONDS, LONGEST_WAIT_SECONDS, PeriodClosing
from meterdrop.pipeline.statements.statement_file import decode
from tests.support.fakes.catalog import FakeMeters
from tests.support.fakes.crash import Crash, CrashError, Switch
from tests.support.fakes.periods import FakePeriods, FakePeriodUsage, FakeStatementObjects
from tests.support.fakes.status import FakeAnnouncer, FakeOutbox
from tests.support.fakes.sweeping import FakeKnown

NOW = 1_727_800_000
PERIOD = BillingPeriod(id="bp_" + "a" * 26, start=1_725_148_800, end=1_727_740_800, created=1)
ADA, BOB = Place("mtr_search", "ada"), Place("mtr_cpu", "=bob, inc")


@dataclass(slots=True)
class Closing:
    """One period, and all that its close reads and writes."""

    now: float = NOW
    switch: Switch = field(default_factory=Switch)
    uploads: dict[str, Upload] = field(default_factory=dict)
    told: list[StatusEvent] = field(default_factory=list)
    periods: FakePeriods = field(init=False)
    usage: FakePeriodUsage = field(init=False)
    objects: FakeStatementObjects = field(init=False)

    def __post_init__(self) -> None:
        """Store the period, with a close requested."""
        self.periods, self.usage = FakePeriods(self.switch), FakePeriodUsage(self.switch)
        self.objects = FakeStatementObjects(self.switch)
        self.periods.add(PERIOD)
        self.usage.stored = {ADA: Quantity(2, Decimal(400)), BOB: Quantity(1, Decimal("1.50"))}
        self.request()

    def request(self) -> None:
        """Request a close, and let the time pass until lists are consistent."""
        period = self.periods.stored[PERIOD.id]
        self.periods.stored[PERIOD.id] = to_closing(period, int(self.now))
        self.now += LISTED_AFTER_SECONDS

    def run(self) -> Statement | None:
        """Do one attempt in a new process."""
        closing = PeriodClosing(
            periods=self.periods,
            uploads=FakeKnown(self.uploads),
            meters=FakeMeters(self.switch),
            usage=self.usage,
            objects=self.objects,
            outbox=FakeOutbox(self.switch, self.periods.outbox),
            publisher=FakeAnnouncer(self.switch, self.told),
        )
        return closing.run(PERIOD.id, Attempt(self.now + 600, lambda: self.now))

    def run_to_the_end(self) -> None:
        """Do attempts as the queue does, until the period is closed."""
        for _ in range(5):
            try:
                self.run()
            except CrashError:
                self.now += 700
                self.switch.plan(None)
            except BusyError as busy:
                self.now += busy.seconds
            if self.period.is_final:
                return
        raise AssertionError(self.period)

    @property
    def period(self) -> BillingPeriod:
        """The period as stored."""
        return self.periods.stored[PERIOD.id]

    def sums(self) -> dict[Place, Quantity]:
        """Return the sums of all statements, without zeros."""
        sums = stated(named.line for data in self.objects.stored.values() for named in decode(data))
        return {place: quantity for place, quantity in sums.items() if quantity != Quantity()}


def passing(letter: str, **fields: object) -> Upload:
    """Return an upload in progress, claimed before the close."""
    upload = Upload(
        id="upl_" + letter * 26,
        kind=Kind.USAGE,
        status=Status.PROCESSING,
        dry_run=False,
        key=f"uploads/{letter}.csv",
        version_id=letter,
        created=NOW - 10,
        started_at=NOW - 9,
    )
    return replace(upload, **fields)  # type: ignore[arg-type]


def calls_of(begin: Callable[[], Closing]) -> list[str]:
    """Return the calls of an undisturbed close."""
    closing = begin()
    closing.switch.plan(None)
    closing.run()
    return list(closing.switch.calls)


def plan(closing: Closing, call: str, *, kills: bool = True, took_effect: bool = True) -> None:
    """Let a call break that is made once."""
    at = calls_of(Closing).index(call) + 1
    closing.switch.plan(Crash(at, took_effect=took_effect, kills=kills))


def adjusting() -> Closing:
    """Return a period with a statement and other usage since, whose close is requested again."""
    closing = Closing()
    closing.run()
    closing.usage.stored = {ADA: Quantity(3, Decimal(399)), Place("mtr_cpu", "new"): Quantity(1, Decimal(0))}
    closing.request()
    return closing


def test_lines_and_sums() -> None:
    """The second statement has the differences: of quantity, of events, and of what is gone."""
    closing = adjusting()
    statement = closing.run()
    assert statement is not None
    lines = [named.line for named in decode(closing.objects.stored[statement.key])]
    assert {line.place: line.change for line in lines} == {
        ADA: Quantity(1, Decimal(-1)),
        BOB: Quantity(-1, Decimal("-1.5")),
        Place("mtr_cpu", "new"): Quantity(1, Decimal(0)),
    }
    assert closing.sums() == closing.usage.stored
    assert (statement.line_count, statement.event_count) == (3, 1)


def test_a_third_statement() -> None:
    """It is the difference from both before it."""
    closing = adjusting()
    closing.run()
    closing.usage.stored = {ADA: Quantity(4, Decimal(400))}
    closing.request()
    closing.run()
    assert closing.sums() == closing.usage.stored


@pytest.mark.parametrize("kills", [True, False], ids=["process dies", "call fails"])
@pytest.mark.parametrize("took_effect", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("begin", [Closing, adjusting])
def test_crash_at_any_call(begin: Callable[[], Closing], took_effect: bool, kills: bool) -> None:
    """The next attempt completes it: one statement more, whose lines fit, announced."""
    calls = calls_of(begin)
    assert {"periods.save", "usage.quantities", "statements.write_once", "periods.finish"} < set(calls)
    for at in range(1, len(calls) + 1):
        closing = begin()
        number, events = closing.period.statement_count + 1, len(closing.told)
        closing.switch.plan(Crash(at, took_effect=took_effect, kills=kills))
        closing.run_to_the_end()
        assert (closing.period.status, closing.period.statement_count) == (PeriodStatus.CLOSED, number)
        assert [each.number for each in closing.periods.all_statements] == list(range(1, number + 1))
        assert closing.sums() == closing.usage.stored
        last = statement_event(closing.periods.all_statements[-1])
        assert last in closing.told[events:] or last in closing.periods.outbox.values()


def test_a_written_object_wins() -> None:
    """Usage that changes between two attempts is in the next statement: nobody sees two objects of one."""
    closing = Closing()
    plan(closing, "statements.write_once")
    with pytest.raises(CrashError):
        closing.run()
    [written] = closing.objects.stored.values()
    first = dict(closing.usage.stored)
    closing.usage.stored = {ADA: Quantity(9, Decimal(9))}
    closing.now += 700
    closing.switch.plan(None)
    statement = closing.run()
    assert statement is not None
    assert closing.objects.stored == {statement.key: written}
    assert (statement.sha256, statement.size) == (hashlib.sha256(written).hexdigest(), len(written))
    assert closing.sums() == first
    closing.request()
    closing.run()
    assert closing.sums() == closing.usage.stored


def test_it_waits_for_uploads_that_were_claimed_before() -> None:
    """It says which ones. An upload that was claimed later is not waited for, nor one that counts nothing."""
    closing = Closing()
    closing.uploads = {
        each.id: each
        for each in (
            passing("a"),
            passing("b", status=Status.REVERTING),
            passing("c", dry_run=True),
            passing("d", kind=Kind.CUSTOMERS),
            passing("e", started_at=NOW + 1),
            passing("f", status=Status.SUCCEEDED),
        )
    }
    with pytest.raises(BusyError):
        closing.run()
    waiting = {"upl_" + "a" * 26, "upl_" + "b" * 26}
    assert set(closing.period.waiting_for) == waiting
    assert closing.period.attempts == 0
    closing.now = NOW + LONGEST_WAIT_SECONDS - 1
    with pytest.raises(BusyError):
        closing.run()
    closing.now = NOW + LONGEST_WAIT_SECONDS
    statement = closing.run()
    assert statement is not None
    assert set(statement.unfinished_uploads) == waiting
    assert closing.period.waiting_for == ()


def test_it_does_not_trust_a_list_of_just_now() -> None:
    """An upload that was claimed a moment before may be in no list yet."""
    closing = Closing()
    closing.now = NOW + LISTED_AFTER_SECONDS - 1
    with pytest.raises(BusyError):
        closing.run()
    assert closing.objects.stored == {}


def test_one_attempt_at_a_time() -> None:
    """While a lease lasts, no other attempt begins."""
    closing = Closing()
    plan(closing, "usage.quantities")
    with pytest.raises(CrashError):
        closing.run()
    closing.switch.plan(None)
    with pytest.raises(BusyError):
        closing.run()


def test_a_close_that_fails_again_and_again() -> None:
    """Its message is given up, but not the close: the next message brings it to its end."""
    closing = Closing()
    for _ in range(MAX_ATTEMPTS - 1):
        plan(closing, "usage.quantities", kills=False)
        with pytest.raises(CrashError):
            closing.run()
    plan(closing, "usage.quantities", kills=False)
    with pytest.raises(ExhaustedError):
        closing.run()
    assert closing.period.status is PeriodStatus.CLOSING
    closing.switch.plan(None)
    assert closing.run() is not None
    assert closing.period.attempts == 0


def test_nothing_to_close() -> None:
    """A repeated message changes nothing."""
    closing = Closing()
    closing.run()
    stored = closing.period
    assert closing.run() is None
    assert closing.period == stored
