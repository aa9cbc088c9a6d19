"""What only a cold start does: Python's garbage collector waits until a function is imported.

Nothing that an import makes is garbage, yet the collector looks at all of it again and again: a tenth of the time until
the function is ready. Every handler imports this module before any other, and ends by `imported`.
"""

import gc

gc.disable()


def imported() -> None:
    """Let the collector work again, on what is made from now on."""
    gc.freeze()
    gc.enable()
