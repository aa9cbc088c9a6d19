"""Periods and statements as they are stored: revisions, and objects that are written once."""

from dataclasses import replace

import pytest

from meterdrop import settings
from meterdrop.adapters.aws.s3_statements import StatementStore
from meterdrop.adapters.catalog.period_table import PeriodTable
from meterdrop.domain.periods.period import BillingPeriod, LatePolicy, PeriodStatus, to_closing
from meterdrop.domain.periods.statement import Statement
from meterdrop.domain.uploads.status_event import statement_event
from tests.support.aws.queues import Queues

PERIOD = BillingPeriod(id="bp_" + "a" * 26, start=1_725_148_800, end=1_727_740_800, created=1)
STATEMENT = Statement(
    period=PERIOD.id,
    number=1,
    as_of=2,
    created=3,
    key="statements/a.csv",
    version_id="v",
    size=4,
    sha256="5",
    line_count=600,
    event_count=7,
    offsets=(8, 9, 10),
    unfinished_uploads=("upl_a",),
)


@pytest.fixture
def periods(queues: Queues) -> PeriodTable:
    """Return the table of the stack."""
    environment = queues.functions.stack.functions["ingest"].environment
    return PeriodTable(settings.dynamodb(), environment["CATALOG_TABLE"], environment["UPLOADS_TABLE"])


def test_an_object_is_written_once(queues: Queues) -> None:
    """The second write returns what the first one stored."""
    store = StatementStore(settings.s3(), queues.functions.stack.bucket)
    first = store.write_once("statements/a.csv", b"first")
    assert store.write_once("statements/a.csv", b"second") == first == (first[0], b"first")
    assert store.read("statements/a.csv", first[0]) == b"first"
    assert store.read("statements/a.csv", first[0], range(1, 4)) == b"irs"


def test_a_revision_is_stored_once(periods: PeriodTable) -> None:
    """Of two writers that read the same revision, the second one fails, and nothing of its transaction is stored."""
    assert periods.create(PERIOD) == PERIOD
    closing = to_closing(PERIOD, 100)
    assert periods.save(closing)
    assert periods.save(closing)  # a repeated call, whose response was lost
    assert not periods.save(replace(closing, name="another"))
    closed = replace(closing, status=PeriodStatus.CLOSED, statement_count=1, revision=closing.revision + 1)
    assert periods.finish(closed, STATEMENT, statement_event(STATEMENT))
    other = replace(STATEMENT, number=2)
    assert not periods.finish(replace(closed, name="another"), other, statement_event(other))
    assert periods.get(PERIOD.id) == closed
    assert periods.statements(PERIOD.id) == [STATEMENT]
    assert periods.statement(PERIOD.id, 1) == STATEMENT
    assert periods.statement(PERIOD.id, 2) is None


def test_only_closed_periods_that_refuse_rows(periods: PeriodTable) -> None:
    """A repeated creation changes nothing; a period is found whatever its policy is."""
    made = {
        letter: replace(PERIOD, id="bp_" + letter * 26, late_policy=policy)
        for letter, policy in zip("abc", (LatePolicy.ADJUST, LatePolicy.REFUSE, LatePolicy.REFUSE), strict=True)
    }
    for period in made.values():
        periods.create(period)
    assert periods.create(replace(made["b"], name="another")) == made["b"]
    for letter in "ab":
        assert periods.save(to_closing(made[letter], 100))
    assert [period.id for period in periods.closed_periods().periods] == [made["b"].id]
    assert {period.id for period in periods.list_periods()} == {period.id for period in made.values()}
    assert periods.get(made["c"].id) == made["c"]
    assert periods.get("bp_none") is None
