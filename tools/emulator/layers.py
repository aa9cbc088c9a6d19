"""Build the layers of third-party packages. Afterwards, a synthesis and the tests need no network."""

import sys

from infra.packaging.layer import PackagingError, build_layer, lambda_arm64, this_machine
from tools.setup import signals
from tools.setup.places import ROOT


def main() -> int:
    """Build the layers for Lambda and for this machine; return the exit code."""
    try:
        signals.listen()
        for target in (this_machine(), lambda_arm64()):
            build_layer(ROOT, target)
    except PackagingError as error:
        print(error, file=sys.stderr)
        return 1
    except signals.Stopped:
        print("Stopped. The next make continues the installation.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
