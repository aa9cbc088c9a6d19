"""The views of the page that `make pictures` takes pictures of."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.support.browser.person import Person
from tools.setup.places import SAMPLES


class View(NamedTuple):
    """A place of the page, by its picture's name, and the words that are seen once it is there.

    `done` is what the person does then, with a folder for files.
    """

    name: str
    place: str
    words: str
    done: Callable[[Person, Path], object] = lambda _person, _desktop: None


def _waits_for_a_file_on_its_way(person: Person, _: Path) -> None:
    def look() -> bool:
        person.presses("Refresh")
        time.sleep(0.5)  # each press asks anew
        return re.search(r"MB Processing [1-9]", person.sees()) is not None

    person.waits("a file on its way", look)


def _asks_to_revert(person: Person, _: Path) -> None:
    person.presses("Revert…")
    person.reads("2024-09-week-1.csv")


def _asks_to_reprocess(person: Person, _: Path) -> None:
    person.presses("Reprocess…")
    person.reads("with the current meters and customers")


def _reads_the_chart(person: Person, _: Path) -> None:
    person.reads("Show as a table")


def _waits_for_figures(person: Person, _: Path) -> None:
    person.no_longer_reads("Sum …")


def _checks_a_file(person: Person, desktop: Path) -> None:
    december = desktop / "2024-12.csv"
    december.write_text((SAMPLES / "2024-09.csv").read_text().replace("2024-09", "2024-12"))
    person.chooses_files("Drop CSV files here", december)
    person.presses("Validate only")
    person.reads("No events were stored.")


def _matches_columns(person: Person, desktop: Path) -> None:
    export = desktop / "Verbrauch.csv"
    export.write_text("Datum;Kunde;Anfragen;Region\n25.09.2024;cus_hopper;1.250,5;eu\n26.09.2024;cus_noether;310;us\n")
    person.chooses_files("Drop CSV files here", export)
    person.presses("Match columns…")
    person.chooses("Value", "Anfragen")
    person.chooses("Meter", "AI search requests (ai_search_api)")
    person.reads("Use these columns for 2 rows")
    time = person.field("Time of the usage")
    time.parent.execute_script("arguments[0].scrollIntoView()", time)


def _shows_refused_rows(person: Person, _: Path) -> None:
    person.presses("Next error")
    rows = person.field("Show")
    rows.parent.execute_script("arguments[0].scrollIntoView()", rows)


_SEPTEMBER = "period=dates&from=2024-09-01&to=2024-09-30"  # when the usage happened
_LIST = View("data-management", "#/uploads", "2024-09.csv")
_DETAILS = View("upload-details", "#/uploads/{sample}", "AI search requests")
_METER = View("meter", f"#/meters/{{meter}}?{_SEPTEMBER}", "File, row", _reads_the_chart)

WHILE_PROCESSING = _LIST._replace(done=_waits_for_a_file_on_its_way)
VIEWS = (
    _DETAILS,
    View("revert", "#/uploads/{month}", "Totals by meter", _asks_to_revert),
    View("reprocess", "#/uploads/{week}", "already counted", _asks_to_reprocess),
    View("upload", "#/upload", "Drop CSV files here", _checks_a_file),
    View("meters", "#/meters", "LLM tokens"),
    View("add-meter", "#/meters/new", "Customer key"),
    _METER,
    View("add-usage", "#/meters/{meter}/usage", "Upload a file"),
    View("usage-by-customer", f"#/meters/{{meter}}?view=customers&{_SEPTEMBER}", "Babbage Mills"),
    View("customers", "#/customers", "Ada Analytics"),
    View("add-customer", "#/customers/add/one", "Description"),
    View("customer", f"#/customers/cus_QMJJtcu70R1x46?{_SEPTEMBER}", "AI search requests Sum", _waits_for_figures),
    View("needs-attention", "#/uploads/open", "misspelt.csv"),
    View("correct", "#/uploads/{sample}/correct", "What is wrong"),
    View("correct-rows", "#/uploads/{sample}/correct", "Next error", _shows_refused_rows),
    View("match-columns", "#/upload", "Drop CSV files here", _matches_columns),
    View("billing", "#/billing", "September 2024"),
    View("usage-report", "#/billing/report?kind=window&start_time=2024-09-01&end_time=2024-10-01", "cus_babbage"),
    View("billing-period", "#/billing/periods/{period}", "Statement 1"),
    View("statement", "#/billing/periods/{period}/statements/1", "cus_babbage"),
    View("reconciliation", "#/billing/periods/{period}/reconciliation", "misspelt.csv"),
    View("keys", "#/keys", "Admin"),
)
IN_DARK = (_LIST, _METER)
ON_A_PHONE = (_LIST, _DETAILS, _METER)
