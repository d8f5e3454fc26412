"""The nouns of Aisle: frozen dataclasses that every room speaks in. No behaviour beyond small derived properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from typing_extensions import TypedDict  # pydantic describes no other before Python 3.12

Value = str | float | int | bool | tuple[str, ...]
"""What a product's attribute can hold. A tuple is a multi-valued attribute (several colours)."""

EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Product:
    """One sellable thing, cleaned and typed.

    ``attributes`` holds everything that can be filtered, faceted or sorted under its canonical name (see
    ``aisle.catalog.schema``): ``type``, ``brand``, ``color``, ``price`` (float, in ``currency``), ``stock`` (int) …
    ``images`` are references as the feed gave them (absolute path or https URL); ``original`` keeps the feed's own text
    for every attribute that cleaning changed; ``translations`` maps a language code to ``{"title": …, "description": …}``.
    ``group`` joins variants of one thing (item_group_id).
    """

    id: str
    title: str
    description: str = ""
    attributes: Mapping[str, Value] = field(default_factory=lambda: EMPTY)
    images: tuple[str, ...] = ()
    group: str | None = None
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: EMPTY)
    original: Mapping[str, str] = field(default_factory=lambda: EMPTY)


class InputType(StrEnum):
    """The kinds of query part; ``product`` carries an id ("more like this"), ``audio`` what was understood of speech,
    ``video`` frames taken from it, ``context`` what a source of signals tells (see ``aisle.perception.signals``)."""

    TEXT = "text"
    IMAGE = "image"
    PRODUCT = "product"
    VECTOR = "vector"
    AUDIO = "audio"
    VIDEO = "video"
    CONTEXT = "context"

    @property
    def says_words(self) -> bool:
        """Whether the part's words are asked for, as words typed are."""
        return self in (InputType.TEXT, InputType.AUDIO)

    @property
    def shows(self) -> bool:
        """Whether the part shows the thing itself, so that words beside it only rank and narrow."""
        return not self.says_words and self is not InputType.CONTEXT


class Explain(StrEnum):
    """How much a response tells of its making: nothing, each hit's score, or also what each part of the query did."""

    NONE = "none"
    WHY = "why"
    COUNTERFACTUAL = "counterfactual"

    def __bool__(self) -> bool:
        return self is not Explain.NONE


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in fractions of width and height, 0 ≤ x0 < x1 ≤ 1 and 0 ≤ y0 < y1 ≤ 1, origin top left."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """One way to understand what was said; ``confidence`` in [0, 1]."""

    text: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source of context tells: its payload as plain JSON, not yet checked (None: the latest that was sent for the
    session), and what the shopper has agreed to."""

    source: str
    value: Any = None
    consent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Input:
    """One part of a query. ``value``: str for text and product, bytes for image, (dim,) float32 for vector, transcripts for
    audio, each frame's bytes for video, a Reading for context.

    ``weight`` is any finite number; a negative weight means "not like this".
    """

    type: InputType
    value: str | bytes | np.ndarray | tuple[Transcript, ...] | tuple[bytes, ...] | Reading
    weight: float = 1.0
    region: Box | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """What an encoder made of one input: a unit vector (dim,) float32, words for the lexical side, quality in [0, 1].

    ``tokens`` (places, width) is what the encoder saw piece by piece, where deep fusion asks for it. ``heard`` are other ways to understand
    what was said, the likeliest first, beside ``words``.
    """

    type: InputType
    vector: np.ndarray | None
    words: str
    weight: float
    quality: float = 1.0
    tokens: np.ndarray | None = None
    heard: tuple[Transcript, ...] = ()


class Intent(StrEnum):
    """What a shopper wants of the shop: one thing (find), to look around (browse), two things weighed (compare), or an answer."""

    FIND = "find"
    BROWSE = "browse"
    COMPARE = "compare"
    ORDER_STATUS = "order_status"
    POLICY = "policy"
    SMALL_TALK = "small_talk"


class SlotKind(StrEnum):
    """What can be said of a product in words."""

    TYPE = "type"
    BRAND = "brand"
    COLOR = "color"
    MATERIAL = "material"
    PATTERN = "pattern"
    SIZE = "size"
    AUDIENCE = "audience"
    OCCASION = "occasion"
    STYLE = "style"
    FEATURE = "feature"


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing said of the product.

    ``value`` is its canonical name (as the knowledge graph has it), ``text`` how it was said, ``span`` its [start, end) in the query's text
    (None when it comes from elsewhere: an earlier turn, a chip, a rule). ``hard`` says that it filters; otherwise it only ranks.
    ``confidence`` in [0, 1].
    """

    kind: SlotKind
    value: str
    text: str = ""
    span: tuple[int, int] | None = None
    negated: bool = False
    confidence: float = 1.0
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a numeric field ("price", "rating", a measure), both inclusive, None where open. ``unit`` is a currency (ISO 4217) or
    an SI unit, "" where none was said."""

    field: str
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    text: str = ""
    confidence: float = 1.0
    hard: bool = True


@dataclass(frozen=True, slots=True)
class Quantity:
    """How much or how many is wanted: "two boxes" is 2 of "box", "500 ml" is 500 of "ml", "三双" is 3 of "pair"."""

    amount: float
    unit: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """What of the screen the words point at: ``place`` is a shown hit's rank (from 1; -1 the last), None the whole earlier query or the
    picture shown. ``than`` names a field that should be lower or higher than there: {"price": "lower"} is "cheaper"."""

    place: int | None = None
    than: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    text: str = ""


@dataclass(frozen=True, slots=True)
class CompoundQuery:
    """What was understood of a query: what the shopper sees as chips and may edit.

    ``sort`` is a wish as the API names it ("price", "price:desc", "rating:desc", "newest"), None for relevance; ``leftover`` the words
    that no part accounts for, in order; ``language`` ISO 639-1.
    """

    text: str = ""
    language: str = "en"
    intent: Intent = Intent.FIND
    intent_confidence: float = 1.0
    slots: tuple[Slot, ...] = ()
    ranges: tuple[Range, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    sort: str | None = None
    reference: Reference | None = None
    leftover: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A search as the doors hand it over: parts, filter tree (see ``aisle.index.filters``), and how to present it."""

    inputs: tuple[Input, ...] = ()
    filters: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    scope: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    """A filter of the door's own (what an API key may see): never relaxed, nor lifted for a facet."""
    facets: tuple[str, ...] = ()
    sort: str = "relevance"
    offset: int = 0
    limit: int = 24
    locale: str = "en"
    session: str | None = None
    explain: Explain = Explain.NONE
    group: bool = True
    relax: bool = True
    weak: bool = False
    """Also list what lies beyond the last good match, each hit marked ``weak``."""
    understand: bool = True
    """Whether the words are read for what they say of type, colour, price …; otherwise they are only searched by."""
    compound: CompoundQuery | None = None
    """What the shopper has made of an earlier answer's compound query: it stands for the words."""
    dropped: tuple[str, ...] = ()
    """Keys of the chips that the shopper took off (``color:Red``): for the query log, to learn from; they change no answer."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """One term of a hit's score: ``value`` is the signal as measured, ``contribution`` its share. Shares sum to the score."""

    signal: str
    value: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Hit:
    """One ranked product. ``weak`` says it lies beyond the last good match; ``highlights`` maps field → marked-up text."""

    id: str
    score: float
    product: Product
    why: tuple[Contribution, ...] = ()
    weak: bool = False
    variants: int = 1
    highlights: Mapping[str, str] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """Counts over the match set with the facet's own filter lifted (disjunctive); numeric facets carry min and max too."""

    values: tuple[FacetValue, ...]
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class InputReport:
    """How one part of the query took part: its share of attention and the words read from it."""

    type: InputType
    weight: float
    attention: float
    words: str


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What the engine understood: text as searched, corrections made ("from → to"), constraints relaxed, parts used, and the
    compound query where words were understood."""

    text: str
    language: str
    corrections: tuple[tuple[str, str], ...] = ()
    relaxed: tuple[str, ...] = ()
    inputs: tuple[InputReport, ...] = ()
    compound: CompoundQuery | None = None


Moved = TypedDict("Moved", {"id": str, "from": int, "to": int})
"""A shown hit's rank, and its rank without the part; both start at 1."""


@dataclass(frozen=True, slots=True)
class Came:
    """A product that would be shown: what one needs to draw it small. ``rank`` starts at 1."""

    id: str
    title: str
    image: str | None
    rank: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What one part of the query did: the answer without it, beside the answer as it is.

    ``without`` is the part's place in the query; ``left`` the shown hits that would not be shown, ``came`` those that would
    be in their stead, ``moved`` those that would stand elsewhere. ``overlap`` is the share of the page, the longer of the
    two, that both show.
    """

    without: int
    type: InputType
    words: str
    left: tuple[str, ...]
    came: tuple[Came, ...]
    moved: tuple[Moved, ...]
    overlap: float
    total: int


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a Query. ``total`` counts the match set; a hit with ``weak`` set is shown as such, never as padding."""

    query_id: str
    hits: tuple[Hit, ...]
    total: int
    total_is_exact: bool
    facets: Mapping[str, Facet]
    facets_are_exact: bool
    interpretation: Interpretation
    degraded: tuple[str, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=lambda: EMPTY)
    counterfactual: tuple[Effect, ...] = ()
    """What each part did, where the query asked for it; the six that count most, in the query's order."""


@dataclass(frozen=True, slots=True)
class Change:
    """One step of the store's history: the product as of ``seq``, or gone (``product`` None). ``vector`` is (dim,) float32."""

    seq: int
    id: str
    product: Product | None
    vector: np.ndarray | None


@dataclass(frozen=True, slots=True)
class QueryEvent:
    """A line of the query log: what was asked (never the picture itself), what was shown where, by which policy.

    ``shown`` is the ids in rank order starting at ``offset``. ``session`` is a keyed pseudonym, not the shopper's id.
    """

    query_id: str
    time: float
    session: str | None
    asked: Mapping[str, Any]
    shown: Sequence[str]
    offset: int
    total: int
    policy: str
    milliseconds: float
