"""The upload view: from local files to results."""

from tests.support.browser.account import HEADER, Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person

ZONE = "Drop CSV files here"


def test_files_that_fail_the_check_are_not_uploaded(person: Person, account: Account) -> None:
    """The page checks sizes and headers before the upload. It uploads the other files together."""
    person.goes_to("#/upload")
    person.drops(
        ZONE,
        account.file("checked-one.csv", account.rows(1)),
        account.file("checked-two.csv", account.rows(2).replace(",", ";")),
        account.file("large.csv", account.rows(3).ljust(5_242_881)),
        account.file("names.csv", "time,event_name\n1,2\n"),
        account.file("empty.csv", ""),
    )
    seen = person.reads("Upload 2 files")
    assert "large.csv 5.24 MB Remove Not uploaded. The file has 5,242,881 bytes; the limit is 5,242,880 (5 MB)." in seen
    assert (
        "The header doesn't have these columns: timestamp, a customer column such as payload_stripe_customer_id."
        in seen
    )
    assert "empty.csv 0 bytes Remove Not uploaded. The file is empty." in seen
    person.presses("Upload 2 files")
    person.waits("both results", lambda: 2 == person.sees().count("1 row counted. Details"))
    person.presses("Clear finished")
    assert 3 == person.sees().count("Not uploaded.")


def test_validate_only_stores_nothing(person: Person, account: Account) -> None:
    """A dry run shows the server's result for each row. One click then uploads the same file."""
    person.goes_to("#/upload")
    person.chooses_files(ZONE, account.file("check.csv", account.rows(10, "ten")))
    person.presses("Validate only")
    seen = person.reads("Dry run: 1 of 2 rows would be counted, 1 would be refused. No events were stored.")
    assert 'Row 2 payload_value "ten" isn\'t a number' in seen
    person.presses("Upload anyway")
    person.reads("1 of 2 rows counted, 1 refused.")


def test_the_same_file_again_is_counted_only_when_that_is_meant(person: Person, account: Account) -> None:
    """A file with the same content is refused with the reason. Count again uploads it as new events."""
    text = account.rows(77)
    person.goes_to("#/upload")
    person.chooses_files(ZONE, account.file("same.csv", text))
    person.presses("Upload file")
    person.reads("1 row counted.")
    person.presses("Clear finished")
    person.chooses_files(ZONE, account.file("same-again.csv", text))
    person.presses("Upload file")
    person.reads("The whole file was refused.")
    person.presses("Count again")
    person.reads("1 row counted.")


def test_control_totals_that_differ_refuse_the_file(person: Person, account: Account) -> None:
    """They are optional fields of each file. The details show what was declared, and a mistyped number is corrected."""
    person.goes_to("#/upload")
    person.chooses_files(ZONE, account.file("totals.csv", account.rows(40, "2.5")))
    person.opens("Control totals of totals.csv")
    person.types("Expected rows", "3")
    person.types("Expected sums", f"{account.name}=42,50")
    person.presses("Upload file")
    person.reads(f"Invalid control[sums][{account.name}]: must be a plain decimal")
    person.types("Expected sums", f"{account.name}=42.50")
    person.presses("Try again")
    seen = person.reads("The whole file was refused.")
    assert "Rows: declared 3, found 2, difference -1." in seen
    person.follows("Details")
    person.reads(f"Don't match (declared: 3 rows, {account.name}: 42.5)")


def test_a_template_of_a_meter_is_a_file_to_begin_with(person: Person, account: Account) -> None:
    """The meter in the address is preselected, and its template has its columns."""
    person.goes_to(f"#/upload?meter={account.name}")
    template = person.downloads("Download template", f"{account.name}-template.csv")
    assert HEADER == template.read_text().splitlines()[0]


def test_files_go_on_while_the_reader_looks_elsewhere(person: Person, account: Account) -> None:
    """After another view, the file is still there with its result."""
    person.goes_to("#/upload")
    person.chooses_files(ZONE, account.file("elsewhere.csv", account.rows(5)))
    person.presses("Upload file")
    person.follows("Data management")
    person.reads("Needs attention")
    person.goes_back()
    person.reads("elsewhere.csv")
    person.reads("1 row counted.")


def test_customers_are_registered_by_a_file(person: Person, account: Account) -> None:
    """A customer file has its own texts and columns, and no Validate only button."""
    person.goes_to("#/upload?kind=customers")
    person.chooses_files(ZONE, account.file("customers.csv", f"id,name\n{account.customer}-2,Second\n"))
    person.reads("Ready")
    assert not person.has("Validate only")
    person.presses("Upload file")
    person.reads("1 row registered or changed.")


def test_it_all_works_by_keyboard(page: Page, person: Person, account: Account) -> None:
    """Tab leads from the heading to all controls, and Enter starts the upload."""
    person.goes_to("#/upload")
    person.waits("the focus on the heading", lambda: "Upload" == person.focused)
    person.chooses_files(ZONE, account.file("by-keys.csv", account.rows(6)))
    person.reads("Ready")
    page.driver.execute_script("document.querySelector('h1').focus()")
    person.tabs_to("Upload file")
    person.hits("\ue007")
    person.reads("1 row counted.")
    assert "1 file" == person.focused


def test_it_is_for_everyone(page: Page, person: Person, account: Account) -> None:
    """Axe finds nothing serious with results of several kinds in sight, in light, in dark and on a phone."""
    person.goes_to("#/upload")
    person.chooses_files(ZONE, account.file("axe.csv", account.rows(1, "x")), account.file("names.csv", "time\n1\n"))
    person.presses("Validate only")
    person.reads("No events were stored.")
    page.is_for_everyone()


def test_an_interrupted_transfer_says_so_and_can_be_tried_again(page: Page, person: Person, account: Account) -> None:
    """Without a network, the file stays in the list. Try again uploads it later."""
    person.goes_to("#/upload")
    person.chooses_files(ZONE, account.file("offline.csv", account.rows(8)))
    person.reads("Ready")
    with page.offline():
        person.presses("Upload file")
        person.reads("The API didn't respond. Check your internet connection and try again.")
    person.presses("Try again")
    person.reads("1 row counted.")


def test_an_upload_keeps_the_file_name(person: Person, account: Account) -> None:
    """The upload has the file's name. A second file with this name doesn't replace the first."""
    for value in (91, 92):
        person.goes_to("#/upload")
        person.chooses_files(ZONE, account.file("März & Co.csv", account.rows(value)))
        if value == 92:
            person.field("No, upload it as a new file. Rows without an identifier count again.").click()
        person.presses("Upload file")
        person.reads("1 row counted.")
        person.presses("Clear finished")
    person.goes_to("#/uploads?search=m%C3%A4rz")
    person.waits("both", lambda: 2 == person.sees().count("März & Co.csv "))
