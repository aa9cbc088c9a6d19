"""The uploads that need somebody, and how they leave the list."""

import re
from pathlib import Path

import pytest

from meterdrop.domain.uploads.upload import Upload
from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person
from tests.support.integration.dropping import Dropping
from tools.stack.local_stack import LocalStack


@pytest.fixture
def mine(stack: LocalStack, tmp_path: Path) -> Account:
    """Register a meter and a customer that only one test knows."""
    return Account(stack, tmp_path).register()


def test_refused_rows_are_open_until_they_are_corrected(page: Page, person: Person, mine: Account) -> None:
    """The list names the rows that are left. When a later file has counted all of them, the upload leaves it.

    The number on Data management follows.
    """
    name = f"october-{mine.name}.csv"
    person.goes_to("#/uploads")
    before = _number(person)
    upload = mine.drop(name, mine.rows(1, "two", "three", 4))
    person.waits("the number to rise", lambda: before + 1 == _number(person))
    person.follows(f"Needs attention ({before + 1})")
    seen = person.reads(name)
    assert "2 refused rows to correct" in seen
    page.is_for_everyone()

    _correct(mine, upload, "2", "three")
    person.goes_to(f"#/uploads/{upload.id}")
    person.reads("1 of 2 refused rows corrected since, 1 to correct.")
    person.goes_to("#/uploads/open")
    person.reads("1 refused row to correct, 1 corrected since")

    _correct(mine, upload, "2", "3")
    person.goes_to(f"#/uploads/{upload.id}")
    seen = person.reads("2 of 2 refused rows corrected since. Nothing is left to do.")
    assert "Correct the rows" not in seen
    person.follows("Data management")
    person.waits("the number to fall", lambda: before == _number(person))
    person.goes_to("#/uploads/open")
    person.reads("Needs attention")
    person.no_longer_reads(name)


def test_a_failed_file_is_reprocessed_from_the_list(person: Person, mine: Account) -> None:
    """The list has the reason. The dialog is that of the upload's own page."""
    name = f"early-{mine.name}.csv"
    failed = mine.drop(name, "time,event\n1,2\n")
    person.goes_to("#/uploads/open")
    seen = person.reads(name)
    assert "Missing columns: timestamp, event_name" in seen
    person.presses(f"Reprocess {name}")
    person.reads("Meterdrop validates the whole file again.")
    person.presses("Reprocess")
    person.waits("the dialog to close", lambda: not person.has("Cancel"))
    person.goes_to(f"#/uploads/{failed.id}")
    person.reads("Reprocess requested (run 2)")


def test_dry_runs_need_nobody(person: Person, mine: Account) -> None:
    """A check that would refuse rows is never in the list."""
    name = f"check-{mine.name}.csv"
    Dropping(mine.stack).drop(f"validate/{name}", mine.rows("x").encode())
    other = mine.drop(f"real-{mine.name}.csv", mine.rows("x", "y"))
    person.goes_to("#/uploads/open")
    assert name not in person.reads(other.file_name)


def _number(person: Person) -> int:
    found = re.search(r"Needs attention \((\d+)\)", person.waits("the number", lambda: _link(person.sees())))
    assert found is not None
    return int(found[1])


def _link(seen: str) -> str | None:
    found = re.search(r"Needs attention \(\d+\)", seen)
    return found and found[0]


def _correct(account: Account, upload: Upload, *values: str) -> Upload:
    """Upload the error file with other values."""
    header, *rows = Dropping(account.stack).error_file(upload).decode().splitlines()
    place = header.split(",").index("payload_value")
    changed = []
    for row, value in zip(rows, values, strict=True):
        cells = row.split(",")
        cells[place] = value
        changed.append(",".join(cells))
    return account.drop(f"fixed-{'-'.join(values)}.csv", "\n".join([header, *changed, ""]))
