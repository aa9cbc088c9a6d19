"""The page as the stack serves it: at each of its URLs, under a strict CSP, small, and without stored data."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Chrome

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person
from tests.support.browser.watch import Watch
from tools.stack.local_stack import LocalStack

FIRST_VIEW_AT_MOST = 100_000
"""Bytes over the network, compressed, heads included."""
REQUESTS_AT_MOST = 6
"""Of the page itself: each is an invocation of the function."""
HOSTILE = "<img src=x onerror=\"document.title='broken into'\">.csv"


@pytest.fixture
def elsewhere(chromium: Chrome, stack: LocalStack) -> Iterator[Page]:
    """Open the page at the API's own host, as on AWS: the bucket is then another origin."""
    port = urlsplit(stack.endpoint_url).port
    url = f"http://{stack.outputs.api_id}.execute-api.localhost:{port}/"
    page = Page(chromium, url, Watch(chromium, url, stack.endpoint_url))
    page.watch.forget()
    page.open(stack.secret_key)
    yield page
    assert [] == page.watch.problems()


def test_a_file_goes_and_comes_across_origins(elsewhere: Page, account: Account, tmp_path: Path) -> None:
    """Where the bucket is another origin, its CORS and the page's CSP let a file in, and its error file out."""
    elsewhere.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    person = Person(elsewhere.driver, tmp_path)
    person.goes_to("#/upload")
    person.chooses_files("Drop CSV files here", account.file("across.csv", account.rows("1", "one")))
    person.presses("Upload file")
    person.reads("1 of 2 rows counted, 1 refused.")
    assert "meter_event_invalid_value" in person.downloads("Download error file", "across.errors.csv").read_text()
    posted = [url for url in elsewhere.watch.requested() if url.startswith(account.stack.endpoint_url)]
    assert posted


def test_a_base_path_without_its_slash_finds_the_page(chromium: Chrome, page: Page) -> None:
    """Links are relative, so the page first corrects its own URL, and keeps the query and the hash."""
    chromium.get(f"{page.url.rstrip('/')}?a=1#/meters")
    person = Person(chromium, Path())
    person.reads("Meters")
    assert f"{page.url}?a=1#/meters" == chromium.current_url
    page.watch.forget()  # what was looked for under the wrong address


def test_nothing_runs_that_the_page_did_not_bring(page: Page, person: Person) -> None:
    """Inline code, code from text, markup from text and other hosts are all refused by the browser itself."""
    person.reads("Data management")
    refused = page.driver.execute_async_script(_BREAK_IN)
    assert {
        "connect-src": True,
        "img-src": True,
        "markup": "TypeError",
        "script": "TypeError",
        "style": True,
    } == refused
    page.watch.forget()


_BREAK_IN = """
  const done = arguments[arguments.length - 1];
  const refused = {};
  document.addEventListener("securitypolicyviolation", (event) => {
    if (["connect-src", "img-src"].includes(event.effectiveDirective)) refused[event.effectiveDirective] = true;
    if (event.effectiveDirective.startsWith("style-src")) refused.style = true;
  });
  try { document.createElement("p").innerHTML = "<b>x</b>"; } catch (error) { refused.markup = error.name; }
  fetch("https://example.com/").catch(() => {});
  new Image().src = "https://example.com/x.png";
  const style = document.createElement("style");
  style.textContent = "body { display: none }";
  document.head.append(style);
  const button = document.createElement("button");
  try {
    button.setAttribute("onclick", "document.title = 'broken into'");
  } catch (error) {
    refused.script = error.name;
  }
  setTimeout(() => done(refused), 300);
"""


def test_a_file_that_is_called_like_markup_stays_text(page: Page, person: Person, account: Account) -> None:
    """The name of a file is shown as it is, in the list and in its details."""
    upload = account.drop(HOSTILE.replace("/", ""), account.rows("1"))
    person.goes_to(f"#/uploads/{upload.id}")
    person.reads(" ".join(HOSTILE.split()))
    person.goes_to(f"#/uploads?search={account.name}%2F")
    person.reads(" ".join(HOSTILE.split()))
    assert "broken into" != page.driver.title
    assert [] == page.driver.find_elements("css selector", "img")


def test_the_key_is_gone_with_the_tab(page: Page, person: Person, stack: LocalStack) -> None:
    """Nothing is kept where later visits find it. After the last tab, a new one asks for the key."""
    person.reads("Data management")
    kept = "return [localStorage.length, document.cookie, navigator.serviceWorker?.controller ?? null]"
    assert [0, "", None] == page.driver.execute_script(kept)
    bases = "indexedDB.databases().then(arguments[0])"
    assert [] == page.driver.execute_async_script(bases)
    last = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    new = page.driver.current_window_handle
    page.driver.switch_to.window(last)
    page.driver.close()
    page.driver.switch_to.window(new)
    page.driver.get(page.url)
    person.reads("API key")
    person.field("API key")
    assert stack.secret_key not in page.driver.page_source


def test_the_first_view_is_small(page: Page, person: Person, account: Account) -> None:
    """All that comes over the network until the uploads are shown is few requests and few bytes, by an empty cache."""
    account.drop("first.csv", account.rows("1", "2"))
    page.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    page.watch.forget()
    page.driver.refresh()
    person.reads("first.csv")
    person.waits("the icon", lambda: any(url.endswith(".svg") for url in page.watch.requested()))
    assert [] == page.watch.cached()
    assert 10_000 < page.watch.bytes_received() < FIRST_VIEW_AT_MOST
    assert not any("plot" in url for url in page.watch.requested())
    of_the_page = [url for url in page.watch.requested() if f"{page.url}v1/" not in url]
    assert len(of_the_page) <= REQUESTS_AT_MOST


def test_a_part_that_a_deployment_removed_offers_a_reload(page: Page, person: Person, account: Account) -> None:
    """A tab that was opened before asks for a script that is gone. It says so, and the rest of the view stays."""
    account.drop("charted.csv", account.rows("1", "2"))
    person.goes_to("#/meters")
    page.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/plot-*.js"]})
    try:
        person.follows(f"Meter {account.name}")
        person.goes_to(f"{person.place}?period=dates&from=2024-09-01&to=2024-09-30")
        person.reads("Couldn't load this part of the page.")
        person.reads("Show as a table")
        page.is_for_everyone()
    finally:
        page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    page.watch.forget()  # the request that failed
    person.presses("Reload")
    person.waits("the chart", lambda: page.driver.find_elements("css selector", ".plot canvas"))
    assert any("plot" in url for url in page.watch.requested())
