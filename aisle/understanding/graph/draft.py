"""A graph in the making: concepts and edges are gathered from several origins and joined by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from aisle.types import SlotKind
from aisle.understanding.graph.concepts import SYMMETRIC, Concept, Edge, Key, Origin, Relation
from aisle.understanding.graph.dictionary import name_key

_RANK = {origin: rank for rank, origin in enumerate(Origin)}


@dataclass(slots=True)
class _Concept:
    key: Key
    origin: Origin
    names: dict[str, dict[str, None]] = field(default_factory=dict)
    count: int = 0
    written: dict[str, dict[str, int]] = field(default_factory=dict)


class Draft:
    """Concepts are told apart by kind and canonical name, whatever its case, hyphens and number."""

    def __init__(self) -> None:
        self._concepts: dict[Key, _Concept] = {}
        self._canonical: dict[tuple[SlotKind, str], Key] = {}
        self._named: dict[tuple[SlotKind, str], Key] = {}
        self._edges: dict[tuple[Key, Relation, Key], Edge] = {}
        self._parents: dict[Key, set[Key]] = {}

    def copy(self) -> Draft:
        """One that may be changed by itself."""
        made = Draft()
        for key, each in self._concepts.items():
            names = {language: dict(called) for language, called in each.names.items()}
            written = {field: dict(spellings) for field, spellings in each.written.items()}
            made._concepts[key] = replace(each, names=names, written=written)
        made._canonical, made._named, made._edges = dict(self._canonical), dict(self._named), dict(self._edges)
        made._parents = {key: set(parents) for key, parents in self._parents.items()}
        return made

    def add(self, kind: SlotKind, value: str, origin: Origin, names: Mapping[str, Iterable[str]] | None = None) -> Key:
        """The concept of this very name, made if it isn't there, called by ``names`` (language → names) as well."""
        folded = (kind, name_key(value) or value)
        key = self._canonical.setdefault(folded, Key(kind, value))
        concept = self._concepts.setdefault(key, _Concept(key, origin))
        if _RANK[origin] > _RANK[concept.origin]:
            concept.origin = origin
        for language, called in (names or {}).items():
            for name in called:
                concept.names.setdefault(language, {})[name] = None
                self._named.setdefault((kind, name_key(name)), key)
        return key

    def resolve(self, kind: SlotKind, name: str) -> Key | None:
        """The concept that is called so: by its canonical name, else by the first that took the name."""
        folded = (kind, name_key(name) or name)
        return self._canonical.get(folded) or self._named.get(folded)

    def count(self, key: Key, field: str, spelling: str, count: int) -> None:
        """Note that ``count`` products say so, in an attribute and a spelling."""
        concept = self._concepts[key]
        concept.count += count
        spellings = concept.written.setdefault(field, {})
        spellings[spelling] = spellings.get(spelling, 0) + count

    def link(
        self, source: Key, relation: Relation, target: Key, origin: Origin, weight: float = 1.0, count: int = 0
    ) -> None:
        """Add an edge, or its count and weight to the one that is there. None leads from a concept to itself, and
        ``broader`` makes no circles."""
        if source == target or (relation is Relation.BROADER and self.is_broader(source, target)):
            return
        place = _place(source, relation, target)
        if (known := self._edges.get(place)) is not None:
            weight, count = max(weight, known.weight), count + known.count
            origin = max(origin, known.origin, key=_RANK.__getitem__)
        self._edges[place] = Edge(*place, weight, count, origin)
        if relation is Relation.BROADER:
            self._parents.setdefault(source, set()).add(target)

    def is_broader(self, above: Key, below: Key) -> bool:
        """Whether ``above`` is reached from ``below`` by going to broader concepts."""
        seen, waiting = {below}, [below]
        while waiting:
            for parent in self._parents.get(waiting.pop(), ()):
                if parent == above:
                    return True
                if parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
        return False

    def unlink(self, source: Key, relation: Relation, target: Key) -> None:
        """Take an edge out, if it is there."""
        self._edges.pop(_place(source, relation, target), None)
        if relation is Relation.BROADER:
            self._parents.get(source, set()).discard(target)

    def unname(self, key: Key, name: str) -> None:
        """Call a concept so no longer, in any language. Its canonical name stays."""
        folded = name_key(name)
        if (concept := self._concepts.get(key)) is None:
            return
        for called in concept.names.values():
            for each in [each for each in called if name_key(each) == folded]:
                del called[each]
        if self._named.get((key.kind, folded)) == key:
            del self._named[key.kind, folded]

    def remove(self, key: Key) -> None:
        """Take a concept out, with its names and edges."""
        self._concepts.pop(key, None)
        for table in (self._canonical, self._named):
            for folded in [folded for folded, named in table.items() if named == key]:
                del table[folded]
        for place in [place for place in self._edges if key in (place[0], place[2])]:
            self.unlink(*place)

    def concepts(self) -> dict[Key, Concept]:
        return {
            key: Concept(
                key.kind,
                key.value,
                {language: tuple(names) for language, names in made.names.items() if names},
                made.count,
                made.written,
                made.origin,
            )
            for key, made in sorted(self._concepts.items())
        }

    def edges(self) -> tuple[Edge, ...]:
        return tuple(edge for _, edge in sorted(self._edges.items()))


def _place(source: Key, relation: Relation, target: Key) -> tuple[Key, Relation, Key]:
    """Where an edge is kept: one that holds both ways is kept once."""
    if relation in SYMMETRIC and target < source:
        source, target = target, source
    return source, relation, target
