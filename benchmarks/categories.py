"""Which category does a shopper click after a query? Learnt from earlier queries, measured on later ones.

    python -m benchmarks.categories DATA

DATA holds ``electronics``: ``queries_train.jsonl`` (query, category clicked, time; the rows without a category are left out) and
``products.jsonl``. The first four fifths by time are learnt from, the rest is the test; a figure is the share of its queries whose
category is the first named, or among the first five, with a 95 % bootstrap interval. The names of all categories are known: they are the
shop's own, and every way that can use them has them as one more text each ("names").

``aisle`` is ``aisle.understanding.categories``: what is alike votes, seen by letters, words, the knowledge graph's kinds of things and the
titles that the catalog finds. What counts how much was chosen on the learnt part alone (its last two fifths, by time). The baselines:
softmax regression on tf-idf of character 2- to 5-grams (scikit-learn), the nearest earlier query by the cosine of the same, the
commonest categories.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aisle.config import SearchSettings
from aisle.evaluation import bootstrap
from aisle.index.lexical import Clause, LexicalQuery, Weighting
from aisle.index.segment import Document, Segment
from aisle.index.snapshot import Part, Snapshot
from aisle.perception.text import clauses, terms
from aisle.understanding.categories import Categories, Company, views_of
from aisle.understanding.graph import Graph
from benchmarks.timing import machine
from benchmarks.timing import table as markdown
from training.sources import lines

LEARNT = 0.8
FIRST = 5
NEAREST = 30
"""Products of the catalog that a text is seen in the company of."""

Answer = Sequence[Sequence[str]]
"""For each query categories, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Clicked:
    """A query and the category that was clicked after it."""

    query: str
    category: str


def load(data: Path) -> list[Clicked]:
    """In order of time."""
    found = [row for row in lines(data / "electronics/queries_train.jsonl") if row["category"]]
    return [Clicked(str(r["query"]), str(r["category"])) for r in sorted(found, key=lambda row: str(row["time"]))]


def catalog(data: Path) -> Company:
    """Search by words over the catalog's titles and brands."""
    rows = [(str(r["id"]), str(r["title"]), str(r["brand"] or "")) for r in lines(data / "electronics/products.jsonl")]
    documents = [Document(i, terms={"title": terms(title), "brand": terms(brand)}) for i, title, brand in rows]
    lengths = {
        name: sum(len(document.terms[name]) for document in documents) / len(documents) for name in ("title", "brand")
    }
    weighting = Weighting(SearchSettings().searchable, lengths)
    snapshot = Snapshot(1, [Part.whole("0", Segment.build(documents, 1, weighting))], weighting, 1)
    titles = {identifier: title for identifier, title, _ in rows}

    def find(text: str) -> list[tuple[str, float]]:
        asked = [Clause(tuple((a.term, a.weight) for a in c.alternatives), c.weight) for c in clauses(text)]
        matches = snapshot.lexical(LexicalQuery(tuple(asked)))
        best = np.argsort(-matches.scores, kind="stable")[:NEAREST]
        found = zip(snapshot.ids(matches.ordinals[best]), matches.scores[best].tolist(), strict=True)
        return [(titles[identifier], score) for identifier, score in found]

    return find


def ordered(scores: np.ndarray, names: Sequence[str]) -> Answer:
    """(queries, categories) → the first five names of each."""
    return [[names[at] for at in row] for row in np.argsort(-scores, axis=1, kind="stable")[:, :FIRST]]


def regression(learnt: Sequence[tuple[str, str]], test: Sequence[str]) -> Answer:
    from sklearn.linear_model import LogisticRegression

    one, other = grams([text for text, _ in learnt], test)
    fitted = LogisticRegression(C=30, max_iter=100, tol=1e-3).fit(one, [name for _, name in learnt])
    return ordered(fitted.decision_function(other), fitted.classes_)


def nearest(learnt: Sequence[tuple[str, str]], test: Sequence[str]) -> Answer:
    """The categories of the nearest texts, each once."""
    one, other = grams([text for text, _ in learnt], test)
    order = np.argsort(-(other @ one.T).toarray(), axis=1, kind="stable")
    return [list(dict.fromkeys(learnt[at][1] for at in row))[:FIRST] for row in order]


def grams(learnt: Sequence[str], test: Sequence[str]):  # type: ignore[no-untyped-def]  # scikit-learn has no types
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return vectors.fit_transform(learnt), vectors.transform(test)


def row_of(name: str, answers: Answer, wanted: Sequence[str]) -> list[str]:
    """A row of the table: top-1 and top-5 with their intervals."""
    right = np.array([[found[:1] == [want], want in found] for found, want in zip(answers, wanted, strict=True)], float)
    low, high = bootstrap(right)
    return [name, *(f"{right[:, i].mean():.3f} [{low[i]:.3f}, {high[i]:.3f}]" for i in (0, 1))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    clicked = load(data)
    cut = int(LEARNT * len(clicked))
    learnt, later = [(each.query, each.category) for each in clicked[:cut]], clicked[cut:]
    test, wanted = [each.query for each in later], [each.category for each in later]
    names = sorted({each.category for each in clicked})
    common = [name for name, _ in Counter(name for _, name in learnt).most_common(FIRST)]
    named = [*((name, name) for name in names), *learnt]
    graph, find = Graph.build(()), catalog(data)

    def aisle(examples: Sequence[tuple[str, str]], company: Company | None) -> Answer:
        categories = Categories(names, examples, views_of(graph, company))
        return ordered(categories.scores(test), categories.names)

    ways: dict[str, Callable[[], Answer]] = {
        "commonest": lambda: [common] * len(test),
        "nearest query, character n-grams": lambda: nearest(learnt, test),
        "nearest query or name": lambda: nearest(named, test),
        "logistic regression, character n-grams": lambda: regression(learnt, test),
        "logistic regression, names too": lambda: regression(named, test),
        "aisle, names alone": lambda: aisle((), find),
        "aisle, without the catalog": lambda: aisle(learnt, None),
        "aisle": lambda: aisle(learnt, find),
    }
    seen = {name for _, name in learnt}
    unseen = sum(want not in seen for want in wanted)
    print(machine())
    print(f"{len(learnt)} queries learnt, {len(test)} later ones; {len(names)} categories; {unseen} of the later ones'")
    print(f"categories ({unseen / len(test):.1%}) were in no earlier query.\n")
    print(markdown(["way", "top-1", "top-5"], [row_of(name, way(), wanted) for name, way in ways.items()]))


if __name__ == "__main__":
    main()
