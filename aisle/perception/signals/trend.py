"""Example: what is talked about, from a feed of JSON Lines {term, score, time} that the shop's settings name.

Registered and off: put ``trend`` among the settings' ``context`` and a URL into ``trend_feed``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field, ValidationError

from aisle.perception.signals.base import Consent, Payload, Said, SignalSource, Surroundings, Words, decayed

HALF_LIFE_S = 48 * 3600.0
MAX_LINES = 2000


class Trend(Payload):
    """How many terms may speak."""

    limit: Annotated[int, Field(ge=1, le=10)] = 3


class Term(Payload):
    """A line of the feed: ``score`` in [0, 1], ``time`` in epoch seconds."""

    term: Words
    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    time: Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)]


class TrendSource(SignalSource[Trend]):
    """The terms that count most now: their scores halve every two days."""

    name = "trend"
    consent = Consent.NONE
    schema = Trend

    def read(self, payload: Trend, around: Surroundings) -> Said:
        scores: dict[str, float] = {}
        for line in terms(around.feed()):
            now = line.score * decayed(around.now - line.time, HALF_LIFE_S)
            scores[line.term] = max(now, scores.get(line.term, 0.0))
        best = sorted(
            ((score, term) for term, score in scores.items() if term and score > 0.01), key=lambda s: (-s[0], s[1])
        )
        best = best[: payload.limit]
        if not best:
            return Said(missing=("nothing",))
        meant = [(score, around.encode_text(term)) for score, term in best]
        vectors = [score * vector for score, vector in meant if vector is not None]
        vector = np.sum(vectors, axis=0) if vectors else None  # (dim,)
        return Said(" ".join(term for _, term in best), vector, best[0][0])


def terms(lines: Sequence[str]) -> Iterator[Term]:
    """The lines that can be read; others are passed over, and those beyond ``MAX_LINES``."""
    for line in lines[:MAX_LINES]:
        try:
            found = json.loads(line)
            yield Term.model_validate(
                {**found, "score": float(found["score"]), "time": float(found["time"])}  # whole numbers are numbers too
            )
        except (ValueError, TypeError, KeyError, RecursionError, ValidationError):
            continue
