"""The formats of cells as regular expressions for polars and pyarrow."""

DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
OFFSET = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:?[0-9]{2})$"
EPOCH = r"^[0-9]{9,11}$"
NUMBER = r"^[+-]?([0-9]{1,15}(\.[0-9]{1,12})?|\.[0-9]{1,12})$"
INSIGNIFICANT = r"[+.-]|^[+-]?0+|\.0*$|0+$"
"""Characters that don't count as significant digits; approximate."""
DIGITS = 15
AHEAD = 300
"""Maximum seconds between the arrival and a later timestamp."""
