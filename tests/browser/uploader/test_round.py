"""A file with errors from start to end: upload, download the error file, correct it, upload it."""

import csv

import pytest

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person


@pytest.mark.parametrize("narrow", [False, True])
def test_a_file_with_errors_comes_round(page: Page, person: Person, account: Account, *, narrow: bool) -> None:
    """Upload a file, correct its error file, and upload that. It succeeds, and the meter's usage is right."""
    mine = Account(account.stack, account.folder).register()
    name = f"september-{mine.name}"
    if narrow:
        page.narrow()
    person.goes_to("#/upload")
    person.drops("Drop CSV files here", mine.file(f"{name}.csv", mine.rows("400.25", "a thousand", "600")))
    person.presses("Upload file")
    person.reads("2 of 3 rows counted, 1 refused.")

    errors = person.downloads("Download error file", f"{name}.errors.csv")
    with errors.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["payload_value"] = "1000.5"
    with errors.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    person.drops("Drop the corrected error file here to upload it", errors)
    person.reads("1 row counted.")

    person.goes_to("#/uploads?search=september")
    person.reads("Corrected")
    person.follows(f"{name}.errors.csv")
    person.reads("Corrects rows of")
    person.follows(f"{name}.csv")
    person.reads("Corrected error files")

    person.goes_to("#/meters")
    person.follows(f"Meter {mine.name}")
    person.reads("Sum of values")
    person.goes_to(f"{person.place}?period=dates&from=2024-09-25&to=2024-09-25")
    person.reads("Events 3 none before Sum of values 2,000.75")
