"""What fusing answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Fused:
    """The query as one unit vector (dim,) float32, or None when no part has one; ``attention`` sums to 1 over the parts; ``learned``
    says that a network made the vector, rather than a mean."""

    vector: np.ndarray | None
    attention: tuple[float, ...]
    learned: bool = False


def unit(vector: np.ndarray) -> np.ndarray:
    """``vector`` (…, dim) scaled to length 1 as float32; a zero vector stays zero."""
    norm = np.linalg.norm(vector, axis=-1, keepdims=True)
    return (vector / np.maximum(norm, 1e-12)).astype(np.float32)
