"""Logic rules: what people mean who don't name a thing ("gift for a runner" → running shoes, a water bottle …).

``data/rules.txt`` says how they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from aisle.perception.text import fold
from aisle.types import SlotKind
from aisle.understanding.graph.concepts import Key
from aisle.understanding.graph.dictionary import tokens
from aisle.understanding.graph.knowledge import content, weighted
from aisle.understanding.lexicon import is_chinese

_GAPS = {"en": r"(?: \S+){0,3}?", "zh": ".{0,4}?"}
_PIECES = re.compile(r"\([^()]*\)\??|\*|[^\s()*]+")


@dataclass(frozen=True, slots=True)
class Pattern:
    """``regex`` is only tried on texts with one of ``anchors``."""

    anchors: tuple[str, ...]
    regex: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """A text that any of the language's patterns is found in means ``slots`` (concept, weight in (0, 1]) too."""

    patterns: Mapping[str, tuple[Pattern, ...]]
    slots: tuple[tuple[Key, float], ...]


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that holds for a text, and the [start, end) of the folded text that says so."""

    rule: Rule
    span: tuple[int, int]


def parse(line: str) -> Rule:
    """A line of a rules file. Raises ValueError for one that can't be read."""
    said, arrow, slots = line.partition("=>")
    if not arrow:
        raise ValueError(f"no => in {line!r}")
    patterns: dict[str, tuple[Pattern, ...]] = {}
    for side in said.split("|"):
        texts = [text.strip() for text in side.split(";") if text.strip()]
        if texts:
            language = "zh" if any(map(is_chinese, texts)) else "en"
            patterns[language] = tuple(_compiled(text, language) for text in texts)
    return Rule(patterns, tuple(weighted(slot.strip(), SlotKind.TYPE) for slot in slots.split(",")))


class Rulebook:
    """Rules by what has to be said for them to hold, so that a text is held against few of them. Immutable."""

    def __init__(self, known: Iterable[Rule]) -> None:
        self.rules = tuple(known)
        self._by_anchor: dict[str, dict[str, list[tuple[int, re.Pattern[str]]]]] = {"en": {}, "zh": {}}
        for number, rule in enumerate(self.rules):
            for language, patterns in rule.patterns.items():
                for pattern in patterns:
                    for anchor in pattern.anchors:
                        self._by_anchor[language].setdefault(anchor, []).append((number, pattern.regex))

    def fired(self, text: str, language: str) -> list[Fired]:
        """The rules that hold for a text, in order; by the patterns of ``language`` ("zh" or else "en") where both do."""
        folded = fold(text)
        written = {"en": _spaced(folded)}
        if is_chinese(folded):
            written["zh"] = _packed(folded)
        spans: dict[int, tuple[int, int]] = {}
        for each in sorted(written, key=lambda each: each != language):
            said, places = written[each]
            for anchor, patterns in self._by_anchor[each].items():
                if anchor in said:
                    for number, regex in patterns:
                        if number not in spans and (found := regex.search(said)):
                            spans[number] = (places[found.start()], places[found.end() - 1] + 1)
        return [Fired(self.rules[number], span) for number, span in sorted(spans.items())]


@cache
def rulebook() -> Rulebook:
    """The rules that come with Aisle."""
    return Rulebook(parse(line) for line in content("rules.txt"))


def _packed(folded: str) -> tuple[str, list[int]]:
    """Without spaces, as Chinese is matched, with each character's place in the folded text."""
    places = [at for at, char in enumerate(folded) if not char.isspace()]
    return "".join(folded[at] for at in places), places


def _spaced(folded: str) -> tuple[str, list[int]]:
    """The tokens' keys, each after a space and one behind the last, with each character's place in the folded text."""
    said, places = "", []
    for token in tokens(folded):
        said += " " + token.key
        places += [token.start, *(min(token.start + at, token.end - 1) for at in range(len(token.key)))]
        places[-1] = token.end - 1
    return said + " ", [*places, len(folded) - 1]


def _compiled(text: str, language: str) -> Pattern:
    regex = ""
    anchors: tuple[str, ...] = ()
    for piece in _PIECES.findall(text):
        if piece == "*":
            regex += _GAPS[language]
            continue
        options = [_option(option, language) for option in piece.rstrip("?").strip("()").split("/")]
        optional = piece.endswith(")?")
        regex += f"(?:{'|'.join(map(re.escape, options))}){'?' if optional else ''}"
        if not optional and min(map(len, options)) > min(map(len, anchors), default=0):
            anchors = tuple(options)
    if not anchors:
        raise ValueError(f"nothing in {text!r} has to be said")
    return Pattern(anchors, re.compile(f"{regex}(?= )" if language == "en" else regex))


def _option(text: str, language: str) -> str:
    folded = fold(text)
    return _packed(folded)[0] if language == "zh" else "".join(f" {token.key}" for token in tokens(folded))
