"""One Chromium for all tests, a new tab for each; a test that leaves an error in the console fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.support.browser.account import Account
from tests.support.browser.chromium import running_chromium
from tests.support.browser.harness import Page
from tests.support.browser.person import Person
from tests.support.browser.watch import Watch
from tools.stack.local_stack import LocalStack


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Run Chromium."""
    with running_chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture
def page(chromium: Chrome, stack: LocalStack) -> Iterator[Page]:
    """Open the page with the secret key typed in; afterwards nothing may have gone wrong in the browser."""
    page = Page(chromium, stack.page_url, Watch(chromium, stack.page_url, stack.endpoint_url))
    page.watch.forget()
    page.open(stack.secret_key)
    yield page
    assert [] == page.watch.problems()


@pytest.fixture
def person(page: Page, tmp_path: Path) -> Person:
    """Sit somebody down before the page, with a folder for downloads."""
    downloads = {"behavior": "allow", "downloadPath": str(tmp_path)}
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", downloads)
    return Person(page.driver, tmp_path)


@pytest.fixture(scope="module")
def account(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Register a meter and a customer that only this module's tests know."""
    return Account(stack, tmp_path_factory.mktemp("desktop")).register()
