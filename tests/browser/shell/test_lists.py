"""Lists longer than one page load page by page."""

import secrets
import time
from pathlib import Path

import pytest

from tests.support.browser.account import Account
from tests.support.browser.metered import Metered
from tests.support.browser.person import Person
from tests.support.integration.dropping import Dropping
from tools.stack.local_stack import LocalStack

OF_METERS, OF_CUSTOMERS, OF_EVENTS = 25, 50, 20
"""Objects per page."""


def test_all_meters_are_there(person: Person, account: Account) -> None:
    """Load more loads the next page. At the end, the end of the list gets the focus."""
    names = [f"{account.name}_{number}" for number in range(OF_METERS + 1)]
    for name in names:
        account.post(
            "/v1/billing/meters",
            display_name=f"Paged {name}",
            event_name=name,
            default_aggregation={"formula": "count"},
        )
    person.goes_to("#/meters")
    person.reads(f"Paged {names[-1]}")
    assert any(f"Paged {name} " not in person.sees() for name in names)
    _load_all(person)
    assert [] == [name for name in names if f"Paged {name} " not in person.sees()]


def test_all_customers_are_there(person: Person, stack: LocalStack) -> None:
    """The next page begins where the first one ends. A customer file registers the customers."""
    name = secrets.token_hex(4)
    rows = "".join(f"cus_{name}_{number},Paged {name} {number:02}\n" for number in range(OF_CUSTOMERS + 1))
    Dropping(stack).drop(f"customers/{name}.csv", f"id,name\n{rows}".encode())
    person.goes_to("#/customers")
    assert OF_CUSTOMERS == person.reads(f"Paged {name}").count(f"Paged {name} ")
    person.presses("Load more")  # once: other tests have thousands of customers
    person.reads(f"Paged {name} 00")
    assert OF_CUSTOMERS + 1 == person.sees().count(f"Paged {name} ")


def test_all_events_are_there(person: Person, stack: LocalStack, tmp_path: Path) -> None:
    """As with meters. New events appear at the top, and loaded events stay."""
    metered = Metered.register(Account(stack, tmp_path))
    metered.account.drop("feed.csv", metered.account.rows(*range(OF_EVENTS + 1)))
    arrived = int(time.time())
    person.goes_to(f"#/meters/{metered.id}")
    assert OF_EVENTS == person.reads("File, row 21").count("File, row")
    _load_all(person)
    person.reads("File, row 1 ")
    # Of one second nobody can tell what came last.
    person.waits("a later second", lambda: int(time.time()) > arrived)
    metered.use("7", 1_727_222_400)
    person.presses("Show 1 new")  # whoever reads further down keeps what is read
    seen = person.reads("Created with the API")
    assert OF_EVENTS + 1 == seen.count("File, row")


@pytest.mark.parametrize(
    ("place", "press"),
    [("#/customers?find=nobody", "Show all"), ("#/uploads?status=failed", "Clear")],
)
def test_the_focus_stays_near(person: Person, place: str, press: str) -> None:
    """When a pressed button disappears, the heading of its section gets the focus."""
    person.goes_to(place)
    person.tabs_to(press)
    person.hits("\ue007")
    person.waits("the focus on the heading", lambda: person.focused in {"Customers", "Data management"})
    assert "?" not in person.place


def _load_all(person: Person) -> None:
    while not person.has("Load more"):
        person.waits("the list", lambda: person.has("Load more"))
    while person.has("Load more"):
        person.presses("Load more")
        person.waits("the page", lambda: person.has("Load more") or "End of list" in person.sees())
        person.waits("its end", lambda: not person.has("Loading…"))
    person.waits("the focus on the end", lambda: "End of list" == person.focused)
