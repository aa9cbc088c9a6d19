"""The most memory that this process has had."""

import re
import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_KIB = 1024


def peak_bytes() -> int:
    """Return the peak of the resident memory, in bytes.

    Where the system tells it of this program alone, that: `getrusage` counts what the process was before it became
    this program too, a copy of the one that started it.
    """
    if _STATUS.exists() and (found := re.search(r"^VmHWM:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)):
        return int(found[1]) * _KIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * _KIB
