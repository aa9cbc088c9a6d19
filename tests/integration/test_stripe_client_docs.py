"""The examples of the documentation do what stands beneath them."""

import re
from pathlib import Path

import pytest

from tools.stack.local_stack import LocalStack

GUIDE = Path(__file__).parents[2] / "docs" / "stripe.md"
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
    capsys.readouterr()
    exec(compile(code, GUIDE.name, "exec"), {"__name__": "__main__"})
    assert output == capsys.readouterr().out


def test_every_example_is_run() -> None:
    """A block of Python without an output beneath it would be passed over."""
    assert GUIDE.read_text().count("```python\n") == len(EXAMPLES) == 2
