"""What a shop's own catalog says: values and how they are written, what occurs with what, categories, compatibility."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from aisle.perception.text import detect_language
from aisle.types import SlotKind, Value
from aisle.understanding.graph.compatibility import devices
from aisle.understanding.graph.concepts import Key, Origin, Relation
from aisle.understanding.graph.draft import Draft

FIELDS: Mapping[str, SlotKind] = {
    "type": SlotKind.TYPE,
    "brand": SlotKind.BRAND,
    "color": SlotKind.COLOR,
    "shade": SlotKind.COLOR,
    "material": SlotKind.MATERIAL,
    "pattern": SlotKind.PATTERN,
    "size": SlotKind.SIZE,
    "gender": SlotKind.AUDIENCE,
    "age_group": SlotKind.AUDIENCE,
    "audience": SlotKind.AUDIENCE,
    "usage": SlotKind.OCCASION,
    "occasion": SlotKind.OCCASION,
    "season": SlotKind.OCCASION,
    "style": SlotKind.STYLE,
    "feature": SlotKind.FEATURE,
    "features": SlotKind.FEATURE,
    "shape": SlotKind.FEATURE,
}
"""Attributes that are made of concepts, and of which kind."""
PATH = ("category", "subcategory")
"""Attributes that say, from broad to narrow, what a type is part of."""
READ = (*FIELDS, *PATH)
LONGEST = {SlotKind.TYPE: 60, SlotKind.BRAND: 60, SlotKind.SIZE: 16}
"""Characters of a value that names a concept; longer ones are texts."""
LONGEST_OTHER = 32
COMMON = 50
"""Of each kind, the values of a type that are kept as edges, the most frequent ones."""
SEEN = 0.5
"""A category is broader than a type where at least this share of the type's products stand in it."""


class Described(Protocol):
    """What is read of a product."""

    @property
    def title(self) -> str: ...
    @property
    def attributes(self) -> Mapping[str, Value]: ...


T = TypeVar("T", bound=tuple[Any, ...])
Said = tuple[str, str]
"""An attribute and a value of it, as written."""


class Counts:
    """How often the catalog says what; one pass over products, nothing resolved yet."""

    def __init__(self, products: Iterable[Described]) -> None:
        self.products = 0
        self.said: Counter[Said] = Counter()
        self.together: Counter[tuple[str, Said]] = Counter()
        """A type beside what else a product of it says."""
        self.steps: Counter[tuple[Said, Said]] = Counter()
        """A category or type below the category before it."""
        self.devices: Counter[tuple[str, str]] = Counter()
        """A type beside what it is made for."""
        for product in products:
            self._add(product)

    def _add(self, product: Described) -> None:
        self.products += 1
        attributes = product.attributes
        values = [said for name in FIELDS if name in attributes for said in _values(name, attributes[name])]
        self.said.update(values)
        path = [said for name in PATH if name in attributes for said in _values(name, attributes[name])]
        self.said.update(path)
        kind = attributes.get("type")
        if isinstance(kind, str) and kind:
            self.together.update((kind, said) for said in values if said[0] != "type")
            path.append(("type", kind))
            self.devices.update((kind, device) for device in devices(product.title))
        self.steps.update(itertools.pairwise(path))


def _values(name: str, value: Value) -> Iterator[Said]:
    kind = FIELDS.get(name, SlotKind.TYPE)
    limit = LONGEST.get(kind, LONGEST_OTHER)
    for each in dict.fromkeys(value) if isinstance(value, tuple) else (value,):
        if isinstance(each, str) and 0 < len(each) <= limit:
            yield name, each


def add_catalog(draft: Draft, products: Iterable[Described]) -> int:
    """Bring a catalog's concepts and edges into a draft; how many products there were."""
    counts = Counts(products)
    keys = {
        said: key for said, count in _common_first(counts.said) if (key := _concept(draft, said, count)) is not None
    }
    _link_values(draft, counts, keys)
    _link_shades(draft, keys)
    below = Counter({said: count for said, count in counts.said.items() if said in keys})
    for (above, under), count in _common_first(counts.steps):
        if above in keys and under in keys and count >= SEEN * below[under]:
            draft.link(keys[under], Relation.BROADER, keys[above], Origin.CATALOG, 1.0, count)
    for (kind, device), count in _common_first(counts.devices):
        if (key := keys.get(("type", kind))) is not None:
            target = draft.resolve(SlotKind.FEATURE, device) or draft.add(
                SlotKind.FEATURE, device, Origin.CATALOG, {_language(device): (device,)}
            )
            draft.link(key, Relation.COMPATIBLE_WITH, target, Origin.CATALOG, 1.0, count)
    return counts.products


def _link_shades(draft: Draft, keys: Mapping[Said, Key]) -> None:
    """A shade that ends with another's name is one of it: who asks for dark brown is shown what is "Kimstad dark brown"."""
    for key in dict.fromkeys(keys.values()):
        words = key.value.split() if key.kind is SlotKind.COLOR else []
        for start in range(1, len(words)):
            if (above := draft.resolve(SlotKind.COLOR, " ".join(words[start:]))) is not None:
                draft.link(key, Relation.BROADER, above, Origin.CATALOG)
                break


def _common_first(counter: Counter[T]) -> list[tuple[T, int]]:
    """By count, then by name, so that the same catalog makes the same graph in whatever order it is read."""
    return sorted(counter.items(), key=lambda each: (-each[1], each[0]))


def _concept(draft: Draft, said: Said, count: int) -> Key | None:
    """The concept of a value, made if nothing is called so. None for a value that names none."""
    field, written = said
    kind = FIELDS.get(field, SlotKind.TYPE)
    if not any(map(str.isalpha, written)) and kind is not SlotKind.SIZE:
        return None
    key = draft.resolve(kind, written)
    if key is None:
        others = (SlotKind.AUDIENCE, SlotKind.OCCASION, SlotKind.BRAND)
        if field in PATH and any(draft.resolve(other, written) for other in others):
            return None  # "Women" and "Outdoor" are steps of a path, no kinds of thing
        key = draft.add(kind, written, Origin.CATALOG, {_language(written): (written,)})
    draft.count(key, field, written, count)
    return key


def _link_values(draft: Draft, counts: Counts, keys: Mapping[Said, Key]) -> None:
    """Which values a type occurs with, and which brands make it."""
    taken: Counter[tuple[Key, SlotKind]] = Counter()
    for (kind, said), count in _common_first(counts.together):
        source, target = keys.get(("type", kind)), keys.get(said)
        if source is None or target is None or taken[source, target.kind] >= COMMON:
            continue
        taken[source, target.kind] += 1
        relation = Relation.MADE_BY if target.kind is SlotKind.BRAND else Relation.HAS_VALUE
        draft.link(source, relation, target, Origin.CATALOG, 1.0, count)


def _language(text: str) -> str:
    """The language to list a name of the catalog under; "und" where nothing tells."""
    return "en" if text.isascii() else detect_language(text)
