"""One writing for each character: what analysis and matching see, with the way back to the original's offsets."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import opencc

QUERY_LIMIT = 4_000
"""Characters of a query that are read; the rest is ignored."""

INDEX_LIMIT = 200_000
"""Characters of an indexed field that are read."""

_SPECIAL = {
    **dict.fromkeys("‘’‚‛′`´ʼ＇", "'"),
    **dict.fromkeys("“”„‟″〝〞«»", '"'),
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
    "×": "x", "✕": "x", "ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "þ": "th",
    "ё": "е", "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ـ": "",
}  # fmt: skip
_SPACES = re.compile(r"\s+")


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _is_han(char: str) -> bool:
    return "㐀" <= char <= "鿿" or "豈" <= char <= "﫿" or "\U00020000" <= char <= "\U0003ffff"


def _plain(char: str, *, accents: bool) -> str:
    """NFKC, lower case, quotes and dashes in one form; '' for what can't be seen, ' ' for controls and lone surrogates."""
    category = unicodedata.category(char)
    if category in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"):
        return " "
    if category == "Cf" or "\ufe00" <= char <= "\ufe0f":
        return ""
    if char in "″＂":
        return '"'
    if char in "′＇´":
        return "'"
    out = []
    for each in unicodedata.normalize("NFKC", char).lower():
        kept = each if accents and each in "ßøæœđðłıþёأإآىة" else _SPECIAL.get(each, each)
        if not accents and kept and not kept.isascii():
            base = unicodedata.normalize("NFD", kept)
            if "a" <= base[0] <= "z":
                kept = base[0]
            elif len(kept) == 1 and ("\u0300" <= kept <= "\u036f" or "\u064b" <= kept <= "\u0652"):
                kept = ""  # a combining accent or an Arabic vowel sign
        out.append(kept)
    return "".join(out)


class _Folding(dict[int, str]):
    """A table for ``str.translate`` that learns each character when it first meets it."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = _plain(char, accents=False)
        if any(map(_is_han, folded)):
            for _ in range(2):  # a few traditional forms have a simplified one by way of another
                folded = _simplifier().convert(folded)
        self[code] = folded
        return folded


_FOLDING = _Folding()


def fold(text: str) -> str:
    """The text as it is matched: lower case, no accents, simplified Chinese, ASCII quotes and dashes."""
    return text.lower() if text.isascii() else text.translate(_FOLDING)


def origins(text: str) -> list[int] | None:
    """For each character of ``fold(text)`` the offset in ``text`` it came from; None when they are the same."""
    if text.isascii():
        return None
    return [at for at, char in enumerate(text) for _ in _FOLDING[ord(char)]]


def normalize(text: str, *, limit: int = QUERY_LIMIT) -> str:
    """The text in one readable form: NFKC, lower case, simplified Chinese, single spaces; accents stay. At most ``limit``
    characters of the input are read."""
    text = text[:limit]
    if not text.isascii():
        text = unicodedata.normalize("NFC", "".join(_plain(char, accents=True) for char in text))
        text = _simplifier().convert(text) if any(map(_is_han, text)) else text
    else:
        text = "".join(char if char.isprintable() else " " for char in text).lower()
    return _SPACES.sub(" ", text).strip()
