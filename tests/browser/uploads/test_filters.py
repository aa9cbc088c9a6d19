"""What the list of uploads shows of each file, and how you find one."""

import pytest

from meterdrop.domain.uploads.upload import Upload
from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.looking import error_at
from tests.support.browser.person import Person
from tests.support.integration.dropping import Dropping


@pytest.fixture(scope="module")
def check(account: Account) -> Upload:
    """Have a file checked in which two of three rows are wrong."""
    key = f"validate/{account.name}/check.csv"
    return Dropping(account.stack).drop(key, account.rows(1, "x", "y").encode())


@pytest.fixture(scope="module")
def counted(account: Account) -> Upload:
    """Upload a file whose rows all count."""
    return account.drop("counted.csv", account.rows(7))


def test_dry_runs_are_apart(page: Page, person: Person, account: Account, check: Upload, counted: Upload) -> None:
    """The list hides dry runs until you ask for them. Their badge tells what would happen, in a calm color."""
    person.goes_to(_mine(account))
    person.reads(counted.file_name)
    assert check.file_name not in person.sees()
    person.chooses("Type", "Dry runs")
    seen = person.reads(check.file_name)
    assert "Would refuse 2" in seen
    assert counted.file_name not in seen
    assert "type=dry_runs" in person.place
    person.follows(check.file_name)
    person.reads("Would refuse 2")
    assert [] == page.driver.find_elements("css selector", ".badge:not(.calm)")


def test_files_of_customers_are_a_type(person: Person, account: Account, counted: Upload) -> None:
    """You can see the files of customers alone, or those of usage alone."""
    name = f"{account.name}.csv"
    Dropping(account.stack).drop(f"customers/{account.name}/{name}", f"id\ncus_{account.name}_more\n".encode())
    person.goes_to(_mine(account))
    person.reads(name)
    person.chooses("Type", "Usage")
    person.no_longer_reads(name)
    person.reads(counted.file_name)
    person.chooses("Type", "Customers")
    person.reads(name)
    person.no_longer_reads(counted.file_name)


def test_one_field_finds_a_name_a_folder_and_an_id(person: Person, account: Account, counted: Upload) -> None:
    """The list follows while you type, in upper or lower case. An upload's ID opens the upload."""
    account.drop("other.csv", account.rows(8))
    person.goes_to("#/uploads")
    person.types("Search", account.name.upper())
    person.reads("other.csv")
    person.types("Search", f"{account.name}/COUNT")
    person.no_longer_reads("other.csv")
    person.reads(counted.file_name)
    assert "search=" in person.place
    person.types("Search", f" {counted.id} ")
    person.reads("All 1 rows counted." if counted.counts.row > 1 else "1 row counted.")
    assert f"#/uploads/{counted.id}" == person.place


def test_wrong_filters_are_explained_at_their_field(person: Person, page: Page) -> None:
    """A link can contain anything. The field says what is wrong, and the page sends no request with it."""
    for query, label, words in (
        ("status=paid", "Status", 'There is no status "paid". Choose a status from the list.'),
        ("type=invoices", "Type", 'There is no type "invoices". Choose a type from the list.'),
        ("from=yesterday", "Received from", "Enter a date, such as 2026-11-28."),
        ("from=2026-02-02&to=2026-02-01", "Received to", "This day is before Received from. Choose a later day."),
    ):
        page.watch.forget()
        person.goes_to(f"#/uploads?{query}")
        person.reads(words)
        assert words == error_at(person, label)
        assert [] == [url for url in page.watch.requested() if "/v1/uploads" in url]
    page.check_accessibility()


def test_every_status_can_be_chosen(person: Person, page: Page) -> None:
    """The list of statuses has all of them, also those of files that wait."""
    person.goes_to("#/uploads")
    options = page.driver.execute_script(
        "return [...arguments[0].options].map((one) => one.text)", person.field("Status")
    )
    assert [
        "All",
        "Waiting",
        "Processing",
        "Succeeded",
        "Succeeded with errors",
        "Failed",
        "Reverting",
        "Reverted",
    ] == options


def test_a_failed_file_says_why(person: Person, account: Account) -> None:
    """The list has the reason instead of zeros."""
    account.drop("why.csv", "time,event\n1,2\n")
    person.goes_to(f"{_mine(account)}why")
    seen = person.reads("Missing columns: timestamp, event_name")
    assert "Failed \u2013 \u2013 \u2013" in seen


def test_folders_that_tell_nothing_are_left_out(person: Person, account: Account) -> None:
    """The keys that the page makes have a day and a random part. The list shows neither."""
    name = f"made-{account.name}.csv"
    form = account.post("/v1/uploads", file_name=name)
    Dropping(account.stack).drop(form["key"], account.rows(3).encode())
    person.goes_to(f"#/uploads?search={name}")
    person.reads(name)
    assert form["key"].split("/")[-2] not in person.sees()
    assert form["key"].split("/")[-3] not in person.sees()


def _mine(account: Account) -> str:
    return f"#/uploads?search={account.name}/"
