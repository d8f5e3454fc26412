"""The use case itself: perceive, fuse, read, retrieve, filter, rank, present."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from aisle.search.asking import ask
from aisle.search.counterfactual import counterfactual
from aisle.search.matching import retrieve
from aisle.search.presenting import facet, present
from aisle.search.scoring import rank
from aisle.search.view import View
from aisle.types import Effect, Explain, InputReport, Interpretation, Query, Response


def search(query: Query, view: View, query_id: str) -> Response:
    """Answer one query. Raises InvalidRequest, InvalidMedia, NotFound."""
    clock = Clock()
    with clock.stage("understand"):
        asked = ask(query, view)
    with clock.stage("retrieve"):
        retrieved = retrieve(asked, query, view)
    if asked.corrections and not retrieved.found.lexical.any():  # what was put right finds nothing: it stays as typed
        with clock.stage("understand"):
            asked = ask(query, view, spelled=False)
        with clock.stage("retrieve"):
            retrieved = retrieve(asked, query, view)
    with clock.stage("rank"):
        ranking = rank(retrieved.found, asked, query, view)
    with clock.stage("facets"):
        facets = {name: facet(name, retrieved, query, view) for name in query.facets}
    with clock.stage("present"):
        hits = present(ranking, asked, query, view)
    effects: tuple[Effect, ...] = ()
    if query.explain is Explain.COUNTERFACTUAL:
        with clock.stage("counterfactual"):
            effects = counterfactual(asked, ranking, query, view)
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
            asked.corrections,
            retrieved.relaxed,
            tuple(
                InputReport(signal.type, signal.weight, share, signal.words)
                for signal, share in zip(asked.signals, asked.attention, strict=True)
            ),
            asked.understood.compound,
        ),
        degraded=asked.degraded,
        timings_ms=clock.timings(),
        counterfactual=effects,
    )


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
