"""The environments that other programs are started in: a person's own settings must not lead them astray."""

import os
import re
from pathlib import Path

# Where pip, uv and node are told to install elsewhere, from source, or for another interpreter. What leads to a
# registry (proxies, certificates, mirrors of pip and npm) stays.
_ASTRAY = re.compile(
    r"PIP_(TARGET|PREFIX|ROOT|DRY_RUN|NO_DEPS|PYTHON|UPGRADE_STRATEGY|REQUIREMENT|EDITABLE|NO_INDEX)"
    r"|UV_(?!CACHE_DIR|HTTP|REQUEST|SYSTEM_CERTS|NATIVE_TLS|OFFLINE|CONCURRENT|LINK_MODE|INSECURE)\w+"
    r"|VIRTUAL_ENV|PYTHON\w+|NODE_OPTIONS|NODE_PATH|JSII_\w+"
)
# Against the configuration file too, not only the environment.
_PIP = {
    "PIP_USER": "0",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_CONSTRAINT": os.devnull,
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
}


def without_the_astray() -> dict[str, str]:
    """Give this program's environment less what leads astray."""
    return {name: value for name, value in os.environ.items() if not _ASTRAY.fullmatch(name)}


def for_installing(temporary: Path) -> dict[str, str]:
    """Give the environment for pip, uv, npm and what calls them; `temporary` is for the files they leave."""
    return without_the_astray() | _PIP | {"TMPDIR": str(temporary)}


def for_emulator(home: Path) -> dict[str, str]:
    """Give an environment that leads nobody to this person's AWS configuration, proxies or Docker."""
    kept = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "DOCKER_HOST": f"unix://{home / 'no-docker'}",
    }
