"""How the page behaves under the eye and the pointer: nothing jumps, rows can be clicked, colors can be chosen."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.metered import Metered
from tests.support.browser.person import Person

SHIFT_AT_MOST = 0.02
"""Cumulative layout shift. Browsers call up to 0.1 good."""
SEPTEMBER = "period=dates&from=2024-09-01&to=2024-09-30"
_DARK = "rgb(20, 23, 28)"
_SHIFTS = """
  const done = arguments[arguments.length - 1];
  let sum = 0;
  const add = (list) => list.getEntries().forEach((entry) => { if (!entry.hadRecentInput) sum += entry.value; });
  const observer = new PerformanceObserver(add);
  observer.observe({type: "layout-shift", buffered: true});
  setTimeout(() => { observer.disconnect(); done(sum); }, 200);
"""


@pytest.fixture(scope="module")
def meter(account: Account) -> Metered:
    """Make a meter with usage of a month."""
    meter = Metered.register(Account(account.stack, account.folder))
    meter.account.drop("september.csv", meter.account.rows(*range(1, 40)))
    return meter


def test_nothing_jumps_while_a_view_loads(page: Page, person: Person, meter: Metered) -> None:
    """Skeletons have the size of what they stand for, on a wide screen and on a phone."""
    places = {
        f"#/meters/{meter.id}?{SEPTEMBER}": "File, row 39",
        f"#/customers/{meter.account.customer}?{SEPTEMBER}": f"Meter {meter.account.name}",
        "#/uploads": "september.csv",
    }
    for narrow in (False, True):
        if narrow:
            page.narrow()
        for place, words in places.items():
            person.goes_to(place)
            page.driver.refresh()
            person.reads(words)
            person.no_longer_reads("Loading ")
            shift = page.driver.execute_async_script(_SHIFTS)
            assert shift <= SHIFT_AT_MOST, (place, narrow, shift)


def test_another_period_moves_nothing(page: Page, person: Person, meter: Metered) -> None:
    """Figures and chart keep their place while those of another period are loaded."""
    person.goes_to(f"#/meters/{meter.id}?{SEPTEMBER}")
    person.reads("File, row 39")
    page.driver.refresh()
    person.reads("File, row 39")
    before = page.driver.execute_async_script(_SHIFTS)
    person.goes_to(f"#/meters/{meter.id}?{SEPTEMBER.replace('09-01', '09-02')}")
    person.reads("Show as a table")
    person.no_longer_reads("Loading ")
    assert page.driver.execute_async_script(_SHIFTS) - before <= SHIFT_AT_MOST


def test_a_row_can_be_clicked_anywhere(page: Page, person: Person, meter: Metered) -> None:
    """A click beside the link follows it; with Ctrl or the middle button in a new tab. Marking text follows nothing."""
    place = f"#/uploads?search={meter.account.name}"
    person.goes_to(place)
    person.reads("september.csv")
    mouse = ActionChains(page.driver)

    mouse.move_to_element_with_offset(_cell(page, "time"), -40, 0).click_and_hold().move_by_offset(
        60, 0
    ).release().perform()
    assert page.driver.execute_script("return getSelection().toString()")
    assert place == person.place
    page.driver.execute_script("getSelection().removeAllRanges()")

    mouse.key_down(Keys.CONTROL).click(_cell(page, ".badge")).key_up(Keys.CONTROL).perform()
    person.waits("a new tab", lambda: len(page.driver.window_handles) == 1 + 1)
    _close_new_tabs(page)
    assert place == person.place

    _cell(page, ".badge").click()
    person.reads("Totals by meter")
    assert person.place.startswith("#/uploads/upl_")


def _cell(page: Page, selector: str) -> WebElement:
    return page.driver.find_element(By.CSS_SELECTOR, f"tbody td {selector}")


def _close_new_tabs(page: Page) -> None:
    first, *others = page.driver.window_handles
    for tab in others:
        page.driver.switch_to.window(tab)
        page.driver.close()
    page.driver.switch_to.window(first)


def test_colors_can_be_chosen(page: Page, person: Person) -> None:
    """Light, dark, or as the system has it. The choice survives the tab, and is there before anything is painted."""
    background = "return getComputedStyle(document.body).backgroundColor"
    person.presses("Colors: system. Switch to light")
    person.presses("Colors: light. Switch to dark")
    assert _DARK == page.driver.execute_script(background)
    page.driver.refresh()
    assert _DARK == page.driver.execute_script(background)
    person.presses("Colors: dark. Switch to system")
    assert "rgb(255, 255, 255)" == page.driver.execute_script(background)
    assert 0 == page.driver.execute_script("return localStorage.length")


def test_paper_has_the_data_only(page: Page, person: Person, meter: Metered) -> None:
    """What is printed has the whole table, in light, and neither navigation nor controls."""
    page.dark()
    person.goes_to(f"#/meters/{meter.id}?{SEPTEMBER}")
    person.reads("File, row 39")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    page.at(718)  # A4
    shown = """return [...document.querySelectorAll("nav, button, select, input, .button")]
      .filter((one) => one.checkVisibility()).map((one) => one.outerHTML)"""
    assert [] == page.driver.execute_script(shown)
    person.goes_to("#/meters")
    person.reads(f"Meter {meter.account.name}")
    assert page.driver.find_element(By.CSS_SELECTOR, ".table thead").is_displayed()
    assert [] == page.driver.execute_script(shown)
    assert "rgb(255, 255, 255)" == page.driver.execute_script("return getComputedStyle(document.body).backgroundColor")
    page.check_width()
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_the_focus_is_never_under_the_header(page: Page, person: Person, meter: Metered) -> None:
    """The header stays, so whatever gets the focus comes to a place below it."""
    person.goes_to(f"#/meters/{meter.id}?{SEPTEMBER}")
    person.reads("File, row 39")
    page.driver.execute_script("scrollTo(0, document.body.scrollHeight)")
    page.driver.execute_script("document.querySelector('tbody a').focus()")
    edges = """return [document.querySelector("header").getBoundingClientRect().bottom,
      document.activeElement.getBoundingClientRect().top]"""
    header, focus = page.driver.execute_script(edges)
    assert header <= focus
