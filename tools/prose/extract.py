"""Extract the prose of a file: a Markdown page whole; of code, comments, docstrings and literals that are sentences."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

from pygments.lexers import get_lexer_for_filename
from pygments.token import Comment, String, _TokenType, is_token_subtype

# Replaces code inside prose. It counts as one word, and no word of the dictionary matches it.
CODE = "CODE"

_RELEASED = re.compile(r"^## (?!Unreleased).*", re.DOTALL | re.MULTILINE)
_COMMENT_MARKS = re.compile(r"^\s*(?:/\*+|\*(?!/)|//+|#+) ?|\s*\*/\s*$")
_JSDOC_TAGS = re.compile(r"(?:^|(?<=\s))@[a-z]+\b.*", re.DOTALL)
_DIRECTIVE = re.compile(r"noqa(?:: \w+(?:, \w+)*)?|type: ignore(?:\[[\w, -]*\])?|biome-ignore \S+|@ts-\S+")
_OPENING = {"{", "${"}
_QUOTES = {String.Single: "'", String.Backtick: "`"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CLOSING_TAG = re.compile(r"</|/>")
_INLINE_TAG = re.compile(r"</?(?:a|b|em|i|kbd|span|strong|time)\b[^<>]*>")
_BLOCK_TAG = re.compile(r"(<[^<>]*>)")
_ATTRIBUTE = re.compile(r'="([^"]+)"')
_SENTENCE = re.compile(rf"\s*(?:[A-Z\"“]|{CODE}\b)\S*\s.*[.][\"”)]*\s*", re.DOTALL)


class Fragment(NamedTuple):
    """A piece of prose, in Markdown, and the line in the file of each of its lines."""

    text: str
    lines: Sequence[int]


class _Piece(NamedTuple):
    line: int
    text: str


class _Token(NamedTuple):
    line: int
    value: str
    kind: _TokenType
    fills_line: bool


def fragments(path: Path) -> Iterator[Fragment]:
    """Extract every piece of prose of a file. Of a changelog, released history is left out."""
    text = path.read_text()
    if path.suffix != ".md":
        yield from _of_code(path.name, text)
        return
    if path.name == "CHANGELOG.md":
        text = _RELEASED.sub("", text)
    yield _joined([_Piece(1, text)])


def _of_code(name: str, text: str) -> Iterator[Fragment]:
    tokens = list(_tokens(name, text))
    yield from (_docstring(token) for token in tokens if is_token_subtype(token.kind, String.Doc))
    yield from _comments(tokens)
    yield from _literals(tokens)


def _tokens(name: str, text: str) -> Iterator[_Token]:
    line, counted = 1, 0
    for offset, kind, value in get_lexer_for_filename(name).get_tokens_unprocessed(text):
        line, counted = line + text.count("\n", counted, offset), offset
        yield _Token(line, value, kind, not text[text.rfind("\n", 0, offset) + 1 : offset].strip())


def _comments(tokens: Sequence[_Token]) -> Iterator[Fragment]:
    """Give the comments; comments that fill consecutive lines are one."""
    block: list[_Token] = []
    for token in tokens:
        if is_token_subtype(token.kind, Comment):
            if block and not (block[-1].fills_line and token.fills_line and block[-1].line + 1 == token.line):
                yield _comment(block)
                block = []
            block.append(token)
    if block:
        yield _comment(block)


def _literals(tokens: Sequence[_Token]) -> Iterator[Fragment]:
    """Give the literals that are sentences; adjacent ones are one."""
    open_literals: list[list[_Piece]] = [[]]  # the innermost last: a placeholder may hold literals of its own
    for token in tokens:
        literal = open_literals[-1]
        is_placeholder = is_token_subtype(token.kind, String.Interpol)
        if is_placeholder and token.value in _OPENING:
            literal.append(_Piece(token.line, CODE))
            open_literals.append([])
        elif is_placeholder and token.value == "}" and len(open_literals) > 1:
            yield from _sentences(open_literals.pop())
        elif is_token_subtype(token.kind, String) and not is_token_subtype(token.kind, String.Doc):
            literal.append(_Piece(token.line, _content(token)))
        elif literal and token.value.strip(" \\\n\t"):  # not the space between two literals that Python joins
            yield from _sentences(literal)
            literal.clear()
    yield from _sentences(open_literals[0])


def _comment(block: Sequence[_Token]) -> Fragment:
    text, lines = _joined(
        _Piece(token.line + index, _COMMENT_MARKS.sub("", line))
        for token in block
        for index, line in enumerate(token.value.rstrip("\n").split("\n"))
    )
    if block[0].value.startswith("/**"):
        text = _JSDOC_TAGS.sub("", text)
    return Fragment(_DIRECTIVE.sub("", text), lines)


def _docstring(token: _Token) -> Fragment:
    first, _, rest = token.value[3:-3].partition("\n")
    return _joined([_Piece(token.line, f"{first}\n{dedent(rest)}")])


def _content(token: _Token) -> str:
    """Return what a part of a literal says. Some lexers give quotation marks as separate tokens, others do not."""
    if is_token_subtype(token.kind, String.Interpol):
        return CODE
    if is_token_subtype(token.kind, String.Affix):
        return ""
    if not is_token_subtype(token.kind, String.Escape):
        quote = next((mark for kind, mark in _QUOTES.items() if is_token_subtype(token.kind, kind)), '"')
        token = token._replace(value=token.value.strip(quote))
    return _ESCAPE.sub(lambda escape: escape[1] if escape[1] in "\\\"'`" else " ", token.value)


def _sentences(pieces: Sequence[_Piece]) -> Iterator[Fragment]:
    """Give a literal if it is one or more sentences. Of an HTML template, give each text and attribute that is."""
    text, lines = _joined(pieces)
    start = 0
    for part in _BLOCK_TAG.split(_without_inline_tags(text)) if _CLOSING_TAG.search(text) else [text]:
        values = ((match.start(1), match[1]) for match in _ATTRIBUTE.finditer(part))
        for at, candidate in values if _BLOCK_TAG.match(part) else [(0, part)]:
            if _SENTENCE.fullmatch(candidate):
                first = text.count("\n", 0, start + at)
                yield Fragment("\n".join(line.strip() for line in candidate.split("\n")), lines[first:])
        start += len(part)


def _without_inline_tags(text: str) -> str:
    """Blank the tags that stay inside a sentence; of `code` keep a backtick at each end."""
    text = text.replace("<code>", "     `").replace("</code>", "`      ")
    return _INLINE_TAG.sub(lambda tag: re.sub(r"[^\n]", " ", tag[0]), text)


def _joined(pieces: Iterable[_Piece]) -> Fragment:
    """Join pieces: a text line for each line of the file."""
    by_line: dict[int, str] = {}
    for first, text in pieces:
        for line, part in enumerate(text.split("\n"), first):
            by_line[line] = by_line.get(line, "") + part
    return Fragment("\n".join(by_line.values()), list(by_line))
