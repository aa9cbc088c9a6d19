"""Every view in every state, at every width, in light and in dark: a new view or state is one line."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from tests.support.browser.account import Account
from tests.support.browser.harness import WIDTHS, Page
from tests.support.browser.metered import Metered
from tests.support.browser.person import Person
from tools.stack.api_keys import KeyRequest, make_key, revoke_key

SEPTEMBER = "period=dates&from=2024-09-01&to=2024-09-30"


class State(NamedTuple):
    """A place of the page, the words seen once it is there, and what the person does then."""

    place: str
    words: str
    done: Callable[[Person], object] = lambda _: None


def _presses(button: str, words: str) -> Callable[[Person], object]:
    def press(person: Person) -> None:
        person.presses(button)
        person.reads(words)

    return press


STATES = {
    "uploads": State("uploads", "refused.csv"),
    "no uploads found": State("uploads?search=nobody-has-this", "No uploads match"),
    "uploads that need attention": State("uploads/open", "refused.csv"),
    "upload with errors": State("uploads/{refused}", "Refused rows"),
    "upload of a failed file": State("uploads/{failed}", "Unknown columns"),
    "no such upload": State("uploads/upl_nothing", "doesn't exist"),
    "revert": State("uploads/{refused}", "Totals by meter", _presses("Revert…", "No other uploads are affected.")),
    "correct": State("uploads/{refused}/correct", "refused"),
    "reprocess": State("uploads/{refused}", "Totals by meter", _presses("Reprocess…", "current meters and customers")),
    "upload files": State("upload", "Drop CSV files here"),
    "upload customers": State("upload?kind=customers", "Drop CSV files here"),
    "meters": State("meters", "Meter {name}"),
    "no meters found": State("meters?status=inactive", "Inactive"),
    "new meter": State("meters/new", "Customer key"),
    "meter": State(f"meters/{{meter}}?{SEPTEMBER}", "Show as a table", lambda person: person.opens("Show as a table")),
    "usage by customer": State(f"meters/{{meter}}?view=customers&{SEPTEMBER}", "{customer}"),
    "meter of an empty period": State("meters/{meter}?period=dates&from=2020-01-01&to=2020-01-31", "No events in this"),
    "meter of a customer": State(f"meters/{{meter}}?customer={{customer}}&{SEPTEMBER}", "Show as a table"),
    "rename": State("meters/{meter}", "Live feed", _presses("Rename", "The event name doesn't change.")),
    "deactivate": State("meters/{meter}", "Live feed", _presses("Deactivate", "archived_meter")),
    "add usage": State("meters/{meter}/usage", "Upload a file"),
    "customers": State("customers", "Customer of {name}"),
    "no customers found": State("customers?find=nobody-has-this", "No customers match"),
    "new customer": State("customers/add/one", "Description"),
    "customer": State(f"customers/{{customer}}?{SEPTEMBER}", "Meter {name}"),
    "billing": State("billing", "{name} in September"),
    "usage report": State(
        "billing/report?kind=window&start_time=2024-09-01&end_time=2024-10-01&customer={customer}", "{customer}"
    ),
    "new billing period": State("billing/new", "Any day of the month"),
    "billing period": State("billing/periods/{period}", "No statements yet"),
    "reconciliation": State("billing/periods/{period}/reconciliation", "Usage by meter"),
    "keys": State("keys", "Admin"),
    "nothing": State("nowhere", "This page doesn't exist."),
}
LOADED = (
    "uploads?search=refused",
    "uploads/open",
    "uploads/{refused}",
    "meters",
    "meters/{meter}",
    "customers",
    "customers/{customer}",
    "billing",
    "keys",
)
"""The views that load something before they show it."""


@pytest.fixture(scope="module")
def known(account: Account) -> dict[str, str]:
    """Fill an account with something of each kind; return its ids."""
    return _filled(Account(account.stack, account.folder))


@pytest.fixture
def long(account: Account) -> Iterator[dict[str, str]]:
    """Fill an account whose names are long, without a blank or a hyphen, and make a key for its folder."""
    account = Account(account.stack, account.folder, f"browser_{secrets.token_hex(4)}_{'W' * 70}")
    dynamodb, table = account.stack.clients.dynamodb(), account.stack.outputs.keys_table
    request = KeyRequest(role="upload", name="W" * 90, days="9", prefix=f"uploads/{account.name}/")
    key, _ = make_key(dynamodb, table, request)
    yield _filled(account)
    revoke_key(dynamodb, table, key.id)


def _filled(account: Account) -> dict[str, str]:
    meter = Metered.register(account)
    period = account.post(
        "/v1/billing_periods", name=f"{account.name} in September", period="month", start_time=1_725_148_800
    )
    return {
        "name": account.name,
        "customer": account.customer,
        "meter": meter.id,
        "refused": account.drop("refused.csv", account.rows(1, 2.5, "three")).id,
        "failed": account.drop("failed.csv", account.rows(1).replace("payload_value", "value")).id,
        "period": period["id"],
    }


@contextmanager
def _waiting_for_the_api(page: Page) -> Iterator[None]:
    """Hold back what the page asks, so that views go on loading."""
    page.driver.execute_cdp_cmd("Fetch.enable", {"patterns": [{"urlPattern": f"{page.url}v1/*"}]})
    yield
    page.driver.execute_cdp_cmd("Fetch.disable", {})


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_a_view_is_for_everyone(page: Page, person: Person, known: dict[str, str], state: State) -> None:
    """No overflow, no finding of axe, and nothing in the console, at any width and in any colors."""
    person.goes_to(f"#/{state.place.format(**known)}")
    person.reads(state.words.format(**known))
    person.no_longer_reads("Loading ")
    state.done(person)
    page.is_for_everyone(WIDTHS)


def test_long_names_fit(page: Page, person: Person, long: dict[str, str]) -> None:
    """No view scrolls sideways because of a name."""
    for name, state in STATES.items():
        person.goes_to(f"#/{state.place.format(**long)}")
        person.reads(state.words.format(**long))
        state.done(person)
        for width in WIDTHS:
            page.at(width)
            page.check_width(name)
        page.at(WIDTHS[0])
        page.driver.refresh()  # closes the dialog


def test_a_view_that_loads_is_for_everyone(page: Page, person: Person, known: dict[str, str]) -> None:
    """Skeletons have a name for screen readers."""
    with _waiting_for_the_api(page):
        for place in LOADED:
            person.goes_to(f"#/{place.format(**known)}")
            person.reads("Loading ")
            page.is_for_everyone()


def test_a_view_that_fails_is_for_everyone(page: Page, person: Person, known: dict[str, str]) -> None:
    """Without a network each view says what is missing."""
    with page.offline():
        for place in LOADED:
            person.goes_to(f"#/{place.format(**known)}")
            person.reads("Couldn't load")
            page.is_for_everyone()


def test_the_form_for_the_key_is_for_everyone(page: Page, person: Person) -> None:
    """The first thing that anybody sees."""
    person.presses("Sign out")
    person.reads("API key")
    page.is_for_everyone()
