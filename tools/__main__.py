"""The way in: `python3 -m tools <command>`. Parses on every Python, so that an old one gets a sentence, not a trace."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the one place that meets an older Python
    sys.stderr.write(
        "Meterdrop needs Python 3.11 or newer, and this one is %d.%d; "  # noqa: UP031 - older Pythons read this
        "name a newer one, as in: make run PYTHON=python3.13\n" % sys.version_info[:2],
    )
    sys.exit(1)

from tools.setup.bootstrap import main

sys.exit(main(sys.argv[1:]))
