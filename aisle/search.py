"""The use case: a Query and a View go in, a Response comes out. Plain functions, one per stage of the one-way road.

The match set is defined by the query alone: all lexical matches ∪ all products whose calibrated dense score passes the
weak-match bound. Filters only narrow it; limit, offset and sort only present it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from aisle.config import OutOfStock, SearchSettings
from aisle.errors import InvalidRequest
from aisle.fusion import Fused, fuse
from aisle.index.arrays import union
from aisle.index.filters import And, Filter, In, Not, fields_of, parse, without
from aisle.index.snapshot import Snapshot
from aisle.models.runtime import Model
from aisle.perception.senses import Senses
from aisle.perception.text import excerpt, highlight
from aisle.ranking import similarity
from aisle.ranking.ranker import WINDOW, Scored, popularity
from aisle.types import (
    Facet,
    FacetValue,
    Hit,
    InputReport,
    InputType,
    Interpretation,
    Product,
    Query,
    Response,
    Signal,
)
from aisle.understanding.wording import Reader, Wording

FACET_VALUES = 100
NEAREST = 48
"""How many of the nearest are offered as weak matches when asked for, or when nothing good was found."""

DENSE_CAP = 20_000
"""More dense matches than this are not enumerated; totals and facets then say that they are estimates."""

MAD_TO_SIGMA = 1.4826
"""Median absolute deviation → standard deviation of a normal distribution (Rousseeuw & Croux 1993)."""
PARTLY = 0.3
"""Where no product has all the words: those that cover this share of what the best one does are matches."""
BESIDE_WORDS = 0.5
"""What the vector's vote counts where words are all there is: what a product says can be read, and counts already."""
OUTLIER = 2.0
"""A dense match must also stand out from the catalog: this many standard deviations above the query's mean cosine. Guards
catalogs that are unlike what the model was trained on, where every cosine is high."""


@dataclass(frozen=True)
class View:
    """What one search reads: immutable, swapped whole when products or settings change.

    ``background`` is a (m, dim) sample of product vectors that tells how a query's cosines are spread over this catalog.
    """

    snapshot: Snapshot
    settings: SearchSettings
    fields: Mapping[str, str]
    senses: Senses
    reader: Reader
    background: np.ndarray


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


class Clock:
    """Milliseconds spent in each named stage."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._started = time.perf_counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.spent[name] = self.spent.get(name, 0.0) + (time.perf_counter() - started) * 1000

    def timings(self) -> dict[str, float]:
        return {**self.spent, "total": (time.perf_counter() - self._started) * 1000}


def calibration(signals: Sequence[Signal], fused: Fused, model: Model) -> tuple[float, float]:
    """(slope, bias) of P(good | cosine) for this mix of parts: the wanted modalities' own, averaged by attention; where
    nothing is wanted, the unwanted ones'."""
    shares = {"text": 0.0, "image": 0.0}
    wanted = any(_wanted(signal) for signal in signals)
    for signal, share in zip(signals, fused.attention, strict=True):
        if signal.vector is not None and _wanted(signal) == wanted:
            shares["text" if signal.type is InputType.TEXT else "image"] += share
    whole = sum(shares.values()) or 1.0
    slopes = {"text": model.calibration.text, "image": model.calibration.image}
    return (
        sum(share / whole * slopes[kind][0] for kind, share in shares.items()),
        sum(share / whole * slopes[kind][1] for kind, share in shares.items()),
    )


def _wanted(signal: Signal) -> bool:
    """Whether the part says what a good match is like, rather than what it isn't."""
    return signal.vector is not None and signal.weight > 0


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


@dataclass(frozen=True, slots=True)
class Asked:
    """A query perceived and read: what ``match`` needs, made once however often the query is then relaxed."""

    signals: tuple[Signal, ...]
    fused: Fused
    wording: Wording
    minus: tuple[Wording, ...]
    ends: tuple[float, float]
    shown: bool
    tree: Filter
    scope: Filter
    degraded: tuple[str, ...]


def ask(query: Query, view: View) -> Asked:
    """Perceive and fuse a query's parts, read its words and its filter. Raises InvalidRequest, InvalidMedia, NotFound."""
    tree = parse(query.filters, _allowed(view.fields, view.settings.filterable))
    signals, degraded = view.senses.perceive(query.inputs)
    fused = fuse(signals)
    words = [s for s in signals if s.type is InputType.TEXT]
    return Asked(
        tuple(signals),
        fused,
        view.reader.read(" ".join(s.words for s in words if s.weight > 0), literal=not query.relax),
        tuple(view.reader.read(s.words, literal=True) for s in words if s.weight < 0 and s.words),
        calibration(signals, fused, view.senses.model),
        any(s.type is not InputType.TEXT and _wanted(s) for s in signals),
        tree,
        parse(query.scope, view.fields),
        tuple(degraded),
    )


def _allowed(fields: Mapping[str, str], names: Sequence[str]) -> Mapping[str, str]:
    return fields if "*" in names else {name: kind for name, kind in fields.items() if name in names}


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
    if vector is None or not any(map(_wanted, asked.signals)):
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
        dense = np.nan_to_num(1.0 / (1.0 + np.exp(-(slope * cosines + bias)))).astype(np.float32)
        good = cosines >= floor
        if not asked.shown:
            good |= np.isin(ordinals, by_words)
    found = Candidates(ordinals, _spread(ordinals, lexical.ordinals, worth), dense, good, exact, partial)
    for unwanted in asked.minus:
        hits = snapshot.lexical(unwanted.query)
        found = found.where(~np.isin(found.ordinals, hits.ordinals[hits.coverage >= unwanted.coverage]))
    return found


def _spread(ordinals: np.ndarray, at: np.ndarray, values: np.ndarray) -> np.ndarray:
    """``values`` given at ascending ordinals ``at``, read at ``ordinals`` (n,), 0 where there is none."""
    if not len(at):
        return np.zeros(len(ordinals), np.float32)
    place = np.minimum(np.searchsorted(at, ordinals), len(at) - 1)
    return np.where(at[place] == ordinals, values[place], np.float32(0)).astype(np.float32)


def search(query: Query, view: View, query_id: str) -> Response:
    """Answer one query. Raises InvalidRequest, InvalidMedia, NotFound."""
    clock = Clock()
    with clock.stage("understand"):
        asked = ask(query, view)
    with clock.stage("retrieve"):
        retrieved = retrieve(asked, query, view)
    with clock.stage("rank"):
        ranking = rank(retrieved.found, asked, query, view)
    with clock.stage("facets"):
        facets = {name: facet(name, retrieved, query, view) for name in query.facets}
    with clock.stage("present"):
        hits = present(ranking, asked, query, view)
    exact = retrieved.found.exact
    return Response(
        query_id=query_id,
        hits=hits,
        total=ranking.total,
        total_is_exact=exact,
        facets=facets,
        facets_are_exact=exact,
        interpretation=Interpretation(
            asked.wording.text,
            asked.wording.language,
            asked.wording.corrections,
            retrieved.relaxed,
            tuple(
                InputReport(signal.type, signal.weight, share, signal.words)
                for signal, share in zip(asked.signals, asked.fused.attention, strict=True)
            ),
        ),
        degraded=asked.degraded,
        timings_ms=clock.timings(),
    )


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
    """
    attempt = _attempt(asked, asked.wording, asked.tree, view, weak=query.weak)
    if not query.relax:
        return attempt
    if partial := attempt.matched.partial:
        # What is merely near mustn't hide what has the word that says most: "black camera", where no camera is black.
        wording = replace(asked.wording, coverage=partial * PARTLY)
        looser = _attempt(asked, wording, asked.tree, view, weak=query.weak)
        if looser.found.good.any():
            return replace(looser, relaxed=("words",))
    if attempt.found.good.any():
        return attempt
    for step, wording, tree in _relaxations(asked):
        looser = _attempt(asked, wording, tree, view, weak=query.weak)
        if looser.found.good.any():
            return replace(looser, relaxed=(step,))
    if asked.fused.vector is None:
        return attempt
    return replace(_attempt(asked, asked.wording, asked.tree, view, weak=True), relaxed=("nearest",))


def _relaxations(asked: Asked) -> Iterator[tuple[str, Wording, Filter]]:
    if len(asked.wording.main) > 1:
        yield "words", replace(asked.wording, coverage=0.0), asked.tree
    parts = asked.tree.parts if isinstance(asked.tree, And) else (asked.tree,)
    for place in reversed(range(len(parts))):
        names = ", ".join(dict.fromkeys(fields_of(parts[place])))
        rest = And((*parts[:place], *parts[place + 1 :]))
        yield f"filter {names}", asked.wording, rest


def _attempt(asked: Asked, wording: Wording, tree: Filter, view: View, *, weak: bool) -> Retrieved:
    snapshot = view.snapshot
    scope = asked.scope
    if view.settings.out_of_stock is OutOfStock.HIDE:
        scope = And((scope, Not(In("stock", (0,)))))
    allowed, kept = snapshot.filter(scope), snapshot.filter(tree)
    matched = match(asked, wording, view, weak=weak, within=allowed & kept)
    matched = matched.where(allowed[matched.ordinals])
    return Retrieved(matched, matched.where(kept[matched.ordinals]), tree, ())


@dataclass(frozen=True, slots=True)
class Ranking:
    """The page: ``rows`` of ``found`` in order with their signals in ``scored`` and ``variants``; ``total`` over all pages."""

    found: Candidates
    rows: np.ndarray
    scored: Scored
    variants: np.ndarray
    total: int


def rank(found: Candidates, asked: Asked, query: Query, view: View) -> Ranking:
    """Score, sort, join variants, and cut out the page that was asked for. Raises InvalidRequest for an unknown sort."""
    snapshot, ordinals = view.snapshot, found.ordinals
    first = _first_stage(found, asked, view)
    groups = snapshot.groups(ordinals) if query.group else ordinals
    distinct, sizes = np.unique(groups, return_counts=True)
    needed = query.offset + query.limit
    depth = len(ordinals) if len(distinct) < len(ordinals) else max(needed, WINDOW)
    if query.sort == "relevance":
        # Weak matches come after all good ones, whatever else speaks for them.
        order = snapshot.best(ordinals, _keys(first.total(), found.good), depth)
    else:
        field, descending = _sorting(query.sort, view)
        order = snapshot.sort(ordinals, field, depth, descending=descending)
    _, firsts = np.unique(groups[order], return_index=True)
    order = order[np.sort(firsts)]  # the best of each group
    if query.sort == "relevance":
        scored, order = _second_stage(found, first, order, asked, view)
    else:
        scored = first
    rows = order[query.offset : needed]
    variants = sizes[np.searchsorted(distinct, groups[rows])]
    return Ranking(found, rows, scored, variants, len(distinct))


def _keys(totals: np.ndarray, good: np.ndarray) -> np.ndarray:
    """(n,) float64 to rank by: scores, with every good match above every weak one. float32 would blur the scores."""
    return totals + np.where(good, 1000.0, 0.0)


def _first_stage(found: Candidates, asked: Asked, view: View) -> Scored:
    weights = dict(view.settings.weights)
    if asked.shown:
        said = (a for s, a in zip(asked.signals, asked.fused.attention, strict=True) if s.type is InputType.TEXT)
        weights["lexical"] = weights.get("lexical", 0.0) * float(sum(said))
    elif asked.wording.main:
        weights["dense"] = weights.get("dense", 0.0) * BESIDE_WORDS * _looseness(asked)
    if view.settings.out_of_stock is not OutOfStock.DEMOTE:
        weights["stock"] = 0.0
    stock = view.snapshot.values_of_numbers("stock", found.ordinals)
    rating = view.snapshot.values_of_numbers("rating", found.ordinals)
    reviews = view.snapshot.values_of_numbers("reviews", found.ordinals)
    values = {
        "lexical": found.lexical,
        "dense": found.dense,
        "popularity": popularity(rating, reviews),
        "stock": (stock != 0).astype(np.float32),  # unknown stock counts as there
    }
    return Scored(values, {name: float(weights.get(name, 0.0)) for name in values})


def _second_stage(
    found: Candidates, first: Scored, order: np.ndarray, asked: Asked, view: View
) -> tuple[Scored, np.ndarray]:
    """The best of the first stage looked at more closely and put in order again; the rest follows as it was."""
    window = order[:WINDOW]
    n = len(found.ordinals)
    closer = {
        "phrase": view.snapshot.phrase(found.ordinals[window], asked.wording.main, "title"),
        "similarity": _similarities(found.ordinals[window], asked.wording.text, view.snapshot),
    }
    spread = {}
    for name, values in closer.items():
        spread[name] = np.zeros(n, np.float32)
        spread[name][window] = values
    weights = {name: float(view.settings.weights.get(name, 0.0)) for name in closer}
    weights["phrase"] *= _looseness(asked)
    scored = Scored({**first.values, **spread}, {**first.weights, **weights})
    keys = _keys(scored.total()[window], found.good[window])
    again = view.snapshot.best(found.ordinals[window], keys, len(window))
    return scored, np.concatenate([window[again], order[WINDOW:]])


def _looseness(asked: Asked) -> float:
    """1 for a few words, 0 for a query that reads like a title: that means one thing, and similarity says which."""
    return (1.0 - similarity.specificity(similarity.read(asked.wording.text))) ** 2


def _similarities(ordinals: np.ndarray, text: str, snapshot: Snapshot) -> np.ndarray:
    """(h,) float32: how much each product's title reads like the query; 0 for queries that are no titles and hold no code."""
    asked = similarity.read(text)
    if not asked.codes and similarity.specificity(asked) == 0.0:
        return np.zeros(len(ordinals), np.float32)
    fields = (snapshot.values(name, ordinals) for name in ("title", "brand", "code"))
    listings = [
        similarity.read(
            str(title or ""), str(brand or ""), code if isinstance(code, tuple) else (code,) if code else ()
        )
        for title, brand, code in zip(*fields, strict=True)
    ]
    return similarity.compare(asked, listings, len(snapshot), snapshot.frequency).value


def _sorting(sort: str, view: View) -> tuple[str, bool]:
    """(field, descending) of ``price``, ``price:desc``, ``newest``. Raises InvalidRequest."""
    name, _, direction = sort.partition(":")
    if name not in view.settings.sortable or direction not in ("", "asc", "desc"):
        raise InvalidRequest(
            f"Results can't be sorted by {sort[:60]!r}.",
            field="sort",
            hint=f"One of relevance, {', '.join(view.settings.sortable)}; add :desc to turn it round.",
        )
    if name == "newest":
        return "created", direction != "asc"
    return name, direction == "desc" or (name == "rating" and not direction)


def facet(name: str, retrieved: Retrieved, query: Query, view: View) -> Facet:
    """Counts over the match set under every filter but this facet's own; variants count once."""
    snapshot = view.snapshot
    allowed = snapshot.filter(without(retrieved.tree, name))
    ordinals = retrieved.matched.ordinals[allowed[retrieved.matched.ordinals]]
    numbers = snapshot.numbers(name, ordinals) if snapshot.kinds.get(name) == "number" else None
    if numbers is not None:
        return Facet((), numbers.minimum, numbers.maximum)
    count = snapshot.count_groups if query.group else snapshot.count
    counted = count(name, ordinals, FACET_VALUES)
    spellings = Counter(value.casefold() for value in counted)
    merged: dict[str, tuple[str, int]] = {}
    for value, number in counted.items():
        key = value.casefold()
        if spellings[key] > 1 and key not in merged:  # a filter takes them for one value
            owners = ordinals[snapshot.filter(In(name, (value,)))[ordinals]]
            number = len(np.unique(snapshot.groups(owners))) if query.group else len(owners)
        merged.setdefault(key, (value, number))
    ranked = sorted(merged.values(), key=lambda each: -each[1])
    return Facet(tuple(FacetValue(value, number) for value, number in ranked))


def present(ranking: Ranking, asked: Asked, query: Query, view: View) -> tuple[Hit, ...]:
    """The page's hits with their products; one that was removed in this very moment is left out."""
    ids = view.snapshot.ids(ranking.found.ordinals[ranking.rows])
    products = view.senses.products(ids)
    totals = ranking.scored.total()
    return tuple(
        Hit(
            identifier,
            float(totals[row]),
            products[identifier],
            ranking.scored.contributions(row) if query.explain else (),
            not bool(ranking.found.good[row]),
            int(variants),
            _highlights(products[identifier], asked.wording.terms),
        )
        for identifier, row, variants in zip(ids, ranking.rows.tolist(), ranking.variants, strict=True)
        if identifier in products
    )


def _highlights(product: Product, terms: frozenset[str]) -> dict[str, str]:
    """What the words met in the title and, in short, in the description, as escaped HTML with <mark>."""
    if not terms:
        return {}
    marked = {"title": highlight(product.title, terms), "description": excerpt(product.description, terms)}
    return {field: text for field, text in marked.items() if "<mark>" in text}
