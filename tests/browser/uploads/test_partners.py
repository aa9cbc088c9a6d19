"""Files of a partner among those of the owner: the filter of the list, and the partner of an upload."""

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person
from tests.support.integration.dropping import Dropping
from tools.emulator.synth import LOCAL_PARTNER


def test_the_list_is_filtered_by_partner(page: Page, person: Person, account: Account) -> None:
    """By the name of a partner, or `owner` for the owner's own files. The address has the filter."""
    mine, theirs = f"{account.name}-mine.csv", f"{account.name}-theirs.csv"
    account.drop(mine, account.rows(1))
    Dropping(account.stack).drop(f"uploads/{LOCAL_PARTNER}/{theirs}", account.rows(2, "x").encode())
    person.goes_to(f"#/uploads?search={account.name}")
    _lists(page, person, mine, theirs)

    person.types("Partner", LOCAL_PARTNER)
    person.hits("\ue007")
    _lists(page, person, theirs)
    assert f"partner={LOCAL_PARTNER}" in person.place
    page.is_for_everyone()
    person.types("Partner", "owner")
    _lists(page, person, mine)
    person.types("Partner", "nobody")
    person.reads("No uploads match")

    person.goes_to(f"#/uploads?search={account.name}&partner=owner")
    person.follows(mine)
    person.reads("Path in the bucket")
    assert LOCAL_PARTNER not in _facts(page).values()
    assert "Partner" not in _facts(page)
    person.goes_to(f"#/uploads?search={account.name}&partner={LOCAL_PARTNER}")
    person.follows(theirs)
    person.waits("the partner", lambda: LOCAL_PARTNER == _facts(page).get("Partner"))


def _lists(page: Page, person: Person, *names: str) -> None:
    """Wait until the list has these files and no others."""
    person.waits(f"the files {names}", lambda: set(names) == set(page.driver.execute_script(_FILES)))


_FILES = """
  const links = [...document.querySelectorAll("main table a[href^='#/uploads/upl_']")];
  return links.map((link) => link.textContent.trim());
"""


def _facts(page: Page) -> dict[str, str]:
    """Return the details that are seen, by their names."""
    facts = page.driver.find_elements("css selector", ".facts div")
    return {
        fact.find_element("css selector", "dt").text: fact.find_element("css selector", "dd").text for fact in facts
    }
