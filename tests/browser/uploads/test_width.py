"""The list of uploads from a phone to a desktop, in time zones with long and short names."""

import pytest

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person

WIDTHS = (360, 641, 768, 900, 1000, 1280)
LEAST = 200  # pixels of the column with the file's name
_FILE_CELL = "return document.querySelector('.table tbody th').getBoundingClientRect().width"


@pytest.mark.parametrize("zone", ["America/Argentina/Buenos_Aires", "Europe/Berlin", "America/New_York"])
def test_the_name_of_a_file_is_readable_at_every_width(page: Page, person: Person, account: Account, zone: str) -> None:
    """The window never scrolls sideways, and a name has room. The zone is named once, not in a column's header."""
    name = f"usage-of-september-{'x' * 40}.csv"
    folder = f"uploads/{account.name}/"
    account.drop(name, account.rows(1, *["x"] * 1_200, 1))
    page.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": zone})
    page.driver.refresh()
    person.goes_to(f"#/uploads?search={folder}")
    person.reads(name)
    narrow = {}
    for width in WIDTHS:
        page.wide(width)
        page.check_width()
        narrow[width] = page.driver.execute_script(_FILE_CELL)
    assert {} == {width: pixels for width, pixels in narrow.items() if pixels < LEAST}
    shown = page.driver.execute_script("return Intl.DateTimeFormat().resolvedOptions().timeZone")
    assert 1 == person.sees().count(shown)
    assert shown in str(page.driver.find_element("css selector", ".table time").get_attribute("title"))
