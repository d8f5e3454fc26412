"""Fusion by the model's own networks: attention over the parts, or over what each part is made of (deep)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from aisle.fusion.averaging import Averaging
from aisle.fusion.fused import Fused, unit
from aisle.models.runtime import Model
from aisle.types import InputType, Signal

KINDS: Mapping[str, int] = MappingProxyType(
    {"text": 1, "image": 2, "product": 3, "vector": 3, "audio": 4, "video": 5, "context": 6}
)
"""The modality of a part as the networks know it; 0 pads."""


DESCRIBED = 0.75
"""How likely words must describe what is shown for the mean to be taken: a description that the network reads loses 0.16 of its right
answers, an edit that is averaged 0.44 (benchmarks/results_labelled.py), so it must be three times as likely as not."""
PICTURES = (InputType.IMAGE, InputType.VIDEO, InputType.PRODUCT)


class Learned:
    """One of the model's fusion networks (see ``aisle.learning.fusion_nets``).

    Where there is nothing to weigh up (one part, or only parts that aren't wanted), the mean is the answer: a single
    part is always itself. So it is where words say what the picture beside them shows: the networks know words as edits above all, and
    a phone photo of an apple with "apple" beside it is told more by both than by the photo.
    """

    def __init__(self, model: Model, name: str) -> None:
        self.model, self.name = model, name
        self._mean = Averaging()

    def mix(self, signals: Sequence[Signal]) -> Fused:
        there = [i for i, s in enumerate(signals) if s.vector is not None and s.weight and s.quality > 0]
        if len(there) < 2 or all(signals[i].weight < 0 for i in there):
            return self._mean.mix(signals)
        present = [signals[i] for i in there]
        if self.described(present) >= DESCRIBED:
            return self._mean.mix(signals)
        given = {**parts_of(present), **(tokens_of(present) if self.name == "deep" else {})}
        vector, shares = self.model.fuse(self.name, given)
        attention = np.zeros(len(signals))
        attention[there] = shares
        return Fused(unit(vector), tuple(map(float, attention)), learned=True)

    def described(self, signals: Sequence[Signal]) -> float:
        """How likely all words say what the pictures show; 0 where nothing is shown or said, or something isn't wanted."""
        known = self.model.calibration.described
        shown = [s.vector for s in signals if s.type in PICTURES and s.vector is not None]
        said = [s.vector for s in signals if s.type.says_words and s.vector is not None]
        if known is None or not shown or not said or any(s.weight < 0 for s in signals):
            return 0.0
        nearest = min(max(float(words @ picture) for picture in shown) for words in said)
        return float(1 / (1 + np.exp(-(known[0] * nearest + known[1]))))


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
