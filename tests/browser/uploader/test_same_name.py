"""A file with a known name: the page asks whether it updates the earlier file."""

from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person

ZONE = "Drop CSV files here"
NEW = "No, upload it as a new file. Rows without an identifier count again."


@pytest.fixture
def mine(account: Account, tmp_path: Path) -> Account:
    """Give each test a meter and names of files of its own."""
    return Account(account.stack, tmp_path).register()


def question(name: str) -> str:
    """Return the page's question."""
    return f"You already uploaded a file named {name}. Is this an updated version of it?"


def test_a_grown_file_updates_the_earlier_one(page: Page, person: Person, mine: Account) -> None:
    """The page shows the earlier result before the upload. Old rows count once, also in a dry run."""
    name = f"{mine.name}.csv"
    earlier = mine.drop(name, mine.rows(1, 2, "x"))
    person.goes_to("#/upload")
    person.chooses_files(ZONE, mine.file(name, mine.rows(1, 2, 3, 4)))
    seen = person.reads(question(name))
    assert f"Succeeded with errors 2 of 3 rows counted, 1 refused. {earlier.key}" in seen
    assert not person.has("Upload file")
    _choices(page)[0].click()
    person.presses("Validate only")
    person.reads("Dry run: 2 of 4 rows would be counted, 2 already counted. No events were stored.")
    person.presses("Upload now")
    person.reads("2 of 4 rows counted, 2 already counted.")
    person.follows("Details")
    person.reads(earlier.key)


def test_the_same_name_may_be_another_file(person: Person, mine: Account) -> None:
    """A new file gets its own key, and all of its rows count."""
    name = f"{mine.name}.csv"
    earlier = mine.drop(name, mine.rows(1, 2))
    person.goes_to("#/upload")
    person.chooses_files(ZONE, mine.file(name, mine.rows(1, 2, 3)))
    person.reads(question(name))
    person.field(NEW).click()
    person.presses("Upload file")
    seen = person.reads("All 3 rows counted.")
    assert earlier.key not in seen


def test_it_is_decided_by_keyboard(page: Page, person: Person, mine: Account) -> None:
    """Tab reaches the choices, and the space bar and arrows choose. You can change the choice before the upload."""
    name = f"{mine.name}.csv"
    mine.drop(name, mine.rows(1))
    person.goes_to("#/upload")
    person.chooses_files(ZONE, mine.file(name, mine.rows(1, 2)))
    person.reads(question(name))
    page.is_for_everyone()
    page.driver.execute_script("document.querySelector('h1').focus()")
    choices = _choices(page)
    for _ in range(30):
        person.hits(Keys.TAB)
        if page.driver.switch_to.active_element in choices:
            break
    person.hits(Keys.SPACE)
    person.reads("Ready")
    person.hits(Keys.ARROW_DOWN)
    person.waits("the other choice", choices[1].is_selected)
    person.hits(Keys.ARROW_UP)
    person.waits("the first choice", choices[0].is_selected)
    page.driver.execute_script("document.querySelector('h1').focus()")
    person.tabs_to("Upload file")
    person.hits(Keys.ENTER)
    person.reads("1 of 2 rows counted, 1 already counted.")


def test_other_names_are_not_asked_about(person: Person, mine: Account) -> None:
    """A part of a name, a dry run, a failed file, and a corrected error file don't count as earlier files."""
    part, checked, failed, corrected = (f"{word}-{mine.name}.csv" for word in ("part", "checked", "failed", "fixed"))
    mine.drop(f"more-{part}", mine.rows(1))
    mine.drop(failed, "time\n1\n")
    parent = mine.drop("parent.csv", mine.rows("x"))
    header, row = mine.rows(5).splitlines()
    mine.drop(corrected, f"{header},identifier,upload,row_number\n{row},{parent.id}:1,{parent.id},1\n")
    person.goes_to("#/upload")
    person.chooses_files(ZONE, mine.file(checked, mine.rows(2)))
    person.presses("Validate only")
    person.reads("Dry run: 1 row would be counted. No events were stored.")
    person.presses("Clear finished")
    person.chooses_files(ZONE, *(mine.file(name, mine.rows(3)) for name in (part, checked, failed, corrected)))
    person.reads("Upload 4 files")
    assert "You already uploaded" not in person.sees()


def test_with_too_many_uploads_only_recent_ones_are_searched(page: Page, person: Person, mine: Account) -> None:
    """If this search fails too, the page says so and the file can be uploaded."""
    name = f"{mine.name}.csv"
    mine.drop(name, mine.rows(1))
    page.driver.execute_script(_TOO_BROAD, "created")
    person.goes_to("#/upload")
    person.chooses_files(ZONE, mine.file(name, mine.rows(1, 2)))
    person.reads(question(name))
    person.presses(f"Remove {name} from this list")
    page.driver.execute_script(_TOO_BROAD, "never")
    person.chooses_files(ZONE, mine.file(name, mine.rows(1, 2, 3)))
    person.reads("The page couldn't check for earlier files with this name.")
    person.presses("Upload file")
    person.reads("All 3 rows counted.")


def _choices(page: Page) -> list:  # type: ignore[type-arg]
    return page.driver.find_elements("css selector", ".earlier input")


_TOO_BROAD = """
  const [unless] = arguments;
  const real = window.fetch;
  window.fetch = async (url, options) => {
    const {searchParams} = new URL(url);
    if (!searchParams.has("file_name") || [...searchParams.keys()].some((name) => name.startsWith(unless)))
      return real(url, options);
    return Response.json({error: {code: "filter_too_broad", message: "Narrow the list."}}, {status: 400});
  };
"""
