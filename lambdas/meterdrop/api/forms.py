"""Form-encoded bodies, nested as Stripe's clients nest them."""

from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

from meterdrop.api.errors import ApiError, bad_parameter


def form_fields(text: str) -> dict[str, Any]:
    """Read a form as Stripe does: `a[b]=c` is a field `b` within `a`, `a[]=c` an item of a list `a`.

    Raises ApiError 400 where a name is given twice or is two things at once.
    """
    fields: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *inner = name.split("[")
        steps = [first, *(step.removesuffix("]") for step in inner)]
        place: Any = fields
        for step, following in pairwise(steps):
            place = _descend(place, step, [] if following == "" else {}, name)
        _put(place, steps[-1], value, name)
    return fields


def _descend(place: Any, step: str, empty: Any, name: str) -> Any:  # noqa: ANN401
    if not isinstance(place, dict):
        raise _bad_name(name)
    inner = place.setdefault(step, empty)
    if type(inner) is not type(empty):
        raise _bad_name(name)
    return inner


def _put(place: Any, step: str, value: str, name: str) -> None:  # noqa: ANN401
    if isinstance(place, list) and step == "":
        place.append(value)
    elif isinstance(place, dict) and step not in place:
        place[step] = value
    else:
        raise _bad_name(name)


def _bad_name(name: str) -> ApiError:
    return bad_parameter(name, f"Invalid parameter {name}: it is given twice, or as two different things.")
