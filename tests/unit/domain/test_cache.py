"""Answers that are remembered."""

import pytest

from meterdrop.domain.files.cache import Cache


def test_each_question_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as no more answers came than are remembered; then all are forgotten."""
    monkeypatch.setattr("meterdrop.domain.files.cache._MAX_ENTRIES", 2)
    asked: list[str] = []

    def answer(text: str) -> int:
        asked.append(text)
        return len(text)

    cache = Cache(answer)
    assert [cache[text] for text in ("a", "bb", "a", "bb", "ccc", "a")] == [1, 2, 1, 2, 3, 1]
    assert asked == ["a", "bb", "ccc", "a"]
