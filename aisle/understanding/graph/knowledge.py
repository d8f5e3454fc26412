"""What is known before any catalog: the lexicon's concepts, and our own taxonomy, complements and implications in ``data/``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from aisle.types import SlotKind
from aisle.understanding.graph.concepts import Key, Origin, Relation
from aisle.understanding.graph.draft import Draft
from aisle.understanding.lexicon import Entry, Lexicon

DATA = Path(__file__).with_name("data")
KINDS = {
    "type": SlotKind.TYPE,
    "item": SlotKind.TYPE,
    "brand": SlotKind.BRAND,
    "color": SlotKind.COLOR,
    "material": SlotKind.MATERIAL,
    "pattern": SlotKind.PATTERN,
    "size": SlotKind.SIZE,
    "gender": SlotKind.AUDIENCE,
    "audience": SlotKind.AUDIENCE,
    "usage": SlotKind.OCCASION,
    "occasion": SlotKind.OCCASION,
    "season": SlotKind.OCCASION,
    "style": SlotKind.STYLE,
    "quality": SlotKind.FEATURE,
    "feature": SlotKind.FEATURE,
    "shape": SlotKind.FEATURE,
}
"""What the lexicon's kinds are to a query."""
MOVED = {
    SlotKind.STYLE: "Vintage|Retro|Modern|Minimalist|Elegant|Cute|Fashionable|Luxury|Classic|Versatile|Sexy|Sweet Style|Preppy|"
    "Streetwear|Punk|Gothic|Y2K|Korean Style|Japanese Style|Chinese Style|French Style|British Style|American Style|Nordic|"
    "Industrial|Rustic|Mid-Century|Wabi-Sabi|Cream Style|Art Deco|Romantic|Literary Style|Playful|Cool|Loud|Understated|"
    "Delicate|Professional",
    SlotKind.SIZE: "Large|Small|Medium|Plus Size|Petite|One Size|Extra Large|Mini|Double|Single",
    SlotKind.OCCASION: "Gift",
    SlotKind.AUDIENCE: "Matching|Parent-Child",
}
"""Qualities of the lexicon that are of another kind to a query."""
LEFT_OUT = frozenset({"Cheap", "Discount", "Good Value", "New", "Bestseller"})
"""Qualities that wish for an order or a price, not for a kind of thing."""
_MOVED = {name: kind for kind, names in MOVED.items() for name in names.split("|")}
RELATIONS = {
    "types.txt": Relation.BROADER,
    "families.txt": Relation.BROADER,
    "synonyms.txt": Relation.SYNONYM,
    "complements.txt": Relation.COMPLEMENTS,
    "implies.txt": Relation.IMPLIES,
}


class Line(NamedTuple):
    """``head`` stands in the file's relation to each of ``items`` (concept, weight)."""

    head: Key
    items: tuple[tuple[Key, float], ...]


def kind_of(entry: Entry) -> SlotKind | None:
    """The kind of an entry's concept, None where it is none."""
    if entry.kind in ("quality", "shape"):
        return None if entry.key in LEFT_OUT else _MOVED.get(entry.key, SlotKind.FEATURE)
    return KINDS.get(entry.kind)


def named() -> Draft:
    """A draft of all that is known by name, without what stands to what."""
    draft = Draft()
    for entry in Lexicon.load().entries:
        if (kind := kind_of(entry)) is not None:
            draft.add(kind, entry.key, Origin.LEXICON, entry.names)
    for entry in concepts():
        draft.add(KINDS[entry.kind], entry.key, Origin.RULES, entry.names)
    return draft


@cache
def _known() -> Draft:
    draft = named()
    for file, relation in RELATIONS.items():
        for line in lines(file):
            head = _resolved(draft, line.head)
            for key, weight in line.items:
                item = _resolved(draft, key)
                source, target = (item, head) if relation is Relation.BROADER else (head, item)
                draft.link(source, relation, target, Origin.RULES, weight)
    return draft


def known() -> Draft:
    """A draft of the lexicon and the files of ``data/``, to go on with. There a name is taken for the lexicon's concept of that name."""
    return _known().copy()


def _resolved(draft: Draft, key: Key) -> Key:
    return draft.resolve(*key) or draft.add(*key, Origin.RULES)


def concepts() -> tuple[Entry, ...]:
    """Concepts and names that the lexicon lacks; the file has the lexicon's columns."""
    return Lexicon.load(DATA / "concepts.tsv").entries


@cache
def lines(file: str) -> tuple[Line, ...]:
    """Lines "head: item, item @0.5, kind:item". A section "[color]" sets the kind of names that don't say theirs."""
    found, kind = [], SlotKind.TYPE
    for text in content(file):
        if text.startswith("["):
            kind = SlotKind(text.strip("[]"))
            continue
        head, _, items = text.partition(": ")
        found.append(Line(key_of(head, kind), tuple(weighted(item, kind) for item in items.split(","))))
    return tuple(found)


def content(file: str) -> Iterator[str]:
    """A data file's lines without comments and blank ones."""
    for line in (DATA / file).read_text(encoding="utf-8").splitlines():
        if text := line.partition("#")[0].strip():
            yield text


def key_of(text: str, kind: SlotKind = SlotKind.TYPE) -> Key:
    """ "color:Red" or, of the given kind, "Red". Raises ValueError for an unknown kind."""
    before, sign, value = text.strip().partition(":")
    return Key(SlotKind(before), value.strip()) if sign else Key(kind, before)


def weighted(text: str, kind: SlotKind) -> tuple[Key, float]:
    name, sign, weight = text.partition("@")
    return key_of(name, kind), float(weight) if sign else 1.0
