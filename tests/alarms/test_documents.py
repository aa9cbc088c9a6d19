"""What the documentation says about alarms: their faults and ends, and their price."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from tests.alarms.cases import CASES
from tests.alarms.cloudwatch import Alarm
from tests.infra.conftest import PROJECT, Synthesize
from tests.infra.test_dashboard import body

_HEAD = "| alarms | fault in the test | what ends the alarm |\n|---|---|---|\n"


def rows() -> Iterator[str]:
    """Yield the rows of the table: alarms with one fault and one end share a row."""
    for (fault, ends), names in groupby(CASES, lambda name: (CASES[name].fault, CASES[name].ends)):
        yield f"| {', '.join(f'`{name}`' for name in names)} | {fault} | {ends} |\n"


def test_the_table_shows_the_cases() -> None:
    """To the word."""
    document = (PROJECT / "docs/reliability.md").read_text(encoding="utf-8")
    assert "".join((_HEAD, *rows(), "\n")) in document


def test_the_price_is_that_of_the_template(alarms: dict[str, Alarm], synthesize: Synthesize) -> None:
    """AWS counts the metrics of alarms and dashboards, not their number; the free dashboards have at most 50."""
    of_emails = sum(name.startswith("LostEmails") for name in alarms)
    number = sum(len(alarm.metrics) for alarm in alarms.values()) - of_emails
    document = (PROJECT / "docs/performance.md").read_text(encoding="utf-8")
    assert (
        f"| alarm metrics, at 0.10 | {number} | {number / 10:.2f} | {number / 10 - 1:.2f} (10 are free) |" in document
    )
    assert f"With `notifyEmail`, a stack has {of_emails} more alarm metrics." in document
    widgets: list[dict[str, Any]] = body(synthesize())["widgets"]
    assert sum(len(widget["properties"].get("metrics", ())) for widget in widgets) <= 50
