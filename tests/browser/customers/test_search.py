"""Many customers: each is found by a part of the name, the email, or the ID, in the list and in each picker."""

from dataclasses import dataclass

import pytest
from selenium.webdriver.common.keys import Keys

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.looking import waits_for_focus
from tests.support.browser.metered import Metered
from tests.support.browser.person import Person
from tests.support.integration.dropping import Dropping
from tools.stack.local_stack import LocalStack

MANY = 1_300
"""More than the newest 1,000."""


@dataclass(frozen=True)
class Old:
    """A customer who was there before all others, and a meter that counted something for that customer."""

    id: str
    name: str
    metered: Metered


@pytest.fixture(scope="module")
def old(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Old:
    """Register one customer, count an event for it, and register 1,300 customers after it by a file."""
    metered = Metered.register(Account(stack, tmp_path_factory.mktemp("desktop")))
    account = metered.account
    name = f"Zoë O'Neil {account.name[-8:]}"
    account.post(f"/v1/customers/{account.customer}", name=name, email=f"{account.name}@zoe.example")
    metered.use("41.5", 1_727_222_400)
    rows = "".join(f"cus_{account.name}_{number},Crowd {account.name} {number:04}\n" for number in range(MANY))
    Dropping(stack).drop(f"customers/{account.name}.csv", f"id,name\n{rows}".encode())
    return Old(account.customer, name, metered)


def test_the_list_finds_the_oldest_while_typing(person: Person, old: Old) -> None:
    """A part of the name, of the email, and the whole ID find the customer; without a press of a button."""
    person.goes_to("#/customers")
    person.reads("Customers, newest first")
    for part in (f"o'neil {old.id[-8:]}", f"{old.metered.account.name}@zoe", old.id):
        person.types("Name, email, or ID", part)
        person.waits("the customer", lambda: f"{old.name} " in person.sees())
        assert "Matching customers" in person.sees()
    person.types("Name, email, or ID", f"crowd {old.metered.account.name}")
    person.reads("The first 100 matches.")


def test_enter_takes_the_first_match(person: Person, old: Old) -> None:
    """The filter of a meter takes a part of a name, and then shows the name. An unknown one is a calm notice."""
    meter = f"#/meters/{old.metered.id}"
    person.goes_to(f"{meter}?period=dates&from=2024-09-01&to=2024-09-30")
    person.reads("41.5")
    person.types("Customer (optional)", old.name)
    person.hits(Keys.ENTER)
    person.reads(f"Showing only {old.name}")
    assert f"customer={old.id}" in person.place
    assert old.name == person.field("Customer (optional)").get_attribute("value")

    person.types("Customer (optional)", f"nobody {old.id}")
    person.reads("No customer found.")
    person.hits(Keys.ENTER)
    person.reads(f"No customer matches “nobody {old.id}”.")
    person.follows("Show all customers")
    person.reads("41.5")
    assert "customer=" not in person.place


def test_a_form_gets_the_id(page: Page, person: Person, old: Old) -> None:
    """Add usage shows the name of who was picked, by arrow keys too, and counts for the ID."""
    person.goes_to(f"#/meters/{old.metered.id}/usage")
    person.types("Customer", f"{old.metered.account.name}@zoe")
    person.reads("1 found.")
    page.check_accessibility()
    person.hits(Keys.ARROW_DOWN, Keys.ENTER)
    waits_for_focus(person, "Customer")
    assert old.name == person.field("Customer").get_attribute("value")
    person.types("Value", "2")
    person.presses("Add usage")
    person.reads("Added 2 for")
    person.goes_to(f"#/meters/{old.metered.id}?customer={old.id}")
    person.reads(f"Showing only {old.name}")


def test_go_to_finds_views_and_ids(page: Page, person: Person, old: Old) -> None:
    """By the keyboard alone: a view, a customer by a part of the name, and an upload by its ID."""
    person.reads("Data management")
    for typed, words, place in (
        ("bill", "Billing View", "#/billing"),
        (old.name, f"{old.name} Customer", f"#/customers/{old.id}"),
        ("upl_" + "a" * 26, "Upload", "#/uploads/upl_" + "a" * 26),
    ):
        page.driver.switch_to.active_element.send_keys(Keys.CONTROL, "k")
        person.types("View, meter, customer, or ID", typed)
        person.reads(words)
        page.check_accessibility()
        person.hits(Keys.ENTER)
        person.waits(place, lambda place=place: place == person.place)  # type: ignore[misc]
