"""Chromium for the browser tests: the one on the PATH, or Debian's package if the user is root.

None of the project's locked registries has Chromium for every machine. Without it, the browser tests fail.
"""

import os
import shutil
from pathlib import Path

from tools.setup.environment import clean_environment
from tools.setup.places import STATE, shown
from tools.setup.process import run_logged

LOG = STATE / "chromium.log"
ADVICE = (
    "The browser tests need chromium and chromedriver on the PATH. "
    "On Debian, run as root: apt-get install chromium chromium-driver"
)
_PACKAGES = ("chromium", "chromium-driver", "fonts-inter")  # the pictures have the page's first font


def ensure_chromium() -> None:
    """Install Chromium if it is missing and this is root on Debian; otherwise, print advice. Never fails."""
    if all(map(shutil.which, ("chromium", "chromedriver"))):
        return
    if not Path("/etc/debian_version").exists() or os.geteuid() != 0:
        print(f"  {ADVICE}", flush=True)
        return
    print("  installing Chromium with apt-get ...", flush=True)
    variables = clean_environment() | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (("update",), ("install", "--yes", "--no-install-recommends", *_PACKAGES)):
        if run_logged(["apt-get", *words], log=LOG, environment=variables, folder=STATE) != 0:
            print(f"  apt-get couldn't install Chromium. For the cause, see {shown(LOG)}. {ADVICE}", flush=True)
            return
