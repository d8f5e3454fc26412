"""A search as a URL's query string: the one place where the page's state lives, for links, forms, scripts and Back.

    q=red+dress            the words of the box          w=0.5        their weight, when it isn't 1
    said=0.8:red dress     a way to understand what was spoken, repeatable, the best first; they hold while q is one of them
    turn=[price:..66]cheaper   what was said after the words, repeatable; in brackets what that came to on the screen of then
    part=KIND:WEIGHT:REST  a further part, repeatable: text:-1:heels · product:1:ID · photo:1:TOKEN[:x0,y0,x1,y1]
                           · clip:1:TOKEN:FRAME[@x0,y0,x1,y1];FRAME…, the frames of a clip that are searched with
    f.FIELD=VALUE          a filter, repeatable          min.FIELD=N, max.FIELD=N      a range
    sort=price:desc        page=2                        exact=1      the words as they stand, nothing loosened
    drop=color:Red         what was understood of the words and isn't meant, repeatable

A photo itself never is in the URL: TOKEN names it in the browser that holds it, and FRAME a clip's frame. What can't be
read is passed over, since people edit and cut URLs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import urlencode

from aisle.types import EMPTY, Box, Transcript

MAX_PARTS = 12
MAX_WORDS = 2000
MAX_PAGE = 2000
MAX_WEIGHT = 3.0
MAX_DROPPED = 32
MAX_KEY = 200
MAX_HEARD = 5
MAX_TURNS = 12
MAX_TURN = 300
MAX_FRAMES = 6
TOKEN = re.compile(r"[a-z0-9]{4,32}")
BOUNDED = re.compile(r"\[([\w:.,+-]{1,200})\](.*)", re.DOTALL)


class PartKind(StrEnum):
    """What a further part of a search is."""

    TEXT = "text"
    PRODUCT = "product"
    PHOTO = "photo"
    CLIP = "clip"


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of a clip: the token of it, and what of it is meant."""

    token: str
    region: Box | None = None

    def encode(self) -> str:
        return f"{self.token}@{encode_box(self.region)}" if self.region else self.token


@dataclass(frozen=True, slots=True)
class Part:
    """A part beside the box's words. ``value`` is the words, the product's id or the token of the photo or clip."""

    kind: PartKind
    value: str
    weight: float = 1.0
    region: Box | None = None
    frames: tuple[Frame, ...] = ()

    def encode(self) -> str:
        rest = encode_box(self.region) if self.region else ";".join(frame.encode() for frame in self.frames)
        return f"{self.kind}:{self.weight:g}:{self.value}" + (f":{rest}" if rest else "")

    @property
    def is_shown(self) -> bool:
        """Whether its pictures are in the browser and have to be sent."""
        return self.kind in (PartKind.PHOTO, PartKind.CLIP)


@dataclass(frozen=True, slots=True)
class Range:
    """A numeric filter; either end may be open."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said after the words. ``bounds`` are what it came to on the screen of then: "cheaper" is a price up to 66."""

    words: str
    bounds: Mapping[str, Range] = field(default_factory=lambda: EMPTY)

    def encode(self) -> str:
        ends = [f"{name}:{encode_number(span.low)}..{encode_number(span.high)}" for name, span in self.bounds.items()]
        return f"[{','.join(ends)}]{self.words}" if ends else self.words


@dataclass(frozen=True, slots=True)
class Address:
    """What a URL asks for. Immutable: links are made from changed copies."""

    words: str = ""
    weight: float = 1.0
    parts: tuple[Part, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: EMPTY)
    ranges: Mapping[str, Range] = field(default_factory=lambda: EMPTY)
    sort: str = "relevance"
    page: int = 1
    exact: bool = False
    dropped: tuple[str, ...] = ()
    heard: tuple[Transcript, ...] = ()
    turns: tuple[Turn, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Nothing asked: the front page."""
        return self == Address()

    @property
    def has_inputs(self) -> bool:
        return bool(self.words or self.parts or self.turns)

    @property
    def has_filters(self) -> bool:
        return bool(self.filters or self.ranges)

    def at_page(self, page: int) -> Address:
        return replace(self, page=page)

    def searching(self, words: str) -> Address:
        """Other words: a new question, of which nothing is taken off and nothing was said yet."""
        return replace(self, words=words, page=1, exact=False, dropped=(), heard=(), turns=())

    def until(self, turns: int) -> Address:
        """As it was after so many turns."""
        return replace(self, turns=self.turns[:turns], page=1)

    def without_part(self, index: int) -> Address:
        return replace(self, parts=self.parts[:index] + self.parts[index + 1 :], page=1)

    def without_words(self) -> Address:
        return replace(self, words="", weight=1.0, page=1, dropped=(), heard=(), turns=())

    def dropping(self, key: str) -> Address:
        return replace(self, dropped=(*self.dropped, key)[:MAX_DROPPED], page=1)

    def with_filter(self, name: str, value: str) -> Address:
        values = (*self.filters.get(name, ()), value)
        return replace(self, filters={**self.filters, name: values}, page=1)

    def without_filter(self, name: str, value: str) -> Address:
        kept = tuple(v for v in self.filters.get(name, ()) if v != value)
        filters = {n: kept if n == name else values for n, values in self.filters.items()}
        return replace(self, filters={n: v for n, v in filters.items() if v}, page=1)

    def with_range(self, name: str, low: float | None, high: float | None) -> Address:
        return replace(self, ranges={**self.ranges, name: Range(low, high)}, page=1)

    def without_range(self, name: str) -> Address:
        return replace(self, ranges={n: r for n, r in self.ranges.items() if n != name}, page=1)

    def without_filters(self) -> Address:
        return replace(self, filters=EMPTY, ranges=EMPTY, page=1)

    def literally(self) -> Address:
        return replace(self, exact=True, page=1, heard=(), turns=())

    def encode(self) -> str:
        """The query string, in one canonical order and without what is as by default."""
        pairs: list[tuple[str, str]] = []
        if self.words:
            pairs.append(("q", self.words))
        if self.weight != 1.0:
            pairs.append(("w", f"{self.weight:g}"))
        pairs += (("said", f"{one.confidence:.3g}:{one.text}") for one in self.heard)
        pairs += (("turn", turn.encode()) for turn in self.turns)
        pairs += (("part", part.encode()) for part in self.parts)
        pairs += ((f"f.{name}", value) for name, values in self.filters.items() for value in values)
        for name, span in self.ranges.items():
            pairs += (
                (f"{end}.{name}", f"{value:.12g}")
                for end, value in (("min", span.low), ("max", span.high))
                if value is not None
            )
        if self.sort != "relevance":
            pairs.append(("sort", self.sort))
        if self.exact:
            pairs.append(("exact", "1"))
        pairs += (("drop", key) for key in self.dropped)
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        return urlencode(pairs)


def parse(pairs: Iterable[tuple[str, str]]) -> Address:
    """The address that a query string's decoded pairs mean."""
    single: dict[str, str] = {}
    parts: list[Part] = []
    filters: dict[str, list[str]] = {}
    ranges: dict[str, Range] = {}
    dropped: list[str] = []
    heard: list[Transcript] = []
    turns: list[Turn] = []
    for name, value in pairs:
        head, dot, rest = name.partition(".")
        if name == "part":
            part = parse_part(value)
            if part and len(parts) < MAX_PARTS:
                parts.append(part)
        elif name == "drop":
            if 0 < len(value) <= MAX_KEY and value not in dropped and len(dropped) < MAX_DROPPED:
                dropped.append(value)
        elif name == "said":
            transcript = parse_transcript(value)
            if transcript and len(heard) < MAX_HEARD:
                heard.append(transcript)
        elif name == "turn":
            turn = parse_turn(value)
            if turn and len(turns) < MAX_TURNS:
                turns.append(turn)
        elif dot and rest and head == "f" and value:
            known = filters.setdefault(rest, [])
            if value not in known:
                known.append(value)
        elif dot and rest and head in ("min", "max"):
            number = parse_number(value)
            if number is not None:
                span = ranges.get(rest, Range())
                ranges[rest] = replace(span, low=number) if head == "min" else replace(span, high=number)
        else:
            single.setdefault(name, value)
    page = single.get("page", "1")
    words = one_line(single.get("q", ""))[:MAX_WORDS]
    return Address(
        words=words,
        weight=parse_weight(single.get("w", "1")),
        parts=tuple(parts),
        filters={name: tuple(values) for name, values in filters.items()},
        ranges={name: ordered(span) for name, span in ranges.items()},
        sort=single.get("sort") or "relevance",
        page=min(max(int(page), 1), MAX_PAGE) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
        exact=single.get("exact") == "1",
        dropped=tuple(dropped),
        # Words that were edited are what they are: nothing else was heard.
        heard=tuple(heard) if words in [one.text for one in heard] else (),
        turns=tuple(turns),
    )


def parse_part(text: str) -> Part | None:
    """A ``part`` value, or None for what can't be read."""
    name, _, tail = text.partition(":")
    weight, _, rest = tail.partition(":")
    rest = rest.strip()
    if name not in set(PartKind) or not rest:
        return None
    kind, region = PartKind(name), None
    frames: tuple[Frame, ...] = ()
    if kind is PartKind.PHOTO:
        rest, _, box = rest.partition(":")
        region = parse_box(box)
    elif kind is PartKind.CLIP:
        rest, _, listed = rest.partition(":")
        frames = parse_frames(listed)
        if not frames:
            return None
    part = Part(kind, rest[:MAX_WORDS], parse_weight(weight), region, frames)
    return None if part.is_shown and not TOKEN.fullmatch(rest) else part


def parse_frames(text: str) -> tuple[Frame, ...]:
    """The frames of ``FRAME@box;FRAME``, each once."""
    found: dict[str, Frame] = {}
    for one in text.split(";"):
        token, _, box = one.partition("@")
        if TOKEN.fullmatch(token) and len(found) < MAX_FRAMES:
            found.setdefault(token, Frame(token, parse_box(box)))
    return tuple(found.values())


def parse_transcript(text: str) -> Transcript | None:
    """A ``said`` value, or None for what can't be read."""
    confidence, _, words = text.partition(":")
    number, words = parse_number(confidence), one_line(words)[:MAX_WORDS]
    return Transcript(words, number) if words and number is not None and 0 <= number <= 1 else None


def parse_turn(text: str) -> Turn | None:
    """A ``turn`` value. Brackets that hold no bounds are words."""
    match = BOUNDED.fullmatch(text)
    bounds = parse_bounds(match.group(1)) if match else {}
    words = one_line(match.group(2) if match and bounds else text)[:MAX_TURN]
    return Turn(words, bounds) if words else None


def parse_bounds(text: str) -> dict[str, Range]:
    """The bounds of ``price:..66,size:3..``; empty where any can't be read."""
    found: dict[str, Range] = {}
    for one in text.split(","):
        name, _, ends = one.partition(":")
        low, dots, high = ends.partition("..")
        numbers = [parse_number(end) if end else None for end in (low, high)]
        if not name or not dots or numbers == [None, None]:
            return {}
        found[name] = Range(*numbers)
    return found


def one_line(text: str) -> str:
    return " ".join(text.split())


def parse_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def parse_weight(text: str) -> float:
    """A weight within ±MAX_WEIGHT; 1 for what can't be read."""
    number = parse_number(text)
    return 1.0 if number is None else max(-MAX_WEIGHT, min(MAX_WEIGHT, number))


def parse_box(text: str) -> Box | None:
    """``x0,y0,x1,y1`` in fractions, or None for what is no rectangle."""
    numbers = [parse_number(value) for value in text.split(",")]
    if len(numbers) != 4 or None in numbers:
        return None
    x0, y0, x1, y1 = (float(n or 0.0) for n in numbers)
    return Box(x0, y0, x1, y1) if 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1 else None


def encode_number(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


def encode_box(box: Box) -> str:
    return ",".join(f"{value:.3g}" for value in (box.x0, box.y0, box.x1, box.y1))


def ordered(span: Range) -> Range:
    """The range with its ends in order: who swaps them means the same."""
    if span.low is not None and span.high is not None and span.low > span.high:
        return Range(span.high, span.low)
    return span
