"""Aisle's understanding as the sets score it: with the graph of the catalogs in $AISLE_DATA, or of the lexicon alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from aisle.types import CompoundQuery, Product
from aisle.understanding.compound import Understander
from aisle.understanding.dialogue import say
from aisle.understanding.graph import Graph
from aisle.understanding.tagging.tagger import SHIPPED, Tagger

CATALOGS = {
    "electronics": ("brand",),
    "fashion": ("type", "gender", "color", "usage"),
    "furniture": ("type", "color"),
    "grocery": ("type",),
}
"""The catalogs of $AISLE_DATA with the attributes that a shop of them would have."""


def catalog(root: Path) -> Iterator[Product]:
    """Every product of CATALOGS as a shop that sells all of it would describe it."""
    for name, fields in CATALOGS.items():
        path = root / name / "products.jsonl"
        for i, row in enumerate(map(json.loads, path.read_text(encoding="utf-8").splitlines())):
            attributes = {field: str(row[field]) for field in fields if row.get(field)}
            yield Product(f"{name}/{i}", str(row.get("title") or row.get("name") or ""), attributes=attributes)


class Aisle:
    """``understand`` of the sets, turn by turn."""

    def __init__(self, understander: Understander) -> None:
        self.understander = understander

    @classmethod
    def load(cls, folder: Path | None = None) -> Aisle:
        root = os.environ.get("AISLE_DATA")
        graph = Graph.build(catalog(Path(root)) if root else ())
        aisle = cls(Understander(graph, Tagger(folder or SHIPPED)))
        aisle(["red dress"])  # what is loaded at the first use isn't timed
        return aisle

    def __call__(self, turns: Sequence[str]) -> CompoundQuery:
        states: tuple[CompoundQuery, ...] = ()
        for turn in turns:
            states = say(states, turn, self.understander)
        return states[-1] if states else CompoundQuery()
