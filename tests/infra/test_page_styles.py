"""The page's style sheets: no rule is left for something that no component has any more."""

import re

from tests.infra.conftest import PROJECT

_CLASS = re.compile(r"\.([a-z][a-z-]*)(?=[^{}]*\{)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_WORD = re.compile(r"[a-z][a-z-]*")
_BEGUN = re.compile(r"([a-z][a-z-]*-)\$\{")
_LIBRARIES = {"u-"}
"""The beginnings of the classes that libraries set."""


def test_every_class_in_a_style_sheet_is_used() -> None:
    """Every class is a word of a component, or begins as a template does, such as `only-${only}`."""
    sources = "\n".join(_COMMENT.sub("", file.read_text()) for file in (PROJECT / "page").rglob("*.tsx"))
    words, begun = set(_WORD.findall(sources)), {*_BEGUN.findall(sources), *_LIBRARIES}
    unused = {
        f"{file.name}: .{name}"
        for file in (PROJECT / "page/style").rglob("*.css")
        for name in _CLASS.findall(_COMMENT.sub("", file.read_text()))
        if name not in words and not name.startswith(tuple(begun))
    }
    assert set() == unused
