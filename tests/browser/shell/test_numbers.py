"""Usage is shown with all of its digits, in every view and on narrow screens."""

from pathlib import Path

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.looking import unfolds
from tests.support.browser.metered import Metered
from tests.support.browser.person import Person
from tools.stack.local_stack import LocalStack

GREATEST = "999999999999999"
LEAST = "0.000000000001"
SUM = "9,999,999,999,999,990.000000000001"
"""Of ten times the greatest and once the least: more than 2**53, with twelve decimals, 28 digits."""
DAYS = "period=dates&from=2024-09-25&to=2024-09-25"


def test_no_digit_is_lost(page: Page, person: Person, stack: LocalStack, tmp_path: Path) -> None:
    """Totals, figures, tables, the feed, and a customer's usage show every digit on a phone."""
    metered = Metered.register(Account(stack, tmp_path))
    name = f"{'a-name-without-blanks_' * 10}.csv"
    upload = metered.account.drop(name, metered.account.rows(*[GREATEST] * 10, LEAST))
    page.narrow()
    for place, words in (
        (f"uploads?search={metered.account.name}%2F", name),
        (f"uploads/{upload.id}", SUM),
        (f"meters/{metered.id}?{DAYS}", SUM),
        (f"customers/{metered.account.customer}?{DAYS}", SUM),
    ):
        person.goes_to(f"#/{place}")
        person.reads(words)
        page.check_width()
    person.goes_to(f"#/meters/{metered.id}?{DAYS}")
    person.reads(LEAST)
    person.reads("999,999,999,999,999 ")
    unfolds(page, person, "Show as a table")
    person.waits("the table", lambda: 2 == person.sees().count(SUM))
    page.check_width()
