"""The nouns of the knowledge graph: concepts, the edges between them, and what a person has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from aisle.types import EMPTY, SlotKind


class Key(NamedTuple):
    """What names a concept: its kind and its canonical name."""

    kind: SlotKind
    value: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


class Relation(StrEnum):
    """How a concept stands to another. Each is kept in one direction and can be walked in both.

    "Sneakers" has the ``broader`` "Shoes"; ``synonym`` and ``complements`` hold both ways; a type ``has_value`` "Red" and is
    ``made_by`` a brand; "Phone Cases" are ``compatible_with`` "iPhone 15"; "Running" ``implies`` "Running Shoes".
    """

    BROADER = "broader"
    SYNONYM = "synonym"
    HAS_VALUE = "has_value"
    MADE_BY = "made_by"
    COMPATIBLE_WITH = "compatible_with"
    COMPLEMENTS = "complements"
    IMPLIES = "implies"


SYMMETRIC = frozenset({Relation.SYNONYM, Relation.COMPLEMENTS})


class Origin(StrEnum):
    """Where a concept or an edge comes from. Of several, the last here is told."""

    CATALOG = "catalog"
    LEXICON = "lexicon"
    RULES = "rules"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing that can be said of a product.

    ``names`` maps a language to what it is called there, the usual name first. ``count`` is how many products of the catalog say
    it; ``written`` is how they write it: attribute → spelling → how many.
    """

    kind: SlotKind
    value: str
    names: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: EMPTY)
    count: int = 0
    written: Mapping[str, Mapping[str, int]] = field(default_factory=lambda: EMPTY)
    origin: Origin = Origin.CATALOG

    @property
    def key(self) -> Key:
        return Key(self.kind, self.value)


@dataclass(frozen=True, slots=True)
class Edge:
    """``source`` stands in ``relation`` to ``target``; ``weight`` in (0, 1], ``count`` products of the catalog that show it."""

    source: Key
    relation: Relation
    target: Key
    weight: float = 1.0
    count: int = 0
    origin: Origin = Origin.CATALOG
