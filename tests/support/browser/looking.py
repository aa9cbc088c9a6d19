"""What a person sees and does beside Person's ways: a field's focus and error, dates, and what is folded."""

from selenium.webdriver.common.by import By

from tests.support.browser.harness import Page
from tests.support.browser.person import Person


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


def enter(page: Page, person: Person, key: str) -> None:
    """Forget the key and type in another one."""
    person.presses("Sign out")
    person.types("API key", key)
    person.presses("Continue")
    person.waits("the page", lambda: not page.driver.find_elements(By.NAME, "api-key"))


def names(page: Page, selector: str) -> set[str]:
    """Return the names of all such elements that are seen."""
    return set(page.driver.execute_script(_NAMES, selector))


def links(page: Page) -> set[str]:
    """Return the addresses of all links that are seen."""
    return set(page.driver.execute_script("return [...document.links].map((link) => link.href)"))


def lose_answers(page: Page) -> None:
    """From now on requests that write reach the API, and the first answer to each kind of them gets lost on its way."""
    page.driver.execute_script(_LOSE)


def picks_time(page: Page, person: Person, label: str, time: str) -> None:
    """Pick a day, or a day and a time, written as ISO 8601 has them: how fields are typed into hangs on the locale."""
    page.driver.execute_script(_PICK, person.field(label), time)


def unfolds(page: Page, person: Person, words: str) -> None:
    """Open what is folded under these words."""
    person.waits(words, lambda: page.driver.execute_script(_UNFOLD, words))


_NAMES = """
  const words = (element) => (element.getAttribute("aria-label") ?? element.textContent).replace(/\\s+/g, " ").trim();
  return [...document.querySelectorAll(arguments[0])].filter((one) => one.checkVisibility()).map(words);
"""
_LOSE = """
  const real = window.fetch;
  const lost = new Set();
  window.fetch = async (url, options) => {
    const answer = await real(url, options);
    if (options.method === "GET" || lost.has(String(url))) return answer;
    lost.add(String(url));
    throw new TypeError("Failed to fetch");
  };
"""
_PICK = """
  arguments[0].value = arguments[1];
  arguments[0].dispatchEvent(new Event("input", {bubbles: true}));
"""
_UNFOLD = """
  const summary = [...document.querySelectorAll("summary")].find((one) => one.textContent.trim() === arguments[0]);
  if (summary && !summary.parentElement.open) summary.click();
  return summary?.parentElement.open ?? false;
"""
