"""Find long sentences and the words that the dictionary replaces."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sentencex import segment

from tools.prose.passages import Passage

MAX_WORDS = 25

_DICTIONARY = Path(__file__).with_name("dictionary.toml")
_CLAUSE, _TERM = "clause", "term"

# Whole words only, and no parts of paths, dotted names, calls, parameters and compounds.
_BEFORE, _AFTER = r"(?<![\w/.{&?=$#@\"“-])", r"(?![\w/}=-]|\.\w|\()"

# Hidden from the segmenter: apostrophes, which look like opening quotation marks, and the space in "5 s.", whose unit
# looks like an abbreviation. In both cases it would not see the end of the sentence.
_NO_END = re.compile(r"'|(?<=\d) (?=[a-zA-Z])")


class Finding(NamedTuple):
    """A fault on a line, and the words to write instead."""

    line: int
    what: str
    instead: str


class _Entry(NamedTuple):
    kind: str
    instead: str
    pattern: re.Pattern[str]


def find(passage: Passage) -> Iterator[Finding]:
    """Find everything that is wrong with a passage, sentence by sentence."""
    start = 0
    for length in map(len, segment("en", _NO_END.sub("x", passage.text))):
        sentence, lines = passage.text[start : start + length].rstrip(), passage.lines[start : start + length]
        words = sum(any(map(str.isalnum, word)) for word in sentence.split())
        if passage.is_paragraph and words > MAX_WORDS:
            yield Finding(lines[0], f"sentence of {words} words", f"at most {MAX_WORDS}")
        for entry in _ENTRIES:
            for match in entry.pattern.finditer(sentence):
                if suggestion := _suggestion(entry, match[0]):
                    yield Finding(lines[match.start()], f'{entry.kind} "{match[0]}"', suggestion)
        start += length


def _suggestion(entry: _Entry, found: str) -> str:
    """Say what to write instead; nothing where a term is spelled correctly."""
    if entry.kind == _CLAUSE:
        return entry.instead
    if entry.kind != _TERM:
        return " or ".join(f'"{words}"' for words in entry.instead.split(" or "))
    term = entry.instead
    correct = f"{term}s" if found[-1] == "s" and term[-1].lower() != "s" else term
    return "" if found in {correct, correct[0].upper() + correct[1:]} else f'"{correct}"'


_ENTRIES = tuple(
    _Entry(kind, instead, re.compile(f"{_BEFORE}(?:{pattern}){_AFTER}", re.IGNORECASE))
    for kind, entries in tomllib.loads(_DICTIONARY.read_text()).items()
    for instead, pattern in entries.items()
)
