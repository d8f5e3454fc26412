"""Stems and stop words. A stem is decided by the word alone, so that a product and a query always agree on it."""

from __future__ import annotations

import threading
from functools import lru_cache

import snowballstemmer

STEMMED = {"en": "english", "es": "spanish", "fr": "french", "de": "german", "pt": "portuguese"}
"""Languages of the Latin script with a stemmer."""

_IRREGULAR = {
    "men": "man", "mens": "man", "womens": "woman", "women": "woman", "children": "child", "kids": "kid", "feet": "foot", "teeth": "tooth",
    "mice": "mouse", "geese": "goose", "people": "person", "shelves": "shelf", "knives": "knife", "leaves": "leaf",
    "scarves": "scarf", "wolves": "wolf", "halves": "half", "loaves": "loaf", "calves": "calf", "thieves": "thief",
    "wives": "wife", "lives": "life", "dice": "die", "accessories": "accessory", "jewellery": "jewelry",
    "colour": "color", "colours": "color", "grey": "gray", "aluminium": "aluminum", "metre": "meter",
    "metres": "meter", "litre": "liter", "litres": "liter", "centre": "center", "fibre": "fiber",
    "pyjamas": "pajamas", "pyjama": "pajama", "moulding": "molding", "tyre": "tire", "tyres": "tire",
}  # fmt: skip

_STOP_WORDS = (
    # English
    "a an the and or of for to in on at by with from as is are be it its this that these those i me my we our you your "
    "want need looking find show some any please can do does "
    # Spanish, French, German, Portuguese: only words that name no goods in another of these languages
    "el la de los las del para con una y le les des du pour avec une et der das und mit fur ein eine zu dos um uma "
    # Chinese
    "的 了 和 与 及 或 是 在 有 我 我要 我想 要 想 想要 想买 买 给 吗 呢 吧 啊 个 一个 一款 一件 一双 "
    "这 那 这个 那个 也 请 帮 帮我 找 一下 什么 哪 哪种"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words that a query can do without, folded."""

_lock = threading.Lock()
_stemmers: dict[str, snowballstemmer.stemmer] = {}


@lru_cache(maxsize=1 << 17)
def stem(word: str, language: str = "english") -> str:
    """The stem of a folded word (Snowball; Porter 2001 for English), irregular plurals and British spellings folded first."""
    if len(word) < 3:
        return word
    if language == "english":
        word = _IRREGULAR.get(word, word)
    with _lock:  # a stemmer keeps the word it works on
        stemmer = _stemmers.get(language)
        if stemmer is None:
            stemmer = _stemmers[language] = snowballstemmer.stemmer(language)
        found = str(stemmer.stemWord(word))
    return found or word


def script_stem(word: str) -> str:
    """The stem by the word's script: Cyrillic and Arabic have a stemmer of their own, Latin script the English one."""
    first = word[0]
    if "a" <= first <= "z":
        return stem(word)
    if "а" <= first <= "я":
        return stem(word, "russian")
    if "\u0621" <= first <= "\u064a":
        return stem(word, "arabic")
    return word
