"""A tab with the page in it, the key typed in, and the ways to look at it: dark, narrow, offline, by axe's eyes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as become
from selenium.webdriver.support.ui import WebDriverWait

from tests.support.browser.watch import Watch
from tools.setup.places import NODE_MODULES

PATIENCE = 60  # seconds; the first request waits for a cold function on a busy machine
PHONE = (360, 740)
WIDTHS = (1280, 900, 768, PHONE[0])
_OF_LAYOUT = ("color-contrast", "target-size", "scrollable-region-focusable")
_SERIOUS = {"serious", "critical"}
_AXE = NODE_MODULES / "axe-core" / "axe.min.js"
_RUN_AXE = """
  const done = arguments[arguments.length - 1];
  const told = (error) => done(String(error));
  const how = {
    resultTypes: ["violations"],
    preload: false,
    rules: {"target-size": {enabled: true}},  // WCAG 2.2 AA
    ...arguments[0],
  };
  axe.run(document, how).then((found) => done(found.violations), told);
"""


class Page:
    """The page at `url`, in the one tab of `driver`."""

    def __init__(self, driver: Chrome, url: str, watch: Watch) -> None:
        """Look at what `driver` shows."""
        self.driver = driver
        self.url = url
        self.watch = watch

    def open(self, key: str) -> None:
        """Load the page in a new tab, which knows no key, and type one in."""
        old = self.driver.window_handles
        # Chromium's own command for a new tab first loads its start page.
        new = self.driver.execute_cdp_cmd("Target.createTarget", {"url": "about:blank"})["targetId"]
        for tab in old:
            self.driver.switch_to.window(tab)
            self.driver.close()
        self.driver.switch_to.window(new)
        self._devtools("Storage.clearDataForOrigin", origin=self.url.rstrip("/"), storageTypes="local_storage")
        self.driver.get(self.url)
        waiting = WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05)
        field = waiting.until(become.element_to_be_clickable((By.NAME, "api-key")))
        field.send_keys(key, Keys.ENTER)
        waiting.until(become.invisibility_of_element_located((By.NAME, "api-key")))

    def dark(self, *, on: bool = True) -> None:
        """Have the reader prefer dark, or light."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if on else "light"}
        self._devtools("Emulation.setEmulatedMedia", features=[scheme])

    def narrow(self) -> None:
        """Look at it on a phone."""
        self.at(PHONE[0])

    def at(self, width: int) -> None:
        """Look at it in a window of this width, or on a phone if the width is a phone's."""
        phone = width == PHONE[0]
        height = PHONE[1] if phone else 900
        self._devtools(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone
        )

    def wide(self, width: int) -> None:
        """Look at it in a window of this width, in pixels."""
        self._devtools("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Take the network away for a while."""
        self._network(offline=True)
        try:
            yield
        finally:
            self._network(offline=False)

    def check_accessibility(self, *rules: str) -> None:
        """Fail where axe-core finds something serious in what is shown now, by all its rules or by these alone."""
        if not self.driver.execute_script("return 'axe' in window"):
            self.driver.execute_script(_AXE.read_text(encoding="utf-8"))
        found = self.driver.execute_async_script(_RUN_AXE, {"runOnly": rules, "rules": {}} if rules else {})
        assert isinstance(found, list), found
        serious = [
            f"{each['id']}: {each['help']}: {[node['html'][:200] for node in each['nodes']][:3]}"
            for each in found
            if each["impact"] in _SERIOUS
        ]
        assert [] == serious

    def check_width(self, view: str = "the page") -> None:
        """Fail where the page as a whole goes on to scroll sideways; what follows the window needs a moment."""
        fits = "const page = document.documentElement; return page.clientWidth >= page.scrollWidth"
        WebDriverWait(self.driver, 3, poll_frequency=0.05).until(
            lambda driver: driver.execute_script(fits), f"{view} scrolls sideways"
        )

    def is_for_everyone(self, widths: Sequence[int] = (WIDTHS[0], PHONE[0])) -> None:
        """Check what is shown now at these widths, in light and in dark. A phone comes last, and in dark."""
        for width in widths:
            self.at(width)
            self.check_width()
            self.dark(on=False)
            if width not in {WIDTHS[0], PHONE[0]}:
                self.check_accessibility(*_OF_LAYOUT)  # between the ends, nothing else changes
                continue
            self.check_accessibility()
            self.dark()
            self.check_accessibility("color-contrast")  # nothing but colours changes

    def _network(self, *, offline: bool) -> None:
        self._devtools(
            "Network.emulateNetworkConditions", offline=offline, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )

    def _devtools(self, command: str, **arguments: object) -> None:
        self.driver.execute_cdp_cmd(command, arguments)
