"""`make pictures`: every view of the page, from a stack with a month of usage, into `docs/pictures`."""

import json
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from selenium.webdriver import Chrome

from tests.support.browser.chromium import running_chromium
from tests.support.browser.harness import Page
from tests.support.browser.person import Person
from tests.support.browser.showcase import Showcase
from tests.support.browser.views import IN_DARK, ON_A_PHONE, VIEWS, WHILE_PROCESSING, View
from tests.support.browser.watch import Watch
from tools.emulator.emulator import free_port
from tools.emulator.web import get
from tools.setup import signals
from tools.setup.places import ROOT, shown
from tools.stack.local_stack import LocalStack, running_stack

FOLDER = ROOT / "docs" / "pictures"
AT_MOST = 150_000  # bytes of one picture


def main() -> int:
    """Take all pictures; returns the exit code."""
    signals.listen()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_stack(free_port(), Path(folder), _say) as stack,
        running_chromium(Path(folder)) as driver,
    ):
        showcase = Showcase(stack, Path(folder))
        known = {**showcase.fill(), "period": showcase.bill(), "meter": _meter_id(stack, "ai_search_api")}
        page = Page(driver, stack.page_url, Watch(driver, stack.page_url, stack.endpoint_url))
        FOLDER.mkdir(exist_ok=True)
        driver.get(page.url)
        person = Person(driver, Path(folder))
        person.reads("API key")
        _save(driver, "key")
        page.open(stack.secret_key)
        showcase.begin_long_one()
        photographer = _Photographer(page, person, Path(folder), known)
        photographer.take([WHILE_PROCESSING])
        person.no_longer_reads("MB Processing")
        photographer.take(VIEWS)
        page.dark()
        photographer.take(IN_DARK, "-dark")
        page.dark(on=False)
        page.narrow()
        photographer.take(ON_A_PHONE, "-phone")
    return 0


@dataclass(frozen=True)
class _Photographer:
    page: Page
    person: Person
    folder: Path
    known: Mapping[str, str]

    def take(self, views: Iterable[View], suffix: str = "") -> None:
        for view in views:
            self.person.goes_to("#/nowhere")  # an open question is gone then
            self.person.goes_to(view.place.format(**self.known))
            self.person.reads(view.words)
            view.done(self.person, self.folder)
            self.person.no_longer_reads("Loading")
            _save(self.page.driver, f"{view.name}{suffix}")


def _meter_id(stack: LocalStack, event_name: str) -> str:
    meters = get(f"{stack.api_url}/v1/billing/meters", bearer=stack.read_key)
    return next(str(meter["id"]) for meter in json.loads(meters.body)["data"] if meter["event_name"] == event_name)


def _save(driver: Chrome, name: str) -> None:
    file = FOLDER / f"{name}.png"
    picture = driver.get_screenshot_as_png()
    if len(picture) > AT_MOST:
        raise RuntimeError(f"{shown(file)} would have {len(picture):,} bytes; pictures have at most {AT_MOST:,}.")
    file.write_bytes(picture)
    _say(f"{shown(file)} ({len(picture):,} bytes)")


def _say(line: str) -> None:
    print(f"  {line}", flush=True)  # noqa: T201 - a command-line program


if __name__ == "__main__":
    sys.exit(main())
