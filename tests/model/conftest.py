"""How many examples the model tries is said once, for `tests/unit`; its differences are shown as those of tests are."""

import pytest

from tests.unit import conftest

__all__ = ["conftest"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many steps there were."""
    for report in terminalreporter.getreports("passed"):
        for name, said in getattr(report, "user_properties", ()):
            if name == "model" and report.when == "call":
                terminalreporter.write_line(f"model: {said}")


for module in ("comparison", "deliveries", "machine"):
    pytest.register_assert_rewrite(f"tests.model.{module}")
