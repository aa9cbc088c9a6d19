"""The customers view: search, add, change, and delete customers, and show their usage."""

import secrets

import pytest
from boto3.dynamodb.types import TypeSerializer
from selenium.webdriver.common.keys import Keys

from meterdrop.adapters.catalog.customer_items import to_item
from meterdrop.domain.customers.customer import Customer, StoredCustomer
from tests.support.browser.account import NIGHT, Account
from tests.support.browser.harness import Page
from tests.support.browser.looking import error_at, waits_for_focus
from tests.support.browser.metered import Metered
from tests.support.browser.person import Person
from tools.stack.local_stack import LocalStack

SEPTEMBER = "period=dates&from=2024-09-01&to=2024-09-30"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def metered(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Metered:
    """Make a customer who used something on a night in September 2024."""
    made = Metered.register(Account(stack, tmp_path_factory.mktemp("desktop")))
    made.use("123456789012.125", NIGHT)
    return made


def test_a_customer_is_added_changed_and_deleted(person: Person) -> None:
    """A taken ID is an error at its field. IDs and names are shown as text. The delete dialog says what stays."""
    id_ = f"{secrets.token_hex(4)}/100% Müller & Söhne #1"
    person.goes_to("#/customers")
    person.follows("Upload customers")
    person.reads("Each row is one customer")
    assert "#/upload?kind=customers" == person.place
    person.goes_back()
    person.follows("Add customer")
    person.types("ID", "cus_QMJJtcu70R1x46")
    person.types("Name", HOSTILE)
    person.presses("Add customer")
    waits_for_focus(person, "ID")
    assert "already exists" in error_at(person, "ID")
    person.types("ID", id_)
    person.presses("Add customer")
    person.reads(f"{HOSTILE} Edit Delete")
    person.reads(f"ID {id_}")

    person.presses("Edit")
    person.types("Email", "accounts@mueller.example")
    person.presses("Save")
    person.reads("Email accounts@mueller.example")
    person.presses("Delete")
    person.reads("Meterdrop refuses usage for " + id_)
    person.presses("Cancel")
    person.no_longer_reads("Meterdrop refuses")
    person.presses("Delete")
    person.reads("Meterdrop refuses usage for " + id_)
    person.hits(Keys.TAB, Keys.ENTER)
    person.reads("This customer was deleted.")
    assert (False, False) == (person.has("Edit"), person.has("Delete"))


def test_customers_are_found(person: Person, metered: Metered) -> None:
    """A part of the name, a whole email address, and an ID find the customer. Back returns to the list."""
    person.goes_to("#/customers")
    person.reads("Customers, newest first")
    for text, found in (
        (f"OMER OF {metered.account.name}", metered.account.customer),
        ("finance@curie.example", "Curie Compute finance@curie.example cus_Qz0fwcfSysB9Z3"),
        (metered.account.customer, f"Customer of {metered.account.name}"),
    ):
        person.types("Name, email, or ID", text)
        person.hits(Keys.ENTER)
        person.reads(found)
    person.types("Name, email, or ID", "no such customer")
    person.presses("Search")
    person.reads("No customers match “no such customer”.")
    person.presses("Show all")
    person.reads("Customers, newest first")


def test_a_customers_usage_is_shown_by_meter(person: Person, metered: Metered) -> None:
    """Usage of each meter is exact, and links to the meter for the same customer and days."""
    customer, name = metered.account.customer, metered.account.name
    person.goes_to(f"#/customers/{customer}?{SEPTEMBER}")
    person.reads(f"Meter {name} Sum 1 123,456,789,012.125")
    person.follows(f"Meter {name}")
    person.reads(f"Showing only Customer of {name}")
    person.reads("Events 1 none before Sum of values 123,456,789,012.125")
    assert f"#/meters/{metered.id}?customer={customer}&{SEPTEMBER}" == person.place
    person.goes_back()
    person.chooses("Period", "Last 7 days")
    person.reads(f"Meter {name} Sum 0 0")
    assert f"#/customers/{customer}?period=last_7_days" == person.place


def test_missing_customers_and_failed_requests_show_an_error(page: Page, person: Person) -> None:
    """An unknown ID and a lost network show an error, and Try again works."""
    person.goes_to("#/customers/nobody")
    person.reads("No customer matches “nobody”.")
    person.follows("Show all customers")
    person.reads("Customers, newest first")
    with page.offline():
        person.types("Name, email, or ID", "billing@ada.example")
        person.presses("Search")
        person.reads("The search failed. The API didn't respond. Check your internet connection and try again.")
        person.presses("Try again")
        person.reads("The search failed.")
    # Back in the network, the page reads again by itself.
    person.reads("Ada Analytics billing@ada.example")


def test_a_customer_that_no_path_can_name(person: Person, stack: LocalStack) -> None:
    """The gateway would cut the path of an ID with a question mark, so nothing of the other customer is shown."""
    id_ = f"cus_{secrets.token_hex(4)}"
    items = [to_item(StoredCustomer(customer=Customer(id=each, name="Ada", created=1))) for each in (id_, f"{id_}?b")]
    for item in items:
        plain = {name: TypeSerializer().serialize(value) for name, value in item.items()}
        stack.clients.dynamodb().put_item(TableName=stack.outputs.catalog_table, Item=plain)
    person.goes_to(f"#/customers/{id_}")
    person.reads("Ada Edit Delete")
    person.goes_to(f"#/customers/{id_}%3Fb")
    person.reads(f"Couldn't load the customer. The ID {id_}?b contains a question mark, which IDs can't contain.")
    assert (False, False) == (person.has("Edit"), person.has("Delete"))
