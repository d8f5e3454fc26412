"""The knowledge graph of a store: made of the views' columns, or of the database where no views are open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from aisle.index.columns import Keywords
from aisle.index.snapshot import Snapshot
from aisle.store import Store
from aisle.types import Product, Value
from aisle.understanding.graph import Graph
from aisle.understanding.graph.catalog import READ

BATCH = 2000


@dataclass(slots=True)
class Row:
    """What the graph reads of a product."""

    title: str = ""
    attributes: Mapping[str, Value] = field(default_factory=dict)


def rows(snapshot: Snapshot) -> Iterator[Row]:
    """The living products of a snapshot, from its columns: many times faster than from the database."""
    for part in snapshot.parts:
        attributes: list[dict[str, Value]] = [{} for _ in range(len(part.segment))]
        for name in ("title", *READ):
            column = part.segment.columns.fields.get(name)
            if column is not None and column.keywords is not None:
                for row, value in zip(attributes, _values(column.keywords), strict=True):
                    if value is not None:
                        row[name] = value
        for row, alive in zip(attributes, part.alive.tolist(), strict=True):
            if alive:
                title = row.pop("title", "")
                yield Row(title if isinstance(title, str) else "", row)


def _values(keywords: Keywords) -> Iterator[Value | None]:
    """Each document's word, words, or None."""
    words: list[str | None] = [*keywords.words, None]
    if keywords.codes is not None:
        return (words[code] for code in keywords.codes.tolist())
    assert keywords.rows is not None
    ends = keywords.rows.offsets.tolist()
    codes = keywords.rows.values.tolist()
    table = keywords.words
    return (tuple(table[code] for code in codes[a:b]) or None for a, b in pairwise(ends))


def build_graph(store: Store, products: Iterable[Row] | None = None) -> Graph:
    """The graph as of now, with what people have changed."""
    return Graph.build(_stored(store) if products is None else products, store.graph.list())


def _stored(store: Store) -> Iterator[Product]:
    seq = 0
    while changes := store.changes(seq, BATCH):
        yield from (change.product for change in changes if change.product is not None)
        seq = changes[-1].seq
