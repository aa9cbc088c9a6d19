"""What an invocation takes and costs at each memory setting, from what it was measured to take on a whole core."""

ONE_CORE_MB = 1_769
"""Memory at which a function has one vCPU; below it has that part of one. Python uses no second one.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""
SETTINGS = (256, 512, 768, 1_024, 1_280, 1_536, ONE_CORE_MB, 2_048, 3_008)
_GB = 1_024


def seconds(memory_mb: int, *, wall: float, cpu: float) -> float:
    """Return how long it takes where a whole core takes `wall` seconds, `cpu` of them at work and the rest waiting.

    At most: what is waited for may pass while the slower processor is at work.
    """
    share = min(1.0, memory_mb / ONE_CORE_MB)
    return max(0.0, wall - cpu) + cpu / share


def gb_seconds(memory_mb: int, *, wall: float, cpu: float) -> float:
    """Return what is billed for it."""
    return memory_mb / _GB * seconds(memory_mb, wall=wall, cpu=cpu)


def cheapest(*, wall: float, cpu: float, peak_mb: float) -> int:
    """Return the setting that costs least, of those with twice the memory that was used."""
    enough = [setting for setting in SETTINGS if setting >= 2 * peak_mb] or [SETTINGS[-1]]
    return min(enough, key=lambda setting: gb_seconds(setting, wall=wall, cpu=cpu))
