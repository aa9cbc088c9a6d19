"""What a person sees and does beside Person's ways: a field's focus and error, dates, and what is folded."""

from selenium.webdriver.common.by import By

from tests.browser.harness import Page
from tests.browser.person import Person


def waits_for_focus(person: Person, label: str) -> None:
    """Wait until the field of that label has the focus."""
    person.waits(
        f"the focus on {label!r}", lambda: person.field(label) == person.field(label).parent.switch_to.active_element
    )


def error_at(person: Person, label: str) -> str:
    """Return what is said to be wrong with a field, as a screen reader finds it."""
    field = person.field(label)
    *_, error = (field.get_attribute("aria-describedby") or "").split()
    return str(field.parent.find_element(By.ID, error).text)


def picks_time(page: Page, person: Person, label: str, time: str) -> None:
    """Pick a day, or a day and a time, written as ISO 8601 has them: how fields are typed into hangs on the locale."""
    page.driver.execute_script(_PICK, person.field(label), time)


def unfolds(page: Page, person: Person, words: str) -> None:
    """Open what is folded under these words."""
    person.waits(words, lambda: page.driver.execute_script(_UNFOLD, words))


_PICK = """
  arguments[0].value = arguments[1];
  arguments[0].dispatchEvent(new Event("input", {bubbles: true}));
"""
_UNFOLD = """
  const summary = [...document.querySelectorAll("summary")].find((one) => one.textContent.trim() === arguments[0]);
  if (summary && !summary.parentElement.open) summary.click();
  return summary?.parentElement.open ?? false;
"""
