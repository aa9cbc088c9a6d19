"""Build the layers of third-party packages ahead: afterwards a synthesis, and every test, needs no network."""

import sys

from infra.packaging.layer import LAMBDA, PackagingError, build_layer, this_machine
from tools.setup import signals
from tools.setup.places import ROOT


def main() -> int:
    """Build the layer for Lambda and that for this machine; returns the exit code."""
    try:
        signals.listen()
        for target in (this_machine(), LAMBDA):
            build_layer(ROOT, target)
    except PackagingError as error:
        print(error, file=sys.stderr)
        return 1
    except signals.Stopped:
        print("Stopped; the next make goes on from here.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
