"""How an English word sounds, roughly: words that are spelled by ear share a key (after Philips 1990, much shortened)."""

from __future__ import annotations

import re

_RULES = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"^[kgp]n", "n"),
        (r"^wr", "r"),
        (r"^x", "s"),
        (r"ph", "f"),
        (r"tch|ch|sh|ti(?=o)|ci(?=[ao])", "x"),
        (r"th", "t"),
        (r"g?h(?=t)|gh$|(?<=[aeiou])h", ""),
        (r"ck|cq", "k"),
        (r"sc(?=[eiy])|c(?=[eiy])|z", "s"),
        (r"dg|g(?=[eiy])", "j"),
        (r"[cq]", "k"),
        (r"kx|x(?=[^aeiou]*$)", "ks"),
        (r"v", "f"),
        (r"[wy](?![aeiou])", ""),
    )
)
_VOWELS = re.compile(r"[aeiouy]+")
_DOUBLE = re.compile(r"(.)\1+")


def sound(word: str) -> str:
    """The key: consonants as they sound, vowels only at the start. Empty for what isn't Latin letters.

    >>> sound("fone"), sound("phone"), sound("kamera"), sound("camera")
    ('fn', 'fn', 'kmr', 'kmr')
    """
    if not (word.isascii() and word.isalpha()):
        return ""
    plain = word.lower()
    for pattern, instead in _RULES:
        plain = pattern.sub(instead, plain)
    head = "a" if _VOWELS.match(plain) else ""
    return head + _DOUBLE.sub(r"\1", _VOWELS.sub("", plain))
