"""What the shopper did on this visit: products viewed and carted, words searched. The page that knows it sends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from aisle.perception.signals.base import Consent, Payload, Said, SignalSource, Surroundings, plain

FADING = 0.8
"""What each earlier step counts of the next one."""
CARTED = 2.0
"""What putting into the cart counts beside a view or a search."""

Ids = list[Annotated[str, Field(min_length=1, max_length=512)]]


class Session(Payload):
    """Each list has the most recent first."""

    viewed: Ids = Field(default=[], max_length=50)
    carted: Ids = Field(default=[], max_length=50)
    searched: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(default=[], max_length=20)


class SessionSource(SignalSource[Session]):
    """The recency-weighted mean of the vectors of what was viewed, carted and searched. Ids the store doesn't know are
    passed over and said."""

    name = "session"
    consent = Consent.SESSION
    schema = Session

    def read(self, payload: Session, around: Surroundings) -> Said:
        asked = list(dict.fromkeys([*payload.viewed, *payload.carted]))
        known = around.vectors(asked) if asked else {}
        steps = [
            *_faded([known.get(id) for id in payload.viewed], 1.0),
            *_faded([known.get(id) for id in payload.carted], CARTED),
            *_faded([around.encode_text(words) for words in map(plain, payload.searched) if words], 1.0),
        ]
        missing = ("unknown_ids",) if len(known) < len(asked) else ()
        if not steps:
            return Said(missing=missing)
        vector = np.sum([weight * vector for weight, vector in steps], axis=0)  # (dim,)
        # One step may be a slip; what several agree on is meant.
        return Said("", vector, 1.0 - 0.5 ** len(steps), missing)


def _faded(vectors: Sequence[np.ndarray | None], weight: float) -> list[tuple[float, np.ndarray]]:
    """Each vector there is with its weight, fading with its place."""
    return [(weight * FADING**place, vector) for place, vector in enumerate(vectors) if vector is not None]
