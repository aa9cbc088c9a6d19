"""The environment variables of other programs, without the user's settings that could mislead them."""

import os
import re
from pathlib import Path

# These variables make pip, uv and node install elsewhere, from source, or for another interpreter. Variables for
# registries (proxies, certificates, mirrors of pip and npm) stay.
_MISLEADING = re.compile(
    r"PIP_(TARGET|PREFIX|ROOT|DRY_RUN|NO_DEPS|PYTHON|UPGRADE_STRATEGY|REQUIREMENT|EDITABLE|NO_INDEX)"
    r"|UV_(?!CACHE_DIR|HTTP|REQUEST|SYSTEM_CERTS|NATIVE_TLS|OFFLINE|CONCURRENT|LINK_MODE|INSECURE)\w+"
    r"|VIRTUAL_ENV|PYTHON\w+|NODE_OPTIONS|NODE_PATH|JSII_\w+"
)
# These override the user's configuration file too.
_PIP = {
    "PIP_USER": "0",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_CONSTRAINT": os.devnull,
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
}


def clean_environment() -> dict[str, str]:
    """Return this program's environment without misleading variables."""
    return {name: value for name, value in os.environ.items() if not _MISLEADING.fullmatch(name)}


def for_installing(temporary: Path) -> dict[str, str]:
    """Return the environment for pip, uv, npm and their callers; `temporary` is for the files that they leave."""
    return clean_environment() | _PIP | {"TMPDIR": str(temporary)}


def for_emulator(home: Path) -> dict[str, str]:
    """Return an environment without the user's AWS configuration, proxies and Docker."""
    kept = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "DOCKER_HOST": f"unix://{home / 'no-docker'}",
    }
