"""What a cosine means: the probability of a good match, fitted to what retrieval finds on held-out queries."""

from __future__ import annotations

import numpy as np

DEPTH = 50
"""Best so many products of each query are looked at."""
ENOUGH = 200
"""Fewer pairs than this tell too little: the parent's calibration stays."""


def logistic(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope and bias of the most likely logistic curve for ``y`` (n,) bool given ``x`` (n,), by Newton on scaled x."""
    centre, scale = float(x.mean()), float(x.std()) or 1.0
    features = np.stack([(x - centre) / scale, np.ones_like(x)], axis=1).astype(float)  # (n, 2)
    weights = np.zeros(2)
    for _ in range(30):
        p = 1 / (1 + np.exp(-features @ weights))  # (n,)
        curvature = (features * (p * (1 - p))[:, None]).T @ features + 1e-3 * np.eye(2)  # (2, 2)
        weights += np.linalg.solve(curvature, features.T @ (y - p) - 1e-3 * weights)
    slope = weights[0] / scale
    return float(slope), float(weights[1] - slope * centre)


def calibrated(queries: np.ndarray, products: np.ndarray, good: np.ndarray) -> tuple[float, float] | None:
    """Slope and bias for unit rows ``queries`` (q, dim), ``products`` (n, dim) and ``good`` (q, n) bool; None where there
    is too little to learn from, or where a nearer product wouldn't be a better one."""
    cosines = queries @ products.T  # (q, n)
    best = np.argsort(-cosines, axis=1, kind="stable")[:, :DEPTH]  # (q, DEPTH)
    x, y = (np.take_along_axis(rows, best, 1).ravel() for rows in (cosines, good))
    if len(x) < ENOUGH or not 0 < y.mean() < 1:
        return None
    slope, bias = logistic(x, y)
    return (round(slope, 4), round(bias, 4)) if slope > 0 else None
