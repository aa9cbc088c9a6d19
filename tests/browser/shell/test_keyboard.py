"""All of it without a mouse: Tab, Enter and Escape."""

from pathlib import Path

from selenium.webdriver.common.keys import Keys

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person


def test_the_round_by_keys_alone(page: Page, person: Person, account: Account, tmp_path: Path) -> None:
    """From the first view to a corrected file and a revert, the focus is always where you expect it."""
    mine = Account(account.stack, account.folder).register()
    page.driver.refresh()
    person.comes_back_to("Data management")
    person.tabs_to("Upload files")
    person.hits(Keys.ENTER)
    person.comes_back_to("Upload")
    person.chooses_files("Drop CSV files here", mine.file("round-by-keys.csv", mine.rows(7, "eight")))
    _goes_by_tab(person, "Upload file")
    person.reads("1 of 2 rows counted, 1 refused.")

    _goes_by_tab(person, "Download error file")
    errors = tmp_path / "round-by-keys.errors.csv"
    refused = person.waits("the download", lambda: errors.read_text() if errors.exists() else None)
    errors.write_text(refused.replace("eight", "8"))
    person.chooses_files("Drop the corrected error file here to upload it", errors)
    person.reads("1 row counted.")
    person.tabs_to("Details")
    person.hits(Keys.ENTER)
    person.reads("Corrects rows of round-by-keys.csv")
    person.tabs_to("round-by-keys.csv")
    person.hits(Keys.ENTER)
    person.reads("Corrected error files")

    _goes_by_tab(person, "Revert…")
    person.reads("Corrected error files keep their events")
    person.hits(Keys.ESCAPE)
    person.comes_back_to("Revert…")
    person.hits(Keys.ENTER)
    person.reads("Corrected error files keep their events")
    _goes_by_tab(person, "Revert")
    person.reads("Reverted. Its events no longer count.")
    person.comes_back_to("round-by-keys.csv")


def test_the_main_part_is_one_key_away(page: Page, person: Person) -> None:
    """The first stop of Tab leads past the navigation, and is seen only then."""
    page.driver.refresh()
    person.comes_back_to("Data management")
    page.driver.execute_script("document.body.tabIndex = -1; document.body.focus()")
    person.tabs_to("Skip to content")
    person.hits(Keys.ENTER)
    person.hits(Keys.TAB)
    assert person.focused.startswith("Needs attention")


def _goes_by_tab(person: Person, name: str) -> None:
    person.tabs_to_coming(name)
    person.hits(Keys.ENTER)
