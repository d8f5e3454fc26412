"""Labelling on one store: queues made from what the live model and the words find, and what raters say of them."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aisle.errors import AisleError, InvalidRequest
from aisle.index.arrays import union
from aisle.indexing import MEDIA_LONGEST
from aisle.labelling import agreement, export, strategies
from aisle.labelling import queries as sources
from aisle.labelling.agreement import Agreement, Disagreement
from aisle.labelling.pseudo import CONFIDENCE, PseudoLabel, Shown, from_agreement, from_clicks, without_judged
from aisle.labelling.strategies import Pool
from aisle.perception.image import decode, encode_jpeg
from aisle.search import View
from aisle.search.asking import ask
from aisle.store import Store
from aisle.store.judgements import Judgement, LabelQuery, Pair, Pick, Progress, Round
from aisle.types import Input, InputType, Product, Query

DEPTH = 20
"""Candidates of a query from each of the two lists, the vectors' and the words'."""
PER_QUERY = 5
OVERLAP = 0.2
"""Share of a queue that two raters get, so that their agreement can be measured."""
QUERIES = 200
SOURCES = ("auto", "log", "catalog")
SAMPLE = 4000
"""Products that queries are made of, at most."""

Found = tuple[str, float, float, float, np.ndarray]


@dataclass(frozen=True, slots=True)
class Task:
    """A pair with its product; None where the shop doesn't have it any more."""

    pair: Pair
    product: Product | None


class Labelling:
    """The face of a store's labelling. ``view`` gives the latest view; only queues and pseudo-labels need it."""

    def __init__(self, store: Store, view: Callable[[], View]) -> None:
        self._store = store
        self._said = store.judgements
        self._view = view

    # For raters

    def next(self, rater: str, limit: int = 1, round: str | None = None) -> list[Task]:
        """What a rater should judge next, held for them for a while. Raises InvalidRequest, NotFound."""
        return self._tasks(self._said.next(rater, limit, round))

    def task(self, pair: int) -> Task:
        """Raises NotFound."""
        return self._tasks([self._said.pair(pair)])[0]

    def judge(self, pair: int, rater: str, grade: int | None) -> Judgement:
        """Keep a grade or (None) a skip: on disk on return. Raises InvalidRequest, NotFound."""
        return self._said.judge(pair, rater, grade)

    def undo(self, rater: str, pair: int | None = None) -> Judgement:
        """Take back a rater's judgement of a pair, or their last one. Raises NotFound."""
        return self._said.undo(rater, pair)

    def progress(self, rater: str = "", round: str | None = None) -> Progress:
        return self._said.progress(rater, round)

    def rounds(self) -> list[Round]:
        return self._said.rounds()

    def agreements(self, round: str | None = None) -> list[Agreement]:
        """How far every two raters agree on what both graded."""
        return agreement.agreements(self._said.standing(round))

    def disagreements(self, round: str | None = None) -> list[tuple[Disagreement, Task]]:
        """Pairs that were graded differently, the open ones first."""
        found = agreement.disagreements(self._said.standing(round))
        by_id = {pair.id: pair for pair in self._said.pairs(round)}
        tasks = self._tasks([by_id[each.pair] for each in found])
        return list(zip(found, tasks, strict=True))

    def _tasks(self, pairs: Sequence[Pair]) -> list[Task]:
        products = self._store.products({pair.product for pair in pairs})
        return [Task(pair, products.get(pair.product)) for pair in pairs]

    # For whoever trains

    def queries(self, source: str = "auto", count: int = QUERIES, seed: int = 0) -> list[LabelQuery]:
        """Queries from the log or made of the catalog; ``auto`` fills up with the second what the first lacks."""
        if source not in SOURCES:
            raise InvalidRequest(
                f"There is no source {source[:40]!r}.", field="source", hint=f"One of {', '.join(SOURCES)}."
            )
        logged = sources.from_log(self._store.queries.since(0.0), count) if source != "catalog" else []
        if source == "log" or len(logged) >= count:
            return logged
        made = sources.from_catalog(self._some_products(seed), count - len(logged), seed)
        return list(dict.fromkeys([*logged, *made]))

    def queries_in(self, path: Path) -> list[LabelQuery]:
        """The queries of a file; their pictures are kept in the store. Raises InvalidRequest naming the line."""
        return list(dict.fromkeys(sources.from_file(path, self._keep_picture)))

    def _keep_picture(self, data: bytes) -> str:
        try:
            return self._store.add_media(encode_jpeg(decode(data), MEDIA_LONGEST), ".jpg")
        except AisleError as error:
            raise ValueError(error.message) from error

    def queue(
        self,
        asked: Sequence[LabelQuery],
        count: int,
        *,
        strategy: str = "mix",
        per_query: int = PER_QUERY,
        depth: int = DEPTH,
        overlap: float = OVERLAP,
        seed: int = 0,
    ) -> Round:
        """Queue the most informative pairs of these queries. Pairs that were queued before aren't again.

        A share ``overlap`` of them, spread over the queue, goes to two raters. Raises InvalidRequest, and when there is
        nothing to queue too.
        """
        known = {(pair.query, pair.product) for pair in self._said.pairs()}
        pool = self.pool(asked, depth)
        taken = [i for i, product in enumerate(pool.product) if (asked[int(pool.query[i])], product) in known]
        chosen = strategies.select(pool, count, strategy, per_query=per_query, taken=taken, seed=seed)
        twice = set(np.random.default_rng(seed).permutation(len(chosen))[: math.ceil(overlap * len(chosen))].tolist())
        picks = [
            Pick(
                asked[int(pool.query[each.place])],
                pool.product[each.place],
                {
                    "strategy": each.strategy,
                    "value": round(each.value, 4) if math.isfinite(each.value) else None,
                    "probability": round(float(pool.probability[each.place]), 4),
                    "lexical": round(float(pool.lexical[each.place]), 4),
                },
                2 if number in twice else 1,
            )
            for number, each in enumerate(chosen)
        ]
        model = self._view().senses.model
        detail = {
            "model": f"{model.name}@{model.version}",
            "queries": len(asked),
            "pool": len(pool),
            "seed": seed,
            "overlap": overlap,
            "per_query": per_query,
        }
        return self._said.add_round(strategy, picks, detail)

    def pool(self, asked: Sequence[LabelQuery], depth: int = DEPTH) -> Pool:
        """The ``depth`` best of each query by the vectors and as many by the words, joined, with what both say."""
        view = self._view()
        numbers: list[int] = []
        rows: list[Found] = []
        vectors = np.zeros((len(asked), view.senses.model.dim), np.float32)
        for number, query in enumerate(asked):
            vector, found = self._candidates(query, depth, view)
            if vector is not None:
                vectors[number] = vector
            numbers += [number] * len(found)
            rows += found
        said = np.array([row[1:4] for row in rows], np.float64).reshape(-1, 3)
        empty = np.zeros((0, vectors.shape[1]), np.float32)
        return Pool(
            query=np.array(numbers, np.int64),
            product=[row[0] for row in rows],
            lexical=said[:, 0],
            probability=said[:, 1],
            score=said[:, 2],
            query_vectors=vectors,
            product_vectors=np.stack([row[4] for row in rows]) if rows else empty,
        )

    def _candidates(self, query: LabelQuery, depth: int, view: View) -> tuple[np.ndarray | None, list[Found]]:
        """The query's vector, and of each candidate: id, lexical share, probability, score, vector."""
        asked = ask(Query(inputs=self._inputs(query)), view)
        snapshot, vector = view.snapshot, asked.fused.vector
        lexical = snapshot.lexical(asked.wording.query)
        best = snapshot.best(lexical.ordinals, lexical.scores, depth)
        ordinals = np.sort(lexical.ordinals[best])
        if vector is not None:
            ordinals = union(ordinals, snapshot.dense(vector, floor=-1.0, limit=depth).ordinals)
        there, at = np.isin(ordinals, lexical.ordinals), np.isin(lexical.ordinals, ordinals)  # both ascending
        shares, worth = np.zeros(len(ordinals)), np.zeros(len(ordinals))
        shares[there] = lexical.coverage[at]
        worth[there] = lexical.scores[at] / (lexical.mass or 1.0)
        probabilities = np.zeros(len(ordinals))
        if vector is not None:
            slope, bias = asked.ends
            cosines = snapshot.cosines(ordinals, vector)
            probabilities = np.nan_to_num(1.0 / (1.0 + np.exp(-(slope * cosines + bias))))
        weights = view.settings.weights
        scores = weights.get("lexical", 0.0) * worth + weights.get("dense", 0.0) * probabilities
        ids = snapshot.ids(ordinals)
        known = self._store.vectors(ids, f"{view.senses.model.name}@{view.senses.model.version}")
        empty = np.zeros(view.senses.model.dim, np.float32)
        return vector, [
            (id, float(share), float(probability), float(score), known.get(id, empty))
            for id, share, probability, score in zip(ids, shares, probabilities, scores, strict=True)
        ]

    def _inputs(self, query: LabelQuery) -> tuple[Input, ...]:
        words = [Input(InputType.TEXT, query.text)] if query.text else []
        if query.image is None:
            return tuple(words)
        return (*words, Input(InputType.IMAGE, self._store.media_path(query.image).read_bytes()))

    def pseudo(
        self, asked: Sequence[LabelQuery] = (), clicks: Path | None = None, confidence: float = CONFIDENCE
    ) -> list[PseudoLabel]:
        """Labels from the query log's clicks and from where words and vectors agree; none for what people judged.

        ``clicks`` is JSON Lines of ``query_id`` and ``product``. Raises InvalidRequest naming the line.
        """
        labels: list[PseudoLabel] = []
        if clicks is not None:
            labels += from_clicks(list(self._shown(read_clicks(clicks))), confidence)
        if asked:
            labels += from_agreement(self.pool(asked), asked, confidence)
        return without_judged(labels, {(label.query, label.product): label for label in self.labels()})

    def _shown(self, clicks: Mapping[str, frozenset[str]]) -> Iterator[Shown]:
        for event in self._store.queries.since(0.0):
            text = sources.words_of(event)
            if text:
                clicked = clicks.get(event.query_id, frozenset())
                yield Shown(LabelQuery(text), event.shown, clicked, event.offset)

    def labels(self, round: str | None = None) -> list[export.Label]:
        """What raters have settled. Raises NotFound for a round that isn't there."""
        return export.settled(self._said.pairs(round), self._said.standing(round))

    def picture(self, name: str) -> str:
        """The path of a query's picture, for exports."""
        return str(self._store.media_path(name).absolute())

    def _some_products(self, seed: int) -> list[Product]:
        snapshot = self._view().snapshot
        some = np.random.default_rng(seed).permutation(snapshot.alive())[:SAMPLE]
        return list(self._store.products(sorted(snapshot.ids(some))).values())


def read_clicks(path: Path) -> dict[str, frozenset[str]]:
    """Query id → products clicked, from JSON Lines. Raises InvalidRequest naming the line that can't be used."""
    found: dict[str, set[str]] = defaultdict(set)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{path} can't be read: {error}.", field="clicks") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row: Any = json.loads(line)
            found[str(row["query_id"])].add(str(row["product"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidRequest(
                f"{path.name}, line {number} can't be used.",
                field=f"line {number}",
                hint='Write {"query_id": "…", "product": "…"}.',
            ) from error
    return {query: frozenset(products) for query, products in found.items()}
