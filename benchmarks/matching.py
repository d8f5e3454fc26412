"""Find the same product in another shop's listing, by its title alone: R@1, R@10 and MRR, beside library baselines.

    python benchmarks/matching.py DATA [--weight 2.0]

DATA holds ``walmart_amazon`` and ``abt_buy`` (``corpus.jsonl``, ``queries.jsonl``). The baselines are bm25s on plain lower-case
words, bm25s on our own terms with k1 and b tuned on the very queries that it is measured on (in its favour), and the tf-idf
cosine of character trigrams. All of them see the same text of a listing. ``aisle`` is the product's road: BM25F over fields
with clauses of alternatives, then phrase and similarity over the best 100. No optimiser saw these sets, but the signals and their round weights were chosen
while looking at errors on them; the halves of the queries, cut by a hash of the id, show how much luck there is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import bm25s
import numpy as np
from scipy import sparse

from aisle.config import SearchSettings
from aisle.evaluation import hit_at, reciprocal_rank
from aisle.index.lexical import Clause, LexicalQuery, Weighting
from aisle.index.segment import Document, Segment
from aisle.index.snapshot import Part, Snapshot
from aisle.perception.text import clauses, terms
from aisle.ranking.ranker import WINDOW
from aisle.ranking.similarity import compare, read

SETS = ("walmart_amazon", "abt_buy")
FIELDS = {
    "title": "title",
    "name": "title",
    "brand": "brand",
    "modelno": "code",
    "category": "type",
    "description": "description",
}
GRID = [(k1, b) for k1 in (0.4, 0.6, 0.9, 1.2, 1.5, 2.0, 3.0) for b in (0.0, 0.25, 0.5, 0.75, 1.0)]


@dataclass(frozen=True)
class Task:
    """Listings with their fields under Aisle's names; queries as (id, title, relevant ids)."""

    name: str
    corpus: Sequence[tuple[str, Mapping[str, str]]]
    queries: Sequence[tuple[str, str, frozenset[str]]]

    @classmethod
    def load(cls, folder: Path) -> Task:
        corpus = []
        for row in _lines(folder / "corpus.jsonl"):
            fields = {FIELDS[name]: str(value) for name, value in row.items() if name in FIELDS and value}
            corpus.append((row["id"], fields))
        queries = [
            (row["id"], row.get("title") or row.get("name") or "", frozenset(row["relevant"]))
            for row in _lines(folder / "queries.jsonl")
        ]
        return cls(folder.name, corpus, queries)

    def texts(self) -> list[str]:
        return [" ".join(fields.values()) for _, fields in self.corpus]


def _lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def ranked(task: Task, scores: np.ndarray) -> list[list[str]]:
    """The first 100 ids of each query; ``scores`` (queries, listings)."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :100]
    return [[task.corpus[place][0] for place in row] for row in order]


def bm25(documents: Sequence[list[str]], queries: Sequence[list[str]], k1: float, b: float) -> np.ndarray:
    """(queries, listings) scores of the library."""
    model = bm25s.BM25(k1=k1, b=b)
    model.index(documents, show_progress=False)
    rows = []
    for query in queries:
        known = [term for term in query if term in model.vocab_dict]
        rows.append(model.get_scores(known) if known else np.zeros(len(documents), np.float32))
    return np.stack(rows)


def plain(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def trigram_cosine(documents: Sequence[str], queries: Sequence[str]) -> np.ndarray:
    """(queries, listings) cosine of tf-idf weighted character trigrams, words only."""

    def grams(text: str) -> Counter[str]:
        joined = f" {' '.join(plain(text))} "
        return Counter(joined[at : at + 3] for at in range(len(joined) - 2))

    counted = [grams(text) for text in documents]
    frequency: Counter[str] = Counter()
    for each in counted:
        frequency.update(each.keys())
    number = {gram: place for place, gram in enumerate(frequency)}

    def matrix(rows: Sequence[Counter[str]]) -> sparse.csr_array:
        values, columns, starts = [], [], [0]
        for row in rows:
            for gram, count in row.items():
                if gram in number:
                    columns.append(number[gram])
                    values.append(count * (np.log((len(documents) + 1) / (frequency[gram] + 1)) + 1))
            starts.append(len(columns))
        whole = sparse.csr_array((values, columns, starts), shape=(len(rows), len(number)))
        return whole.multiply(1 / np.maximum(sparse.linalg.norm(whole, axis=1), 1e-9)[:, None]).tocsr()

    return (matrix([grams(text) for text in queries]) @ matrix(counted).T).toarray()


def aisle(task: Task, weights: Mapping[str, float]) -> tuple[list[list[str]], float]:
    """The product's ranking with the given ranking weights, and milliseconds a query."""
    settings = SearchSettings()
    documents = [
        Document(identifier, terms={name: terms(text) for name, text in fields.items()})
        for identifier, fields in task.corpus
    ]
    lengths: dict[str, list[int]] = {}
    for document in documents:
        for name, tokens in document.terms.items():
            lengths.setdefault(name, []).append(len(tokens))
    weighting = Weighting(settings.searchable, {name: sum(each) / len(documents) for name, each in lengths.items()})
    snapshot = Snapshot(1, [Part.whole("0", Segment.build(documents, 1, weighting))], weighting, 1)
    fields_of = dict(task.corpus)
    found = []
    started = time.perf_counter()
    for _, title, _ in task.queries:
        asked = clauses(title)
        query = LexicalQuery(
            tuple(Clause(tuple((way.term, way.weight) for way in each.alternatives), each.weight) for each in asked)
        )
        matches = snapshot.lexical(query)
        best = np.argsort(-matches.scores, kind="stable")[:WINDOW]
        ordinals, scores = matches.ordinals[best], matches.scores[best] / max(matches.mass, 1e-9)
        ids = snapshot.ids(ordinals)
        listings = [
            read(fields.get("title", ""), fields.get("brand", ""), tuple(filter(None, [fields.get("code")])))
            for fields in (fields_of[identifier] for identifier in ids)
        ]
        similar = compare(read(title), listings, len(snapshot), snapshot.frequency).value
        phrase = snapshot.phrase(ordinals, [each.alternatives[0].term for each in asked], "title")
        total = weights["lexical"] * scores + weights["phrase"] * phrase + weights["similarity"] * similar
        found.append([ids[place] for place in np.argsort(-total, kind="stable")])
    return found, (time.perf_counter() - started) / len(task.queries) * 1000


def measure(task: Task, found: Sequence[Sequence[str]], keep: Sequence[bool] | None = None) -> str:
    rows = [
        (hit_at(ids, right, 1), hit_at(ids, right, 10), reciprocal_rank(ids, right))
        for place, ((_, _, relevant), ids) in enumerate(zip(task.queries, found, strict=True))
        if (keep is None or keep[place]) and (right := dict.fromkeys(relevant, 1.0))
    ]
    return "  ".join(f"{value:.4f}" for value in np.mean(rows, axis=0))


def half(identifier: str) -> int:
    return int(hashlib.md5(identifier.encode()).hexdigest(), 16) % 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the sets")
    parser.add_argument("--weight", type=float, help="weight of the similarity signal (default: the product's)")
    options = parser.parse_args()
    weights = dict(SearchSettings().weights)
    if options.weight is not None:
        weights["similarity"] = options.weight
    for name in SETS:
        task = Task.load(options.data / name)
        titles = [title for _, title, _ in task.queries]
        print(f"\n{name}: {len(task.queries)} queries on {len(task.corpus)} listings      R@1     R@10    MRR")
        words = bm25([plain(text) for text in task.texts()], [plain(title) for title in titles], 1.5, 0.75)
        print(f"  {'bm25s, lower-case words':44}{measure(task, ranked(task, words))}")
        ours = [terms(text) for text in task.texts()], [terms(title) for title in titles]
        results = [(measure(task, ranked(task, bm25(*ours, k1, b))), k1, b) for k1, b in GRID]
        best, k1, b = max(results)
        print(f"  {f'bm25s, our terms, tuned (k1 {k1}, b {b})':44}{best}")
        names = [fields.get("title", "") for _, fields in task.corpus]
        print(f"  {'character trigrams, tf-idf cosine':44}{measure(task, ranked(task, trigram_cosine(names, titles)))}")
        lexical, _ = aisle(task, {**weights, "similarity": 0.0})
        print(f"  {'aisle without similarity':44}{measure(task, lexical)}")
        found, milliseconds = aisle(task, weights)
        label = f"aisle (similarity {weights['similarity']:g})"
        print(f"  {label:44}{measure(task, found)}   {milliseconds:.1f} ms a query")
        for part in (0, 1):
            print(
                f"  {f'  half {part} of the queries':44}{measure(task, found, [half(i) == part for i, _, _ in task.queries])}"
            )


if __name__ == "__main__":
    main()
