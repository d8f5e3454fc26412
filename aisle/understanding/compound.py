"""From what was said to a compound query: intent, slots, amounts, negations, what is pointed at.

The dictionary of the shop's graph and the tagger read the same words; the amounts, the words that point and those that deny are
read by rules, and take their words out of the slots. A slot filters only where all agree; else it ranks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from aisle.catalog.colors import family_of
from aisle.perception.text import chinese
from aisle.types import CompoundQuery, Intent, Range, Slot, SlotKind
from aisle.understanding.amounts import Amounts, read_amounts
from aisle.understanding.graph import Graph, Match
from aisle.understanding.language import Heard, Pinyin, language_of, syllables
from aisle.understanding.lexicon import is_chinese
from aisle.understanding.llm import Refiner
from aisle.understanding.negation import negations
from aisle.understanding.references import Pointed, read_reference
from aisle.understanding.tagging.tagger import WORTH, Tagged, Tagger
from aisle.understanding.tagging.units import units

SURE = 0.8
"""Confidence from which a slot may filter."""
LIKELY = 0.5
"""How likely a name must mean one thing to be a slot by the dictionary alone."""
CLEAR = 0.6
"""How likely a name of the shop's must mean one thing to stand against what the tagger is unsure of."""
DOUBTFUL_ABROAD = 0.8
"""What the tagger is less sure of than this gives way to such a name in a language that it knows little of; in others all that it tells of stands."""
BELIEVED = 0.5
"""What the tagger is surer of than this stands against a name of few of the shop's products, or of a type."""
UNHEARD = 0.6
"""What the dictionary's word counts where the tagger hears nothing."""
OWN = 0.01
"""A name that stands for this share of the catalog is the shop's own, though the world may mean another thing by it."""
LEARNT = ("en", "zh")
"""What the tagger is at home in."""
FILTERS = frozenset((SlotKind.COLOR, SlotKind.MATERIAL, SlotKind.PATTERN, SlotKind.SIZE, SlotKind.AUDIENCE))
"""Kinds that filter when they are sure. Types and brands only rank: catalogs name types in more ways than any dictionary knows, and
who asks for an iPhone case doesn't ask for Apple's. What is unwanted filters whatever its kind."""
READ = 1000
"""Characters that are read; what follows is only searched by. The rules look for words from every place to the end."""
SLIPS = 100
"""Characters in which homophones are looked for."""
LONG = 24
UNACCOUNTED = 1
"""A query of more units, or with more words that nothing accounts for, reads like a title."""
MEASURES: Mapping[str, SlotKind] = {
    **dict.fromkeys(("in", "ft", "yd", "m", "cm", "mm", "size", "GB", "TB", "MB"), SlotKind.SIZE),
    **dict.fromkeys(("W", "kW", "V", "mAh", "Wh", "Hz", "MHz", "GHz", "MP", "lm"), SlotKind.FEATURE),
}
"""Units that say how a thing is, never how much of it is wanted."""
WEIGHTS = frozenset(("mg", "g", "kg", "oz", "lb"))
VOLUMES = frozenset(("ml", "cl", "L", "fl oz", "qt", "gal"))
"""Units of how much is wanted of what is bought by its amount, and of how a thing is: a volume is a vessel's size."""
EXTENTS = frozenset(("width", "height", "depth", "weight"))
"""Measures that are bounded by name: the words of such a bound aren't searched by."""
_AGE = re.compile(r"\bold\b|\byo\b|岁|歳|才|살", re.IGNORECASE)
"""Says that years are an age, not a warranty's."""
_SIZE_NAME = re.compile(
    r"(?:(?:sizes?|tallas?|taille|pointure|größe|tamanho|numeração|尺码|码数|尺寸|サイズ|사이즈|مقاس)\s*)?(.+?)(?:\s*[码号])?$",
    re.IGNORECASE,
)
_BARE = {
    SlotKind.FEATURE: re.compile(r"(?:[自附]?带(?:有|着)?)([\u4e00-\u9fff].*)|([长短厚薄])款"),
    SlotKind.SIZE: re.compile(r"(.+?)[ -]sized?", re.IGNORECASE),
}
"""What is as short as still says it: 带抽屉 (with drawers) is 抽屉, "king size" king."""
_SUPERLATIVE = re.compile(r"\b(?:el|la|los|las|lo|le|les|o|a|os|as|der|die|das)\s+$", re.IGNORECASE)
"""Before "más barato" it makes the cheapest of it."""
_PARTS = re.compile(r"piece|pcs?\b|[片粒]", re.IGNORECASE)
"""What a thing may consist of: a puzzle of 1000 pieces."""
_DIMENSIONS = re.compile(r"\d\W*(?:[a-z]+\W*)?\s*(?:x|×|\*|by)\s*\W*\d", re.IGNORECASE)
"""Several measures that are one size: 60 x 84."""
_ENGLISH = re.compile(r"\b(?:for|with|without|and|or|of|on|the|to|my)\b", re.IGNORECASE)
"""Words that nobody types in pinyin: what stands beside them is English, too."""
_PINYIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]+")
_ASKING = re.compile(
    r"^\W*(?:(?:hi|hello|hey|please)\W+)?(?:(?:(?:can|could)\s+you\s+)?(?:please\s+)?(?:i\s*(?:'m|am)\s+)?(?:looking\s+for|searching\s+for|search\s+for|show\s+me|find\s+me|find|get\s+me|i\s+(?:need|want)(?:\s+to\s+buy)?|"
    r"i\s*(?:'d|would)\s+like|need|want(?:\s+to\s+buy)?|do\s+you\s+(?:have|sell)|have\s+you\s+got|got\s+any|where\s+can\s+i\s+(?:get|buy|find)|buy)\s+(?:some\s+|any\s+|an?\s+|the\s+)?)"
    r"|^\s*(?:你好|请问)?[，,]?\s*(?:我想买|我想要|我要买|我要|想买|想要|帮我找|帮我|给我看看|给我|有没有|有卖|推荐一款|推荐|求购|找一个|找|买)(?:一?[双件条个款台])?",
    re.IGNORECASE,
)
"""How a wish begins: words that ask without saying what for."""
_EMPTY_WORDS = re.compile(
    r"(?<![^\W_])(?:i|i'm|im|i'd|am|is|are|for|me|would|like|to|a|an|the|some|any|do|you|have|got|can|could|please|"
    r"with|in|of|and|or|on|my|it|that|which|one|ones|by|from|made|but|sized?|de|la|le|les|des|du|un|una|une|el|los|las|para|pour|für|mit|"
    r"con|avec|ein|eine|um|uma|com)(?![^\W_])"
    r"|[吗呢啊的了和要有]"
)
"""Words that say nothing by themselves."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A compound query, and the ``words`` that are left to search by: all but how the wish begins, amounts, words that point, ages that
    the catalog doesn't tell, and what is unwanted."""

    compound: CompoundQuery
    words: str
    corrections: tuple[tuple[str, str], ...] = ()
    """Chinese that was typed as pinyin or with wrong characters of the right sound: ("shouji ke", "手机壳")."""
    degraded: tuple[str, ...] = ()
    """What was left out for lack of time or by a limit: ``llm:timeout``."""


class Understander:
    """Reads queries with one shop's graph; a language model, where one is configured, reads along and may add. Immutable."""

    def __init__(
        self,
        graph: Graph,
        tagger: Tagger,
        refiner: Refiner | None = None,
        is_word: Callable[[str], bool] = lambda word: False,
    ) -> None:
        """``is_word`` says whether the catalog has a word: such a one is never taken for pinyin or for a slip."""
        self.graph, self.tagger, self.refiner, self._is_word = graph, tagger, refiner, is_word

    @cached_property
    def _pinyin(self) -> Pinyin:
        """The shop's Chinese names by their sound, the commoner first."""
        concepts = sorted(self.graph.concepts.values(), key=lambda concept: -concept.count)
        return Pinyin.fit(name for concept in concepts for name in concept.names.get("zh", ()))

    def _as_meant(self, text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The text with Chinese in place of pinyin and of its homophones, and what was put in place of what."""
        heard = sorted([*self._in_pinyin(text[:READ]), *self._homophones(text[:SLIPS])], key=lambda each: each.span)
        for each in reversed(heard):
            text = f"{text[: each.span[0]]}{each.names[0]}{text[each.span[1] :]}"
        return text, tuple((each.text, each.names[0]) for each in heard)

    def _in_pinyin(self, text: str) -> list[Heard]:
        if _ENGLISH.search(text):
            return []  # "cover for fuse box": fuse isn't 肤色
        typed = _PINYIN_WORD.findall(text)
        unknown = [w for w in typed if not self._is_word(w) and w not in self.graph.dictionary]
        if not any(syllables(word) > 1 for word in unknown):
            return []
        if len(unknown) < len(typed) and language_of(text) not in LEARNT:
            return []  # "tapete sala": sala isn't 飒拉
        words = {word.lower() for word in typed} - {word.lower() for word in unknown}
        return [each for each in self._pinyin.read(text, words) if each.exact]

    def _homophones(self, text: str) -> list[Heard]:
        """What the input method got wrong: it sounds like a name that the graph knows, is no word itself, and where it differs from the
        name it holds no word of the catalog's: who asks for 保鲜柜 where 保鲜 is sold doesn't mean 保险柜."""
        meant: list[Heard] = []
        if not is_chinese(text):
            return meant
        if not (found := list(self._pinyin.homophones(text))):
            return meant
        taken = [match.span for match in self.graph.dictionary.find(text)]
        for each in found:
            if _overlaps(each.span, taken) or chinese.is_word(each.text):
                continue
            differs = (
                each.text[start:end]
                for start, end in chinese.words(each.text)
                if end - start > 1 and each.text[start:end] != each.names[0][start:end]
            )
            if not any(self._is_word(word) or self.tagger.phrases.is_name(word) for word in (each.text, *differs)):
                meant.append(each)
                taken.append(each.span)
        return meant

    def understand(
        self, text: str, locale: str = "en", dialogue: Sequence[str] = (), *, about: str = "", literal: bool = False
    ) -> Understood:
        """Never raises: what can't be read is left over. ``dialogue``: the turns before, oldest first, for a language model to read by;
        ``about``: the kind of thing that they ask for; ``literal``: the words are right as they were typed."""
        text, corrections = (text, ()) if literal else self._as_meant(text)
        if self.refiner is None:
            return replace(self._read(text, locale, about), corrections=corrections)
        pending = self.refiner.ask(text, dialogue)
        draft = self._read(text, locale, about)
        found = pending.take(draft.compound, self.refiner.config.wait_ms)
        slots = tuple(slot if slot in draft.compound.slots else self._named(slot) for slot in found.query.slots)
        return Understood(replace(found.query, slots=slots), draft.words, corrections, found.degraded)

    def _named(self, slot: Slot) -> Slot:
        """A slot that somebody else read, by the graph's own name for it."""
        named = (concept for said in (slot.value, slot.text) for concept in self.graph.called(said))
        return next((replace(slot, value=concept.value) for concept in named if concept.kind is slot.kind), slot)

    def _read(self, whole: str, locale: str, about: str) -> Understood:
        text, rest = whole[:READ], whole[READ:]
        language = language_of(text, locale)
        amounts, pointed = _apart(text, read_amounts(text, language), read_reference(text))
        own, matches = units(text), self.graph.dictionary.find(text)
        reading = self.tagger.read(own, matches)
        if about and not any(t.kind is SlotKind.TYPE and t.confidence >= SURE for t in reading.spans):
            reading = replace(reading, spans=self._spans_beside(text, about, len(own), reading.spans))
        heard = [(own[t.first].start, own[t.last].end, t.kind, t.confidence) for t in reading.spans]
        of_kind = {span[:3]: tagged.sure for span, tagged in zip(heard, reading.spans, strict=True)}
        names = [match for match in matches if not _is_part(match, language)]
        doubtful = WORTH if language in LEARNT else DOUBTFUL_ABROAD
        said = [self._says(text, span) for span in heard]
        names = [match for match in names if not any(_repeats(match, *each) for each in zip(heard, said, strict=True))]
        if language not in LEARNT:
            heard = [
                part for span, value in zip(heard, said, strict=True) for part in _parted(text, span, value, names)
            ]
        heard = _weighed(heard, names, OWN * self.graph.products, doubtful)
        consumed = self._is_consumed(text, heard, about) if amounts.quantities else None
        amounts, measures = _measured(amounts, text, heard, consumed)
        taken = [*amounts.spans, *pointed.spans]
        heard = [span for span in heard if not _overlaps(span[:2], [*taken, *(s[:2] for s in measures)])]
        slots = [self._slot(text, span, matches, of_kind.get(span[:3], span[3])) for span in (*heard, *measures)]
        if not _asks_the_shop(reading.intents):
            slots += self._unheard(text, language, names, [*taken, *(s.span for s in slots if s.span)])
        slots.sort(key=lambda slot: slot.span or (0, 0))
        spans = [slot.span for slot in slots if slot.span is not None]
        denied = negations(text, spans)
        cues = [cue for cue in denied if cue is not None]
        leftover = _leftover(text, [*taken, *spans, *cues])
        # Who names one thing rather than what it should be like leaves words over: a title filters nothing.
        plain = len(leftover.split()) <= UNACCOUNTED and len(own) <= LONG
        slots = [
            self._settled(replace(slot, negated=cue is not None), plain)
            for slot, cue in zip(slots, denied, strict=True)
        ]
        intent, sure = _intent(reading.intents, bool(slots or amounts.ranges or pointed.reference))
        compound = CompoundQuery(
            text=whole,
            language=language,
            intent=intent,
            intent_confidence=round(sure, 4),
            slots=tuple(slots),
            ranges=tuple(_bounded(each, plain) for each in amounts.ranges),
            quantities=amounts.quantities,
            sort=amounts.sort,
            reference=pointed.reference,
            leftover=leftover,
        )
        unwanted = [span for slot, span in zip(slots, spans, strict=True) if slot.negated]
        bounds, quantities = len(amounts.ranges), len(amounts.quantities)  # how much is in the box, titles say too
        bounding = [
            span
            for span, each in zip(amounts.spans, compound.ranges, strict=False)
            if each.hard or each.field in EXTENTS  # "max 12 cm tall" stands in no title; "up to 32 inch" may
        ]
        ages = [
            (a, b)
            for a, b, kind, _ in measures
            if kind is SlotKind.AUDIENCE and not self.graph.written(kind, text[a:b])
        ]
        cut = [*bounding, *amounts.spans[bounds + quantities :], *pointed.spans, *cues, *unwanted, *ages]
        if begun := _ASKING.match(text):
            cut.append(begun.span())
        words = " ".join((_without(text, cut) + rest).split())
        return Understood(compound, "" if cut and not _says_something(words) else words)

    def _slot(self, text: str, span: Said, matches: Sequence[Match], confidence: float) -> Slot:
        """What the tagger heard, by its canonical name where the graph has it; ``confidence`` is how sure it is of the kind."""
        start, end, kind, _ = span
        said = text[start:end]
        found = [c for match in matches if match.span == (start, end) for c in match.candidates if c.kind is kind]
        if found:
            value, share = found[0].value, found[0].prior
        else:
            concept = next((c for c in self.graph.called(said) if c.kind is kind), None)
            value, share = (concept.value, LIKELY) if concept else ("", 0.0)
        start, end = _bare(text, start, end, kind)
        said = text[start:end]
        both = 1.0 - (1.0 - confidence) * (1.0 - UNHEARD * share)  # two witnesses
        return Slot(kind, value or said, said, (start, end), confidence=round(both if share else 0.9 * confidence, 4))

    def _spans_beside(self, text: str, about: str, count: int, alone: Sequence[Tagged]) -> tuple[Tagged, ...]:
        """What a turn says, read with what the dialogue is about behind it: "chocolate also works" of a protein powder is a flavour. ``count``
        units are the turn's own. What would make one thing with that ("running" of shoes) is as it was read ``alone``."""
        whole = f"{text} {about}"
        spans = self.tagger.read(units(whole), self.graph.dictionary.find(whole)).spans
        within = [span for span in spans if span.last < count]
        joined = min((span.first for span in spans if span.first < count <= span.last), default=count)
        free = max([joined, *(span.last + 1 for span in within)])
        return (*within, *(span for span in alone if span.first >= free))

    def _is_consumed(self, text: str, heard: Sequence[Said], about: str) -> bool | None:
        """Whether what is asked for is bought by its amount; None where nobody knows."""
        types = [text[start:end] for start, end, kind, _ in heard if kind is SlotKind.TYPE] or [about]
        known = map(self.graph.is_consumed, types)
        return next((each for each in known if each is not None), None)

    def _says(self, text: str, span: Said) -> str:
        """The value that the shop's dictionary knows a span of the tagger's by; "" for none of its kind."""
        meant = self.graph.dictionary.meanings(text[span[0] : span[1]])
        return next((candidate.value for candidate in meant if candidate.kind is span[2]), "")

    def _unheard(
        self, text: str, language: str, matches: Sequence[Match], taken: Sequence[tuple[int, int]]
    ) -> Iterable[Slot]:
        """Names that only the dictionary knows: the shop's own, or any in a language that the tagger knows little of or in a turn that says
        nothing else. Brands are often common words: they are left to the tagger; words that say nothing by themselves ("or" is French gold) are none."""
        for match in matches:
            first = match.candidates[0]
            said = text[match.span[0] : match.span[1]]
            known = first.count or language not in LEARNT or _says_all(text, match)
            sold = known and first.kind is not SlotKind.BRAND
            if sold and _says_something(said) and first.prior >= LIKELY and not _overlaps(match.span, taken):
                yield Slot(first.kind, first.value, said, match.span, confidence=round(first.prior * UNHEARD, 4))

    def _settled(self, slot: Slot, plain: bool) -> Slot:
        """Whether the slot filters: sure, of a kind that may, something that the catalog says of its products, and in a query that is
        understood whole. A colour of the catalog's in which no word names one only ranks: feeds have "In, outdoor white"."""
        may = slot.negated or (plain and slot.kind in FILTERS)
        if slot.kind is SlotKind.COLOR and family_of(slot.value) is None:
            may = False
        return replace(slot, hard=may and slot.confidence >= SURE and bool(self.graph.written(slot.kind, slot.value)))


def _bare(text: str, start: int, end: int, kind: SlotKind) -> tuple[int, int]:
    """A span without what adds nothing to it."""
    match = own.fullmatch(text, start, end) if (own := _BARE.get(kind)) else None
    return match.span(match.lastindex or 0) if match else (start, end)


def _says_something(words: str) -> bool:
    """Whether what is left of a wish says anything: of 不要红色的 only 的 is left."""
    return any(map(str.isalnum, _EMPTY_WORDS.sub(" ", words)))


def _says_all(text: str, match: Match) -> bool:
    """Whether a name is all that a turn says, yet not all of it: "for party", of what went before."""
    rest = _without(text, [match.span])
    return bool(rest.strip()) and not _says_something(rest)


Said = tuple[int, int, SlotKind, float]
"""[start, end) of a text, what it says and how sure that is."""


def _is_part(match: Match, language: str) -> bool:
    """Whether a name is a single character that may be part of anything: 绿 is a colour or the half of a maker's name, "a" no
    maker called A. A letter may be a size."""
    if len(match.text) != 1:
        return False
    if match.text.isascii():
        return match.candidates[0].kind is not SlotKind.SIZE
    return language == "zh" and "\u4e00" <= match.text <= "\u9fff"


def _repeats(match: Match, span: Said, value: str) -> bool:
    """Whether a name says no more than what the tagger heard within it: 女款 is 女."""
    first, (start, end) = match.candidates[0], match.span
    inside = start <= span[0] and span[1] <= end and span[:2] != match.span
    return inside and (first.kind, first.value) == (span[2], value)


def _weighed(heard: Sequence[Said], matches: Sequence[Match], enough: float, doubtful: float = WORTH) -> list[Said]:
    """The tagger's spans, but for those that it doubts where a name of the shop's means one thing, those that cut such a name short, and
    those that take it for what nobody calls so: a shop's "Cedar" is its brand. Where that is said of fewer than ``enough`` products, or
    names a type (what is a thing of its own here is a part there: "desk with storage"), a sure tagger is believed."""
    kept = list(heard)
    for match in matches:
        first, (start, end) = match.candidates[0], match.span
        if first.prior < CLEAR or not first.count:
            continue
        met = [span for span in kept if _overlaps(span[:2], [match.span])]
        covered = any(span[2] is first.kind and span[0] <= start and end <= span[1] for span in met)
        if not met or covered:
            continue
        kinds = {candidate.kind for candidate in match.candidates}
        sure = BELIEVED if first.count < enough or first.kind is SlotKind.TYPE else 1.0
        unheard_of = all(span[:2] == match.span and span[2] not in kinds and span[3] <= sure for span in met)
        if unheard_of or all(
            span[3] < doubtful or (span[2] is first.kind and start <= span[0] and span[1] <= end) for span in met
        ):
            kept = [span for span in kept if span not in met]
            kept.append((start, end, first.kind, 0.0))  # one witness alone: it ranks and doesn't filter
    return sorted(kept, key=lambda span: span[0])


def _parted(text: str, span: Said, value: str, matches: Sequence[Match]) -> list[Said]:
    """What the tagger took for one thing that no name says, where names of the shop's make up the whole of it: 紫パーカー is a
    パーカー (hoodie) in 紫 (purple), "gorro de punto" a cap of knit."""
    start, end, _, _ = span
    inside = [m for m in matches if start <= m.span[0] and m.span[1] <= end and m.candidates[0].prior >= CLEAR]
    rest = _without(text, [match.span for match in inside])[start:end]
    if value or len(inside) < 2 or _says_something(rest):
        return [span]
    return [(*match.span, match.candidates[0].kind, 0.0) for match in inside]


def _measured(amounts: Amounts, text: str, heard: Sequence[Said], consumed: bool | None) -> tuple[Amounts, list[Said]]:
    """An exact measure is a size or another property, not how much is wanted, where the unit, an age, what is asked for (``consumed``: it
    is bought by its amount) or what the tagger hears says so: "55 inch", "42码", "24v", "6 year old", "1.7 l" of a kettle. What the tagger
    takes for a part of something longer ("3 year warranty") is left to it."""
    ranges, quantities, spans, slots = [], [], [], []
    first = len(amounts.ranges)
    for bound, place in zip(amounts.ranges, amounts.spans, strict=False):
        if bound.field == "age":
            slots.append((*place, SlotKind.AUDIENCE, 0.85))  # "3-6 years old", as "6 years old" is; "0-6 months"
        elif not any(_cuts(place, span, CLEAR if bound.unit else WORTH) for span in heard):
            ranges.append(bound)
            spans.append(place)
    places = amounts.spans[first : first + len(amounts.quantities)]
    for quantity, place in zip(amounts.quantities, places, strict=True):
        inner = _bare_size(text, place)
        said = [span for span in heard if _overlaps(span[:2], [inner])]
        whole = [span for span in said if span[0] <= inner[0] and inner[1] <= span[1] and span[3] >= WORTH]
        kind = SlotKind.AUDIENCE if _AGE.search(quantity.text) else MEASURES.get(quantity.unit)
        measured = quantity.unit in WEIGHTS or quantity.unit in VOLUMES or quantity.unit == "size"
        if kind is None and consumed is False and quantity.unit in VOLUMES:
            kind = SlotKind.SIZE
        if kind is None and measured and not consumed and any(span[2] is SlotKind.SIZE for span in said):
            kind = SlotKind.SIZE
        if any(span[2] is SlotKind.BRAND for span in whole) and kind is not SlotKind.AUDIENCE:
            continue  # "safety glasses 3m"
        if kind is None and quantity.unit in ("year", "month"):
            continue  # "xbox live 12 month": nobody wants so many of them
        if kind is not SlotKind.AUDIENCE and quantity.unit != "size":
            named = _PARTS.search(quantity.text) is not None or (measured and not consumed)
            longer = [span for span in whole if named or span[:2] != inner]  # a bare one is what its unit says
            if any(span[2] is SlotKind.FEATURE for span in longer):
                continue  # "3 year warranty", "1000 piece puzzle"
        if kind is None:
            quantities.append(quantity)
            spans.append(place)
            continue
        wider = next((span for span in whole if span[2] is kind is SlotKind.SIZE), None)
        if wider is not None:
            alone = sum(_overlaps(wider[:2], [other]) for other in places) == 1
            if alone or _DIMENSIONS.search(text[slice(*wider[:2])]):
                inner = _bare_size(text, wider[:2])  # "12 inches wide", "5'3\" x 7'6\""
        if any(inner == slot[:2] for slot in slots):
            continue
        slots.append((*inner, kind, max([0.85, *(span[3] for span in said if span[2] is kind)])))
    rest = amounts.spans[first + len(amounts.quantities) :]
    return replace(amounts, ranges=tuple(ranges), quantities=tuple(quantities), spans=(*spans, *rest)), slots


def _cuts(place: tuple[int, int], span: Said, enough: float) -> bool:
    """Whether an amount takes a part of what the tagger is sure ``enough`` of: 三元 of 三元催化 (a catalyst) is no price. A
    size may be bounded: "under 20 inches tall"."""
    start, end, kind, sure = span
    inside = place[0] <= start and end <= place[1]
    return sure >= enough and kind is not SlotKind.SIZE and _overlaps(place, [(start, end)]) and not inside


def _bare_size(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """A span without the words that say that it is a size."""
    name = _SIZE_NAME.match(text[slice(*span)])
    return (span[0] + name.start(1), span[0] + name.end(1)) if name else span


def words_of(compound: CompoundQuery) -> str:
    """The words to search by of a compound query that was edited or merged: what its wanted slots say, and what was left over."""
    wanted = [slot.text or slot.value for slot in compound.slots if not slot.negated]
    spaced = "" if compound.language in ("zh", "ja") else " "
    return spaced.join(wanted) + (f" {compound.leftover}" if compound.leftover else "")


def _bounded(bound: Range, plain: bool) -> Range:
    """A bare number bounds a price only in a query that is understood whole: "mount for TVs up to 27" doesn't."""
    sure = bound.confidence >= SURE and (plain or bool(bound.unit) or bound.field == "rating")
    return replace(bound, hard=bound.field in ("price", "rating") and sure)


def _overlaps(span: tuple[int, int], taken: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in taken)


def _apart(text: str, amounts: Amounts, pointed: Pointed) -> tuple[Amounts, Pointed]:
    """Words that are a wish to sort or to compare are one of the two: "moins cher" alone, or beside what is pointed at, compares."""
    wish = amounts.spans[-1:] if amounts.sort else ()
    if not wish or not _overlaps(wish[0], pointed.spans):
        return amounts, pointed
    elsewhere = any(not _overlaps(span, wish) for span in pointed.spans)
    longest = any(
        wish[0][0] < start or end < wish[0][1] for start, end in pointed.spans if _overlaps((start, end), wish)
    )
    if elsewhere or not (longest or _SUPERLATIVE.search(text, 0, wish[0][0]) or _says_something(_without(text, wish))):
        return replace(amounts, sort=None, spans=amounts.spans[:-1]), pointed
    return amounts, Pointed(None, ())


def _asks_the_shop(chances: Mapping[Intent, float]) -> bool:
    """Whether a text is all but certainly a question of the shop's rules or an order: "do you take back opened electronics" names nothing
    that is wanted."""
    return any(chances.get(each, 0.0) >= SURE for each in (Intent.POLICY, Intent.ORDER_STATUS))


def _intent(chances: Mapping[Intent, float], says_what: bool) -> tuple[Intent, float]:
    """The likeliest; who names a thing to buy isn't chatting, unless that is all but certain."""
    ranked = sorted(chances.items(), key=lambda each: -each[1])
    if says_what and ranked[0][0] is Intent.SMALL_TALK and ranked[0][1] < 0.9:
        ranked = [each for each in ranked if each[0] is not Intent.SMALL_TALK]
    return ranked[0]


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with blanks where the spans were."""
    rest = list(text)
    for start, end in spans:
        rest[start:end] = " " * (end - start)
    return "".join(rest)


def _leftover(text: str, spans: Sequence[tuple[int, int]]) -> str:
    rest = _without(text, spans)
    if begun := _ASKING.match(rest):
        rest = " " * begun.end() + rest[begun.end() :]
    return " ".join(re.findall(r"[\w'’-]*\w[\w'’-]*", _EMPTY_WORDS.sub(" ", rest.lower())))
