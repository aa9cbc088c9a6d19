"""Chromium without a window, by its own driver; whatever is neither this machine nor named so does not resolve."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tools.setup.chromium import ADVICE

_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # tests run as root in containers; the only pages are our own
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-proxy-server",
    "--no-first-run",
    "--force-prefers-reduced-motion",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
    "--window-size=1280,900",
    "--lang=en-GB",
)


@contextmanager
def running_chromium(folder: Path) -> Iterator[Chrome]:
    """Run Chromium with a profile in `folder`; fails, with advice, where it is not installed."""
    options = ChromeOptions()
    options.binary_location = _program("chromium")
    for argument in (*_ARGUMENTS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = Service(_program("chromedriver"), log_output=str(folder / "chromedriver.log"), env=os.environ.copy())
    driver = Chrome(options, service)
    try:
        yield driver
    finally:
        driver.quit()


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"There is no {name}. {ADVICE}")
    return found
