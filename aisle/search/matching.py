"""The match set: defined by the query alone. Filters only narrow it; limit, offset and sort only present it.

All lexical matches ∪ all products whose calibrated dense score passes the weak-match bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from aisle.config import OutOfStock
from aisle.index.arrays import union
from aisle.index.filters import And, Filter, In, Not, fields_of
from aisle.search.asking import Asked, wants
from aisle.search.understanding import Kind, joined, unless_silent
from aisle.search.view import View
from aisle.types import Query
from aisle.understanding.wording import Wording

NEAREST = 48
"""How many of the nearest are offered as weak matches when asked for, or when nothing good was found."""

DENSE_CAP = 20_000
"""More dense matches than this are not enumerated; totals and facets then say that they are estimates."""

MAD_TO_SIGMA = 1.4826
"""Median absolute deviation → standard deviation of a normal distribution (Rousseeuw & Croux 1993)."""
PARTLY = 0.3
"""Where no product has all the words: those that cover this share of what the best one does are matches."""
OUTLIER = 2.0
"""A dense match must also stand out from the catalog: this many standard deviations above the query's mean cosine. Guards
catalogs that are unlike what the model was trained on, where every cosine is high."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The match set: ``ordinals`` (n,) ascending; ``lexical`` and ``dense`` (n,) in [0, 1]; ``good`` (n,) above the bound."""

    ordinals: np.ndarray
    lexical: np.ndarray
    dense: np.ndarray
    good: np.ndarray
    exact: bool
    partial: float = 0.0
    """Where no product covers the words as far as they ask: the furthest that any does. 0 where some product does."""

    def where(self, keep: np.ndarray) -> Candidates:
        """Only the rows where ``keep`` (n,) is set."""
        kept = self.ordinals[keep], self.lexical[keep], self.dense[keep], self.good[keep]
        return Candidates(*kept, self.exact, self.partial)


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The match set before (``matched``) and after (``found``) the filter ``tree``, and what was ``relaxed`` to get it."""

    matched: Candidates
    found: Candidates
    tree: Filter
    relaxed: tuple[str, ...]


def retrieve(asked: Asked, query: Query, view: View) -> Retrieved:
    """The match set under the filter. When it is empty, the query is relaxed step by step until something is found:

    words (any of them will do), then each filter (the last first), then the nearest that there are, marked weak.

    Where it has nothing of the kind that is asked for, words and what was understood give way before the kind does.
    """
    first = _attempt(asked, asked.wording, asked.tree, view, weak=query.weak)
    if not query.relax:
        return first
    of_another_kind = None
    for steps, wording in _wordings(asked, first.matched.partial):
        attempt = _attempt(asked, wording, asked.tree, view, weak=query.weak) if steps else first
        kept = _keeping_kind(attempt, asked, wording, query, view)
        attempt = kept or attempt
        if not attempt.found.good.any():
            continue
        attempt = replace(attempt, relaxed=(*steps, *attempt.relaxed))
        if kept is not None:
            return attempt
        of_another_kind = of_another_kind or attempt
    if of_another_kind is not None:
        return of_another_kind
    for step, tree in _relaxations(asked.tree):
        looser = _attempt(asked, asked.wording, tree, view, weak=query.weak)
        if looser.found.good.any():
            return replace(looser, relaxed=(step,))
    if asked.fused.vector is None:
        return first
    nearest = _attempt(asked, asked.wording, asked.tree, view, weak=True)
    return replace(nearest, relaxed=("nearest",)) if len(nearest.found.ordinals) else first


def _wordings(asked: Asked, partial: float) -> Iterator[tuple[tuple[str, ...], Wording]]:
    """What to search by, as it stands first, and what was relaxed for it. Beside what is shown they find nothing, however few will do."""
    if partial:
        # What is merely near mustn't hide what has the word that says most: "black camera", where no camera is black.
        yield ("words",), replace(asked.wording, coverage=partial * PARTLY)
    else:
        yield (), asked.wording
    if len(asked.wording.main) > 1 and not asked.shown:
        yield ("words",), replace(asked.wording, coverage=0.0)


def _keeping_kind(attempt: Retrieved, asked: Asked, wording: Wording, query: Query, view: View) -> Retrieved | None:
    """``attempt``; where what was understood leaves nothing of the kind that is asked for, the same with the kind in place of the
    filters that the nearest of it fails; None where nothing matches that is of the kind.

    What the shopper has chosen has no say in it, so that choosing only narrows.
    """
    kind, filters = asked.understood.kind, asked.understood.filters
    if kind is None or not filters:
        return attempt
    snapshot = view.snapshot
    filed = snapshot.filter(kind.tree)
    matched, left = (each.ordinals[each.good] for each in (attempt.matched, attempt.found))
    if asked.tree != And(filters):
        left = matched[snapshot.filter(And(filters))[matched]]
    if filed[left].any() or _called(left, kind, view):
        return attempt
    of_kind = matched[filed[matched]]
    if not len(of_kind):
        return None
    fails = np.stack([~snapshot.filter(each)[of_kind] for each in filters])  # (filters, n), the most important first
    nearest = fails[:, np.lexsort((*fails[::-1], fails.sum(axis=0)))[0]].tolist()  # (filters,): fewest, least important
    dropped = [each for each, failed in zip(filters, nearest, strict=True) if failed]
    tree = joined(asked.chosen, (unless_silent(kind.tree), *(each for each in filters if each not in dropped)))
    looser = _attempt(asked, wording, tree, view, weak=query.weak)
    said = (
        _named(each) for each in dropped if each in _parts(asked.tree)
    )  # else the shopper's own stands in its place
    return replace(looser, relaxed=tuple(dict.fromkeys(said)))


def _called(ordinals: np.ndarray, kind: Kind, view: View) -> bool:
    """Whether any of the products is called so, by its title or by what it is filed under: "stool, outdoor" is a stool."""
    fields = ("title", *fields_of(kind.tree))
    for name in filter(None, kind.names):
        held = view.snapshot.field_matches(ordinals, name)
        if any((held[field] == len(set(name))).any() for field in fields if field in held):
            return True
    return False


def _relaxations(tree: Filter) -> Iterator[tuple[str, Filter]]:
    parts = _parts(tree)
    for place in reversed(range(len(parts))):
        yield _named(parts[place]), And((*parts[:place], *parts[place + 1 :]))


def _parts(tree: Filter) -> tuple[Filter, ...]:
    return tree.parts if isinstance(tree, And) else (tree,)


def _named(dropped: Filter) -> str:
    return f"filter {', '.join(dict.fromkeys(fields_of(dropped)))}"


def _attempt(asked: Asked, wording: Wording, tree: Filter, view: View, *, weak: bool) -> Retrieved:
    snapshot = view.snapshot
    scope = asked.scope
    if view.settings.out_of_stock is OutOfStock.HIDE:
        scope = And((scope, Not(In("stock", (0,)))))
    allowed, kept = snapshot.filter(scope), snapshot.filter(tree)
    matched = match(asked, wording, view, weak=weak, within=allowed & kept)
    matched = matched.where(allowed[matched.ordinals])
    return Retrieved(matched, matched.where(kept[matched.ordinals]), tree, ())


def match(asked: Asked, wording: Wording, view: View, *, weak: bool, within: np.ndarray | None) -> Candidates:
    """The match set of a query (see the module), before any filter but its scope. With ``weak`` the nearest are added to it,
    of those ``within`` (size,) bool.

    Where something was ``shown`` (a picture, a product), words rank and narrow rather than add: a product of the right
    colour that looks nothing like the photo is no match.
    """
    snapshot, vector = view.snapshot, asked.fused.vector
    lexical = snapshot.lexical(wording.query)
    worth = lexical.scores / np.float32(lexical.mass or 1.0)
    by_words = lexical.ordinals[lexical.coverage >= wording.coverage] if wording.query else lexical.ordinals
    partial = 0.0 if len(by_words) or asked.shown else float(lexical.coverage.max(initial=0.0))
    exact = True
    if vector is None or not any(map(wants, asked.sought)):
        ordinals = by_words if wording.query else snapshot.alive()
        if vector is not None:  # only what it should not be like: all the rest matches alike
            unlike = snapshot.dense(-vector, floor=dense_floor(-vector, *asked.ends, view), limit=DENSE_CAP)
            ordinals, exact = np.setdiff1d(ordinals, unlike.ordinals), unlike.exact
        dense = np.zeros(len(ordinals), np.float32)
        good = np.ones(len(ordinals), bool)
    else:
        slope, bias = asked.ends
        floor = dense_floor(vector, slope, bias, view)
        near = snapshot.dense(vector, floor=floor, limit=DENSE_CAP)
        exact = near.exact
        ordinals = near.ordinals if asked.shown else union(by_words, near.ordinals)
        if weak:
            ordinals = union(ordinals, snapshot.dense(vector, floor=-1.0, limit=NEAREST, mask=within).ordinals)
        cosines = snapshot.cosines(ordinals, vector)  # (n,), NaN where a product has no vector
        dense = _probable(cosines, asked.ends)
        good = cosines >= floor
        if not asked.shown:
            good |= np.isin(ordinals, by_words)
    if asked.leaning is not None and asked.leaning.vector is not None:
        dense = _probable(snapshot.cosines(ordinals, asked.leaning.vector), asked.leaning.ends)
    found = Candidates(ordinals, spread(ordinals, lexical.ordinals, worth), dense, good, exact, partial)
    for unwanted in asked.minus:
        hits = snapshot.lexical(unwanted.query)
        found = found.where(~np.isin(found.ordinals, hits.ordinals[hits.coverage >= unwanted.coverage]))
    return found


def dense_floor(vector: np.ndarray, slope: float, bias: float, view: View) -> float:
    """The cosine a good match must reach: probable enough by calibration, and an outlier among this catalog's cosines."""
    bound = np.clip(view.settings.weak_match, 1e-3, 1 - 1e-3)
    calibrated = (np.log(bound / (1 - bound)) - bias) / slope
    if not len(view.background):
        return float(calibrated)
    cosines = view.background @ vector  # (m,)
    middle = np.median(cosines)
    spread = MAD_TO_SIGMA * np.median(np.abs(cosines - middle))  # not moved by the good matches among them
    return float(max(calibrated, middle + OUTLIER * spread))


def _probable(cosines: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    """(n,) calibrated probability of being a good match; 0 where there is no vector (NaN)."""
    slope, bias = ends
    return np.nan_to_num(1.0 / (1.0 + np.exp(-(slope * cosines + bias)))).astype(np.float32)


def spread(ordinals: np.ndarray, at: np.ndarray, values: np.ndarray) -> np.ndarray:
    """``values`` given at ascending ordinals ``at``, read at ``ordinals`` (n,), 0 where there is none."""
    if not len(at):
        return np.zeros(len(ordinals), np.float32)
    place = np.minimum(np.searchsorted(at, ordinals), len(at) - 1)
    return np.where(at[place] == ordinals, values[place], np.float32(0)).astype(np.float32)
