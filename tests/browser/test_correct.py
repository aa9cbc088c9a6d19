"""Refused rows are corrected in the page: by group, cell by cell, and with the keyboard alone."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from meterdrop.domain.uploads.upload import Upload
from tests.support.browser.account import HEADER, NIGHT, Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person
from tests.support.integration.dropping import Dropping

KEY, POINT, THINK = 0.28, 1.1, 1.35
"""Seconds of the keystroke-level model: a key of an average typist, to point at something, and to decide."""
TWO_MINUTES = 120


class Timed(Person):
    """Counts what a person does, by the keystroke-level model."""

    def __init__(self, driver: Chrome, downloads: Path) -> None:
        """Start with nothing done."""
        super().__init__(driver, downloads)
        self.clicks = self.keys = 0

    @property
    def seconds(self) -> float:
        """How long this takes a person who thinks before each click."""
        return self.clicks * (THINK + POINT + KEY) + self.keys * KEY

    def types(self, label: str, text: str) -> None:
        """Type into a field, after a click on it."""
        self.clicks += 1
        self.keys += len(text)
        super().types(label, text)

    def hits(self, *keys: str) -> None:
        """Hit keys."""
        self.keys += len("".join(keys))
        super().hits(*keys)

    def _clicks(self, selector: str, name: str) -> None:
        self.clicks += 1
        super()._clicks(selector, name)


@dataclass(frozen=True)
class Refused:
    """An upload with refused rows."""

    account: Account
    upload: Upload

    @property
    def place(self) -> str:
        """Where its rows are corrected."""
        return f"#/uploads/{self.upload.id}/correct"

    def children(self) -> list[Upload]:
        """Return the corrected files, newest first."""
        found = self.account.get("/v1/uploads", parent=self.upload.id)["data"]
        dropping = Dropping(self.account.stack)
        uploads = [dropping.upload(dropping.version(each["key"], each["version_id"])) for each in found]
        return [upload for upload in uploads if upload is not None]


def refuse(name: str, account: Account, rows: Iterable[str], header: str = HEADER, end: str = "\n") -> Refused:
    """Drop a file of an account of its own; all its rows are refused."""
    mine = Account(account.stack, account.folder).register()
    lines = [row.replace("METER", mine.name).replace("CUSTOMER", mine.customer) for row in (header, *rows)]
    return Refused(mine, mine.drop(name, end.join([*lines, ""])))


def usage(refused: Refused) -> tuple[int, Decimal]:
    """Return number and sum of what the upload and its corrected files count."""
    dropping = Dropping(refused.account.stack)
    figures = [dropping.usage_of(upload) for upload in (refused.upload, *refused.children())]
    return sum(number for number, _ in figures), sum((value for _, value in figures), Decimal(0))


def test_1200_rows_are_put_right_in_two_minutes(page: Page, tmp_path: Path, account: Account) -> None:
    """Three kinds of errors, 400 rows each: a customer spelled wrong, the order of dates, thousands separators."""
    person = Timed(page.driver, tmp_path)
    wrong = [f"{NIGHT + row},METER,CUSTOMERR,{row}" for row in range(400)]
    dates = [f"{1 + row % 28}/09/2024 10:{row % 60:02},METER,CUSTOMER,{row}.5" for row in range(400)]
    values = [f'{NIGHT + 1000 + row},METER,CUSTOMER,"1,{row:03}.25"' for row in range(400)]
    mixed = [row for rows in zip(wrong, dates, values, strict=True) for row in rows]
    refused = refuse("three-kinds.csv", account, mixed)
    assert refused.upload.counts.error == 1200

    person.goes_to(f"#/uploads/{refused.upload.id}")
    person.follows("Correct rows")
    person.reads("Customer not found: ")
    person.presses(f"Replace with {refused.account.customer} Customer of {refused.account.name}")
    person.presses("Day/month/year")
    person.presses("The point is the decimal separator")
    person.presses("Send 1,200 corrected rows")
    person.reads("All 1,200 rows counted.")
    person.reads("No refused row is left.")

    assert person.seconds < TWO_MINUTES
    assert (person.clicks, person.keys) == (5, 0)
    total = sum(map(Decimal, range(400))) * 3 + 400 * (Decimal("0.5") + Decimal("1000.25"))
    assert usage(refused) == (1200, total)
    assert [upload.counts.success for upload in refused.children()] == [1200]


def test_customers_with_similar_ids_hide_no_suggestion(person: Person, account: Account) -> None:
    """Hundreds of customers have a part of the ID in common with the one that is meant."""
    refused = refuse("similar.csv", account, [f"{NIGHT},METER,CUSTOMERR,1"])
    many = "".join(f"cus_browser_{place}_{number}\n" for number in range(250) for place in ("0", "z"))
    Dropping(account.stack).drop(f"customers/{secrets.token_hex(4)}.csv", f"id\n{many}".encode())
    person.goes_to(refused.place)
    person.presses(f"Replace with {refused.account.customer} Customer of {refused.account.name}")
    person.reads("Send 1 corrected row")


def hits_together(page: Page, held: str, key: str) -> None:
    """Hit a key while another one is held."""
    ActionChains(page.driver).key_down(held).send_keys(key).key_up(held).perform()


def cell(page: Page) -> str:
    """Return the name and the text of the grid's cell that has the focus."""
    return str(page.driver.execute_script(_CELL))


def waits_for_cell(page: Page, person: Person, text: str) -> None:
    """Wait until the cell with this text has the focus."""
    person.waits(f"the cell {text!r}", lambda: text in cell(page))


_CELL = """
  const cell = document.activeElement.closest("[role=gridcell]");
  if (cell === null) return "";
  const names = [...cell.closest("[role=grid]").querySelectorAll("[role=columnheader]")];
  const name = names.find((each) => each.ariaColIndex === cell.ariaColIndex).textContent;
  return `${cell.parentElement.querySelector("[role=rowheader]").firstChild.textContent} ${name}: ${cell.innerText}`;
"""


def test_rows_are_corrected_with_the_keyboard_alone(page: Page, person: Person, account: Account) -> None:
    """The grid has one stop of Tab. Keys move, edit, cancel, undo, and go to the next error."""
    good = f"{NIGHT},METER,CUSTOMER"
    refused = refuse("keys.csv", account, [f"{good},one", f"{good},2", f"{good},three", "soon,METER,CUSTOMER,4"])
    person.goes_to(f"#/uploads/{refused.upload.id}")
    person.reads("Correct rows")
    person.tabs_to("Correct rows")
    person.hits(Keys.ENTER)
    person.reads("Rows to correct")
    person.comes_back_to("Correct rows")
    person.tabs_to("Next error")
    person.hits(Keys.TAB)
    waits_for_cell(page, person, "1 payload_value: one")
    assert "isn't a number" in cell(page)
    person.hits(Keys.ENTER, "5", Keys.ESCAPE)  # Enter keeps the text, which is selected
    waits_for_cell(page, person, "1 payload_value: one")
    person.hits("1", "0", Keys.ENTER)
    waits_for_cell(page, person, "3 payload_value: three")
    person.hits(Keys.ARROW_UP)
    waits_for_cell(page, person, "1 payload_value: 10")
    person.hits(Keys.ARROW_LEFT)
    waits_for_cell(page, person, f"1 payload_stripe_customer_id: {refused.account.customer}")
    person.hits(Keys.F8)
    waits_for_cell(page, person, "3 payload_value: three")
    person.hits(Keys.F2)
    hits_together(page, Keys.CONTROL, "a")
    person.hits("3", "0", Keys.TAB)
    waits_for_cell(page, person, f"3 identifier: {refused.upload.id}:3")
    person.hits("x")  # an identifier tells which row it is
    waits_for_cell(page, person, f"3 identifier: {refused.upload.id}:3")
    hits_together(page, Keys.CONTROL, "z")
    person.reads("Send 1 corrected row")
    person.hits(Keys.F8, Keys.HOME)
    waits_for_cell(page, person, "4 timestamp: soon")
    person.hits("2", Keys.ENTER)
    person.reads("Looks wrong")
    person.hits(Keys.DELETE, *"2024-09-25", Keys.ENTER)
    hits_together(page, Keys.CONTROL, Keys.HOME)
    waits_for_cell(page, person, "1 timestamp")
    hits_together(page, Keys.CONTROL, Keys.END)
    waits_for_cell(page, person, "4 identifier")
    while person.focused != "Send 2 corrected rows":
        hits_together(page, Keys.SHIFT, Keys.TAB)
    person.hits(Keys.ENTER)
    person.reads("All 2 rows counted.")
    assert usage(refused) == (3, Decimal(16))


def test_a_wrong_correction_stays_with_its_new_reason(person: Person, account: Account) -> None:
    """The round goes on until the server accepts the row, which then counts once."""
    rows = [f"{NIGHT},METER,nobody,1", f"{NIGHT},METER,nobody_else,2"]
    refused = refuse("again.csv", account, rows)
    person.goes_to(refused.place)
    person.reads("Customer not found: nobody_else")
    person.types("Replace all with", "somebody")  # the first group's
    person.presses("Replace 1 cell")
    person.presses("Send 1 corrected row")
    person.reads("0 of 1 row counted, 1 refused.")
    person.reads("Customer not found: somebody")
    assert 'The customer "somebody" isn\'t registered.' in person.sees()
    person.no_longer_reads("Customer not found: nobody The")
    for _ in range(2):
        person.types("Replace all with", refused.account.customer)
        person.presses("Replace 1 cell")
    person.presses("Send 2 corrected rows")
    person.reads("No refused row is left.")
    assert usage(refused) == (2, Decimal(3))


def test_rows_left_out_can_be_corrected_later(page: Page, person: Person, account: Account) -> None:
    """They stay refused. Who comes back finds them, but no row that is counted since, wherever it was corrected."""
    customers = [f"{NIGHT},METER,nobody,{row}" for row in range(3)]
    values = [f"{NIGHT},METER,CUSTOMER,n/a", f"{NIGHT},METER,CUSTOMER,none"]
    refused = refuse("later.csv", account, [*customers, *values])
    person.goes_to(refused.place)
    person.presses("Leave out: Customer not found: nobody")
    person.reads("3 rows left out. They stay refused")
    person.types("Replace all with", "7")
    person.presses("Replace 1 cell")
    person.presses("Send 1 corrected row")
    person.reads("1 row counted.")
    assert [upload.counts.row for upload in refused.children()] == [1]

    # Another row is corrected in a spreadsheet.
    error_file = Dropping(account.stack).error_file(refused.upload).decode().splitlines()
    assert len(error_file) == 6
    one = error_file[5].replace(",none,", ",8,")
    assert one != error_file[5]
    refused.account.drop("by-spreadsheet.csv", "\n".join([error_file[0], one, ""]))

    page.driver.refresh()
    person.reads("Customer not found: nobody")
    seen = person.sees()
    assert "Refused 3 To correct 3 Ready to send 0 Left out 0" in seen
    assert "Not a number" not in seen


def test_missing_customers_are_registered(person: Person, account: Account) -> None:
    """Their rows are then sent as they are."""
    names = [f"{account.customer}_{row % 2}" for row in range(6)]
    refused = refuse("register.csv", account, [f"{NIGHT},METER,{name},1" for name in names])
    person.goes_to(refused.place)
    person.presses("Register these 2 customers…")
    person.reads(names[1])
    person.presses("Register")
    person.presses("Send 6 corrected rows")
    person.reads("No refused row is left.")
    assert usage(refused) == (6, Decimal(6))
    assert account.get(f"/v1/customers/{names[0]}")["id"] == names[0]


def test_only_changed_cells_change(person: Person, account: Account) -> None:
    """A file with semicolons, a byte order mark, quotes, zeros, formulas and a line break comes back byte by byte."""
    header = f"\ufeff{HEADER.replace(',', ';')};payload_note;identifier"
    notes = ["00123", '"a ""quoted"" note"', "=1+1", "  blanks  ", "größer", '"semi;colon"', "'apostrophe", "-5"]
    rows = [f"{NIGHT};METER;CUSTOMER;1.234;{note};{account.name}-00{row}" for row, note in enumerate(notes)]
    broken = f'{NIGHT};METER;CUSTOMER;5;"two\r\nlines";{account.name}-b'
    refused = refuse("semi.csv", account, [*rows, broken], header, "\r\n")
    before = Dropping(account.stack).error_file(refused.upload)
    assert before.startswith(b"\xef\xbb\xbf")
    person.goes_to(refused.place)
    person.presses("The point separates thousands")
    person.presses("Send 8 corrected rows")
    person.reads("All 8 rows counted.")
    (child,) = refused.children()
    stored = (
        account.stack.clients.s3()
        .get_object(Bucket=account.stack.outputs.bucket, Key=child.key, VersionId=child.version_id)["Body"]
        .read()
    )
    end = before.index(b'5;"two\r\n')
    kept = before[: before.rindex(b"\r\n", 0, end) + 2]
    assert stored == kept.replace(b";1.234;", b";1234;")
    assert usage(refused) == (8, Decimal(8 * 1234))


def test_a_line_break_stays_until_someone_removes_it(page: Page, person: Person, account: Account) -> None:
    """Opening a cell changes nothing; a cell is text, whatever it looks like."""
    rows = [f'{NIGHT},METER,CUSTOMER,5,"two\r\nlines"']
    refused = refuse("lines.csv", account, rows, f"{HEADER},payload_note")
    person.goes_to(refused.place)
    person.presses("Next error")
    waits_for_cell(page, person, "1 payload_note: two")
    person.hits(Keys.ENTER, Keys.ENTER)
    person.reads("Ready to send 0")
    person.hits(*"=00123", Keys.ENTER)
    person.presses("Send 1 corrected row")
    person.reads("No refused row is left.")
    (child,) = refused.children()
    found = Dropping(account.stack)
    stored = account.stack.clients.s3().get_object(Bucket=account.stack.outputs.bucket, Key=child.key)["Body"].read()
    assert b",'=00123," in stored
    assert found.events_of(child) == 1


def test_corrections_that_are_not_sent_stay_while_the_tab_is_open(page: Page, person: Person, account: Account) -> None:
    """Another view keeps them, the browser asks before it closes the tab, and the disk has nothing of them."""
    refused = refuse("leave.csv", account, [f"{NIGHT},METER,CUSTOMER,one"])
    person.goes_to(refused.place)
    person.reads("Not a number: one")
    assert not asks_before_it_leaves(page)
    person.types("Replace all with", "71077345")
    person.presses("Replace 1 cell")
    person.reads("Send 1 corrected row")
    assert asks_before_it_leaves(page)
    person.goes_to("#/meters")
    person.reads(f"Meter {refused.account.name}")
    assert asks_before_it_leaves(page)
    person.goes_to(refused.place)
    person.reads("Send 1 corrected row")
    kept = "return JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    assert "71077345" not in page.driver.execute_script(kept)
    person.presses("Undo")
    person.reads("Not a number: one")
    assert not asks_before_it_leaves(page)


def asks_before_it_leaves(page: Page) -> bool:
    """Tell whether the page wants the browser to ask."""
    script = "return !dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    return bool(page.driver.execute_script(script))


def test_the_rows_of_one_group_are_shown(page: Page, person: Person, account: Account) -> None:
    """Alone and with the focus in them. The choice of rows names the group, and leads back to all."""
    rows = [f"{NIGHT},METER,nobody,1", f"{NIGHT},METER,CUSTOMER,one", f"{NIGHT},METER,nobody,3"]
    refused = refuse("groups.csv", account, rows)
    person.goes_to(refused.place)
    person.presses("Show rows: Customer not found: nobody")
    waits_for_cell(page, person, "1 payload_stripe_customer_id: nobody")
    assert "2 rows. Move with the arrow keys." in person.sees()
    assert "Customer not found: nobody" == page.driver.execute_script(_CHOSEN)
    person.chooses("Show", "All refused rows")
    person.reads("3 rows. Move with the arrow keys.")


_CHOSEN = """
  const { options, selectedIndex } = document.querySelector("#rows + * select");
  return options[selectedIndex].text;
"""


def test_local_times_are_sent_with_their_zone(page: Page, person: Person, account: Account) -> None:
    """The person says that the times are local. Berlin is two hours ahead of UTC in summer, and one in winter."""
    rows = ["25/07/2024 10:00,METER,CUSTOMER,1", "25/11/2024 10:00,METER,CUSTOMER,2"]
    refused = refuse("local.csv", account, rows)
    page.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Europe/Berlin"})
    page.driver.refresh()
    person.goes_to(refused.place)
    person.reads("becomes 2024-07-25T10:00:00Z")
    person.chooses("Times without a time zone are in", "Europe/Berlin")
    person.reads("becomes 2024-07-25T08:00:00Z")
    person.presses("Day/month/year")
    person.presses("Send 2 corrected rows")
    person.reads("No refused row is left.")
    (child,) = account.get("/v1/uploads", parent=refused.upload.id)["data"]
    (total,) = child["totals"]
    times = [datetime.fromtimestamp(total[name], UTC) for name in ("first_timestamp", "last_timestamp")]
    assert [datetime(2024, 7, 25, 8, tzinfo=UTC), datetime(2024, 11, 25, 9, tzinfo=UTC)] == times


def test_rows_that_could_not_be_sent_are_sent_again(page: Page, person: Person, account: Account) -> None:
    """Without a network, the corrections stay as they are and nothing counts; afterwards each row counts once."""
    refused = refuse("unsent.csv", account, [f"{NIGHT},METER,CUSTOMER,one"])
    person.goes_to(refused.place)
    person.types("Replace all with", "41")
    person.presses("Replace 1 cell")
    with page.offline():
        person.presses("Send 1 corrected row")
        person.reads("The corrected rows couldn't be sent. The API didn't respond.")
        assert "Ready to send 1" in person.sees()
    assert usage(refused) == (0, Decimal(0))
    person.presses("Send 1 corrected row")
    person.reads("No refused row is left.")
    assert usage(refused) == (1, Decimal(41))


def test_60000_rows_can_be_corrected(page: Page, person: Person, account: Account) -> None:
    """Few of them are in the document, all can be reached, and all change in one step."""
    refused = refuse("many.csv", account, [f"{NIGHT + row},METER,nobody,{row}" for row in range(60_000)])
    person.goes_to(refused.place)
    person.reads("Refused 60,000")
    person.presses("Next error")
    hits_together(page, Keys.CONTROL, Keys.END)
    waits_for_cell(page, person, "60,000 identifier")
    in_document, all_rows, is_aligned = page.driver.execute_script(_COUNTED)
    assert in_document < 60
    assert all_rows == "60001"
    assert is_aligned
    person.types("Replace all with", refused.account.customer)
    person.presses("Replace 60,000 cells")
    person.reads("Send 60,000 corrected rows")
    person.presses("Undo")
    person.reads("To correct 60,000 Ready to send 0")


_COUNTED = """
  const grid = document.querySelector("[role=grid]");
  const cell = document.activeElement;
  const sides = (element) => [element.getBoundingClientRect().left, element.getBoundingClientRect().right].join();
  const header = [...grid.querySelectorAll("[role=columnheader]")].find((e) => e.ariaColIndex === cell.ariaColIndex);
  return [grid.querySelectorAll("[role=row]").length, grid.ariaRowCount, sides(header) === sides(cell)];
"""


def test_a_file_of_several_parts(person: Person, account: Account) -> None:
    """All parts are corrected together, and sent in as many files as needed."""
    notes = [f"payload_note_{column}" for column in range(40)]
    rows = [",".join([f"{NIGHT + row},METER,nobody,{row}", *["x" * 100] * len(notes)]) for row in range(1_100)]
    refused = refuse("parts.csv", account, rows, ",".join([HEADER, *notes]))
    assert refused.upload.error_file is not None
    assert refused.upload.error_file.part_count > 1
    person.goes_to(refused.place)
    person.reads("Refused 1,100")
    person.types("Replace all with", refused.account.customer)
    person.presses("Replace 1,100 cells")
    person.presses("Send 1,100 corrected rows")
    person.reads("No refused row is left.")
    assert len(refused.children()) > 1
    assert usage(refused) == (1_100, Decimal(sum(range(1_100))))


def test_the_result_of_a_file_leads_to_its_rows(page: Page, person: Person, account: Account) -> None:
    """A decimal comma splits a number into two cells. The corrected file is listed below the first one."""
    mine = Account(account.stack, account.folder).register()
    person.goes_to("#/upload")
    person.drops("Drop CSV files here", mine.file("comma.csv", mine.rows("1,5", "2", "3,25")))
    person.presses("Upload file")
    person.reads("1 of 3 rows counted, 2 refused.")
    person.follows("Correct rows")
    person.reads("Wrong number of cells")
    person.presses("Join as a decimal number")
    person.presses("Send 2 corrected rows")
    person.reads("No refused row is left.")
    person.goes_to("#/upload")
    seen = person.reads("comma.errors.csv")
    assert seen.index("comma.csv") < seen.index("comma.errors.csv")
    found = account.get("/v1/uploads", file_name="comma")["data"]
    assert sum(Decimal(each["totals"][0]["value_sum"]) for each in found if mine.name in str(each)) == Decimal("6.75")
    assert page.watch.problems() == []


def test_customers_are_corrected_too(person: Person, account: Account) -> None:
    """A customer file's rows have no identifiers."""
    dropping = Dropping(account.stack)
    text = f"id,name\n{account.customer}_x?,Ada\n,Nobody\n{account.customer}_y,Grace\n"
    upload = dropping.drop(f"customers/{account.name}.csv", text.encode())
    person.goes_to(f"#/uploads/{upload.id}/correct")
    person.reads("Customer ID missing")
    person.presses("Leave out: Customer ID missing")
    person.types("Replace all with", f"{account.customer}_x")
    person.presses("Replace 1 cell")
    person.presses("Send 1 corrected row")
    person.reads("1 row registered or changed.")
    assert account.get(f"/v1/customers/{account.customer}_x")["name"] == "Ada"


def test_everyone_can_correct_rows(page: Page, person: Person, account: Account) -> None:
    """In light, in dark, and on a phone, with groups, grid, and an editor."""
    rows = [
        f"{NIGHT},METER,nobody,1",
        "25/09/2024 10:00,METER,CUSTOMER,2",
        f"{NIGHT},METR,CUSTOMER,3",
        f'{NIGHT},METER,CUSTOMER,"1,5"',
        f"{NIGHT},METER,,5",
    ]
    refused = refuse("everyone.csv", account, [row.replace("METR", f"{account.name}x") for row in rows])
    person.goes_to(refused.place)
    person.reads("Meter not found")
    person.presses("Next error")
    person.hits("x")
    page.is_for_everyone()
    person.hits(Keys.ENTER)
    page.check_accessibility()
