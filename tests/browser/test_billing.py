"""Billing: usage reports, billing periods, statements, and reconciliations, from the file to the statement."""

import csv
import io
import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.browser.account import HEADER, Account
from tests.support.browser.harness import Page
from tests.support.browser.looking import enter, error_at, picks_time, waits_for_focus
from tests.support.browser.person import Person
from tools.stack.local_stack import LocalStack

ENTER = "\ue007"
_years = itertools.count(1980)


@pytest.fixture
def march(stack: LocalStack, tmp_path: Path) -> "March":
    """Register a meter and a customer, with a month that has no other usage."""
    return March(Account(stack, tmp_path).register(), next(_years))


class March:
    """A month of the past with usage of one account only. The tests share one stack, and periods have all meters."""

    def __init__(self, account: Account, year: int) -> None:
        """Bill the account's usage in March of the year."""
        self.account = account
        self.year = year
        self.name = f"March {year} of {account.name}"

    def rows(self, *values: object) -> str:
        """Return a file with a row for each value."""
        start = int(datetime(self.year, 3, 10, tzinfo=UTC).timestamp())
        account = self.account
        rows = [f"{start + at},{account.name},{account.customer},{value}" for at, value in enumerate(values)]
        return "\n".join([HEADER, *rows, ""])

    def create(self, **fields: object) -> str:
        """Create the month's billing period with the API. Returns its address on the page."""
        times = {"period": "month", "start_time": int(datetime(self.year, 3, 10, tzinfo=UTC).timestamp())}
        period = self.account.post("/v1/billing_periods", name=self.name, **times, **fields)
        return f"#/billing/periods/{period['id']}"


def test_month_end_from_file_to_statements(page: Page, person: Person, march: March) -> None:
    """Create a period, correct a file that the reconciliation names, close, download, and bill a late file."""
    account = march.account
    file = f"march-{account.name}"
    account.drop(f"{file}.csv", march.rows("400.25", "a thousand", "9007199254740993.5"[3:]))

    person.follows("Billing")
    person.follows("Create billing period")
    person.types("Name (optional)", march.name)
    picks_time(page, person, "Any day of the month (UTC)", f"{march.year}-03-31")
    person.presses("Create billing period")
    person.reads("No statements yet. Check the files in the reconciliation, then close the period.")
    period = person.place

    person.follows("Reconciliation")
    seen = person.reads("Refused rows that are still open")
    assert f"{account.name} 7,199,254,741,393.75 2 events" in seen
    person.follows(f"{file}.csv")
    errors = person.downloads("Download error file", f"{file}.errors.csv")
    person.goes_to("#/upload")
    person.chooses_files("Drop CSV files here", account.file(f"{file}.corrected.csv", _corrected(errors, "1000.5")))
    person.presses("Upload file")
    person.reads("1 row counted.")
    person.goes_to(f"{period}/reconciliation")
    person.reads(f"{account.name} 7,199,254,742,394.25 3 events")
    assert not person.has_link(f"{file}.csv")

    person.goes_to(period)
    person.presses("Close period…")
    person.reads("Meterdrop stores statement 1. It has one line for each customer and meter with usage.")
    person.presses("Close period")
    person.follows("Statement 1")
    person.reads(f"{account.customer} {account.name} 7,199,254,742,394.25 3 events 7,199,254,742,394.25 3 events")
    assert [("3", "7199254742394.25")] == _amounts(_download(person, period, 1))

    account.drop(f"{file}-late.csv", march.rows("-394.25"))
    person.goes_to(period)
    person.presses("Close again…")
    person.reads("It has only the differences since statement 1.")
    person.presses("Close period")
    person.follows("Statement 2")
    person.reads(f"{account.customer} {account.name} -394.25 1 event 7,199,254,742,000 4 events")
    assert [("1", "-394.25")] == _amounts(_download(person, period, 2))


def test_a_report_shows_and_downloads_usage(page: Page, person: Person, march: March) -> None:
    """Reports have a month, a subscription's month, or any window, and can be of one customer or meter."""
    account = march.account
    account.drop("march.csv", march.rows("1.5", "2", "0.000000000001"))
    person.goes_to(f"#/billing/report?month={march.year}-03-01")
    line = f"{account.customer} {account.name} 3 3.500000000001"
    person.reads(line)
    assert f"1–31 Mar {march.year}, UTC" in person.sees()
    report = person.downloads("Download CSV", "usage-report.csv").read_text()
    assert ",3,3.500000000001\n" in report.replace("\r\n", "\n")

    picks_time(page, person, "Billing cycle anchor (UTC, optional)", "2000-01-15T12:00")
    person.presses("Show")
    person.reads(f"15 Feb {march.year}, 12:00:00 until 15 Mar {march.year}, 12:00:00, UTC")
    person.reads(line)

    person.chooses("Period", "Custom times")
    person.reads(line)
    picks_time(page, person, "From (UTC)", f"{march.year}-03-10T00:01")
    person.presses("Show")
    person.reads("No usage in this period.")
    picks_time(page, person, "Until (UTC, not included)", f"{march.year}-03-01T00:00")
    person.presses("Show")
    person.reads("The end must be later than the start.")
    assert "The end must be later than the start. Enter a later end." == error_at(person, "Until (UTC, not included)")

    person.goes_to(f"#/billing/report?month={march.year}-03-01&customer=cus_nobody")
    person.reads("No such customer: cus_nobody.")
    person.chooses("Meter", f"Meter {account.name} ({account.name})")
    person.types("Customer (optional)", account.customer)
    person.presses("Show")
    person.reads(line)


def test_a_large_report_is_written_in_the_background(page: Page, person: Person, march: March) -> None:
    """The API writes large reports to a file. The page waits for the file, and then downloads it."""
    march.account.drop("march.csv", march.rows("12.5"))
    page.driver.execute_script(_IN_BACKGROUND)
    person.goes_to(f"#/billing/report?month={march.year}-03-01")
    person.reads(march.account.customer)
    assert ",1,12.5" in person.downloads("Download CSV", "usage-report.csv").read_text()
    assert any("/file" in url and "usage_reports/urf_" in url for url in page.watch.requested())


def test_a_close_shows_what_it_waits_for(page: Page, person: Person, march: March) -> None:
    """While the period is being closed, the page shows the progress, and then the statement without a reload."""
    place = march.create(late_policy="refuse")
    page.driver.execute_script(_WAITING, place.rpartition("/")[2])
    person.goes_to(place)
    person.tabs_to_coming("Close period…")
    person.hits(ENTER)
    person.reads("From now on, Meterdrop refuses rows and events of this period.")
    person.tabs_to("Close period")
    person.hits(ENTER)
    person.reads("Waiting for uploads in progress…")
    person.comes_back_to(march.name)
    page.driver.execute_script("window.fetch = window.realFetch")
    person.follows("Statement 1")
    person.reads("No usage in this period. This statement has no lines, so there is nothing to bill.")

    late = march.account.drop("late.csv", march.rows("1"))
    person.goes_to(f"#/uploads/{late.id}")
    person.reads("timestamp_in_closed_period")


def test_a_period_that_has_not_ended_cannot_be_closed(page: Page, person: Person, march: March) -> None:
    """The page shows why, and offers no close. A new period has its errors at the fields."""
    person.goes_to("#/billing/new")
    person.chooses("Period", "Custom times")
    picks_time(page, person, "Until (UTC, not included)", "1980-01-01T00:00")
    person.presses("Create billing period")
    waits_for_focus(person, "Until (UTC, not included)")
    assert "The end must be later than the start. Enter a later end." == error_at(person, "Until (UTC, not included)")
    now = int(datetime.now(UTC).timestamp())
    period = march.account.post("/v1/billing_periods", start_time=now - 60, end_time=now + 86_400)
    person.goes_to(f"#/billing/periods/{period['id']}")
    person.reads("This period hasn't ended yet. You can close it after its end.")
    assert not person.has("Close period…")


def test_a_read_key_sees_statements_and_closes_nothing(page: Page, person: Person, march: March) -> None:
    """With a read key, the page offers no action that writes."""
    place = march.create()
    enter(page, person, march.account.stack.read_key)
    person.goes_to(place)
    person.reads("Closing the period requires an admin key.")
    assert not person.has("Close period…")
    person.goes_to("#/billing")
    person.reads(march.name)
    assert not person.has_link("Create billing period")


def test_billing_is_for_everyone(page: Page, person: Person, march: March) -> None:
    """Axe finds nothing serious in any view, in light and dark and on a phone. No view scrolls sideways."""
    march.account.drop("march.csv", march.rows(*["999999999999999"] * 10, "0.000000000001", "x"))
    place = march.create()
    march.account.post(f"/v1/billing_periods/{place.rpartition('/')[2]}/close")
    person.goes_to(place)
    person.reads("Statement 1")
    total = "9,999,999,999,999,990.000000000001"
    for view, words in {
        "#/billing": march.name,
        "#/billing/new": "Usage that arrives after the close",
        f"#/billing/report?month={march.year}-03-01": total,
        place: "Statement 1",
        f"{place}/statements/1": total,
        f"{place}/reconciliation": total,
    }.items():
        person.goes_to(view)
        person.reads(words)
        page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", _TABLET)
        page.check_width()
        page.is_for_everyone()
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    person.goes_to(place)
    person.presses("Close again…")
    person.reads("It has only the differences since statement 1.")
    page.is_for_everyone()


def _corrected(errors: Path, value: str) -> str:
    """Return an error file with another value in its one row."""
    with errors.open(newline="") as file:
        [row] = csv.DictReader(file)
    text = io.StringIO()
    writer = csv.DictWriter(text, row)
    writer.writeheader()
    writer.writerow(row | {"payload_value": value})
    return text.getvalue()


def _download(person: Person, period: str, number: int) -> Path:
    name = f"{period.rpartition('/')[2].replace('bp_', 'stm_')}_{number}.csv"
    return person.downloads(f"Download CSV of statement {number}", name)


def _amounts(statement: Path) -> list[tuple[str, str]]:
    with statement.open(newline="") as file:
        return [(row["event_count"], row["aggregated_value"]) for row in csv.DictReader(file)]


_TABLET = {"width": 768, "height": 1024, "deviceScaleFactor": 1, "mobile": True}
_IN_BACKGROUND = """
  const real = window.fetch;
  window.fetch = (url, options) =>
    real(url, {...options, headers: {...options.headers, Prefer: "respond-async"}});
"""
# Closing takes a moment. Answer as if an upload were in progress.
_WAITING = """
  const end = `v1/billing_periods/${arguments[0]}`;
  window.realFetch = window.fetch;
  window.fetch = async (url, options) => {
    const answer = await window.realFetch(url, options);
    if (!String(url).endsWith(end) && !String(url).endsWith(`${end}/close`)) return answer;
    const period = await answer.json();
    if (period.status === "open") return Response.json(period);
    return Response.json({...period, status: "closing", waiting_for: ["upl_aaaaaaaaaaaaaaaaaaaaaaaaaa"]});
  };
"""
