"""Chromium for the browser tests: what is on the PATH, else Debian's own, installed where this runs as root.

No registry that the project locks has it for every machine; where it is missing the browser tests fail, and say so.
"""

import os
import shutil
from pathlib import Path

from tools.setup.environment import without_the_astray
from tools.setup.places import STATE, shown
from tools.setup.process import run_logged

LOG = STATE / "chromium.log"
ADVICE = (
    "The browser tests need chromium and chromedriver on the PATH; on Debian: apt-get install chromium chromium-driver"
)
_PACKAGES = ("chromium", "chromium-driver")


def ensure_chromium() -> None:
    """Install Chromium where it is missing and that can be done; else say what to install. Never fails."""
    if all(map(shutil.which, ("chromium", "chromedriver"))):
        return
    if not Path("/etc/debian_version").exists() or os.geteuid() != 0:
        print(f"  {ADVICE}", flush=True)
        return
    print("  installing Chromium, by apt-get ...", flush=True)
    surroundings = without_the_astray() | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (("update",), ("install", "--yes", "--no-install-recommends", *_PACKAGES)):
        if run_logged(["apt-get", *words], log=LOG, environment=surroundings, folder=STATE) != 0:
            print(f"  Chromium could not be installed; {shown(LOG)} says why. {ADVICE}", flush=True)
            return
