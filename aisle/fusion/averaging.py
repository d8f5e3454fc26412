"""Joint embedding: the weighted mean of the parts. Knows nothing, needs nothing, works for any encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aisle.fusion.fused import Fused, unit
from aisle.types import Signal


class Averaging:
    """Σ weight·quality·vector, scaled to length 1. A part with a negative weight pushes away; a bad one fades by quality."""

    def mix(self, signals: Sequence[Signal]) -> Fused:
        shares = np.array([abs(s.weight) * s.quality for s in signals], dtype=np.float32)  # (parts,)
        total = float(shares.sum())
        if total == 0.0:
            return Fused(None, tuple(0.0 for _ in signals))
        attention = shares / total
        mixed: np.ndarray | None = None
        for signal, share in zip(signals, attention, strict=True):
            if signal.vector is None:
                continue
            term = np.float32(np.sign(signal.weight)) * share * signal.vector  # (dim,)
            mixed = term if mixed is None else mixed + term
        if mixed is None or not np.any(mixed):
            return Fused(None, tuple(map(float, attention)))
        return Fused(unit(mixed), tuple(map(float, attention)))
