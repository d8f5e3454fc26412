"""How far raters agree beyond chance, and where they don't."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from aisle.store.judgements import GRADES, Judgement

WIDE = 2
"""Grades so far apart that the pair is worth no label until a third rater has looked."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two raters over the ``pairs`` that both graded: the share they ``agreed`` on, Cohen's kappa and the weighted one.

    A kappa is None where it has no value: chance alone would have made them agree on everything. ``table[i][j]`` counts
    pairs that the first graded i and the second j.
    """

    first: str
    second: str
    pairs: int
    agreed: float
    kappa: float | None
    weighted: float | None
    table: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A pair that raters graded differently; ``settled`` once a third has looked."""

    pair: int
    grades: Mapping[str, int]
    settled: bool

    @property
    def spread(self) -> int:
        return max(self.grades.values()) - min(self.grades.values())


def cohen_kappa(table: np.ndarray) -> float | None:
    """κ = (p_o − p_e) / (1 − p_e) of a (k, k) table of counts, rows one rater, columns the other (Cohen 1960).

    p_o is the share on the diagonal, p_e = Σ_i row_i · column_i the share expected of raters who grade independently.
    """
    return _kappa(table, 1.0 - np.eye(len(table)))


def weighted_kappa(table: np.ndarray) -> float | None:
    """κ_w = 1 − Σ w·observed / Σ w·expected with w = (i − j)² / (k − 1)², so that near misses cost little (Cohen 1968)."""
    grades = np.arange(len(table))
    return _kappa(table, (grades[:, None] - grades) ** 2 / (len(table) - 1) ** 2)


def _kappa(table: np.ndarray, cost: np.ndarray) -> float | None:
    total = table.sum()
    if not total:
        return None
    observed = table / total
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0))
    by_chance = float((cost * expected).sum())
    return 1.0 - float((cost * observed).sum()) / by_chance if by_chance > 0 else None


def by_pair(judgements: Iterable[Judgement]) -> dict[int, dict[str, int]]:
    """Pair → rater → grade, skips left out."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for judgement in judgements:
        if judgement.grade is not None:
            found[judgement.pair][judgement.rater] = judgement.grade
    return dict(found)


def agreements(judgements: Iterable[Judgement]) -> list[Agreement]:
    """Every two raters who graded the same pairs, those with the most first."""
    tables: dict[tuple[str, str], np.ndarray] = {}
    for grades in by_pair(judgements).values():
        for first, second in combinations(sorted(grades), 2):
            table = tables.setdefault((first, second), np.zeros((len(GRADES), len(GRADES)), int))
            table[grades[first], grades[second]] += 1
    made = [
        Agreement(
            *raters,
            int(table.sum()),
            float(np.trace(table) / table.sum()),
            cohen_kappa(table),
            weighted_kappa(table),
            tuple(tuple(map(int, row)) for row in table),
        )
        for raters, table in tables.items()
    ]
    return sorted(made, key=lambda each: (-each.pairs, each.first, each.second))


def disagreements(judgements: Iterable[Judgement]) -> list[Disagreement]:
    """Pairs graded differently: those that nobody has settled first, the furthest apart before the rest."""
    found = [
        Disagreement(pair, grades, len(grades) > 2)
        for pair, grades in by_pair(judgements).items()
        if len(set(grades.values())) > 1
    ]
    return sorted(found, key=lambda each: (each.settled, -each.spread, each.pair))


def settled_grade(grades: Sequence[int]) -> int | None:
    """The grade that a pair's raters give together: the median, the lower one of two.

    None while only two have spoken and lie ``WIDE`` or more apart.
    """
    if len(grades) == 2 and abs(grades[0] - grades[1]) >= WIDE:
        return None
    return sorted(grades)[(len(grades) - 1) // 2] if grades else None
