"""`make pictures`: every view of the page, from a stack with the sample data, into `docs/pictures`."""

import json
import sys
import tempfile
from pathlib import Path

from selenium.webdriver import Chrome

from local import sample, signals
from local.emulator import free_port
from local.local_stack import LocalStack, running_stack
from local.places import ROOT, SAMPLES, shown
from local.web import get
from tests.browser.chromium import running_chromium
from tests.browser.harness import Page
from tests.browser.person import Person
from tests.browser.views import VIEWS
from tests.browser.watch import Watch

FOLDER = ROOT / "docs" / "pictures"
AT_MOST = 150_000  # bytes of one picture
_KEY = "uploads/sample/2024-09.csv"
_WITHIN = 120.0  # seconds


def main() -> int:
    """Take all pictures; returns the exit code."""
    signals.listen()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_stack(free_port(), Path(folder), _say) as stack,
        running_chromium(Path(folder)) as driver,
    ):
        known = _fill(stack, Path(folder))
        page = Page(driver, stack.page_url, Watch(driver, stack.page_url, stack.endpoint_url))
        page.open(stack.secret_key)
        FOLDER.mkdir(exist_ok=True)
        person = Person(driver, Path(folder))
        for view in VIEWS:
            person.goes_to(view.place.format(**known))
            person.reads(view.words)
            person.no_longer_reads("Loading")
            _save(driver, FOLDER / f"{view.name}.png")
        page.dark()
        person.goes_to(VIEWS[0].place)
        person.reads(VIEWS[0].words)
        _save(driver, FOLDER / f"{VIEWS[0].name}-dark.png")
        page.narrow()
        _save(driver, FOLDER / f"{VIEWS[0].name}-phone.png")
    return 0


def _fill(stack: LocalStack, folder: Path) -> dict[str, str]:
    """Drop files, one of which fails; give the ids that the places of the views name, of the last one."""
    misspelt = folder / "misspelt.csv"
    misspelt.write_text("timestamp,event_name,payload_stripe_customer_id,payload_value,indentifier\n")
    for file, key in (
        (SAMPLES / "usage.csv", "uploads/acme/2024-10.csv"),
        (misspelt, "uploads/acme/misspelt.csv"),
        (SAMPLES / "2024-09.csv", _KEY),
    ):
        sample.drop(stack, file, key)
        upload = sample.watch(stack, key, _WITHIN, lambda _: None)
    meters = get(f"{stack.api_url}/v1/billing/meters", bearer=stack.read_key)
    return {"upload": upload.id, "meter": _meter_id(meters.body, "ai_search_api")}


def _meter_id(body: bytes, event_name: str) -> str:
    return next(str(meter["id"]) for meter in json.loads(body)["data"] if meter["event_name"] == event_name)


def _save(driver: Chrome, file: Path) -> None:
    picture = driver.get_screenshot_as_png()
    if len(picture) > AT_MOST:
        raise RuntimeError(f"{shown(file)} would have {len(picture):,} bytes; pictures have at most {AT_MOST:,}.")
    file.write_bytes(picture)
    _say(f"{shown(file)} ({len(picture):,} bytes)")


def _say(line: str) -> None:
    print(f"  {line}", flush=True)  # noqa: T201 - a command-line program


if __name__ == "__main__":
    sys.exit(main())
