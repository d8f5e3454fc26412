"""What was understood of a query's words, put to work: filters where it is sure, a ranking signal where it isn't."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from aisle.catalog.colors import family_of
from aisle.index.filters import And, Exists, Filter, In, Not, Or, Range, fields_of
from aisle.index.lexical import LexicalQuery
from aisle.index.snapshot import Snapshot
from aisle.perception.senses import MAX_TRANSCRIPTS
from aisle.perception.text import terms
from aisle.search.view import View
from aisle.types import CompoundQuery, Input, InputType, Query, Slot, SlotKind, Transcript
from aisle.types import Range as Bounds
from aisle.understanding.compound import SURE, Understander, words_of
from aisle.understanding.compound import Understood as Read
from aisle.understanding.graph import Graph

BOUNDS = ("price", "rating")
"""Numeric fields that words may bound."""
HEARD = 0.7
"""Share of the transcripts, each by its confidence, that must say a thing for it to filter; the rest may mishear other words."""
HEARD_AT_ALL = 0.4
"""Confidence that all transcripts have together, under which nothing filters: what was said may be none of them."""

FEW = 5
"""Products with a slot's words below which nothing can be said of how the shop means them."""
FILED = 0.2
"""Share of them that must be filed under the slot's value for it to filter."""
TASTE = (SlotKind.COLOR, SlotKind.MATERIAL, SlotKind.PATTERN)
"""What a shopper does without rather than pay more than was said, or have what is for others or of another size; the last one first."""
IMPLIED = 0.5
"""What a thing that follows from the words by a rule counts, beside one that was said."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a product should have: ``tree`` says which do, ``weight`` how sure it is."""

    tree: Filter
    weight: float


@dataclass(frozen=True, slots=True)
class Kind:
    """What is asked for: ``tree`` says which products are filed so, ``names`` are the terms of each way that it was called."""

    tree: Filter
    names: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Understood:
    """A query with the words that are left to search by; what was understood of the part at ``place``, as filters that all hold (the
    most important first), as the ``kind`` that was named for sure and is sold, and as wishes."""

    query: Query
    place: int | None = None
    compound: CompoundQuery | None = None
    filters: tuple[Filter, ...] = ()
    kind: Kind | None = None
    wishes: tuple[Wish, ...] = ()
    corrections: tuple[tuple[str, str], ...] = ()
    degraded: tuple[str, ...] = ()


def understand(query: Query, view: View) -> Understood:
    """Read the query's words, or take what a shopper has made of them (``query.compound``)."""
    place = next((i for i, part in enumerate(query.inputs) if part.type.says_words and part.weight > 0), None)
    said: str | tuple[Transcript, ...] = ""
    corrections: tuple[tuple[str, str], ...] = ()
    degraded: tuple[str, ...] = ()
    if query.compound is not None:
        compound, said = query.compound, words_of(query.compound)
    elif place is None or not query.understand or not view.settings.understanding:
        return Understood(query)
    elif query.inputs[place].type is InputType.AUDIO:
        if not (transcripts := _transcripts(query.inputs[place])):
            return Understood(query)
        found, said = _heard(transcripts, view.understander(), query.locale)
        compound, corrections, degraded = found.compound, found.corrections, found.degraded
    else:
        found = view.understander().understand(str(query.inputs[place].value), query.locale, literal=not query.relax)
        compound, said, corrections, degraded = found.compound, found.words, found.corrections, found.degraded
    if isinstance(said, str) and query.relax:  # else the words are taken as they stand
        said = in_catalogs_words(said, compound.slots, view.understander().graph, view.snapshot)
    inputs = query.inputs
    kind = InputType.TEXT if isinstance(said, str) else InputType.AUDIO
    if place is None:  # an edited query alone: it stands for the words
        place, inputs = len(inputs), (*inputs, Input(kind, said))
    else:
        inputs = (*inputs[:place], replace(inputs[place], type=kind, value=said), *inputs[place + 1 :])
    sort = query.sort
    if sort == "relevance" and compound.sort and compound.sort.partition(":")[0] in view.settings.sortable:
        sort = compound.sort
    graph = view.understander().graph
    compound = replace(compound, slots=tuple(_as_sold(slot, graph, view) for slot in compound.slots))
    trees = [(slot, tree) for slot in compound.slots if (tree := _having(slot, graph, view)) is not None]
    hard = [
        (_taste(slot), tree if slot.negated else unless_silent(_or_family(tree, slot, graph, view)))
        for slot, tree in trees
        if slot.hard
    ]
    hard.sort(key=lambda each: each[0])
    filters = [
        *(tree for taste, tree in hard if taste <= 0),
        *(
            Range(bound.field, bound.minimum, bound.maximum)
            for bound in compound.ranges
            if bound.hard and bound.field in BOUNDS and bound.field in view.fields
        ),
        *(tree for taste, tree in hard if taste > 0),
    ]
    wishes = [Wish(tree, slot.confidence) for slot, tree in trees if slot.confidence > 0]
    for slot in graph.apply_rules(compound.text, compound.language):  # "gift for a runner": meant, not said
        if (tree := _having(slot, graph, view)) is not None:
            wishes.append(Wish(tree, IMPLIED * slot.confidence))
    return Understood(
        replace(query, inputs=inputs, sort=sort),
        place,
        compound,
        tuple(filters),
        _kind(trees),
        tuple(wishes),
        corrections,
        degraded,
    )


def _taste(slot: Slot) -> int:
    """How readily a shopper does without it: least without what is unwanted."""
    if slot.negated:
        return -1
    return TASTE.index(slot.kind) + 1 if slot.kind in TASTE else 0


def _kind(trees: Sequence[tuple[Slot, Filter]]) -> Kind | None:
    """Any of the types that were named for sure, where the catalog says of its products that they are of them."""
    named = [
        (slot, tree)
        for slot, tree in trees
        if slot.kind is SlotKind.TYPE and not slot.negated and slot.confidence >= SURE
    ]
    if not named:
        return None
    return Kind(Or(tuple(tree for _, tree in named)), tuple(tuple(terms(slot.text)) for slot, _ in named))


def _transcripts(part: Input) -> tuple[Transcript, ...]:
    """What a spoken part may have said, the likeliest first; none where it isn't as it should be: perception says what is wrong."""
    heard = part.value if isinstance(part.value, tuple) else ()
    said = [one for one in heard if isinstance(one, Transcript) and 0 <= one.confidence <= 1]
    whole = len(said) == len(heard) <= MAX_TRANSCRIPTS
    return tuple(sorted((one for one in said if one.text.strip()), key=lambda one: -one.confidence)) if whole else ()


Part = TypeVar("Part", Slot, Bounds)


def _heard(
    transcripts: tuple[Transcript, ...], understander: Understander, locale: str
) -> tuple[Read, tuple[Transcript, ...]]:
    """What the likeliest transcript says, each part as sure as the transcripts that say it too are together; and what all of them
    leave to search by."""
    read = [understander.understand(one.text, locale) for one in transcripts]
    best = read[0].compound
    whole = sum(one.confidence for one in transcripts)

    def backed(part: Part) -> Part:
        backing = (one.confidence for one, each in zip(transcripts, read, strict=True) if _says(each.compound, part))
        share = sum(backing) / (whole or 1.0)
        sure = part.hard and share >= HEARD and whole >= HEARD_AT_ALL
        return replace(part, confidence=part.confidence * share, hard=sure)

    slots, ranges = tuple(map(backed, best.slots)), tuple(map(backed, best.ranges))
    left = tuple(Transcript(each.words, one.confidence) for one, each in zip(transcripts, read, strict=True))
    return replace(read[0], compound=replace(best, slots=slots, ranges=ranges)), left


def _says(compound: CompoundQuery, part: Slot | Bounds) -> bool:
    """Whether a reading has a part of another, however it was worded."""
    if isinstance(part, Slot):
        return (part.kind, part.value, part.negated) in ((s.kind, s.value, s.negated) for s in compound.slots)
    ends = (part.field, part.minimum, part.maximum)
    return ends in ((r.field, r.minimum, r.maximum) for r in compound.ranges)


def in_catalogs_words(said: str, slots: tuple[Slot, ...], graph: Graph, snapshot: Snapshot) -> str:
    """``said`` with what no product calls so in the catalog's words, where the graph has them: "vestido rojo" finds a red dress."""

    def known(name: str) -> bool:
        found = terms(name)
        return bool(found) and all(map(snapshot.frequency, found))

    for slot in slots:
        concept = graph.concept(slot.kind, slot.value)
        if concept is None or not slot.text or any(map(snapshot.frequency, terms(slot.text))):
            continue
        written = {text: count for spellings in concept.written.values() for text, count in spellings.items()}
        names = (*sorted(written, key=lambda text: (-written[text], text)), *graph.names(slot.kind, slot.value))
        name = next((name for name in names if known(name)), None)
        if name is not None:
            said = said.replace(slot.text, f" {name} ", 1)
    return " ".join(said.split())


def _having(slot: Slot, graph: Graph, view: View) -> Filter | None:
    """The products that have what a slot says (or, negated, don't); None where no attribute tells."""
    written = graph.written(slot.kind, slot.value)
    parts = tuple(In(field, values) for field, values in written.items() if field in view.fields)
    if not parts:
        return None
    tree = parts[0] if len(parts) == 1 else Or(parts)
    return Not(tree) if slot.negated else tree


def _as_sold(slot: Slot, graph: Graph, view: View) -> Slot:
    """A wanted slot only ranks where this shop's products that hold its words are hardly ever filed under its value: 拼色 in titles of what is
    striped or plain in two colours doesn't ask for the pattern Two-Tone."""
    if not slot.hard or slot.negated or (tree := _having(slot, graph, view)) is None:
        return slot
    found = view.snapshot.lexical(LexicalQuery.of(terms(slot.text)))
    saying = found.ordinals[found.coverage > 0.999]
    if len(saying) < FEW or view.snapshot.filter(_or_family(tree, slot, graph, view))[saying].mean() >= FILED:
        return slot
    return replace(slot, hard=False)


def _or_family(tree: Filter, slot: Slot, graph: Graph, view: View) -> Filter:
    """A wanted shade, or all of its family: who asks for navy isn't kept from what the shop calls dark blue, though navy comes first."""
    family = family_of(slot.value) if slot.kind is SlotKind.COLOR else None
    wider = _having(replace(slot, value=family), graph, view) if family else None
    return Or((tree, wider)) if wider is not None and wider != tree else tree


def unless_silent(tree: Filter) -> Filter:
    """As ``tree``, but what says nothing in its fields passes: it may be what is meant, and only what says otherwise surely isn't."""
    fields = dict.fromkeys(fields_of(tree))
    return Or((tree, And(tuple(Not(Exists(field)) for field in fields))))


def fulfilled(wishes: tuple[Wish, ...], ordinals: np.ndarray, snapshot: Snapshot) -> np.ndarray:
    """(n,) float32 in [0, 1]: how much of what is wished for each product has, each wish by how sure it is."""
    total = sum(wish.weight for wish in wishes)
    met = np.zeros(len(ordinals), np.float32)
    for wish in wishes:
        met += np.float32(wish.weight / total) * snapshot.filter(wish.tree)[ordinals]
    return met


def joined(tree: Filter, filters: tuple[Filter, ...]) -> Filter:
    """The shopper's own filter, then what was understood: the last is the first to be relaxed. Where the shopper has chosen, the
    words no longer say what to choose: a facet's count, taken without its own filter, is what one gets by clicking it."""
    chosen = set(fields_of(tree))
    more = tuple(each for each in filters if not set(fields_of(each)) <= chosen)
    return And((*(tree.parts if isinstance(tree, And) else (tree,)), *more)) if more else tree
