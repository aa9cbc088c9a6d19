"""Data management: the list of uploads, their details, and their actions."""

from datetime import UTC, datetime, timedelta

import pytest

from meterdrop.domain.uploads.upload import Upload
from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person
from tests.support.integration.dropping import Dropping

HOSTILE = "<img src=x onerror=alert(1)>.csv"
_SAFE = str.maketrans("<>", "__")  # how Chromium writes what file systems may not take


@pytest.fixture(scope="module")
def mixed(account: Account) -> Upload:
    """Upload a file of three rows, one valid and two refused. Its name is markup."""
    return account.drop(HOSTILE, account.rows("123456789012.345", "many", "1,5"))


def test_a_list_shows_the_result_of_each_file(person: Person, account: Account, mixed: Upload) -> None:
    """A row has name, folder, status, and counts. A file name with markup is shown as text."""
    person.goes_to(_folder(account))
    seen = person.reads(HOSTILE)
    assert f"{HOSTILE} uploads/{account.name}/" in seen
    assert f"{mixed.size} bytes Succeeded with errors 3 2 0" in seen


def test_times_are_in_the_readers_zone(page: Page, person: Person, mixed: Upload) -> None:
    """The label names the browser's time zone. The tooltip of a time shows the zone and UTC."""
    page.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    page.driver.refresh()
    person.goes_to(f"#/uploads/{mixed.id}")
    person.reads("Received (Asia/Tokyo)")
    shown = page.driver.find_element("css selector", "time")
    assert mixed.created == page.driver.execute_script("return Date.parse(arguments[0].dateTime) / 1000", shown)
    assert str(shown.get_attribute("title")).endswith(" UTC")


def test_filters_are_in_the_address_and_back_works(person: Person, account: Account, mixed: Upload) -> None:
    """Status, name, folder, and days filter the list. The back button undoes one filter at a time."""
    whole = account.drop("whole.csv", account.rows("1"))
    person.goes_to(_folder(account))
    person.reads(mixed.file_name)
    person.reads(whole.file_name)
    person.chooses("Status", "Succeeded")
    person.no_longer_reads(mixed.file_name)
    assert "status=succeeded" in person.place
    person.types("Search", "NOTHING")
    person.reads("No uploads match your filters.")
    person.goes_back()
    person.reads(whole.file_name)
    person.goes_back()
    person.reads(mixed.file_name)
    person.types("Search", "WHOLE")
    person.hits("\ue007")
    person.no_longer_reads(mixed.file_name)
    person.reads(whole.file_name)

    day = datetime.fromtimestamp(whole.created, UTC).astimezone().date()
    person.goes_to(f"{_folder(account)}&from={day}&to={day}")
    person.reads(whole.file_name)
    person.goes_to(f"{_folder(account)}&from={day - timedelta(days=2)}&to={day - timedelta(days=1)}")
    person.reads("No uploads match your filters.")


def test_a_long_list_is_loaded_page_by_page(person: Person, account: Account) -> None:
    """The first page has 25 files. Load more loads the others, and disappears at the end."""
    dropping = Dropping(account.stack)
    versions = [dropping.put(f"uploads/{account.name}-many/{number:02}.csv", b"x") for number in range(26)]
    for version in versions:
        dropping.final(version)
    person.goes_to(_folder(account, "-many"))
    first = person.reads("Load more")
    assert 25 == first.count(".csv ")
    person.presses("Load more")
    person.waits("the last file", lambda: 26 == person.sees().count(".csv "))
    assert not person.has("Load more")


def test_the_list_is_live_while_a_file_is_processed(person: Person, account: Account) -> None:
    """A new upload appears in the list, and its status changes there without a reload."""
    dropping = Dropping(account.stack)
    person.goes_to(_folder(account, "-live"))
    person.reads("No uploads match your filters.")
    dropping.put(f"uploads/{account.name}-live/big.csv", account.rows(*range(3_000)).encode())
    person.reads("big.csv")
    person.reads("Succeeded 3,000 0 0")


def test_details_show_everything_about_a_file(person: Person, mixed: Upload, account: Account) -> None:
    """Details show counts, exact totals, and row errors, and download both files."""
    person.goes_to(_folder(account))
    person.follows(HOSTILE)
    seen = person.reads("1 of 3 rows counted, 2 refused.")
    assert f"{account.name} 1 123,456,789,012.345" in seen
    assert 'Row 2 payload_value "many" isn\'t a number' in seen
    assert mixed.id in seen

    refused = person.downloads("Download error file", f"{HOSTILE.removesuffix('.csv')}.errors.csv".translate(_SAFE))
    assert Dropping(account.stack).error_file(mixed) == refused.read_bytes()
    original = person.downloads("Download original", HOSTILE.translate(_SAFE))
    assert account.rows("123456789012.345", "many", "1,5") == original.read_text()


def test_a_refused_file_shows_the_reason(person: Person, account: Account) -> None:
    """A failed upload shows the reason. It can be reprocessed, but not reverted."""
    failed = account.drop("no-header.csv", "time,event\n1,2\n")
    person.goes_to(f"#/uploads/{failed.id}")
    seen = person.reads("The whole file was refused.")
    assert "Missing columns: timestamp, event_name" in seen
    assert (True, False) == (person.has("Reprocess…"), person.has("Revert…"))


def test_a_revert_names_the_related_uploads(person: Person, account: Account) -> None:
    """The dialog names the removed events, corrected error files, and duplicates before anything happens."""
    marked = account.rows("7", "8").replace("payload_value", "payload_value,identifier")
    marked = marked.replace(",7\n", f",7,{account.name}-7\n").replace(",8\n", f",8,{account.name}-8\n")
    first = account.drop("first.csv", marked)
    again = account.drop("again.csv", marked + "\n")
    assert 2 == again.counts.duplicate

    person.goes_to(f"#/uploads/{first.id}")
    person.presses("Revert…")
    seen = person.reads("again.csv")
    assert "This removes 2 events from usage" in seen
    assert f"{account.name}: 2 events, sum of values 15" in seen
    person.hits("\ue00c")
    person.waits("the focus to come back", lambda: "Revert…" == person.focused)

    person.presses("Revert…")
    person.reads("again.csv")
    person.presses("Revert")
    person.reads("Reverted. Its events no longer count.")
    person.reads("Duplicates in other uploads aren't counted automatically")
    person.follows("again.csv")
    person.reads("2 already counted")
    person.presses("Reprocess…")
    person.reads("duplicates of rows that have been reverted")
    person.presses("Reprocess")
    person.reads("All 2 rows counted.")


def test_unknown_views_and_uploads_show_an_error(person: Person) -> None:
    """A broken link shows an error and a link to all uploads."""
    person.goes_to("#/uploads/upl_aaaaaaaaaaaaaaaaaaaaaaaaaa")
    person.reads("Upload upl_aaaaaaaaaaaaaaaaaaaaaaaaaa doesn't exist.")
    person.goes_to("#/nothing")
    person.reads("This page doesn't exist.")
    person.follows("View all uploads")
    person.reads("Received from")


def _folder(account: Account, suffix: str = "") -> str:
    """Return the address of the list of one folder."""
    return f"#/uploads?search={account.name}{suffix}%2F"
