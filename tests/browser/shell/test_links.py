"""Shared links show the same view, and the back button returns to the previous one."""

from functools import partial

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.looking import names
from tests.support.browser.metered import Metered
from tests.support.browser.person import Person

SEPTEMBER = "period=dates&from=2024-09-01&to=2024-09-30"


def is_headed(page: Page, heading: str) -> bool:
    """Return whether this is the heading of the view."""
    return {heading} == names(page, "h1")


def test_a_shared_link_opens_in_a_new_tab(page: Page, person: Person, account: Account) -> None:
    """A shared link asks for the key, then shows the same meter, customer, period, and grouping."""
    metered = Metered.register(Account(account.stack, account.folder))
    metered.use("12.5", 1_727_222_400)
    link = f"{page.url}#/meters/{metered.id}?{SEPTEMBER}&customer={metered.account.customer}&group=month"
    person.presses("Sign out")  # otherwise the new tab gets the key of this one
    person.reads("API key")
    page.driver.switch_to.new_window("tab")
    page.driver.get(link)
    person.types("API key", account.stack.secret_key)
    person.presses("Continue")
    person.reads(f"Showing only Customer of {metered.account.name}")
    person.reads("Events 1 none before Sum of values 12.5")
    assert "month" == person.field("Group by").get_attribute("value")
    assert link == page.driver.current_url


def test_back_leads_through_every_view(page: Page, person: Person, account: Account) -> None:
    """After eight views, the back button shows each of them again with its filters. Forward works too."""
    upload = account.drop("history.csv", account.rows(1, "x"))
    person.goes_to(f"#/uploads?search={account.name}%2F&status=succeeded_with_errors")
    person.follows("history.csv")
    person.reads("Refused rows")
    person.follows("Meters")
    person.follows(f"Meter {account.name}")
    person.reads("Live feed")
    person.follows(f"Customer of {account.name}")
    person.reads("Usage")
    person.follows("Upload")
    person.reads("Drop CSV files here")
    person.follows("Customers")
    person.follows("Add customer")
    person.reads("Add a customer")

    for heading in ("Customers", "Upload", f"Customer of {account.name}", f"Meter {account.name}", "Meters"):
        person.goes_back()
        person.waits(heading, partial(is_headed, page, heading))
    person.goes_back()
    person.reads(upload.id)
    person.goes_back()
    person.reads("Received from")
    assert "succeeded_with_errors" == person.field("Status").get_attribute("value")
    page.driver.forward()
    person.reads(upload.id)
