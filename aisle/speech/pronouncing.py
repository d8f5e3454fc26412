"""Written words and how they are said: "15" is "fifteen", "lr40" is "l r forty", "colour" is in the dictionary, "adidas" isn't.

A word of the language model is a word as the shop writes it; only its sound is spelled out. So what is heard can be searched as
it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path

from aisle.speech.letters import sounds

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SIGNS = {
    "&": " and ", "+": " plus ", "%": " percent ", "$": " dollars ", "£": " pounds ", "€": " euros ", "@": " at ",
    "”": " inch ", '"': " inch ", "°": " degrees ", "×": " by ", "’": "'",
}  # fmt: skip
_UNITS = {
    "gb": "gigabytes", "tb": "terabytes", "mb": "megabytes", "ghz": "gigahertz", "mhz": "megahertz", "hz": "hertz",
    "mm": "millimeters", "cm": "centimeters", "kg": "kilograms", "oz": "ounces", "lb": "pounds", "lbs": "pounds",
    "ft": "feet", "mp": "megapixels", "w": "watt", "v": "volt", "mah": "milliamp hours", "ml": "milliliters",
}  # fmt: skip
"""Said in full after a number; also spelled."""
_TOKEN = re.compile(r"t-shirts?|\d+(?:\.\d+)?(?![a-z0-9.])|[a-z0-9]+(?:'[a-z]+)?")
_RUNS = re.compile(r"[a-z']+|\d+|\.")
_AS_IF = {"tshirt": "t-shirt", "tshirts": "t-shirts"}
MOST_WAYS = 3
"""Pronunciations of one word."""
LONGEST_CODE = 8
"""Characters of the longest word with digits that anybody says."""
VOWELS = frozenset(["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"])
LETTERS = {
    "a": "EY", "b": "B IY", "c": "S IY", "d": "D IY", "e": "IY", "f": "EH F", "g": "JH IY", "h": "EY CH", "i": "AY",
    "j": "JH EY", "k": "K EY", "l": "EH L", "m": "EH M", "n": "EH N", "o": "OW", "p": "P IY", "q": "K Y UW",
    "r": "AA R", "s": "EH S", "t": "T IY", "u": "Y UW", "v": "V IY", "w": "D AH B AH L Y UW", "x": "EH K S",
    "y": "W AY", "z": "Z IY",
}  # fmt: skip


def words_of(text: str) -> list[str]:
    """A text as words that can be said, in lower case, without accents; signs that are said become words."""
    plain = "".join(_SIGNS.get(char, char) for char in text.lower())
    plain = "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))
    plain = re.sub(r"dollars\s+(\d+(?:\.\d+)?)", r"\1 dollars", plain)
    return _TOKEN.findall(plain.replace("ß", "ss"))


def number_words(value: int) -> str:
    """0 ≤ value < 1,000,000 in words, as Americans say it."""
    if value < 20:
        return _ONES[value]
    if value < 100:
        return _TENS[value // 10] + (f" {_ONES[value % 10]}" if value % 10 else "")
    size, name = (100, "hundred") if value < 1000 else (1000, "thousand")
    rest = f" {number_words(value % size)}" if value % size else ""
    return f"{number_words(value // size)} {name}{rest}"


def number_ways(digits: str) -> list[str]:
    """How a run of digits is said: "1080" is ten eighty, one thousand eighty, one oh eight oh."""
    one_by_one = " ".join(_ONES[int(digit)] for digit in digits)
    if len(digits) > 6 or (digits[0] == "0" and len(digits) > 1):
        return [one_by_one.replace("zero", "oh"), one_by_one] if "0" in digits else [one_by_one]
    value = int(digits)
    if value < 100:
        return [number_words(value)] + (["oh"] if value == 0 else [])
    ways = [number_words(value)]
    if len(digits) in (3, 4) and value % 100 and not digits.endswith("000"):
        low = value % 100
        said = number_words(low) if low >= 10 else f"oh {_ONES[low]}"
        ways.insert(0, f"{number_words(value // 100)} {said}")
    elif len(digits) == 3 or (len(digits) == 4 and digits[1] != "0"):
        ways.append(f"{number_words(value // 100)} hundred")
        if digits[0] == "1" and len(digits) == 3:
            ways.append("a hundred")
    return ways if len(digits) < 5 else [*ways, one_by_one]


@cache
def dictionary(path: Path) -> Mapping[str, Sequence[str]]:
    """word → its pronunciations, phones parted by spaces."""
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, _, phones = line.partition(" ")
        found.setdefault(word.partition("(")[0], []).append(phones.strip())
    return found


def ways_to_say(word: str, known: Mapping[str, Sequence[str]]) -> list[str]:
    """At most MOST_WAYS pronunciations of one of ``words_of``'s words, the likeliest first; none for a code nobody says."""
    word = _AS_IF.get(word, word)
    if word in known and not word.isdigit():
        return list(known[word][:MOST_WAYS])
    runs = _RUNS.findall(word)
    if len(runs) > 1 and (len(word) > LONGEST_CODE or len(runs) > 5):
        return []
    parts = [_run_ways(run, at, runs, known) for at, run in enumerate(runs)]
    joined = [" ".join(way) for way in product(*parts)]
    return list(dict.fromkeys(way for way in joined if way))[:MOST_WAYS]


def as_in_britain(way: str) -> str:
    """American phones as they sound where an R is said before vowels alone and "shop" has a rounded vowel."""
    phones = way.split()
    found: list[str] = []
    for phone, after in zip(phones, [*phones[1:], ""], strict=True):
        if phone == "R" and found and found[-1] in VOWELS and after not in VOWELS:
            continue
        found.append({"ER": "AH", "AA": "AA" if after == "R" else "AO"}.get(phone, phone))
    return " ".join(found)


def _run_ways(run: str, at: int, runs: list[str], known: Mapping[str, Sequence[str]]) -> list[str]:
    if run == ".":
        return ["P OY N T"]
    if run.isdigit():
        said = [" ".join(_ONES[int(digit)] for digit in run)] if at and runs[at - 1] == "." else number_ways(run)
        return [" ".join(known[word][0] for word in way.split()) for way in said]
    spelled = " ".join(LETTERS[letter] for letter in run if letter in LETTERS)
    if len(runs) == 1:
        return _word_ways(run, spelled, known)
    unit = _UNITS.get(run) if at and runs[at - 1].isdigit() else None
    if unit:
        return [" ".join(known[word][0] if word in known else " ".join(sounds(word)) for word in unit.split()), spelled]
    if len(run) <= 2 or not set(run) & set("aeiouy"):
        return [spelled]
    return [*known[run][:1], spelled] if run in known else [" ".join(sounds(run)), spelled]


def _word_ways(run: str, spelled: str, known: Mapping[str, Sequence[str]]) -> list[str]:
    """A word of letters alone that the dictionary lacks: spelled where it can't be said, else two known words or by its letters."""
    if not set(run) & set("aeiouy"):
        return [spelled]
    guess = " ".join(sounds(run.replace("'", "")))
    halves = next(
        (
            f"{known[run[:cut]][0]} {known[run[cut:]][0]}"
            for cut in sorted(range(3, len(run) - 2), key=lambda cut: abs(cut - len(run) / 2))
            if run[:cut] in known and run[cut:] in known
        ),
        None,
    )
    ways = [way for way in (halves, guess) if way]
    return [*ways, spelled] if len(run) <= 4 else ways  # hdmi, asus
