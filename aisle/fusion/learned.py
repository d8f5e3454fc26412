"""Fusion by the model's own networks: attention over the parts, or over what each part is made of (deep)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from aisle.fusion.averaging import Averaging
from aisle.fusion.fused import Fused, unit
from aisle.models.runtime import Model
from aisle.types import Signal

KINDS: Mapping[str, int] = MappingProxyType(
    {"text": 1, "image": 2, "product": 3, "vector": 3, "audio": 4, "video": 5, "context": 6}
)
"""The modality of a part as the networks know it; 0 pads."""


class Learned:
    """One of the model's fusion networks (see ``aisle.learning.fusion_nets``).

    Where there is nothing to weigh up (one part, or only parts that aren't wanted), the mean is the answer: a single
    part is always itself.
    """

    def __init__(self, model: Model, name: str) -> None:
        self.model, self.name = model, name
        self._mean = Averaging()

    def mix(self, signals: Sequence[Signal]) -> Fused:
        there = [i for i, s in enumerate(signals) if s.vector is not None and s.weight and s.quality > 0]
        if len(there) < 2 or all(signals[i].weight < 0 for i in there):
            return self._mean.mix(signals)
        present = [signals[i] for i in there]
        given = {**parts_of(present), **(tokens_of(present) if self.name == "deep" else {})}
        vector, shares = self.model.fuse(self.name, given)
        attention = np.zeros(len(signals))
        attention[there] = shares
        return Fused(unit(vector), tuple(map(float, attention)), learned=True)


def parts_of(signals: Sequence[Signal]) -> dict[str, np.ndarray]:
    """One query's signals as a network takes them, a batch of one: parts (1, n, dim), kinds, weights, quality (1, n)."""
    return {
        "parts": np.stack([s.vector for s in signals if s.vector is not None])[None].astype(np.float32),
        "kinds": np.array([[KINDS[s.type] for s in signals]], np.int64),
        "weights": np.array([[s.weight for s in signals]], np.float32),
        "quality": np.array([[s.quality for s in signals]], np.float32),
    }


def tokens_of(signals: Sequence[Signal]) -> dict[str, np.ndarray]:
    """All their tokens (1, places, width) and the modality number that each belongs to (1, places); one empty place, number
    0, where no signal has any."""
    seen = [(KINDS[s.type], s.tokens) for s in signals if s.tokens is not None]
    width = seen[0][1].shape[1] if seen else WIDTH
    tokens = np.concatenate([rows for _, rows in seen] or [np.zeros((1, width))]).astype(np.float32)
    owners = np.concatenate([np.full(len(rows), kind) for kind, rows in seen] or [np.zeros(1)]).astype(np.int64)
    return {"tokens": tokens[None], "owners": owners[None]}


WIDTH = 256
"""Of the towers' tokens."""
