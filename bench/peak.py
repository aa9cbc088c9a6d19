"""The peak memory of this process."""

import re
import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_KIB = 1024


def peak_bytes() -> int:
    """Return the peak of the resident memory, in bytes.

    Linux reports it for this program alone. `getrusage` also counts the process before it started this program, when
    it was a copy of its parent.
    """
    if _STATUS.exists() and (found := re.search(r"^VmHWM:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)):
        return int(found[1]) * _KIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * _KIB
