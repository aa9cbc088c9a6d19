"""Turn Markdown into running text: paragraphs, list items, headings and table cells, without code and markup."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tools.prose.extract import CODE, Fragment

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_ADDRESS = re.compile(r"[a-z][a-z\d+.-]*://\S*[\w/]")


class Passage(NamedTuple):
    """Running text on one line, and the line in the file of each of its characters.

    A paragraph has sentences of its own; a heading, a table cell or a list of links does not.
    """

    text: str
    lines: Sequence[int]
    is_paragraph: bool


def passages(fragment: Fragment) -> Iterator[Passage]:
    """Read the passages of a fragment, in order."""
    parent = ""
    for token in _MARKDOWN.parse(fragment.text):
        if token.type == "inline" and token.map:
            yield _passage(token, fragment.lines[token.map[0] :], may_be_paragraph=parent == "paragraph_open")
        parent = token.type


def _passage(block: Token, lines: Sequence[int], *, may_be_paragraph: bool) -> Passage:
    """Join the parts of a block. The parser gives them no positions: each is found in the source, after the last."""
    text = ""
    line_of: list[int] = []
    cursor = 0
    link_depth = 0
    has_own_words = False
    for part in block.children or ():
        shown = _shown(part)
        source = {"code_inline": part.markup, "softbreak": "\n", "hardbreak": "\n"}.get(part.type, part.content)
        cursor = max(cursor, block.content.find(source, cursor))
        text += shown
        line_of += [lines[block.content.count("\n", 0, cursor)]] * len(shown)
        cursor += len(source)
        if part.type == "code_inline":
            cursor = max(cursor, block.content.find(part.markup, cursor) + len(part.markup))
        link_depth += part.nesting if part.type.startswith("link_") else 0
        has_own_words = has_own_words or (not link_depth and any(map(str.isalnum, shown)))
    return Passage(text, line_of, may_be_paragraph and has_own_words)


def _shown(part: Token) -> str:
    match part.type:
        case "text":
            return _ADDRESS.sub(CODE, part.content)
        case "code_inline":
            return CODE
        case "softbreak" | "hardbreak":
            return " "
        case _:
            return ""
