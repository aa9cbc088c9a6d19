"""The examples of the documentation do what stands beneath them."""

import re
from pathlib import Path

import pytest
import stripe

from tools.stack.local_stack import LocalStack

GUIDE = Path(__file__).parents[3] / "docs" / "stripe.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```\n```\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(("code", "output"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_prints_what_is_printed_beneath_it(
    stack: LocalStack,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: str,
    output: str,
) -> None:
    """Address and key come from the environment, as the guide sets them."""
    monkeypatch.setenv("API", stack.api_url)
    monkeypatch.setenv("KEY", stack.secret_key)
    for name in ("api_key", "api_base", "upload_api_base", "connect_api_base", "meter_events_api_base"):
        monkeypatch.setattr(stripe, name, getattr(stripe, name))  # an example sets them
    capsys.readouterr()
    exec(compile(code, GUIDE.name, "exec"), {"__name__": "__main__"})
    assert output == capsys.readouterr().out


def test_every_example_is_run() -> None:
    """A block of Python without an output beneath it would be passed over."""
    assert GUIDE.read_text().count("```python\n") == len(EXAMPLES) == 3
