"""A query in one writing, with the way back to what was typed; and Chinese that was typed in Latin letters by mistake.

Which language a text is in says ``aisle.perception.text.detect_language``, the one place that knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from aisle.perception.text import detect_language, fold
from aisle.perception.text.chinese import words
from aisle.perception.text.folding import QUERY_LIMIT, origins

__all__ = ["Heard", "Normalized", "Pinyin", "detect_language", "language_of", "normalized", "syllables"]

_SPACES = re.compile(r"\s{2,}|[^\S ]|^\s|\s$")
_STEPS = 4
"""Foldings until nothing changes any more; two are the most that was seen."""
_CLUSTER = re.compile(r"[^\s][\u0300-\u036f\u0653-\u0655\u1161-\u11ff\u3099\u309a\uff9e\uff9f]+")


def language_of(text: str | None, default: str = "en") -> str:
    """ISO 639-1 code of a text's language; ``default`` (the shopper's locale) where nothing tells."""
    found = detect_language(text or "")
    return default if found == "und" else found


@dataclass(frozen=True, slots=True)
class Normalized:
    """``text``: lower case, half width, simplified, without accents and invisible characters, single spaces.

    ``starts`` and ``ends`` hold, for each of its characters, where that stood in ``original``.
    """

    original: str
    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """[start, end) of the normalised text as a span of the original. An empty span stays empty."""
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else len(self.original)
            return at, at
        return self.starts[start], self.ends[end - 1]


def normalized(text: str) -> Normalized:
    """The query as it is read. At most 4,000 characters of it are; normalising twice changes nothing."""
    plain = text[:QUERY_LIMIT]
    if plain.isascii() and plain.isprintable() and not _SPACES.search(plain):
        return Normalized(text, plain.lower(), range(len(plain)), range(1, len(plain) + 1))
    starts: Sequence[int] = range(len(plain))
    ends: Sequence[int] = range(1, len(plain) + 1)
    for _ in range(_STEPS):
        before = plain
        for step in (_composed, _folded, _spaced):
            plain, back = step(plain)
            if back is not None:
                starts, ends = [starts[at] for at, _ in back], [ends[end - 1] for _, end in back]
        if plain == before:
            break
    return Normalized(text, plain, starts, ends)


_Back = list[tuple[int, int]]
"""[start, end) of each character before the step."""


def _composed(text: str) -> tuple[str, _Back | None]:
    """Letters and the marks that follow them as one character each: half-width kana, Hangul and accents typed in pieces."""
    if text.isascii() or not _CLUSTER.search(text):
        return text, None
    out: list[str] = []
    back: _Back = []
    at = 0
    for found in _CLUSTER.finditer(text):
        out.append(text[at : found.start()])
        back += [(place, place + 1) for place in range(at, found.start())]
        whole = unicodedata.normalize("NFKC", found.group())
        out.append(whole)
        back += [found.span()] * len(whole)
        at = found.end()
    out.append(text[at:])
    back += [(place, place + 1) for place in range(at, len(text))]
    return "".join(out), back


def _folded(text: str) -> tuple[str, _Back | None]:
    back = origins(text)
    return fold(text), None if back is None else [(at, at + 1) for at in back]


def _spaced(text: str) -> tuple[str, _Back | None]:
    """Single spaces, none at the ends; controls are spaces."""
    if not _SPACES.search(text) and text.isprintable():
        return text, None
    out: list[str] = []
    back: _Back = []
    for at, char in enumerate(text):
        blank = char.isspace() or not char.isprintable()
        if blank and (not out or out[-1] == " "):
            continue
        out.append(" " if blank else char)
        back.append((at, at + 1))
    if out and out[-1] == " ":
        out.pop()
        back.pop()
    return "".join(out), back


# Pinyin typed without turning the input method on

_FINALS = {
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u", "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u", "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo", "t": "a ai an ang ao e ei eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo v ve ue un",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan uo v ve ue un",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo", "k": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo", "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un", "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo", "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo", "r": "an ang ao e en eng i ong ou u ua uan ui un uo",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo", "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo", "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "w": "a ai an ang ao ei en eng o u", "": "a ai an ang ao e ei en eng er o ou",
}  # fmt: skip
LONGEST = 40
"""Letters of the longest pinyin that is read."""
_LONGEST_SYLLABLE = 6
_LONGEST_NAME = 8
_HAN_RUN = re.compile("[\u4e00-\u9fff]{3,}")
_RUN = re.compile(r"[a-z]+(?:[ '-][a-z]+)*")
_WORD = re.compile(r"[a-z]+")
_SOUTHERN = (
    ("zh", "z"),
    ("ch", "c"),
    ("sh", "s"),
    ("ang", "an"),
    ("eng", "en"),
    ("ing", "in"),
    ("ve", "ue"),
    ("v", "u"),
)
"""Sounds that many speakers don't tell apart, or keys that stand for one another (nv, nu)."""


@cache
def _syllables() -> frozenset[str]:
    return frozenset(initial + final for initial, finals in _FINALS.items() for final in finals.split())


def syllables(letters: str) -> int:
    """The fewest syllables of Mandarin that the letters are made of; 0 when they are no pinyin.

    >>> syllables("lianyiqun"), syllables("shoes")
    (3, 0)
    """
    if not letters or len(letters) > LONGEST:
        return 0
    known, fewest = _syllables(), {0: 0}
    for at in range(len(letters)):
        if at not in fewest:
            continue
        for end in range(at + 1, min(len(letters), at + _LONGEST_SYLLABLE) + 1):
            if letters[at:end] in known:
                fewest[end] = min(fewest.get(end, LONGEST), fewest[at] + 1)
    return fewest.get(len(letters), 0)


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of a query that sounds like Chinese: ``names`` it may stand for, likeliest first; ``span`` in the query's text.

    ``exact`` is False where only sounds that are easily confused agree.
    """

    text: str
    names: tuple[str, ...]
    span: tuple[int, int]
    exact: bool = True


class Pinyin:
    """A dictionary of Chinese names by their sound. Immutable."""

    def __init__(self, names: Mapping[str, tuple[str, ...]]) -> None:
        """``names``: pinyin without tones or spaces → the names that sound so. Use ``fit``."""
        self._names = names
        blurred: dict[str, tuple[str, ...]] = {}
        for sound, meant in names.items():
            blurred[_blurred(sound)] = (*blurred.get(_blurred(sound), ()), *meant)
        self._blurred = blurred
        self._longest = max(map(len, names), default=0)

    @classmethod
    def fit(cls, names: Iterable[str]) -> Pinyin:
        """Of Chinese names, the commoner first; those of one character are too short to be told from other words."""
        found: dict[str, dict[str, None]] = {}
        for name in names:
            if 1 < len(name) <= _LONGEST_NAME and all("㐀" <= char <= "鿿" for char in name):
                found.setdefault(_sound(name), {})[name] = None
        return cls({sound: tuple(meant) for sound, meant in found.items()})

    def read(self, text: str, english: Collection[str] = ()) -> tuple[Heard, ...]:
        """Names that were typed as pinyin, in order. ``english``: words that are good as they stand, whole runs of which aren't
        touched; a name needs at least one word that isn't among them."""
        query = normalized(text)
        heard: list[Heard] = []
        for run in _RUN.finditer(query.text):
            for first, last, names, exact in self._of_run(run, english):
                span = query.span(first, last)
                heard.append(Heard(text[slice(*span)], names, span, exact))
        return tuple(heard)

    def homophones(self, text: str) -> Iterator[Heard]:
        """Stretches of Chinese that sound like a name of three characters or more, tones aside, and aren't one, the longest first. They
        begin and end where words do: 文件归 in 文件归档 is no stretch."""
        from pypinyin import lazy_pinyin

        for run in _HAN_RUN.finditer(text):
            sounds = lazy_pinyin(run.group(), v_to_u=False)
            if len(sounds) != len(run.group()):
                continue
            parts = words(run.group())
            ends = {end for _, end in parts}
            for size in range(min(len(sounds), _LONGEST_NAME), 2, -1):
                for first, last in ((start, start + size) for start, _ in parts if start + size in ends):
                    said = run.group()[first:last]
                    names = [n for n in self._names.get("".join(sounds[first:last]), ()) if len(n) == size]
                    if names and said not in names:
                        yield Heard(said, tuple(names), (run.start() + first, run.start() + last))

    def _of_run(self, run: re.Match[str], english: Collection[str]) -> Iterator[tuple[int, int, tuple[str, ...], bool]]:
        words = [
            (word.group(), word.start() + run.start(), word.end() + run.start()) for word in _WORD.finditer(run.group())
        ]
        sounds = [bool(syllables(word)) for word, _, _ in words]
        at = 0
        while at < len(words):
            for last in range(min(len(words), at + 8), at, -1):
                part = words[at:last]
                if not all(sounds[at:last]) or all(word in english for word, _, _ in part):
                    continue
                if meant := self._names_of("".join(word for word, _, _ in part)):
                    yield from self._placed(part, meant)
                    at = last
                    break
            else:
                at += 1

    def _placed(
        self, part: list[tuple[str, int, int]], meant: list[tuple[str, tuple[str, ...], bool]]
    ) -> Iterator[tuple[int, int, tuple[str, ...], bool]]:
        """Each name over the letters that sound it, whatever spaces lie between."""
        places = [place for word, start, _ in part for place in range(start, start + len(word))]
        at = 0
        for sound, names, exact in meant:
            yield places[at], places[at + len(sound) - 1] + 1, names, exact
            at += len(sound)

    def _names_of(self, letters: str) -> list[tuple[str, tuple[str, ...], bool]] | None:
        """The names that the letters are made of, as few as can be, exact ones first; None when letters are left over."""
        if len(letters) > LONGEST or syllables(letters) < 2:
            return None
        best: list[tuple[float, list[tuple[str, tuple[str, ...], bool]]] | None] = [(0.0, []), *[None] * len(letters)]
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - self._longest - 4), end):
                if (before := best[start]) is None:
                    continue
                sound = letters[start:end]
                exact = sound in self._names
                names = self._names.get(sound) or self._blurred.get(_blurred(sound))
                if not names or not syllables(sound):
                    continue
                cost = before[0] + (1.0 if exact else 1.5)
                if (known := best[end]) is None or cost < known[0]:
                    best[end] = (cost, [*before[1], (sound, names, exact)])
        found = best[-1]
        return found[1] if found else None


@lru_cache(maxsize=1 << 16)
def _sound(name: str) -> str:
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(name, v_to_u=False))


def _blurred(sound: str) -> str:
    for said, meant in _SOUTHERN:
        sound = sound.replace(said, meant)
    return sound
