"""The entry point, `python3 -m tools <command>`. Old Python versions can parse it, and print a message."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the only code that runs on older versions
    sys.stderr.write(
        "This Python is version %d.%d. Meterdrop needs Python 3.11 or newer. "  # noqa: UP031 - older Pythons read this
        "Name a newer one, such as: make run PYTHON=python3.13\n" % sys.version_info[:2],
    )
    sys.exit(1)

from tools.setup.bootstrap import main

sys.exit(main(sys.argv[1:]))
