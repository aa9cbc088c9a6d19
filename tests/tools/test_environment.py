"""What other programs are started with."""

from pathlib import Path

import pytest

from tools.setup.environment import for_emulator, for_installing

_HERE = Path("here")


@pytest.mark.parametrize(
    "name",
    ["PIP_TARGET", "PIP_NO_INDEX", "UV_PYTHON", "UV_PROJECT_ENVIRONMENT", "UV_INDEX_URL", "VIRTUAL_ENV", "PYTHONPATH"],
)
def test_what_leads_an_installer_astray_is_left_out(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A person's settings for other projects do not reach the installers."""
    monkeypatch.setenv(name, "elsewhere")

    assert name not in for_installing(_HERE)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "SSL_CERT_FILE", "PIP_INDEX_URL", "PIP_CERT", "UV_CACHE_DIR", "HOME"])
def test_what_leads_to_a_registry_stays(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Proxies, certificates and mirrors are how this person's machine reaches a registry."""
    monkeypatch.setenv(name, "this way")

    assert for_installing(_HERE)[name] == "this way"


@pytest.mark.parametrize("name", ["AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "PYTHONPATH", "BOTO_CONFIG"])
def test_nothing_of_a_persons_aws_reaches_the_emulator(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Neither accounts nor proxies, and the home is not theirs."""
    monkeypatch.setenv(name, "mine")

    environment = for_emulator(_HERE)

    assert name not in environment
    assert environment["HOME"] == "here"
