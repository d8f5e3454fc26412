"""The knowledge graph of one shop: what things are called, what they are kinds of, what goes with what. Immutable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Self

from aisle.perception.text.folding import QUERY_LIMIT, origins
from aisle.store.graph import GraphEdit
from aisle.types import Slot, SlotKind
from aisle.understanding.graph.catalog import Described, add_catalog
from aisle.understanding.graph.concepts import SYMMETRIC, Concept, Edge, Key, Relation
from aisle.understanding.graph.dictionary import Dictionary, name_key
from aisle.understanding.graph.edits import lay_edges, lay_names
from aisle.understanding.graph.knowledge import known
from aisle.understanding.graph.rules import rulebook

NARROWER = 0.9
"""What one step down is worth when a concept is widened to the kinds of it."""
SYNONYM = 0.8
CONSUMED = frozenset((
    "Food", "Drinks", "Supplements", "Pet Food", "Cat Litter", "Skincare", "Haircare", "Bath and Body", "Oral Care", "Fragrances", "Laundry Detergents",
    "Disinfectant", "Dish Soap", "Toilet Cleaner", "Glass Cleaner", "Hand Sanitizer", "Bleach",
))  # fmt: skip
"""Types of which one buys an amount."""
MOST = 200
"""Values that one concept is widened to, at most."""


class Weighted(NamedTuple):
    """A value and how close it is to what was asked for, in (0, 1]."""

    value: str
    weight: float


class Graph:
    """Concepts by key, edges from both ends, and the dictionary of all names."""

    def __init__(self, concepts: Mapping[Key, Concept], edges: Iterable[Edge], products: int = 0) -> None:
        """``products`` is how many the catalog has that was counted."""
        self.concepts = concepts
        self.edges = tuple(edge for edge in edges if edge.source in concepts and edge.target in concepts)
        self.products = products
        self._from: dict[tuple[Key, Relation], list[Edge]] = {}
        self._to: dict[tuple[Key, Relation], list[Edge]] = {}
        for edge in self.edges:
            self._from.setdefault((edge.source, edge.relation), []).append(edge)
            self._to.setdefault((edge.target, edge.relation), []).append(edge)
        self._keys = {(key.kind, name_key(key.value) or key.value): key for key in concepts}
        self._totals: dict[Key, int] = {}
        self._has_types = any(concept.count for key, concept in concepts.items() if key.kind is SlotKind.TYPE)
        self.dictionary = Dictionary((concept, self.total(key)) for key, concept in concepts.items())

    @classmethod
    def build(cls, products: Iterable[Described], edits: Sequence[GraphEdit] = ()) -> Self:
        """The graph of a catalog, with what is known of things in general, and what people have changed laid over it."""
        draft = known()
        lay_names(draft, edits)
        count = add_catalog(draft, products)
        lay_edges(draft, edits)
        return cls(draft.concepts(), draft.edges(), count)

    def __len__(self) -> int:
        return len(self.concepts)

    def concept(self, kind: SlotKind, value: str) -> Concept | None:
        """By canonical name, whatever its case, hyphens and number; None for an unknown one."""
        key = self._keys.get((kind, name_key(value) or value))
        return None if key is None else self.concepts[key]

    def called(self, name: str) -> tuple[Concept, ...]:
        """Every concept that is called so, in any language, likeliest first."""
        return tuple(self.concepts[Key(each.kind, each.value)] for each in self.dictionary.meanings(name))

    def names(self, kind: SlotKind, value: str, language: str | None = None) -> tuple[str, ...]:
        """What a concept is called, in one language or in all, usual names first."""
        concept = self.concept(kind, value)
        if concept is None:
            return ()
        chosen = concept.names if language is None else {language: concept.names.get(language, ())}
        return tuple(dict.fromkeys(name for names in chosen.values() for name in names))

    def targets(self, key: Key, relation: Relation) -> list[Edge]:
        """Edges that lead from ``key``; of a relation that holds both ways, each turned to begin there."""
        found = list(self._from.get((key, relation), ()))
        if relation in SYMMETRIC:
            found += [
                Edge(edge.target, relation, edge.source, edge.weight, edge.count, edge.origin)
                for edge in self._to.get((key, relation), ())
            ]
        return found

    def sources(self, key: Key, relation: Relation) -> list[Edge]:
        """Edges that lead to ``key``: of ``broader``, those from what is narrower."""
        return list(self._to.get((key, relation), ()))

    def total(self, key: Key) -> int:
        """Products that a concept stands for, narrower ones included; of a product's several values each counts."""
        if key not in self._totals:
            self._totals[key] = self.concepts[key].count  # met again on the way down, it adds nothing
            below = self._below(key)
            own = self.concepts[key].count
            self._totals[key] = max(own, sum(self.concepts[each].count for each in below))
        return self._totals[key]

    def _below(self, key: Key) -> dict[Key, float]:
        """The concept and all narrower ones, nearest first, with how close each is."""
        found: dict[Key, float] = {key: 1.0}
        waiting = [key]
        for at in waiting:
            for edge in self._to.get((at, Relation.BROADER), ()):
                if edge.source not in found:
                    found[edge.source] = found[at] * NARROWER * edge.weight
                    waiting.append(edge.source)
        return found

    def expand(self, kind: SlotKind, value: str) -> tuple[Weighted, ...]:
        """What a wish for ``value`` is met by: itself, narrower values and synonyms of any of these, closest first.

        The value itself where the graph doesn't know it.
        """
        concept = self.concept(kind, value)
        if concept is None:
            return (Weighted(value, 1.0),)
        found = self._below(concept.key)
        for key, weight in list(found.items()):
            for edge in self.targets(key, Relation.SYNONYM):
                found.setdefault(edge.target, weight * SYNONYM * edge.weight)
        ranked = sorted(found.items(), key=lambda each: (-each[1], -self.concepts[each[0]].count, each[0].value))
        return tuple(Weighted(key.value, weight) for key, weight in ranked[:MOST] if key.kind is kind)

    def written(self, kind: SlotKind, value: str) -> dict[str, tuple[str, ...]]:
        """How the catalog writes ``value``, what is narrower and synonyms: attribute → spellings, the most frequent first.

        A product is meant by it if any of these attributes has any of these spellings. Empty where no product is.
        """
        counted: dict[str, dict[str, int]] = {}
        for each in self.expand(kind, value):
            if (concept := self.concept(kind, each.value)) is not None:
                for field, spellings in concept.written.items():
                    counted.setdefault(field, {}).update(spellings)
        return {
            field: tuple(sorted(spellings, key=lambda text: (-spellings[text], text)))
            for field, spellings in sorted(counted.items())
        }

    def broader(self, kind: SlotKind, value: str) -> tuple[str, ...]:
        """Everything that ``value`` is a kind of, nearest first."""
        concept = self.concept(kind, value)
        found = [concept.key] if concept is not None else []
        for at in found:
            found += [edge.target for edge in self.targets(at, Relation.BROADER) if edge.target not in found]
        return tuple(key.value for key in found[1:])

    def is_consumed(self, name: str) -> bool | None:
        """Whether what is called so is bought by its amount, as rice and soap are: "2 kg" is how much of it, not its size. A name that
        nobody knows goes by its last words or characters; None where they say nothing either."""
        pieces = name.split() if name.isascii() else list(name)
        joined = " " if name.isascii() else ""
        for first in range(len(pieces)):
            for concept in self.called(joined.join(pieces[first:])):
                if concept.kind is SlotKind.TYPE:
                    return not CONSUMED.isdisjoint((concept.value, *self.broader(SlotKind.TYPE, concept.value)))
        return None

    def complements(self, value: str) -> tuple[Weighted, ...]:
        """Types that go with a type; those of what it is a kind of count half a step less. What is sold comes first."""
        concept = self.concept(SlotKind.TYPE, value)
        if concept is None:
            return ()
        found: dict[Key, float] = {}
        worth = 1.0
        for above in (concept.value, *self.broader(SlotKind.TYPE, concept.value)):
            for edge in self.targets(Key(SlotKind.TYPE, above), Relation.COMPLEMENTS):
                found.setdefault(edge.target, edge.weight * worth)
            worth *= NARROWER
        ranked = sorted(found.items(), key=lambda each: (not self.total(each[0]), -each[1], each[0].value))
        return tuple(Weighted(key.value, weight) for key, weight in ranked)

    def implied(self, kind: SlotKind, value: str) -> tuple[Slot, ...]:
        """What a wish for ``value`` says beyond itself, as soft slots."""
        concept = self.concept(kind, value)
        if concept is None:
            return ()
        edges = self.targets(concept.key, Relation.IMPLIES)
        return tuple(Slot(*edge.target, confidence=edge.weight) for edge in edges)

    def apply_rules(self, text: str, language: str = "en") -> tuple[Slot, ...]:
        """What ``text`` means by the logic rules without naming it: soft slots, likeliest first; ``text`` of each is what said so.

        Types that the shop doesn't sell are left out, and all types where the text names one itself: who asks for a "camping
        chair" wants no tent.
        """
        text = text[:QUERY_LIMIT]
        holding = rulebook().fired(text, language)
        if not holding:
            return ()
        types = [match.span for match in self.dictionary.find(text) if match.candidates[0].kind is SlotKind.TYPE]
        back = origins(text) or range(len(text))
        found: dict[Key, Slot] = {}
        for each in holding:
            start, end = back[each.span[0]], back[each.span[1] - 1] + 1
            named = any(not (start <= span[0] and span[1] <= end) for span in types)
            for key, weight in each.rule.slots:
                if key.kind is SlotKind.TYPE and (named or not self._is_sold(key)):
                    continue
                if key not in found or found[key].confidence < weight:
                    found[key] = Slot(*key, text=text[start:end], confidence=weight)
        return tuple(sorted(found.values(), key=lambda slot: (-slot.confidence, slot.kind, slot.value)))

    def _is_sold(self, key: Key) -> bool:
        """Whether the catalog has products of a type; of any, where it has no types."""
        return not self._has_types or (key in self.concepts and self.total(key) > 0)
