"""Text → tokens. The same scan serves products and queries, so that both sides always agree on what a word is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from aisle.perception.text import chinese
from aisle.perception.text.folding import INDEX_LIMIT, QUERY_LIMIT, fold, origins
from aisle.perception.text.language import detect_language
from aisle.perception.text.measures import MEASURE, measure, number, sizes, whole
from aisle.perception.text.words import STEMMED, STOP_WORDS, script_stem, stem


class Purpose(StrEnum):
    """Why a text is analysed: a query is read up to 4,000 characters, a field of a product up to 200,000."""

    INDEX = "index"
    QUERY = "query"


class Kind(StrEnum):
    """``compound`` is a form made of others or of a part: ``tshirt`` of ``t-shirt``, ``txnr906`` of ``txnr906b``."""

    WORD = "word"
    NUMBER = "number"
    CODE = "code"
    UNIT = "unit"
    BIGRAM = "bigram"
    COMPOUND = "compound"


@dataclass(frozen=True, slots=True)
class Token:
    """One term and where it stands: ``position`` counts words, ``text[start:end]`` of the original is what it was made of."""

    text: str
    kind: Kind
    position: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """The tokens of a text in order of position, main form first; forms of one word share its position."""

    tokens: tuple[Token, ...]
    language: str


class Piece(NamedTuple):
    """A token in offsets of the folded text. ``group`` numbers the written words; -1 is a form made of two neighbours."""

    term: str
    kind: Kind
    position: int
    start: int
    end: int
    group: int


_Form = tuple[str, Kind, int, int, int]
"""term, kind, and position, start, end relative to the written word."""

_HAN = "㐀-䶿一-鿿豈-﫿々〇\U00020000-\U0003ffff"
_UNSPACED = "ぁ-ゖァ-ヺーก-๛ກ-ໟក-៿က-႟"
_MARKED = "\u0900-\u0dff"  # Indic scripts, whose vowel signs aren't letters to the regex engine
_LETTER = rf"(?:[^\W_{_HAN}{_UNSPACED}]|[{_MARKED}])"
_JOINT = r"(?:[-'./&]|(?<=\d),(?=\d))"
_ASCII_CHUNK = rf"[a-z0-9]+(?:{_JOINT}[a-z0-9]+)*"
_CHUNK = rf"{_LETTER}+(?:{_JOINT}{_LETTER}+)*"
_SCANNERS = {
    (True, False): re.compile(rf"(?P<chunk>{_ASCII_CHUNK})"),
    (True, True): re.compile(rf"{MEASURE}|(?P<chunk>{_ASCII_CHUNK})"),
    (False, False): re.compile(rf"(?P<chunk>{_CHUNK})|(?P<han>[{_HAN}]+)|(?P<unspaced>[{_UNSPACED}]+)"),
    (False, True): re.compile(rf"{MEASURE}|(?P<chunk>{_CHUNK})|(?P<han>[{_HAN}]+)|(?P<unspaced>[{_UNSPACED}]+)"),
}
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:[.,]\d+)?\Z")
_HARD = re.compile(r"[/&,]|\.(?!\d)|(?<!\d)\.")
_SOFT = re.compile(r"[^-'.]+")
_TAIL = re.compile(r"(.*\d)[a-z]{1,4}\Z")
_RUN = re.compile(r"\d+")
_CAMEL = re.compile(r"(?<![^\W_])[A-Z]?[a-z]{2,}(?:[A-Z][a-z]{2,})+(?![^\W_])")
_HUMP = re.compile(r"[A-Z]?[a-z]+")


def analyze(text: str, *, purpose: Purpose = Purpose.INDEX) -> Analysis:
    """Tokens of a text with offsets into it, and its language."""
    text = text[: INDEX_LIMIT if purpose is Purpose.INDEX else QUERY_LIMIT]
    language = detect_language(text)
    back = origins(text)
    tokens = (
        Token(piece.term, piece.kind, piece.position, piece.start, piece.end)
        if back is None
        else Token(piece.term, piece.kind, piece.position, back[piece.start], back[piece.end - 1] + 1)
        for piece in scan(text, language)
    )
    return Analysis(tuple(sorted(tokens, key=lambda token: token.position)), language)


def terms(text: str, purpose: Purpose = Purpose.INDEX) -> list[str]:
    """The terms of a text, extra forms included, in order: what a field of a product is indexed by."""
    text = text[: INDEX_LIMIT if purpose is Purpose.INDEX else QUERY_LIMIT]
    return [piece[0] for piece in scan(text, detect_language(text))]


def scan(text: str, language: str) -> list[Piece]:
    """Every form of every word of a text. ``language`` adds stems where it is one of the Latin script with its own."""
    folded = fold(text)
    scanner = _SCANNERS[folded.isascii(), _DIGIT.search(folded) is not None]
    humps = {found.group().lower(): found.group() for found in _CAMEL.finditer(text)} if not text.islower() else {}
    tongue = STEMMED.get(language, "english")
    pieces: list[Piece] = []
    position = 0
    before, before_at, before_end = "", 0, -2
    for group, found in enumerate(scanner.finditer(folded)):
        start, end = found.span()
        kind = found.lastgroup
        if kind == "chunk":
            word = found.group()
            forms, width = _chunk(word)
            if start == before_end + 1 and _joinable(before, word):
                pieces.append(Piece(_stem_if_letters(before + word), Kind.COMPOUND, position - 1, before_at, end, -1))
            before, before_at, before_end = word, start, end
            if word in humps:
                forms = (*forms, *_humps(humps[word]))
            if tongue != "english" and word.isalpha() and (own := stem(word, tongue)) != forms[0][0]:
                forms = (*forms, (own, Kind.COMPOUND, 0, 0, len(word)))
        elif kind == "han":
            forms, width = _han(found.group())
        elif kind == "unspaced":
            forms, width = _unspaced(found.group())
        else:
            forms, width = _measure(found)
        for term, sort, ahead, first, last in forms:
            pieces.append(Piece(term, sort, position + ahead, start + first, start + last, group))
        position += width
    return pieces


@lru_cache(maxsize=1 << 17)
def _chunk(chunk: str) -> tuple[tuple[_Form, ...], int]:
    """The forms of a written word of letters, digits and joints, and the number of positions it takes."""
    if chunk.isalpha():
        return ((script_stem(chunk), Kind.WORD, 0, 0, len(chunk)),), 1
    if _NUMBER.match(chunk):
        return ((number(chunk), Kind.NUMBER, 0, 0, len(chunk)),), 1
    forms: list[_Form] = []
    width = at = 0
    pieces = _HARD.split(chunk)
    if len(pieces) > 1 and max(map(len, pieces)) <= 2 and not chunk[0].isdigit():  # a/v, h&m, at&t, u.s.a
        forms.append(("".join(pieces), Kind.COMPOUND, 0, 0, len(chunk)))
    for piece in pieces:
        inner, taken = _joined(piece)
        forms.extend((term, kind, width + ahead, at + first, at + last) for term, kind, ahead, first, last in inner)
        width += taken
        at += len(piece) + 1
    first: dict[str, _Form] = {}
    for form in forms:
        first.setdefault(form[0], form)
    return tuple(first.values()), width


def _joined(word: str) -> tuple[list[_Form], int]:
    """The forms of a word whose parts, if any, belong together: ``t-shirt``, ``kx-tg1032s``, ``men's``."""
    size = len(word)
    word = word.removesuffix("'s")
    parts = [(found.group(), found.start(), found.end()) for found in _SOFT.finditer(word)]
    if len(parts) == 1:
        return _part(parts[0][0], 0, 0, size), 1
    if _NUMBER.match(word):
        return [(number(word), Kind.NUMBER, 0, 0, size)], 1
    joined = "".join(part for part, _, _ in parts)
    forms: list[_Form] = []
    if joined.isdigit() and len(joined) < 6:
        forms.append((word, Kind.CODE, 0, 0, size))  # 34-1: joined it would be another number
    elif not joined.isalpha():
        forms.extend(_code(joined, 0, 0, size))
    elif len(parts) <= 4:
        forms.append((script_stem(joined), Kind.COMPOUND, 0, 0, size))
    for order, (part, start, end) in enumerate(parts):
        forms.extend(_part(part, order, start, end))
    return forms, len(parts)


def _part(part: str, order: int, start: int, end: int) -> list[_Form]:
    if part.isalpha():
        return [(script_stem(part), Kind.WORD, order, start, end)]
    if part.isdigit():
        return [(part, Kind.NUMBER, order, start, end)]
    if measured := whole(part):
        return [(measured, Kind.UNIT, order, start, end)]
    return _code(part, order, start, end)


def _code(code: str, order: int, start: int, end: int) -> list[_Form]:
    """A model code, without its variant letters (``txnr906b`` → ``txnr906``), and its number if that is long enough."""
    forms: list[_Form] = [(code, Kind.CODE, order, start, end)]
    if (tail := _TAIL.match(code)) and len(tail[1]) >= 4 and not tail[1].isdigit():
        forms.append((tail[1], Kind.COMPOUND, order, start, end))
    digits = max(_RUN.findall(code), key=len, default="")
    if len(digits) >= 3 and digits != code:
        forms.append((digits, Kind.COMPOUND, order, start, end))
    return forms


def _measure(found: re.Match[str]) -> tuple[tuple[_Form, ...], int]:
    """Forms of a number with a unit, of a size, a sum of money or ``2 in 1``."""
    start, end = found.span()
    size = end - start
    if found["choice"]:
        return ((re.sub(r"[\s-]", "", found["choice"]), Kind.CODE, 0, 0, size),), 1
    if found["amount"]:
        value = number(found["amount"])
        money = measure(found["amount"], found.group()[0])
        return ((money, Kind.UNIT, 0, 0, size), (value, Kind.NUMBER, 0, 1, size)), 1
    if found["size"]:
        forms = tuple(
            (term, Kind.UNIT if not term.isdigit() else Kind.NUMBER, 0, a, b) for term, a, b in sizes(found["size"])
        )
        return forms, 1
    value = number(found["value"])
    main: _Form = (measure(found["value"], found["unit"]), Kind.UNIT, 0, 0, size)
    return (main, (value, Kind.NUMBER, 0, 0, len(found["value"]))), 1


@lru_cache(maxsize=1 << 14)
def _han(run: str) -> tuple[tuple[_Form, ...], int]:
    """Words of a Han run, shorter words inside them, the head character of each, and the bigrams that are no words."""
    forms: list[_Form] = []
    taken: set[tuple[int, int]] = set()
    at_position = [0] * len(run)
    spans = chinese.words(run)
    for position, (start, end) in enumerate(spans):
        forms.append((run[start:end], Kind.WORD, position, start, end))
        taken.add((start, end))
        at_position[start:end] = [position] * (end - start)
        if end - start > 2:
            for a, b in chinese.inner_words(run[start:end]):
                forms.append((run[start + a : start + b], Kind.WORD, position, start + a, start + b))
                taken.add((start + a, start + b))
        if end - start > 1:
            head = end - 2 if run[end - 1] == "色" else end - 1  # 红色 is 红, 连衣裙 is a kind of 裙
            forms.append((run[head], Kind.COMPOUND, position, head, head + 1))
    for start in range(len(run) - 1):
        if (start, start + 2) not in taken:
            forms.append((run[start : start + 2], Kind.BIGRAM, at_position[start], start, start + 2))
    return tuple(forms), len(spans)


def _unspaced(run: str) -> tuple[tuple[_Form, ...], int]:
    """A run of a script written without spaces (kana, Thai, Khmer …): the run if it is short, and its bigrams."""
    forms: list[_Form] = [(run, Kind.WORD, 0, 0, len(run))] if len(run) <= 12 else []
    if len(run) > 2:
        forms.extend((run[at : at + 2], Kind.BIGRAM, 0, at, at + 2) for at in range(len(run) - 1))
    return tuple(forms), 1


def _humps(word: str) -> Iterator[_Form]:
    """Parts of ``LaserJet``."""
    for found in _HUMP.finditer(word):
        yield script_stem(found.group().lower()), Kind.COMPOUND, 0, found.start(), found.end()


def _joinable(first: str, second: str) -> bool:
    """Is this pair likely one word written apart: ``t shirt``, ``hd tv``, ``gtx 560``?"""
    if len(first) > 4 or not first.isalnum() or not second.isalnum() or first in STOP_WORDS or second in STOP_WORDS:
        return False
    if second[0].isdigit():
        return first.isalpha() and len(second) <= 6
    if len(first) == 1:
        return first.isalpha() and len(second) <= 8
    return len(first) <= 3 and len(first) + len(second) <= 5


def _stem_if_letters(word: str) -> str:
    return script_stem(word) if word.isalpha() else word
