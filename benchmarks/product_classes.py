"""Which of 190 classes of product does a shopper want? Chosen by the classes' names: none of the rows is used to learn from.

    python -m benchmarks.product_classes DATA

DATA holds ``product_queries/home_goods_en.tsv``: a query and the class wanted. A figure is the share of queries whose class is the first
named, or among the first five, with a 95 % bootstrap interval; rows without a class are left out. ``aisle`` is
``aisle.understanding.categories`` with the names alone: letters, words and the knowledge graph's kinds of things, nothing fitted.
Its few weights were chosen on other data (see ``benchmarks.categories``) before this set was looked at.

The shipped text tower learnt from these very rows (``training/texts.py``), so it takes no part. The tagger hasn't seen them
(``aisle/understanding/tagging/network/MODEL_CARD.md``), but it takes none either: what it adds to a dictionary is names that no graph
has, and a class is chosen among names.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aisle.perception.text import terms
from aisle.understanding.categories import Categories, View, kinds, pieces, spoken
from aisle.understanding.graph import Graph
from benchmarks.categories import Answer, ordered, row_of
from benchmarks.matching import bm25, plain
from benchmarks.timing import machine
from benchmarks.timing import table as markdown


def load(path: Path) -> list[tuple[str, str]]:
    """(query, class)."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [(row["query"], row["query_class"].strip()) for row in rows if (row["query_class"] or "").strip()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    rows = load(parser.parse_args().data / "product_queries/home_goods_en.tsv")
    queries, wanted = [query for query, _ in rows], [name for _, name in rows]
    names = sorted(set(wanted))
    graph = Graph.build(())

    def aisle(*views: View) -> Answer:
        return ordered(Categories(names, (), views).scores(queries), names)

    def lexical(words: Sequence[list[str]], asked: Sequence[list[str]]) -> Answer:
        return ordered(bm25(words, asked, 1.5, 0.75), names)

    common = [name for _, name in sorted((-wanted.count(name), name) for name in names)[:5]]
    ways = {
        "commonest (told by the answers)": [common] * len(queries),
        "BM25, lower-case words": lexical(list(map(plain, names)), list(map(plain, queries))),
        "BM25, our terms": lexical(list(map(terms, names)), list(map(terms, queries))),
        "aisle, letters and words": aisle(pieces, spoken),
        "aisle, kinds of things alone": aisle(kinds(graph)),
        "aisle": aisle(pieces, spoken, kinds(graph)),
    }
    print(machine())
    print(
        f"{len(queries)} queries, {len(names)} classes; names found in the graph: {known(graph, names):.0%} of the classes\n"
    )
    print(markdown(["way", "top-1", "top-5"], [row_of(name, found, wanted) for name, found in ways.items()]))


def known(graph: Graph, names: Sequence[str]) -> float:
    """Share of the names in which the graph knows a kind of thing."""
    view = kinds(graph)
    return float(np.mean([bool(view(name)) for name in names]))


if __name__ == "__main__":
    main()
