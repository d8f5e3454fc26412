"""Chinese words: jieba's dictionary, loaded when the first Han character comes and kept in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

_lock = threading.Lock()
_loaded: list[Any] = []


def _segmenter() -> Any:
    """A jieba tokenizer. Its own start writes a cache into a folder that any user can write to and trusts what it finds
    there; filling the table from the packaged dictionary takes half a second and trusts nobody."""
    if not _loaded:
        with _lock:
            if not _loaded:
                import jieba

                segmenter = jieba.Tokenizer()
                segmenter.FREQ, segmenter.total = segmenter.gen_pfdict(segmenter.get_dict_file())
                segmenter.initialized = True
                _loaded.append(segmenter)
    return _loaded[0]


@lru_cache(maxsize=1 << 15)
def words(run: str) -> tuple[tuple[int, int], ...]:
    """The words of a run of Han characters as (start, end), most probable segmentation, no guesses beyond the dictionary:
    what isn't in it falls into single characters, the same way in products and queries."""
    return tuple(_spans(run))


def _spans(run: str) -> Iterator[tuple[int, int]]:
    at = 0
    for word in _segmenter().cut(run, HMM=False):
        yield at, at + len(word)
        at += len(word)


def is_word(text: str) -> bool:
    """Whether the dictionary has it."""
    return bool(_segmenter().FREQ.get(text))


def commonness(word: str) -> int:
    """How common the dictionary says a word is, in steps of four times as common; 0 for one that it hasn't."""
    return int(_segmenter().FREQ.get(word) or 0).bit_length() // 2


def inner_words(word: str) -> list[tuple[int, int]]:
    """Dictionary words of two or three characters inside a longer one, as (start, end)."""
    known = _segmenter().FREQ
    return [
        (at, at + size)
        for size in (2, 3)
        if size < len(word)
        for at in range(len(word) - size + 1)
        if known.get(word[at : at + size])
    ]
