"""A retry after a lost response writes only once."""

from pathlib import Path

import pytest

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.looking import lose_answers
from tests.support.browser.metered import Metered
from tests.support.browser.person import Person
from tools.stack.local_stack import LocalStack

LOST = "The API didn't respond. Check your internet connection and try again."


@pytest.fixture
def unused(stack: LocalStack, tmp_path: Path) -> Metered:
    """Make a meter without usage."""
    return Metered.register(Account(stack, tmp_path))


def test_an_added_event_counts_once(page: Page, person: Person, unused: Metered) -> None:
    """A retry returns the same event. After a response, the same input creates another event."""
    person.goes_to(f"#/meters/{unused.id}/usage?customer={unused.account.customer}")
    person.types("Value", "3")
    lose_answers(page)
    person.presses("Add usage")
    person.reads(LOST)
    person.presses("Add usage")
    person.reads(f"Added 3 for {unused.account.customer}")
    person.goes_to(f"#/meters/{unused.id}")
    person.reads("Events 1 none before Sum of values 3")

    person.goes_back()
    person.types("Value", "3")
    person.presses("Add usage")
    person.reads(f"Added 3 for {unused.account.customer}")
    person.goes_to(f"#/meters/{unused.id}")
    person.reads("Events 2 none before Sum of values 6")


def test_a_revert_starts_once(page: Page, person: Person, unused: Metered) -> None:
    """The dialog stays open with the error. A retry returns the first response, not an error."""
    upload = unused.account.drop("lost.csv", unused.account.rows(1, 2))
    person.goes_to(f"#/uploads/{upload.id}")
    person.presses("Revert…")
    person.reads("No other uploads are affected.")
    lose_answers(page)
    person.presses("Revert")
    person.reads(LOST)
    person.waits("the end of the revert", lambda: "reverted" == unused.account.status(upload.id))
    person.presses("Revert")
    person.reads("Reverted. Its events no longer count.")


def test_a_customer_is_created_once(page: Page, person: Person, unused: Metered) -> None:
    """A retry doesn't create a second customer with a generated ID."""
    name = f"Once {unused.account.name}"
    person.goes_to("#/customers/add/one")
    person.types("Name", name)
    lose_answers(page)
    person.presses("Add customer")
    person.reads(LOST)
    person.presses("Add customer")
    person.reads(f"{name} Edit Delete")
    person.goes_to("#/customers")
    person.reads(f"{name} \N{EN DASH} ")
    assert 1 == person.sees().count(f"{name} \N{EN DASH} ")
