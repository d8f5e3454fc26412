"""Y, the result vector: the query's vector, moved by what was understood of its words.

A second fusion, of the fused vector with a vector for each slot; a slot that is unwanted counts with a minus. Trained on what is
sold (``training/results.py``): the answer to "like this, not red" lies elsewhere than what was shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from aisle.models.runtime import Model
from aisle.types import Slot, SlotKind

QUERY = 1
KINDS: Mapping[SlotKind, int] = MappingProxyType({kind: QUERY + 1 + i for i, kind in enumerate(SlotKind)})
"""What a part is, as the network knows it; 0 pads, QUERY is the query's own vector."""
MOST = 12
"""Slots that take part, the surest."""


def result_of(
    fused: np.ndarray, slots: Sequence[Slot], model: Model, meaning: Callable[[str], np.ndarray | None]
) -> np.ndarray:
    """(dim,) unit vector: ``fused`` itself where nothing was understood or the model has no such network. ``meaning`` is a text's
    unit vector."""
    if "result" not in model.fusions:
        return fused
    surest = sorted(slots, key=lambda slot: -slot.confidence)[:MOST]
    said = [(slot, vector) for slot in surest if (vector := meaning(slot.value.lower())) is not None]
    if not said:
        return fused
    signs = [-1.0 if slot.negated else 1.0 for slot, _ in said]
    given: dict[str, np.ndarray] = {
        "parts": np.stack([fused, *(vector for _, vector in said)])[None].astype(np.float32),
        "kinds": np.array([[QUERY, *(KINDS[slot.kind] for slot, _ in said)]], np.int64),
        "weights": np.array([[1.0, *signs]], np.float32),
        "quality": np.array([[1.0, *(slot.confidence for slot, _ in said)]], np.float32),
    }
    return model.fuse("result", given)[0]
