"""Several tabs: a new one gets the key from another, and signing out holds for all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver.common.by import By

from tests.support.browser.harness import Page
from tests.support.browser.person import Person
from tools.stack.api_keys import KeyRequest, make_key, revoke_key
from tools.stack.local_stack import LocalStack

KEPT = """
  const done = arguments[arguments.length - 1];
  indexedDB.databases().then((bases) => done([bases.length, localStorage.length, document.cookie]));
"""


@contextmanager
def _new_tab(page: Page, hash_: str = "") -> Iterator[Person]:
    """Open the page in one more tab; afterwards only the first one is there."""
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    mine = page.driver.current_window_handle
    page.driver.get(page.url + hash_)
    yield Person(page.driver, Path())
    page.driver.switch_to.window(mine)
    page.driver.close()
    page.driver.switch_to.window(first)


def test_a_new_tab_needs_no_key(page: Page, person: Person) -> None:
    """It shows the view of its address at once, and nothing is kept that outlives the tabs."""
    person.reads("Data management")
    with _new_tab(page, "#/customers") as second:
        second.reads("Add customer")
        assert not page.driver.find_elements(By.NAME, "api-key")
        assert [0, 0, ""] == page.driver.execute_async_script(KEPT)


def test_signing_out_holds_for_all_tabs(page: Page, person: Person) -> None:
    """No tab shows anything afterwards, and a new one asks for the key."""
    person.reads("Data management")
    first = page.driver.current_window_handle
    with _new_tab(page) as second:
        second.reads("Data management")
        second.presses("Sign out")
        second.reads("API key")
        page.driver.switch_to.window(first)
        person.reads("API key")
        assert 0 == page.driver.execute_script("return sessionStorage.length")
        with _new_tab(page) as third:
            third.reads("API key")
            third.field("API key")


def test_an_expired_key_ends_in_its_tabs_only(page: Page, person: Person, stack: LocalStack) -> None:
    """A tab with another key goes on."""
    dynamodb = stack.clients.dynamodb()
    made, key = make_key(dynamodb, stack.outputs.keys_table, KeyRequest(role="read"))
    first = page.driver.current_window_handle
    person.reads("Admin key")
    with _new_tab(page) as second:
        second.reads("Admin key")
        # As in a tab that was opened before: it has a key of its own.
        page.driver.execute_script("sessionStorage.clear()")
        about = page.driver.execute_async_script(_ABOUT, key)
        page.driver.execute_script(_STORE, key, about)
        page.driver.refresh()
        second.reads("Read key")
        with _new_tab(page, "#/meters"):
            revoke_key(dynamodb, stack.outputs.keys_table, made.id)
        second.goes_to("#/customers")  # if the page's own refresh wasn't first
        second.reads("This API key is no longer valid.")
        page.driver.switch_to.window(first)
        person.goes_to("#/customers")
        person.reads("Add customer")


def test_colors_are_the_same_in_all_tabs(page: Page, person: Person) -> None:
    """A choice in one tab holds in the others at once."""
    theme = "return document.documentElement.dataset.theme"
    with _new_tab(page) as second:
        second.presses("Colors: system. Switch to light")
        second.presses("Colors: light. Switch to dark")
    person.waits("the other tab's colors", lambda: "dark" == page.driver.execute_script(theme))
    person.presses("Colors: dark. Switch to system")
    assert page.driver.execute_script(theme) is None


_ABOUT = """
  const [key, done] = arguments;
  fetch("v1/api_key", { headers: { Authorization: `Bearer ${key}` } }).then((answer) => answer.json()).then(done);
"""
_STORE = """
  const [key, about] = arguments;
  sessionStorage.setItem("meterdrop.session", JSON.stringify({ key, about }));
"""


def test_files_dropped_beside_stay_out_of_the_way(page: Page, person: Person, tmp_path: Path) -> None:
    """The list of uploads takes them to Upload. On any other view nothing happens, and the browser stays."""
    file = tmp_path / "dropped.csv"
    file.write_text("timestamp,event_name,payload_stripe_customer_id\n")
    person.goes_to("#/meters")
    person.reads("Add meter")
    person.drops_beside("Meters", file)
    person.reads("Add meter")
    assert page.driver.current_url == f"{page.url}#/meters"

    person.goes_to("#/uploads")
    person.reads("Upload files")
    person.drops_beside("Data management", file)
    person.reads("dropped.csv")
    assert "#/upload" == person.place
