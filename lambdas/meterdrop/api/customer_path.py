"""A customer's id in a path: it may hold what a router takes for something else, slashes above all.

API Gateway decodes a path before it hands it on, all but `%25`; so what stands behind the prefix is the id.
"""

from urllib.parse import quote, unquote

PREFIX = "/v1/customers/"


def routable(path: str) -> str:
    """Return a path as the router can take it: a customer's id as one step, written with letters that it knows."""
    if not path.startswith(PREFIX):
        return path
    # Half a character, which no path that a gateway decodes has, becomes one that is in no id.
    return PREFIX + quote(path.removeprefix(PREFIX).replace("%25", "%"), safe="", errors="replace")


def id_in(step: str) -> str:
    """Return the id that `routable` wrote."""
    return unquote(step)
