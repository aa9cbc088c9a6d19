"""Usage on a meter's page: by customer, beside the period before, and where events are; the chart by keyboard."""

import csv
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.support.browser.account import HEADER, NIGHT, Account
from tests.support.browser.harness import Page
from tests.support.browser.looking import error_at, picks_time, waits_for_focus
from tests.support.browser.metered import Metered
from tests.support.browser.person import Person
from tests.support.integration.dropping import Dropping
from tools.stack.local_stack import LocalStack

SEPTEMBER = "period=dates&from=2024-09-01&to=2024-09-30"
AUGUST = NIGHT - 31 * 86_400
MANY = 10_000
"""Customers."""


@pytest.fixture
def metered(stack: LocalStack, tmp_path: Path) -> Metered:
    """Make a meter and a customer without usage."""
    return Metered.register(Account(stack, tmp_path))


def test_usage_by_customer(page: Page, person: Person, metered: Metered) -> None:
    """Sums, shares, and changes of each customer are sorted and downloaded. A customer leads to its own usage."""
    own = metered.account
    for name in ("Babbage", "Lovelace", "Somerville"):
        own.post("/v1/customers", id=f"{own.name}_{name}", name=f"{name} {own.name}")
    _drop(own, ("Babbage", NIGHT, "0.1"), ("Babbage", NIGHT + 1, "300.2"), ("Lovelace", NIGHT, "99.7"))
    _drop(own, ("Babbage", AUGUST, "600.6"), ("Somerville", AUGUST, "-7"))
    babbage, lovelace, somerville = (
        f"{name} {own.name} {own.name}_{name}" for name in ("Babbage", "Lovelace", "Somerville")
    )

    person.goes_to(f"#/meters/{metered.id}?{SEPTEMBER}")
    person.follows("By customer")
    person.reads(f"{babbage} 300.3 75 % −50 % from 600.6 2 {lovelace} 99.7 25 % new 1 {somerville} –")
    assert "Change against 1–31 Aug 2024" in person.sees()
    person.presses("Change")
    person.reads(f"{lovelace} 99.7 25 % new 1 {somerville} – – +100 % from -7 0 {babbage} 300.3")
    person.presses("Customer")
    person.reads(f"{babbage} 300.3 75 % −50 % from 600.6 2 {lovelace}")
    person.presses("Customer")
    person.reads(f"{somerville} – – +100 % from -7 0 {lovelace}")
    person.presses("Usage")
    person.reads(f"{babbage} 300.3 75 % −50 % from 600.6 2 {lovelace}")
    page.check_accessibility()

    file = person.downloads("Download CSV", "usage-by-customer_2024-09-01_2024-09-30.csv")
    with file.open(newline="") as lines:
        sums = {row["customer"]: row["aggregated_value"] for row in csv.DictReader(lines)}
    assert {f"{own.name}_Babbage": "300.3", f"{own.name}_Lovelace": "99.7"} == sums
    person.follows(f"Babbage {own.name}")
    person.reads(f"Showing only Babbage {own.name}")
    person.reads("Events 2")
    assert f"customer={own.name}_Babbage&period=dates&from=2024-09-01&to=2024-09-30" in person.place
    person.goes_back()
    person.reads(f"{babbage} 300.3 75 %")
    page.is_for_everyone()
    person.chooses("Sort by", "Change")
    person.reads(f"{lovelace} 99.7 25 % new 1 {somerville}")


def test_usage_of_ten_thousand_customers_stays_quick(page: Page, person: Person, metered: Metered) -> None:
    """A page of them is sorted in less than a second, and leads to the next page."""
    own = metered.account
    ids = [f"{own.name}_{number:05}" for number in range(MANY)]
    customers = "".join(f"{id_},Number {id_}\n" for id_ in ids)
    Dropping(own.stack).drop(f"customers/{own.name}.csv", f"id,name\n{customers}".encode())
    rows = "".join(f"{NIGHT},{own.name},{id_},{number}.5\n" for number, id_ in enumerate(ids))
    assert MANY == own.drop("many.csv", f"{HEADER}\n{rows}").counts.success
    person.goes_to(f"#/meters/{metered.id}?{SEPTEMBER}&view=customers")
    person.reads(f"{ids[-1]} 9,999.5")
    person.waits("ten customers", lambda: len(page.driver.find_elements("css selector", ".table tbody tr")) == 10)
    person.presses("Show all 10,000 customers")
    person.reads("1–50 of 10,000")
    began = time.monotonic()
    person.presses("Usage")
    person.reads(f"{ids[0]} 0.5")
    assert time.monotonic() - began < 1
    person.presses("Next")
    person.reads("51–100 of 10,000")
    person.reads(f"{ids[99]} 99.5")


def test_figures_stand_beside_the_period_before(person: Person, metered: Metered) -> None:
    """Whole months are compared with whole months. A running period is compared with the same length of time."""
    now = datetime.now(UTC)
    began = int(datetime(now.year, now.month, 1, tzinfo=UTC).timestamp())
    for value, at in (
        ("4", NIGHT),
        ("2", NIGHT + 1),
        ("8", AUGUST),
        ("5", int(now.timestamp())),
        ("4", began - 86_400),
    ):
        metered.use(value, at)
    person.goes_to(f"#/meters/{metered.id}?{SEPTEMBER}")
    person.reads("Events 2 +100 % Sum of values 6 −25 % Compared with 1–31 Aug 2024.")
    person.chooses("Period", "This month")
    person.reads("the same length of the period before")
    # The day before this month is in no month that ran as long, unless this is one of the last days of this one.
    person.reads("Events 1 none before Sum of values 5 none before" if now.day < 30 else "Events 1")
    person.chooses("Period", "Last 7 days")
    person.reads("Events 1")
    person.chooses("Period", "This quarter")
    person.reads("Events")
    assert "period=this_quarter" in person.place


def test_an_empty_period_says_where_events_are(person: Person, metered: Metered) -> None:
    """It names the day of the latest event, of the customer too, and leads to its month. Otherwise, to an upload."""
    own = metered.account
    person.goes_to(f"#/meters/{metered.id}")
    person.reads("This meter has no events yet. To add usage, upload a file.")
    metered.use("1", NIGHT + 2 * 86_400)
    metered.use("1", AUGUST)
    person.goes_to(f"#/meters/{metered.id}?period=last_month")
    person.reads("No events in this period. Latest event: 27 Sept 2024.")
    person.follows("Show September 2024")
    person.reads("Events 1 no change")
    own.post("/v1/customers", id=f"{own.name}_idle")
    person.goes_to(f"#/meters/{metered.id}?customer={own.name}_idle")
    person.reads("This customer has no events of this meter yet.")


def test_an_unknown_meter_is_a_calm_notice(person: Person) -> None:
    """It leads to all meters."""
    person.goes_to("#/meters/mtr_unknown")
    person.reads("No meter has the ID mtr_unknown.")
    person.follows("Show all meters")
    person.reads("Status")


def test_each_error_of_an_event_is_at_its_field(page: Page, person: Person, metered: Metered) -> None:
    """An unknown customer and a wrong value are two errors, in words without the names of the API."""
    person.goes_to(f"#/meters/{metered.id}/usage")
    person.types("Customer", "nobody")
    person.hits(Keys.ESCAPE)
    person.types("Value", "1,250")
    picks_time(page, person, "Time (UTC)", "2999-01-01T00:00:00")
    person.presses("Add usage")
    waits_for_focus(person, "Customer")
    assert "nobody" in error_at(person, "Customer")
    assert "1,250" in error_at(person, "Value")
    assert "in the future" in error_at(person, "Time (UTC)")
    assert not [label for label in ("Customer", "Value", "Time (UTC)") if "payload" in error_at(person, label)]
    assert "1,250" not in error_at(person, "Customer")


def test_the_chart_works_by_keyboard(page: Page, person: Person, metered: Metered) -> None:
    """Arrow keys choose a bar. Its exact value is in a tooltip and in the text of the slider."""
    metered.use("123456789012.125", NIGHT)
    metered.use("-1", NIGHT + 86_400)
    person.goes_to(f"#/meters/{metered.id}?{SEPTEMBER}")
    person.reads("Show as a table")
    person.waits("the chart", lambda: page.driver.execute_script("return !!document.querySelector('.plot canvas')"))
    page.driver.execute_script("document.querySelector('.plot').focus()")
    person.hits(Keys.ARROW_LEFT)
    person.reads("30 Sept 2024 No events")
    person.hits(Keys.HOME, *[Keys.ARROW_RIGHT] * 24)
    person.reads("25 Sept 2024 123,456,789,012.125 1 event")
    assert "25 Sept 2024, 123,456,789,012.125, 1 event" == _chosen(page)
    person.hits(Keys.ARROW_RIGHT)
    person.reads("26 Sept 2024 -1 1 event")
    page.is_for_everyone()
    person.hits(Keys.ESCAPE)
    person.no_longer_reads("26 Sept 2024 -1 1 event")


def test_an_event_has_details(page: Page, person: Person, metered: Metered) -> None:
    """The payload, the upload with its row, and the times of an event are in a dialog. Its identifier finds it."""
    own = metered.account
    header = f"{HEADER},identifier,payload_model"
    own.drop("events.csv", f"{header}\n{NIGHT},{own.name},{own.customer},12.50,{own.name}-one,large\n")
    metered.use("3", NIGHT + 7)
    person.goes_to(f"#/meters/{metered.id}?{SEPTEMBER}")
    person.presses(f"00:00:00, details of event {own.name}-one")
    person.reads(f"Customer of {own.name} {own.customer} Value 12.5 Happened 25 Sept 2024, 00:00:00 UTC")
    person.reads(f"Identifier {own.name}-one Source events.csv Row 1")
    person.reads("model large")
    page.is_for_everyone()
    person.presses("Close")

    person.types("Identifier", f"{own.name}-one")
    person.presses("Find event")
    person.reads("Show the live feed Events found, newest received first")
    person.reads("00:00:00")
    assert "00:00:07" not in person.sees()
    person.types("Identifier", "another")
    person.presses("Find event")
    person.reads("No event of this meter has the identifier another.")
    person.presses("Show the live feed")
    person.reads("00:00:07")


def test_meters_show_their_usage_of_this_month(person: Person, metered: Metered) -> None:
    """The list of meters has the exact usage of the current month beside each meter."""
    metered.use("98765.4321", int(time.time()))
    metered.use("1", NIGHT)
    person.goes_to("#/meters")
    person.reads(f"Meter {metered.account.name} {metered.account.name} Sum 98,765.4321 1 event Active")


def _drop(own: Account, *rows: tuple[str, int, str]) -> None:
    text = "".join(f"{at},{own.name},{own.name}_{name},{value}\n" for name, at, value in rows)
    assert len(rows) == own.drop(f"{rows[0][1]}.csv", f"{HEADER}\n{text}").counts.success


def _chosen(page: Page) -> str:
    script = "return document.querySelector('[role=slider]').getAttribute('aria-valuetext')"
    return str(page.driver.execute_script(script))
