"""The result of one upload: what is counted, what is refused, and where to go on."""

import secrets

from selenium.webdriver import Chrome

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person


def test_a_total_leads_to_its_meter(person: Person, account: Account) -> None:
    """The meter has the name that it has elsewhere. Its page shows the days of the file's events."""
    upload = account.drop("to-meter.csv", account.rows(11, 12.5))
    person.goes_to(f"#/uploads/{upload.id}")
    person.follows(f"Meter {account.name}")
    person.reads("Sum of values")
    assert person.place.endswith("?period=dates&from=2024-09-25&to=2024-09-25")


def test_reasons_do_not_repeat_the_column(person: Person, account: Account) -> None:
    """The column has its own cell, so the reason begins after it."""
    upload = account.drop("reasons.csv", account.rows("many"))
    person.goes_to(f"#/uploads/{upload.id}")
    seen = person.reads("Refused rows")
    assert 'Row 1 payload_value "many" isn\'t a number' in seen


def test_a_list_of_all_refused_rows_does_not_say_first(person: Person, account: Account) -> None:
    """Ten errors of nine rows are everything, so the page doesn't refer to the error file for the others."""
    rows = account.rows(*["x"] * 9).replace(account.customer, "", 1)
    upload = account.drop("nine.csv", rows)
    assert (9, 10) == (upload.counts.error, len(upload.samples))
    person.goes_to(f"#/uploads/{upload.id}")
    assert "The first 10" not in person.reads("Row numbers start at 1, after the header.")


def test_a_file_that_was_there_leads_to_the_first(person: Person, account: Account) -> None:
    """The page links the upload that has the rows, and asks for nothing that a person can't do in a browser."""
    first = account.drop("once.csv", account.rows(21, 22))
    again = account.drop("twice.csv", account.rows(21, 22))
    person.goes_to(f"#/uploads/{again.id}")
    seen = person.reads("The same rows are already in another upload")
    assert "metadata" not in seen
    person.follows("once.csv")
    person.reads(first.id)
    person.goes_to(f"#/uploads?search={account.name}/twice")
    seen = person.reads("The same rows are already in another upload")
    assert "metadata" not in seen


def test_a_reprocess_keeps_the_last_figures_in_sight(page: Page, person: Person, account: Account) -> None:
    """Until the new run is complete, the figures, totals, and row errors of the last run are shown."""
    upload = account.drop("again.csv", account.rows(31, "x"))
    person.goes_to(f"#/uploads/{upload.id}")
    person.reads("Totals by meter")
    _hold(page.driver, upload.id)
    person.presses("Reprocess…")
    person.presses("Reprocess")
    seen = person.reads("Figures of the last run")
    assert "Rows 2 Counted 1 Duplicates 0 Refused 1" in seen
    assert f"Meter {account.name}" in seen
    assert 'Row 2 payload_value "x" isn\'t a number' in seen
    page.check_accessibility()
    person.goes_to("#/uploads")
    person.goes_to(f"#/uploads/{upload.id}")
    assert "Rows 2 Counted 1 Duplicates 0 Refused 1" in person.reads("Figures of the last run")


def test_a_reverted_upload_keeps_the_times_of_its_run(person: Person, account: Account) -> None:
    """The run took seconds, however long ago it was reverted."""
    upload = account.drop(f"{secrets.token_hex(4)}.csv", account.rows(41, 42, 43))
    account.post(f"/v1/uploads/{upload.id}/revert")
    person.waits("the end of the revert", lambda: "reverted" == account.status(upload.id))
    person.goes_to(f"#/uploads/{upload.id}")
    person.reads("Reverted. Its events no longer count.")
    seen = person.sees()
    assert "Counted before the revert 3" in seen
    took = (upload.finished_at or 0) - (upload.started_at or 0)
    assert ("Duration less than a second" if took < 1 else f"Duration {took} second") in seen


def _hold(driver: Chrome, upload_id: str) -> None:
    """Show the upload as it is while a second run has only just begun."""
    driver.execute_script(_RUNNING, f"v1/uploads/{upload_id}")


_RUNNING = """
  const [path] = arguments;
  const real = window.fetch;
  window.fetch = async (url, options) => {
    const answer = await real(url, options);
    if (!String(url).endsWith(path)) return answer;
    const none = {row_count: 0, success_count: 0, duplicate_count: 0, error_count: 0};
    const empty = {totals: [], samples: [], errors: [], error_file: null, started_at: null, finished_at: null};
    return Response.json({...await answer.json(), ...none, ...empty, status: "processing", run: 2});
  };
"""
