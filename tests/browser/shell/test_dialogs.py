"""Every dialog and every empty view is accessible."""

import pytest
from selenium.webdriver.common.keys import Keys

from meterdrop.domain.uploads.upload import Upload
from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.metered import Metered
from tests.support.browser.person import Person


@pytest.fixture(scope="module")
def metered(account: Account) -> Metered:
    """Make a meter."""
    return Metered.register(Account(account.stack, account.folder))


@pytest.fixture(scope="module")
def upload(metered: Metered) -> Upload:
    """Upload a file for it."""
    return metered.account.drop("asked.csv", metered.account.rows(1))


QUESTIONS = (
    ("uploads/{upload}", "Reprocess…", "with the current meters and customers"),
    ("uploads/{upload}", "Revert…", "No other uploads are affected."),
    ("meters/{meter}", "Rename", "The event name doesn't change."),
    ("meters/{meter}", "Deactivate", "as archived_meter"),
    ("meters/{meter}", "Cancel event {upload}:1", "You can't undo this."),
    ("customers/{customer}", "Edit", "Description"),
    ("customers/{customer}", "Delete", "From the next file or event on"),
)


@pytest.mark.parametrize("phone", [False, True])
def test_questions_are_for_everyone(
    page: Page, person: Person, metered: Metered, upload: Upload, *, phone: bool
) -> None:
    """A dialog opens by keyboard, keeps the focus, and returns it on Escape. Axe finds nothing serious."""
    known = {"upload": upload.id, "meter": metered.id, "customer": metered.account.customer}
    page.dark(on=phone)
    if phone:
        page.narrow()
    for place, button, words in QUESTIONS:
        opener = button.format(**known)
        person.goes_to(f"#/{place.format(**known)}")
        person.tabs_to_coming(opener)
        person.hits(Keys.ENTER)
        person.reads(words)
        assert page.driver.execute_script("return document.activeElement.closest('dialog') !== null")
        page.check_accessibility()
        page.check_width()
        person.hits(Keys.ESCAPE)
        person.comes_back_to(opener)


def test_a_view_returns_with_the_network(page: Page, person: Person) -> None:
    """A view that couldn't be loaded is read again when the network is back, and Try again does so at once."""
    with page.offline():
        person.goes_to("#/meters")
        person.reads("Couldn't load the meters. The API didn't respond.")
        person.presses("Try again")
        person.reads("Couldn't load the meters. The API didn't respond.")
    person.reads("Aggregation")
