"""The forms of cells as regular expressions that polars and pyarrow both know."""

DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
OFFSET = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:?[0-9]{2})$"
EPOCH = r"^[0-9]{9,11}$"
NUMBER = r"^[+-]?([0-9]{1,15}(\.[0-9]{1,12})?|\.[0-9]{1,12})$"
INSIGNIFICANT = r"[+.-]|^[+-]?0+|\.0*$|0+$"
"""What does not count among the 15 significant digits, about."""
DIGITS = 15
AHEAD = 300
"""Seconds that a timestamp may lie after the arrival."""
