"""`python -m tests.browser.first_view`: how soon views are painted over a slow line, what moves, and what they weigh.

The line and the processor are those of Lighthouse's phone. The figures are medians; docs/page.md has them.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from selenium.webdriver import Chrome

from tests.support.browser.chromium import running_chromium
from tests.support.browser.harness import Page
from tests.support.browser.person import Person
from tests.support.browser.showcase import Showcase
from tests.support.browser.watch import Watch
from tools.emulator.emulator import free_port
from tools.setup import signals
from tools.stack.local_stack import running_stack

RUNS = 5
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
SLOWER = 4  # times the processor of this machine
SEPTEMBER = "period=dates&from=2024-09-01&to=2024-09-30"
PLACES = {
    "uploads": ("#/uploads", "2024-09.csv"),
    "meter": (f"#/meters/{{meter}}?{SEPTEMBER}", "Show as a table"),
}
_FIGURES = """
  const done = arguments[arguments.length - 1];
  const found = {fcp: 0, lcp: 0, cls: 0};
  const add = (list) => {
    for (const entry of list.getEntries()) {
      if (entry.name === "first-contentful-paint") found.fcp = entry.startTime;
      if (entry.entryType === "largest-contentful-paint") found.lcp = entry.startTime;
      if (entry.entryType === "layout-shift" && !entry.hadRecentInput) found.cls += entry.value;
    }
  };
  const observer = new PerformanceObserver(add);
  for (const type of ["paint", "largest-contentful-paint", "layout-shift"]) observer.observe({type, buffered: true});
  setTimeout(() => done(found), 500);
"""


def main() -> int:
    """Measure each place and print a table; returns the exit code."""
    signals.listen()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_stack(free_port(), Path(folder), _say) as stack,
        running_chromium(Path(folder)) as driver,
    ):
        known = Showcase(stack, Path(folder)).fill()
        page = Page(driver, stack.page_url, Watch(driver, stack.page_url, stack.endpoint_url))
        page.open(stack.secret_key)
        person = Person(driver, Path(folder))
        person.goes_to("#/meters")
        person.follows("AI search requests")
        person.reads("Live feed")
        known["meter"] = person.place.partition("/meters/")[2]
        for name, (place, words) in PLACES.items():
            person.goes_to(place.format(**known))
            runs = [_run(page, person, words) for _ in range(RUNS)]
            _say(f"{name:8}" + "".join(f"  {figure} {median(of):,.3f}" for figure, of in _columns(runs)))
    return 0


def _run(page: Page, person: Person, words: str) -> Mapping[str, float]:
    driver = page.driver
    driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", LINE)
    driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.watch.forget()
    driver.refresh()
    person.reads(words)
    person.no_longer_reads("Loading ")
    weight = page.watch.bytes_received()
    found: dict[str, float] = driver.execute_async_script(_FIGURES)
    _end(driver)
    return {**found, "bytes": weight}


def _end(driver: Chrome) -> None:
    driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 1})
    at_once = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", at_once)


def _columns(runs: list[Mapping[str, float]]) -> Iterator[tuple[str, list[float]]]:
    for figure in runs[0]:
        yield figure, [run[figure] for run in runs]


def _say(line: str) -> None:
    print(f"  {line}", flush=True)  # noqa: T201 - a command-line program


if __name__ == "__main__":
    sys.exit(main())
