"""The meters views: settings, usage, charts, the live feed, and events added and cancelled on the page."""

import secrets
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.browser.account import NIGHT, Account
from tests.support.browser.harness import Page
from tests.support.browser.looking import error_at, picks_time, unfolds, waits_for_focus
from tests.support.browser.metered import Metered
from tests.support.browser.person import Person
from tools.stack.local_stack import LocalStack

SEPTEMBER = "period=dates&from=2024-09-01&to=2024-09-30"


@pytest.fixture(scope="module")
def meter(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Metered:
    """Count three events of one night, two of them in its first hour."""
    metered = Metered.register(Account(stack, tmp_path_factory.mktemp("desktop")))
    for hour, value in ((0, "123456789012.125"), (0, "0.5"), (2, "-1")):
        metered.use(value, NIGHT + hour * 3_600)
    return metered


@pytest.fixture
def unused(stack: LocalStack, tmp_path: Path) -> Metered:
    """Make a meter without usage."""
    return Metered.register(Account(stack, tmp_path))


def test_a_meter_is_made_renamed_and_switched_off_and_on(person: Person, meter: Metered) -> None:
    """An API error appears at its field. Rename, Deactivate, and Reactivate work through their dialogs."""
    name = f"made_{secrets.token_hex(4)}"
    person.goes_to("#/meters")
    person.follows("Add meter")
    person.types("Name", "Pages rendered")
    person.types("Event name", meter.account.name)
    person.chooses("Aggregation", "Max: uses the highest value")
    person.types("Value key", "pages")
    person.presses("Add meter")
    waits_for_focus(person, "Event name")
    assert meter.account.name in error_at(person, "Event name")

    person.types("Event name", name)
    person.presses("Add meter")
    seen = person.reads("Aggregation Max: uses the highest value")
    assert "Pages rendered Active Rename Deactivate Add usage" in seen
    assert f"Event name {name}" in seen
    assert "Value key pages" in seen

    person.presses("Rename")
    person.types("Name", f"Pages {name}")
    person.hits(Keys.ENTER)
    person.reads(f"Pages {name} Active")

    person.presses("Deactivate")
    person.reads("as archived_meter")
    person.presses("Deactivate")
    person.reads(f"Pages {name} Inactive Rename Reactivate")
    person.goes_to("#/meters?status=inactive")
    person.follows(f"Pages {name}")
    person.presses("Reactivate")
    person.reads("upload their error files")
    person.presses("Reactivate")
    person.reads(f"Pages {name} Active")


def test_figures_and_chart_are_of_the_chosen_period(page: Page, person: Person, meter: Metered) -> None:
    """Sum, count, and every part of the chart are exact, by hour, day, and month. Back undoes each choice."""
    person.goes_to(f"#/meters/{meter.id}?{SEPTEMBER}")
    person.reads("Events 3 none before Sum of values 123,456,789,011.625 none before")
    assert "1–30 Sept 2024. Days and times of events are in UTC." in person.sees()

    for grouping, row in (
        ("Day", "25 Sept 2024 3 123,456,789,011.625"),
        ("Hour", "25 Sept 2024, 00:00 2 123,456,789,012.625 25 Sept 2024, 02:00 1 -1"),
        ("Month", "September 2024 3 123,456,789,011.625"),
    ):
        person.chooses("Group by", grouping)
        unfolds(page, person, "Show as a table")
        person.reads(row)
    assert f"#/meters/{meter.id}?{SEPTEMBER}&group=month" == person.place
    ActionChains(page.driver).move_to_element(page.driver.find_element(By.CSS_SELECTOR, ".plot .u-over")).perform()
    person.reads("September 2024 123,456,789,011.625 3 events")
    person.goes_back()
    assert f"#/meters/{meter.id}?{SEPTEMBER}&group=hour" == person.place

    person.chooses("Period", "This month")
    person.reads("Events 0 no change Sum of values 0")
    person.reads("No events in this period.")
    person.goes_back()
    person.reads("Events 3")


def test_days_are_typed_and_shared_by_a_link(page: Page, person: Person, meter: Metered) -> None:
    """Custom dates start with the days shown. The address contains them. An invalid date shows an error."""
    person.goes_to(f"#/meters/{meter.id}?period=last_month")
    person.chooses("Period", "Custom dates")
    picks_time(page, person, "From", "2024-09-25")
    picks_time(page, person, "To", "2024-09-25")
    person.presses("Show")
    person.reads("25 Sept 2024. Days and times")
    person.reads("Events 3")
    assert "from=2024-09-25&to=2024-09-25" in person.place
    person.goes_to(f"#/meters/{meter.id}?period=dates&from=2024-09-31&to=2024-10-01")
    person.reads("Enter both dates, 1970-01-01 or later.")
    person.goes_to(f"#/meters/{meter.id}?period=dates&from=2024-10-02&to=2024-10-01")
    person.reads("The start date is after the end date.")


def test_a_customer_is_chosen_by_keyboard(page: Page, person: Person, meter: Metered) -> None:
    """A part of the name, an arrow key, and Enter show the customer's usage. An unknown customer shows an error."""
    other = f"other_{meter.account.customer}"
    meter.account.post("/v1/customers", id=other, name=f"Babbage {meter.account.name}")
    person.goes_to(f"#/meters/{meter.id}?{SEPTEMBER}")
    person.types("Customer (optional)", f"babbage {meter.account.name}")
    person.reads("1 found.")
    person.hits(Keys.ARROW_DOWN)
    page.check_accessibility()
    person.hits(Keys.ENTER)
    person.reads(f"Showing only Babbage {meter.account.name}")
    person.reads("Events 0")
    person.reads("No events yet for this customer.")
    assert person.place.endswith(f"{SEPTEMBER}&customer={other}")
    person.types("Customer (optional)", meter.account.customer)
    person.hits(Keys.ESCAPE, Keys.ENTER)
    person.reads(f"Showing only Customer of {meter.account.name}")
    person.reads("Events 3")

    person.goes_to(f"#/meters/{meter.id}?customer=nobody")
    person.reads("No customer matches “nobody”.")


def test_an_event_is_added_and_cancelled(page: Page, person: Person, unused: Metered) -> None:
    """A customer, a value, and a time create an event. The feed shows it, and Cancel removes it from usage."""
    own = unused.account
    person.goes_to(f"#/meters/{unused.id}")
    person.follows("Add usage")
    person.follows("upload a CSV file")
    person.reads(f"Meter {own.name}")
    assert f"#/upload?meter={own.name}" == person.place
    person.goes_back()
    person.types("Customer", own.name)
    person.reads("1 found.")
    person.hits(Keys.ARROW_DOWN, Keys.ENTER)
    person.types("Value", "many")
    person.types("Identifier (optional)", f"{own.name}-1")
    person.presses("Add usage")
    waits_for_focus(person, "Value")
    assert "isn't a number" in error_at(person, "Value")
    person.types("Value", "98765.4321")
    picks_time(page, person, "Time (UTC)", "2024-09-25T13:30:05")
    person.presses("Add usage")
    person.reads(f"Added 98,765.4321 for {own.customer} at 25 Sept 2024, 13:30:05 UTC.")
    waits_for_focus(person, "Customer")

    person.goes_to(f"#/meters/{unused.id}?{SEPTEMBER}")
    person.reads("Events 1 none before Sum of values 98,765.4321")
    person.presses(f"Cancel event {own.name}-1")
    person.reads("You can't undo this.")
    page.check_accessibility()
    person.presses("Keep event")
    person.presses(f"Cancel event {own.name}-1")
    person.presses("Cancel event")
    person.reads("Events 0 no change Sum of values 0")
    person.reads("Cancelled")
    person.waits("the focus on the heading", lambda: person.focused == f"Meter {own.name}")
    person.reads(f"25 Sept 2024 13:30:05 Customer of {own.name} {own.customer} 98,765.4321 Created with the API")


def test_the_feed_is_live_unless_that_is_switched_off(person: Person, unused: Metered) -> None:
    """New events appear and change the figures. If the switch is off, the feed doesn't change."""
    person.goes_to(f"#/meters/{unused.id}?{SEPTEMBER}")
    person.reads("No events yet.")
    person.reads("Events 0")
    unused.use("41", NIGHT)
    person.reads("25 Sept 2024 00:00:00")
    person.reads("Events 1 none before Sum of values 41")

    person.field("Show new events automatically").click()
    unused.use("1", NIGHT + 3_600)
    person.goes_to(f"#/meters/{unused.id}?period=dates&from=2024-09-25&to=2024-09-25")
    assert "01:00:00" not in person.reads("Events 2 none before Sum of values 42")
    person.field("Show new events automatically").click()
    person.reads("25 Sept 2024 01:00:00")
