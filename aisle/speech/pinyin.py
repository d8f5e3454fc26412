"""How a Chinese text is said: pairs of what is written and the syllable it is said with, without tones.

Tones are left out on purpose: they are what differs most between people, dialects and synthesisers, and a shop's phrases tell
homophones apart.
"""

from __future__ import annotations

import re
from functools import cache

from pypinyin import Style, lazy_pinyin

Said = tuple[tuple[str, str], ...]
"""(written, syllable) pairs. ``written`` is one character, or "" for the further syllables of what takes several (W: da bu liu)."""

LETTERS = {
    "a": "ei", "b": "bi", "c": "xi", "d": "di", "e": "yi", "f": "ai fu", "g": "ji", "h": "ai chi", "i": "ai", "j": "jie",
    "k": "kai", "l": "ai lou", "m": "ai mu", "n": "en", "o": "ou", "p": "pi", "q": "qiu", "r": "a", "s": "ai si", "t": "ti",
    "u": "you", "v": "wei", "w": "da bu liu", "x": "ai ke si", "y": "wai", "z": "zei",
}  # fmt: skip
"""Latin letters as they are said in Chinese, in the nearest syllables."""
SPELT = 4
"""A longer word in Latin letters is a foreign word: it isn't spelt, and there is no telling how it is said."""

_PIECES = re.compile(r"[\u4e00-\u9fff]+|[a-zA-Z]+|\d+(?:\.\d+)?|.", re.S)
_DIGITS = "零一二三四五六七八九"
_LONGEST = 8
"""Digits of the longest number that is said as one; longer ones are said digit by digit."""


def numeral(number: str) -> str:
    """ "300" → 三百, "2.5" → 二点五, "12000" → 一万两千; from nine digits on digit by digit."""
    whole, _, rest = number.partition(".")
    if len(whole) > _LONGEST:
        return "".join(_DIGITS[int(digit)] for digit in whole)
    said = _whole(int(whole))
    return said + ("点" + "".join(_DIGITS[int(digit)] for digit in rest) if rest else "")


def _whole(value: int) -> str:
    if value >= 10_000:
        low = value % 10_000
        high = _whole(value // 10_000)
        return ("两" if high == "二" else high) + "万" + (("零" if low < 1000 else "") + _whole(low) if low else "")
    if value < 10:
        return _DIGITS[value]
    said, skipped = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            said += ("零" if skipped else "") + ("两" if digit == 2 and unit >= 100 else _DIGITS[digit]) + name
        skipped = not digit and bool(said)
    return said.removeprefix("一") if 10 <= value < 20 else said


def pieces(text: str) -> list[list[str]]:
    """What of a text is said, in runs of characters: numbers in Chinese numerals, short Latin words in letters. A run ends at what
    isn't said (punctuation) or can't be (foreign words)."""
    runs: list[list[str]] = [[]]
    for found in _PIECES.finditer(text):
        piece = found.group()
        if "\u4e00" <= piece[0] <= "\u9fff":
            runs[-1].extend(piece)
        elif piece[0].isdigit() and piece[0].isascii():
            runs[-1].extend(numeral(piece))
        elif piece[0].isascii() and piece[0].isalpha() and len(piece) <= SPELT:
            runs[-1].extend(piece.upper())
        else:
            runs.append([])
    return [run for run in runs if run]


def said(text: str) -> list[Said]:
    """The runs of a text, each as (written, syllable) pairs."""
    return [_run(tuple(run)) for run in pieces(text)]


def _run(run: tuple[str, ...]) -> Said:
    pairs: list[tuple[str, str]] = []
    for han in re.findall(r"[\u4e00-\u9fff]+|.", "".join(run)):
        if han.isascii():
            first, *further = LETTERS[han.lower()].split()
            pairs += [(han, first), *(("", syllable) for syllable in further)]
        else:
            read = lazy_pinyin(han, style=Style.NORMAL)
            pairs += (
                list(zip(han, read, strict=True)) if len(read) == len(han) else [(one, reading(one)) for one in han]
            )
    return tuple(pairs)


@cache
def reading(character: str) -> str:
    """The commonest reading of one character."""
    return str(lazy_pinyin(character, style=Style.NORMAL)[0])
