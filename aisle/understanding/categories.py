"""Which of a shop's categories does a query mean? By the categories' names, by queries that led to them, and by the catalog.

A query is compared with every name and every labelled query, and each votes for its category by how like it is: nothing is fitted, so
one more labelled query counts at once, a category without any is found by its name, and the queries that spoke for an answer explain it.
What two texts have in common is seen in several views, each a bag of features; a pair's likeness is the mean of their cosines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from aisle.perception.text import fold, terms
from aisle.types import SlotKind
from aisle.understanding.graph import Graph

Bag = Mapping[str, float]
View = Callable[[str], Bag]
Company = Callable[[str], Sequence[tuple[str, float]]]
"""A query → titles of products that its words find, each with its score."""

GRAMS = (2, 3, 4, 5)
"""Characters of the pieces that words are cut into: a misspelt word still has most of them."""
HEAD = 2.0
"""What the word that says what a thing is counts, beside those that say more of it: "coffee table with glass top"."""
BESIDE = 0.4
"""What a kind of thing counts that is named beside the one that is meant: "tv stand" in "cabinet for a tv stand"."""
BROADER = 0.6
"""What a step up the kinds of things leaves of one: a recliner is a chair, but not every chair is one."""
SHARP = 15.0
"""How much more a near text counts than a far one: a cosine of 0.1 more is worth e^1.5 times as much."""
_PARTED = frozenset(("for", "with", "without", "in", "of", "from", "by", "on", "under", "to"))


@dataclass(frozen=True, slots=True)
class Likely:
    """A category, its share of all votes in (0, 1], and the ``because``: the text that spoke loudest for it."""

    name: str
    share: float
    because: str


def pieces(text: str) -> Bag:
    """Pieces of the words' letters with their ends: "nook" has " n", "noo", "ook " …"""
    found: dict[str, float] = {}
    for word in fold(text).split():
        padded = f" {word} "
        for size in GRAMS:
            for start in range(max(1, len(padded) - size + 1)):
                piece = padded[start : start + size]
                found[piece] = found.get(piece, 0.0) + 1.0
    return {piece: 1.0 + float(np.log(count)) for piece, count in found.items()}


def main_part(text: str) -> str:
    """What stands before the first word that only says more: "lamp" of "lamp with a white shade"; all of it where that is nothing."""
    words = fold(text).split()
    end = next((at for at, word in enumerate(words) if word in _PARTED and at), len(words))
    return " ".join(words[:end])


def spoken(text: str) -> Bag:
    """Its terms; the last of the main part, which says what the thing is, counts ``HEAD`` times."""
    found = dict.fromkeys(terms(text), 1.0)
    if main := terms(main_part(text)):
        found[main[-1]] = HEAD
    return found


def kinds(graph: Graph) -> View:
    """The types that are named and all that they are kinds of; the last of the main part is the one meant."""

    def view(text: str) -> Bag:
        matches = graph.dictionary.find(text)
        end = len(main_part(text))
        named = [(m.candidates, m.span[0] < end) for m in matches if any(c.kind is SlotKind.TYPE for c in m.candidates)]
        meant = max((at for at, (_, main) in enumerate(named) if main), default=len(named) - 1)
        found: dict[str, float] = {}
        for at, (candidates, _) in enumerate(named):
            for candidate in candidates:
                if candidate.kind is not SlotKind.TYPE:
                    continue
                worth = candidate.prior * (1.0 if at == meant else BESIDE)
                for name in (candidate.value, *graph.broader(SlotKind.TYPE, candidate.value)):
                    found[name] = max(found.get(name, 0.0), worth)
                    worth *= BROADER
        return found

    return view


def company(find: Company) -> View:
    """The terms of the products that the text finds, each as far as they agree on it."""

    def view(text: str) -> Bag:
        found = find(text)
        whole = sum(score for _, score in found)
        shares: dict[str, float] = {}
        for title, score in found:
            for term in dict.fromkeys(terms(title)):
                shares[term] = shares.get(term, 0.0) + score / whole
        return shares

    return view


def views_of(graph: Graph, find: Company | None = None) -> tuple[View, ...]:
    """All views that there are; without a catalog to ``find`` in, what can be seen without."""
    return (pieces, spoken, kinds(graph), *(() if find is None else (company(find),)))


class Categories:
    """Categories by name, with queries that led to them. Immutable."""

    def __init__(self, names: Iterable[str], examples: Iterable[tuple[str, str]], views: Sequence[View]) -> None:
        """``examples`` are (query, category); a category that only they name is one too."""
        taught = [*((name, name) for name in dict.fromkeys(names)), *examples]
        self.names = tuple(dict.fromkeys(name for _, name in taught))
        place = {name: at for at, name in enumerate(self.names)}
        self._texts = [text for text, _ in taught]
        self._category = np.array([place[name] for _, name in taught], np.intp)  # (texts,)
        self._views = [_Seen(view, self._texts) for view in views]

    def scores(self, queries: Sequence[str]) -> np.ndarray:
        """(queries, categories): each category's share of the votes; rows sum to 1."""
        likeness = self._likeness(queries)  # (queries, texts)
        return np.array([self._votes(row) for row in likeness]).reshape(len(queries), len(self.names))

    def rank(self, query: str, limit: int = 5) -> tuple[Likely, ...]:
        """The likeliest categories, best first."""
        likeness = self._likeness([query])[0]  # (texts,)
        votes = self._votes(likeness)
        best = np.argsort(-votes, kind="stable")[:limit]
        found = []
        for category in best:
            of = np.flatnonzero(self._category == category)
            found.append(Likely(self.names[category], float(votes[category]), self._texts[of[likeness[of].argmax()]]))
        return tuple(found)

    def _likeness(self, queries: Sequence[str]) -> np.ndarray:
        """(queries, texts) in [0, 1]."""
        return np.mean([seen.cosines(queries) for seen in self._views], axis=0)

    def _votes(self, likeness: np.ndarray) -> np.ndarray:
        """(texts,) → (categories,)."""
        votes = np.bincount(self._category, np.expm1(SHARP * likeness) + 1e-9, len(self.names))
        return votes / votes.sum()


class _Seen:
    """Texts in one view, as unit rows of features weighted by how rare they are among the texts."""

    def __init__(self, view: View, texts: Sequence[str]) -> None:
        self._view = view
        bags = [view(text) for text in texts]
        self._column: dict[str, int] = {}
        for bag in bags:
            for feature in bag:
                self._column.setdefault(feature, len(self._column))
        counts = np.bincount([self._column[f] for bag in bags for f in bag], minlength=len(self._column))
        self._rarity = np.log((1 + len(texts)) / (1 + counts)) + 1.0  # (features,)
        self._unknown = float(np.log(1 + len(texts)) + 1.0)
        self._rows = self._matrix(bags)  # (texts, features)

    def cosines(self, queries: Sequence[str]) -> np.ndarray:
        """(queries, texts); a feature that no text has still counts for the query's length."""
        cosines: np.ndarray = (self._matrix([self._view(query) for query in queries]) @ self._rows.T).toarray()
        return cosines

    def _matrix(self, bags: Sequence[Bag]) -> sparse.csr_array:
        values: list[float] = []
        columns: list[int] = []
        starts = [0]
        for bag in bags:
            known = {at: w * self._rarity[at] for f, w in bag.items() if (at := self._column.get(f)) is not None}
            beyond = sum((w * self._unknown) ** 2 for f, w in bag.items() if f not in self._column)
            length = np.sqrt(sum(w * w for w in known.values()) + beyond)
            columns += known
            values += [w / length for w in known.values()]
            starts.append(len(columns))
        return sparse.csr_array((values, columns, starts), shape=(len(bags), len(self._column)))
