"""Uses the page as a person does: by what stands there, and with patience."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from selenium.common.exceptions import ElementClickInterceptedException, StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

if TYPE_CHECKING:
    from collections.abc import Callable

    from selenium.webdriver.remote.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement

PATIENCE = 60  # seconds; the first files wait for cold functions on a busy machine
_Found = TypeVar("_Found")

# What is seen in front: a dialog keeps everything else away.
_FIND = """
  const [selector, name] = arguments;
  const words = (element) => (element.getAttribute("aria-label") ?? element.textContent).replace(/\\s+/g, " ").trim();
  const front = document.querySelector("dialog[open]") ?? document;
  return [...front.querySelectorAll(selector)].find((element) => element.checkVisibility() && words(element) === name);
"""


class Person:
    """Looks for things by the names that stand on them, and waits until they are there."""

    def __init__(self, driver: "WebDriver", downloads: Path) -> None:
        """Sit before a browser that saves files in the folder `downloads`."""
        self._driver = driver
        self._downloads = downloads

    def goes_to(self, place: str) -> None:
        """Go to a place of the page, `#/uploads` for example."""
        self._driver.execute_script("location.hash = arguments[0]", place)

    def goes_back(self) -> None:
        """Press the browser's back button."""
        self._driver.back()

    def goes_forward(self) -> None:
        """Press the browser's forward button."""
        self._driver.forward()

    @property
    def place(self) -> str:
        """Tell where the page is."""
        return str(self._driver.execute_script("return location.hash"))

    def reads(self, text: str) -> str:
        """Wait until a text is seen; return everything that is seen then."""
        return self.waits(f"the text {text!r}", lambda: seen if text in (seen := self.sees()) else None)

    def no_longer_reads(self, text: str) -> None:
        """Wait until a text is gone."""
        self.waits(f"{text!r} to go", lambda: text not in self.sees())

    def sees(self) -> str:
        """Return all text that is there to see, with single blanks."""
        text = self._driver.execute_script("return document.body.innerText")
        return " ".join(str(text).split())

    def presses(self, button: str) -> None:
        """Press a button."""
        self._clicks("button:enabled:not([aria-disabled='true'])", button)

    def opens(self, summary: str) -> None:
        """Open or close what a summary hides."""
        self._clicks("summary", summary)

    def follows(self, link: str) -> None:
        """Follow a link."""
        self._clicks("a[href]", link)

    def has(self, button: str) -> bool:
        """Tell whether a button of this name is there now."""
        return self._found("button", button) is not None

    def has_link(self, name: str) -> bool:
        """Tell whether a link of this name is there now."""
        return self._found("a[href]", name) is not None

    def field(self, label: str) -> "WebElement":
        """Find what a label belongs to."""
        marked = self.waits(f"the label {label!r}", lambda: self._found("label", label))
        control = self._element("return arguments[0].control", marked)
        assert control is not None, f"The label {label!r} belongs to nothing."
        return control

    def types(self, label: str, text: str) -> None:
        """Type into a field, over what was there."""
        self.field(label).send_keys(Keys.CONTROL, "a")
        self.field(label).send_keys(text)

    def chooses(self, label: str, option: str) -> None:
        """Choose from a list, once the option is in it."""
        self.waits(
            f"the option {option!r}",
            lambda: option in [choice.text for choice in Select(self.field(label)).options],
        )
        Select(self.field(label)).select_by_visible_text(option)

    def chooses_files(self, zone: str, *paths: Path) -> None:
        """Choose files by the button of the place where files can be dropped."""
        self.field(f"Choose files: {zone}").send_keys("\n".join(map(str, paths)))

    def drops(self, zone: str, *paths: Path) -> None:
        """Drag files from the desktop and drop them at the place that says so."""
        self._drops_at(self.waits(f"{zone!r}", lambda: self._zone(zone)), *paths)

    def _drops_at(self, place: "WebElement", *paths: Path) -> None:
        self._driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", place)
        box: Any = self._driver.execute_script("return arguments[0].getBoundingClientRect()", place)
        where = {"x": box["left"] + 20, "y": box["top"] + box["height"] / 2}
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        for event in ("dragEnter", "dragOver", "drop"):
            self._devtools("Input.dispatchDragEvent", {"type": event, "data": data, **where})

    def drops_beside(self, words: str, *paths: Path) -> None:
        """Drop files from the desktop at a text that is no place for files."""
        place = self.waits(f"{words!r}", lambda: self._found("h1, h2, p, td", words))
        self._drops_at(place, *paths)

    def downloads(self, button: str, name: str) -> Path:
        """Press a button and wait for the file of that name."""
        file = self._downloads / name
        file.unlink(missing_ok=True)
        self.presses(button)
        return self.waits(f"the download {name}", lambda: file if file.exists() and file.stat().st_size else None)

    def hits(self, *keys: str) -> None:
        """Hit keys, wherever the focus is."""
        ActionChains(self._driver).send_keys(*keys).perform()

    def tabs_to(self, name: str) -> None:
        """Press Tab until the focus is on what has this name."""
        been: list[str] = []
        while name != self.focused:
            self.hits(Keys.TAB)
            been.append(self.focused)
            assert len(been) < 50, f"Tab never came to {name!r}: {been}"

    def tabs_to_coming(self, button: str) -> None:
        """Press Tab until the focus is on a button, once that is there."""
        self.waits(f"the button {button!r}", lambda: self.has(button))
        self.tabs_to(button)

    def comes_back_to(self, name: str) -> None:
        """Wait until what has this name has the focus."""
        self.waits(f"the focus on {name!r}", lambda: name == self.focused)

    @property
    def focused(self) -> str:
        """Tell what has the focus, by its words."""
        script = "const e = document.activeElement; return e.getAttribute('aria-label') ?? e.textContent"
        return " ".join(str(self._driver.execute_script(script)).split())

    def waits(self, what: str, until: "Callable[[], _Found | None]") -> _Found:
        """Wait until something is so; the failure says what was seen instead."""
        waiting = WebDriverWait(
            self._driver,
            PATIENCE,
            poll_frequency=0.05,
            ignored_exceptions=[StaleElementReferenceException, ElementClickInterceptedException],
        )
        try:
            return waiting.until(lambda _: until() or False)
        except Exception as error:
            raise AssertionError(f"Waited in vain for {what}. Seen at {self.place}: {self.sees()}") from error

    def _clicks(self, selector: str, name: str) -> None:
        def click() -> bool:
            found = self._found(selector, name)
            if found is not None:
                found.click()
            return found is not None

        self.waits(f"{selector.partition('[')[0].partition(':')[0]} {name!r}", click)

    def _found(self, selector: str, name: str) -> "WebElement | None":
        return self._element(_FIND, selector, name)

    def _zone(self, words: str) -> "WebElement | None":
        label = self._found("label", f"Choose files: {words}")
        return None if label is None else self._element("return arguments[0].closest('.drop-zone')", label)

    def _element(self, script: str, *arguments: object) -> "WebElement | None":
        found: WebElement | None = self._driver.execute_script(script, *arguments)
        return found

    def _devtools(self, command: str, arguments: dict[str, object]) -> None:
        self._driver.execute_cdp_cmd(command, arguments)
