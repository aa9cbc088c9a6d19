"""Faster cold starts: Python's garbage collector waits until a function is imported.

Imports create no garbage, yet the collector checks all their objects repeatedly. That takes a tenth of a cold start.
Every handler imports this module before any other, and ends with a call of `imported`.
"""

import gc

gc.disable()


def imported() -> None:
    """Start the collector again, for objects that are created from now on."""
    gc.freeze()
    gc.enable()
