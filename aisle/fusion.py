"""f_M, first form: joint embedding by weighted averaging. Any subset of parts; each part's share is shown as attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aisle.types import Signal


@dataclass(frozen=True, slots=True)
class Fused:
    """The query as one unit vector (dim,) float32, or None when no part has one; ``attention`` sums to 1 over the parts."""

    vector: np.ndarray | None
    attention: tuple[float, ...]


def unit(vector: np.ndarray) -> np.ndarray:
    """``vector`` (…, dim) scaled to length 1 as float32; a zero vector stays zero."""
    norm = np.linalg.norm(vector, axis=-1, keepdims=True)
    return (vector / np.maximum(norm, 1e-12)).astype(np.float32)


def fuse(signals: Sequence[Signal]) -> Fused:
    """Σ weight·quality·vector, scaled to length 1. A part with a negative weight pushes away; a bad one fades by quality."""
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
