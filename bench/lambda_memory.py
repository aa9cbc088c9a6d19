"""The duration and cost of an invocation at each memory setting, calculated from its measured time on one core."""

ONE_CORE_MB = 1_769
"""Memory at which a function has one vCPU. With less memory, it has a part of one. Python uses only one vCPU.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""
SETTINGS = (256, 512, 768, 1_024, 1_280, 1_536, ONE_CORE_MB, 2_048, 3_008)
_GB = 1_024


def seconds(memory_mb: int, *, wall: float, cpu: float) -> float:
    """Return the duration in seconds if one core takes `wall` seconds, `cpu` of them working and the rest waiting.

    This is an upper bound, because work and waiting can overlap.
    """
    share = min(1.0, memory_mb / ONE_CORE_MB)
    return max(0.0, wall - cpu) + cpu / share


def gb_seconds(memory_mb: int, *, wall: float, cpu: float) -> float:
    """Return the billed GB-seconds."""
    return memory_mb / _GB * seconds(memory_mb, wall=wall, cpu=cpu)


def cheapest(*, wall: float, cpu: float, peak_mb: float) -> int:
    """Return the cheapest setting that has at least twice the peak memory."""
    enough = [setting for setting in SETTINGS if setting >= 2 * peak_mb] or [SETTINGS[-1]]
    return min(enough, key=lambda setting: gb_seconds(setting, wall=wall, cpu=cpu))
