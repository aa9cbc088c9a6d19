"""The API key: entered once per tab, never stored elsewhere, and required for actions that write."""

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.looking import enter, links, names
from tests.support.browser.metered import Metered
from tests.support.browser.person import Person
from tools.stack.api_keys import KeyRequest, make_key, revoke_key
from tools.stack.local_stack import LocalStack


def test_a_key_is_asked_for_and_kept_for_the_tab_only(page: Page, person: Person, stack: LocalStack) -> None:
    """An invalid key shows an error. A valid key opens the page, and only the tab's storage contains it."""
    person.presses("Sign out")
    person.types("API key", "sk_wrong")
    person.presses("Continue")
    person.reads("This API key isn't valid. It might have been revoked.")
    person.types("API key", stack.secret_key)
    person.hits("\ue007")
    person.reads("Data management")

    kept = page.driver.execute_script("return [localStorage.length, document.cookie, sessionStorage.length]")
    assert [0, "", 1] == kept
    person.presses("Sign out")
    assert 0 == page.driver.execute_script("return sessionStorage.length")


READABLE = {
    "uploads": ("read-only.csv", {"Download CSV", "Refresh", "Clear"}),
    "uploads/{upload}": ("Refused rows", {"Download error file", "Download original"}),
    "uploads/{reverted}": ("Reverted. Its events", {"Download original"}),
    "meters": ("Meter {name}", set()),
    "meters/{meter}": ("File, row 1", {"Show", "Find event"}),
    "customers": ("Customer of {name}", {"Search"}),
    "customers/{customer}": ("Meter {name} Sum", set()),
}
"""A text of each loaded view, and its buttons."""
WRITES = ("upload", "meters/new", "meters/{meter}/usage", "customers/add/one")


def test_a_read_key_is_offered_nothing_that_writes(page: Page, person: Person, account: Account) -> None:
    """No view has a button or a link that writes. The views that write show an error."""
    stack = account.stack
    meter = Metered.register(Account(stack, account.folder))
    known = {"name": meter.account.name, "meter": meter.id, "customer": meter.account.customer}
    known["upload"] = meter.account.drop("read-only.csv", meter.account.rows(1, "one")).id
    known["reverted"] = meter.account.drop("reverted.csv", meter.account.rows(2)).id
    meter.account.post(f"/v1/uploads/{known['reverted']}/revert")
    enter(page, person, stack.read_key)
    person.reads("Read key")

    for place, (words, buttons) in READABLE.items():
        query = f"?search={meter.account.name}%2F" if place == "uploads" else ""
        person.goes_to(f"#/{place.format(**known)}{query}")
        person.reads(words.format(**known))
        # A list is longer if other tests created meters or customers before.
        buttons_of_things = ("Copy ", "details of event ")
        shown = {each for each in names(page, "main button") if not any(of in each for of in buttons_of_things)}
        assert (place, buttons) == (place, shown - {"Load more"})
        assert (place, set()) == (place, {link for link in links(page) if is_to(link, *WRITES, **known)})
    for place in WRITES:
        person.goes_to(f"#/{place.format(**known)}")
        person.reads("Your API key doesn't have the permission for this page")


def is_to(link: str, *places: str, **known: str) -> bool:
    """Return whether a link leads to one of these views, with any query."""
    return link.partition("#/")[2].partition("?")[0] in {place.format(**known) for place in places}


def test_a_revoked_key_ends_the_session(person: Person, stack: LocalStack) -> None:
    """If a key is revoked while the page is open, the form for the key returns with the reason."""
    dynamodb = stack.clients.dynamodb()
    made, key = make_key(dynamodb, stack.outputs.keys_table, KeyRequest(role="read"))
    person.presses("Sign out")
    person.types("API key", key)
    person.presses("Continue")
    person.reads("Read key")
    revoke_key(dynamodb, stack.outputs.keys_table, made.id)
    person.goes_to("#/customers")  # if the page's own refresh wasn't first
    person.reads("This API key is no longer valid. It might have been revoked.")
