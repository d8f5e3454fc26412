"""How sure a figure is: bootstrap intervals, and the paired comparison of two runs over the same queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

ROUNDS = 1000
EXACT = 14
"""With no more differing queries than this all sign changes are counted instead of drawn (2^14)."""
TIE = 1e-9
CELLS = 1 << 20
"""Numbers held at once while resampling: 8 MB."""


def bootstrap(values: np.ndarray, *, rounds: int = ROUNDS, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """95 % percentile interval of the column means of ``values`` (queries, metrics), resampling queries (Efron 1979)."""
    rng, n = np.random.default_rng(seed), len(values)
    at_once = max(1, CELLS // values.size)
    means = np.concatenate(
        [
            values[rng.integers(0, n, (min(at_once, rounds - start), n))].mean(axis=1)  # (rounds, metrics)
            for start in range(0, rounds, at_once)
        ]
    )
    return np.percentile(means, 2.5, axis=0), np.percentile(means, 97.5, axis=0)


def permutation_p(differences: Sequence[float] | np.ndarray, *, rounds: int = 10_000, seed: int = 0) -> float:
    """Two-sided p of Fisher's paired randomisation test (Smucker, Allan, Carterette 2007).

    Under the null hypothesis each query's difference might as well have the other sign: the share of sign changes whose
    mean is at least as far from 0 as the one seen. Counted in full for few queries, else ``rounds`` are drawn and the one
    seen counts among them, so p is never 0.
    """
    given = np.asarray(differences, np.float64)
    moved = given[np.abs(given) > TIE]  # a tie is the same with either sign
    seen = abs(moved.sum()) - TIE
    if not len(moved):
        return 1.0
    if len(moved) <= EXACT:
        signs = 1 - 2 * ((np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved))) & 1)  # (2^n, n)
        return float((np.abs(signs @ moved) >= seen).mean())
    rng, beyond = np.random.default_rng(seed), 0
    for _ in range(0, rounds, 500):
        signs = rng.integers(0, 2, (500, len(moved)), np.int8) * 2 - 1  # (500, n)
        beyond += int((np.abs(signs @ moved) >= seen).sum())
    return (beyond + 1) / (rounds + 1)


@dataclass(frozen=True, slots=True)
class Paired:
    """One metric of two runs over the same queries: means, ``difference`` (other − first) with its 95 % interval, ``p`` of
    the randomisation test, and on how many queries the other run was better, equal, worse."""

    first: float
    other: float
    difference: float
    interval: tuple[float, float]
    p: float
    wins: int
    ties: int
    losses: int

    @property
    def significant(self) -> bool:
        return self.p < 0.05


def paired(first: Sequence[float] | np.ndarray, other: Sequence[float] | np.ndarray, *, seed: int = 0) -> Paired:
    """Compare one metric's values per query (queries,), the same queries in the same order."""
    before, after = np.asarray(first, np.float64), np.asarray(other, np.float64)
    differences = after - before  # (queries,)
    low, high = bootstrap(differences[:, None], seed=seed)
    return Paired(
        float(before.mean()),
        float(after.mean()),
        float(differences.mean()),
        (float(low[0]), float(high[0])),
        permutation_p(differences, seed=seed),
        int((differences > TIE).sum()),
        int((np.abs(differences) <= TIE).sum()),
        int((differences < -TIE).sum()),
    )


def as_dict(comparison: Mapping[str, Paired]) -> dict[str, object]:
    """For JSON: metric → its comparison."""
    return {name: {**asdict(each), "significant": each.significant} for name, each in comparison.items()}
