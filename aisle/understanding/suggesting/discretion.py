"""What may be offered to everybody: nothing private that somebody once typed, nothing rude.

Being wrong is cheap on one side only: a query that is left out is still found by whoever types it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache, lru_cache
from pathlib import Path

from aisle.perception.text import fold

PATH = Path(__file__).with_name("rude.txt")
LONGEST = 80
"""Characters of the longest query that is offered to others."""
MOST_WORDS = 10
_ENDINGS = ("", "s", "es", "ed", "er", "ers", "ing", "y")
_LEET = str.maketrans("013457@$!|€", "oieastasiie")
_WORD = re.compile(r"[^\W_]+")
_REPEATED = re.compile(r"(.)\1{2,}")
_SPELLED = re.compile(r"(?<![^\W_])(?:[^\W_][\s.\-_*]+){2,}[^\W_](?![^\W_])")
_HAN = re.compile(r"[㐀-鿿]")
_NO_HAN = re.compile(r"[^㐀-鿿a-z0-9]+")
_PRIVATE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\S+\s*(?:@|\[at\]|\(at\))\s*\S+",  # an e-mail, or a handle
        r"(?:https?|ftp)\s*:|www\.|\b[\w-]+\.(?:com|net|org|info|io|cn|co|me|de|fr|es|jp|kr|uk|ru|br)\b(?:/|$|\s)",  # an address of the web
        r"(?:\d[\s().+\-–/]*){7,}",  # telephone, card, order, passport, account … numbers, however they are parted
        r"\b[a-z]{0,4}\d{6,}[a-z]{0,3}\b|\b[a-z]{2}\d{2}(?:\s?[a-z0-9]{4}){3,}\b",  # a long code; a bank account (ISO 13616)
        r"\b\d{3}-\d{2}-\d{4}\b|\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d\b",  # a social security number; a day of birth
        r"\b\d{1,5}[a-z]?,?\s+(?:\w+\s+){1,3}(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|way|place|pl|square|sq)\b",
        r"\b(?:calle|rue|via|avenida|rua)\s+\w+(?:\s+\w+)*\s+\d{1,5}\b|\b\w+(?:straße|strasse|gasse|weg)\s+\d{1,4}\b",  # a street and its number
        r"[㐀-鿿]{2,}(?:路|街|巷|弄|大道|胡同)\s*\d+\s*[号弄]|\d+\s*(?:号楼|单元|栋|室)|[㐀-鿿]{2,}(?:省|市)[㐀-鿿]{2,}(?:区|县|镇)[㐀-鿿\d]*",
        r"(?:password|passwort|contraseña|mot de passe|密码|身份证|银行卡|手机号|电话号码)\s*\S*\d",
        r"\b(?:my|mein|mon|mi)\s+(?:name|address|phone|email|password)\b|我(?:叫|的(?:地址|电话|手机号|姓名|名字))",
    )
)  # fmt: skip


class Discretion:
    """Says what may be offered. Immutable."""

    def __init__(self, words: Collection[str] = ()) -> None:
        """``words`` are kept back beside those of the file, in the same writing: ``word``, ``begin*``, or Chinese."""
        plain: set[str] = set()
        beginnings: set[str] = set()
        phrases: set[str] = set()
        han: set[str] = set()
        for word in (*_listed(), *words):
            said = fold(word).strip()
            if not said.strip("*"):
                continue
            if _HAN.search(said):
                han.add(_NO_HAN.sub("", said))
            elif said.endswith("*"):
                beginnings.add(_bare(said[:-1]))
            elif len(_WORD.findall(said)) > 1:
                phrases.add(" ".join(_WORD.findall(said)))
            else:
                plain |= {_bare(said) + ending for ending in _ENDINGS}
        self._plain, self._phrases, self._han = frozenset(plain), tuple(phrases), tuple(han)
        self._beginnings = tuple(beginnings)

    def is_rude(self, text: str) -> bool:
        """Whether it holds a word of the list, also as ``f*ck``, ``sh1t``, ``f u c k`` or ``fuuuck``."""
        folded = fold(text)
        if any(phrase in " ".join(_WORD.findall(folded)) for phrase in self._phrases):
            return True
        if self._han and _HAN.search(folded) and any(word in _NO_HAN.sub("", folded) for word in self._han):
            return True
        return any(self._listed(word) for word in _disguises(folded))

    def _listed(self, word: str) -> bool:
        return word in self._plain or word.startswith(self._beginnings)

    @staticmethod
    def is_private(text: str) -> bool:
        """Whether it looks like something of one person's: an address, a number, a code of a letter to itself."""
        plain = fold(text)
        return any(pattern.search(plain) or pattern.search(text) for pattern in _PRIVATE)

    def offers(self, text: str) -> bool:
        """Whether what one shopper typed may be offered to others."""
        if not text.strip() or len(text) > LONGEST or len(text.split()) > MOST_WORDS or not text.isprintable():
            return False
        return not self.is_private(text) and not self.is_rude(text)


def _disguises(folded: str) -> Iterator[str]:
    """The words of a text, and what they may be meant as."""
    for form in (folded, folded.translate(_LEET)):
        yield from _WORD.findall(form)
        yield from (_bare(word) for word in _WORD.findall(form))
        for spelled in _SPELLED.findall(form):
            yield _bare("".join(_WORD.findall(spelled)))
    masked = re.sub(r"(?<=[^\W_])[*#%&?\-_.]{1,3}(?=[^\W_])", "*", folded)
    for word in re.findall(r"[^\W_]+(?:\*[^\W_]+)+", masked):
        yield word.replace("*", "")
        yield from (word.replace("*", vowel) for vowel in "aeiou")


def _bare(word: str) -> str:
    """Without what is merely drawn out: fuuuuck is fuck."""
    return _REPEATED.sub(r"\1", word)


@lru_cache(8)
def discretion_of(words: tuple[str, ...]) -> Discretion:
    """The discretion with a shop's own words, made once."""
    return Discretion(words)


@cache
def _listed() -> tuple[str, ...]:
    lines = PATH.read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))
