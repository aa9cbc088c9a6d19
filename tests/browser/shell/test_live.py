"""Lists that change by themselves: they keep their place, leave rows where somebody reads, and ask less when idle."""

import time
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.action_chains import ActionChains

from meterdrop.domain.uploads.upload import Upload
from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person

COPIES = 199
IDLE = 60
"""Seconds."""


@pytest.fixture(scope="module")
def first(account: Account) -> Upload:
    """Drop a file and store 199 uploads like it."""
    upload = account.drop("first.csv", account.rows("1"))
    account.copies(upload, COPIES)
    return upload


@pytest.fixture
def listed(first: Upload, person: Person, account: Account) -> Iterator[Person]:
    """Go to the list of these uploads."""
    person.goes_to(f"#/uploads?search={account.name}%2F")
    person.reads(first.file_name)
    yield person
    person.goes_to("#/upload")


def _top_of(page: Page, name: str) -> int | None:
    script = "return [...document.links].find((a) => a.textContent === arguments[0])?.getBoundingClientRect().top"
    top = page.driver.execute_script(script, name)
    return None if top is None else round(top)


def _loads(person: Person, name: str) -> None:
    while name not in person.sees():
        person.presses("Load more")
        person.waits("the page", lambda: not person.has("Loading…"))


def test_back_returns_to_the_row(page: Page, listed: Person) -> None:
    """Row 180 of 200 is where it was, with all pages that were loaded; forward and back again, too."""
    _loads(listed, "copy-180.csv")
    page.driver.execute_script("scrollTo(0, document.documentElement.scrollHeight - 1500)")
    link = "copy-179.csv"
    time.sleep(0.3)  # a person looks for the row
    before = _top_of(page, link)
    assert before is not None
    assert 0 < before < 900
    listed.follows(link)
    listed.reads("Version ID")
    assert page.driver.execute_script("return scrollY") == 0
    listed.goes_back()
    listed.waits("the row at its place", lambda: before == _top_of(page, link))
    listed.goes_forward()
    listed.reads("Version ID")
    listed.goes_back()
    listed.waits("the row at its place", lambda: before == _top_of(page, link))


def test_rows_stay_where_somebody_reads(page: Page, listed: Person, account: Account) -> None:
    """A new upload waits behind a button while the pointer is on the list or the list is scrolled."""
    row = page.driver.find_element("link text", "copy-001.csv")
    ActionChains(page.driver).move_to_element(row).perform()
    before = _top_of(page, "copy-001.csv")
    account.drop("second.csv", account.rows("2"))
    listed.waits("the button", lambda: listed.has("Show 1 new"))
    assert before == _top_of(page, "copy-001.csv")
    assert "second.csv" not in listed.sees()
    page.check_accessibility()

    page.driver.execute_script("scrollTo(0, 600)")
    ActionChains(page.driver).move_to_element(page.driver.find_element("tag name", "header")).perform()
    time.sleep(0.5)
    assert "second.csv" not in listed.sees()
    listed.presses("Show 1 new")
    listed.reads("second.csv")
    assert not listed.has("Show 1 new")

    page.driver.execute_script("scrollTo(0, 0)")
    ActionChains(page.driver).move_to_element(page.driver.find_element("tag name", "h1")).perform()
    account.drop("third.csv", account.rows("3"))
    listed.reads("third.csv")


def test_refresh_says_that_it_did(listed: Person) -> None:
    """Even where nothing has changed."""
    listed.presses("Refresh")
    listed.reads("Updated just now Refresh")
    listed.no_longer_reads("Updated just now Refresh")


def test_an_idle_page_asks_seldom(page: Page, listed: Person) -> None:
    """Nothing changes and nobody uses the page: the longer, the fewer requests. A hidden tab sends none."""
    listed.reads("first.csv")
    page.watch.forget()
    time.sleep(IDLE)
    asked = page.watch.asked_of_the_api()
    assert 3 <= len(asked) <= 9, asked

    shown = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    hidden = page.driver.current_window_handle
    page.driver.switch_to.window(shown)
    page.driver.execute_cdp_cmd("Target.activateTarget", {"targetId": hidden})
    assert "hidden" == page.driver.execute_script("return document.visibilityState")
    page.watch.forget()
    time.sleep(15)
    assert [] == page.watch.asked_of_the_api()
    page.driver.execute_cdp_cmd("Page.bringToFront", {})
    listed.waits("a request", page.watch.asked_of_the_api)
