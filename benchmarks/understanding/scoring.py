"""How well an understanding does on labelled queries: micro F1 of what it found, intent, intervals over queries.

Whatever maps the turns said so far to a ``CompoundQuery`` can be scored; it knows nothing of the labels.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from aisle.evaluation.statistics import ROUNDS
from aisle.types import CompoundQuery, SlotKind
from benchmarks.understanding.matching import (
    Same,
    pairs,
    same_quantity,
    same_range,
    same_reference,
    same_slot,
    same_sort,
)
from benchmarks.understanding.sets import Example


class Understanding(Protocol):
    """What is scored: ``turns`` are what a shopper has said, oldest first; the answer is the state after the last."""

    def __call__(self, turns: Sequence[str]) -> CompoundQuery: ...


PARTS: Mapping[str, Same[Any, Any]] = {
    "slots": same_slot,
    "ranges": same_range,
    "sort": same_sort,
    "quantities": same_quantity,
    "reference": same_reference,
}
MODES = ("strict", "lenient")


@dataclass(frozen=True, slots=True)
class Score:
    """A share with its 95 % interval; ``value`` None where there was nothing to find and nothing was found."""

    value: float | None
    low: float = 0.0
    high: float = 1.0

    def __str__(self) -> str:
        return "–" if self.value is None else f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Judged:
    """One query's result. ``shares`` maps a measure that was taken to (numerator, denominator), to be summed over queries: twice the things
    right and the things labelled plus understood for an F1, 0 or 1 and 1 for an accuracy."""

    example: Example
    answer: CompoundQuery
    milliseconds: float
    shares: Mapping[str, tuple[float, float]]

    @property
    def is_right(self) -> bool:
        return self.shares["whole query"][0] == 1.0


def things(query: Example | CompoundQuery, part: str) -> Sequence[Any]:
    """What is said of a part: a single thing that isn't there is no thing."""
    said = getattr(query, part)
    return said if isinstance(said, tuple) else () if said is None else (said,)


def judge(example: Example, answer: CompoundQuery, milliseconds: float = 0.0) -> Judged:
    shares: dict[str, tuple[float, float]] = {}
    whole = example.intent == answer.intent
    for mode in MODES:
        right = total = 0
        for part, same in PARTS.items():
            labelled, understood = things(example, part), things(answer, part)
            found = len(pairs(labelled, understood, same, mode == "lenient"))
            count = len(labelled) + len(understood)
            right, total = right + 2 * found, total + count
            if part == "slots" or mode == "strict":
                shares[f"{part} {mode}" if part == "slots" else part] = (2.0 * found, float(count))
        shares[f"everything {mode}"] = (float(right), float(total))
        if mode == "strict":
            whole = whole and right == total
    for kind in SlotKind:
        labelled, understood = ([s for s in things(q, "slots") if s.kind == kind] for q in (example, answer))
        found = len(pairs(labelled, understood, same_slot, lenient=False))
        shares[kind.value] = (2.0 * found, float(len(labelled) + len(understood)))
    shares["intent"] = (float(example.intent == answer.intent), 1.0)
    shares["whole query"] = (float(whole), 1.0)
    return Judged(example, answer, milliseconds, shares)


def run(understand: Understanding, examples: Iterable[Example]) -> list[Judged]:
    """Every example understood and judged, in order; timed by the turn."""
    judged = []
    for example in examples:
        started = time.perf_counter()
        answer = understand(example.turns)
        judged.append(judge(example, answer, (time.perf_counter() - started) * 1000 / len(example.turns)))
    return judged


def score(judged: Sequence[Judged], measure: str, *, seed: int = 0) -> Score:
    """Micro average of a measure; the interval is of the ratio itself, resampling queries (Efron 1979): micro F1 is no mean
    of the queries' own F1, so ``aisle.evaluation.bootstrap`` of means wouldn't do."""
    shares = np.array([one.shares.get(measure, (0.0, 0.0)) for one in judged]).reshape(
        -1, 2
    )  # (queries, numerator and denominator)
    right, total = shares.sum(axis=0)
    if not total:
        return Score(None)
    drawn = np.random.default_rng(seed).integers(0, len(shares), (ROUNDS, len(shares)))  # (rounds, queries)
    sums = shares[drawn].sum(axis=1)  # (rounds, 2)
    ratios = sums[sums[:, 1] > 0]
    low, high = np.percentile(ratios[:, 0] / ratios[:, 1], [2.5, 97.5])
    return Score(float(right / total), float(low), float(high))


MEASURES = (
    "slots strict",
    "slots lenient",
    "everything strict",
    "everything lenient",
    "intent",
    "whole query",
    "ranges",
    "sort",
    "quantities",
    "reference",
    *(kind.value for kind in SlotKind),
)


FEWEST = 10
"""Queries of a language that make a group of its own; the others are taken together."""


def groups(judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    """All of a set, then single queries and dialogues, then each language, the commonest first."""
    found: dict[str, list[Judged]] = {"all": list(judged)}
    dialogues = [one for one in judged if one.example.is_dialogue]
    if dialogues:
        found |= {"single": [one for one in judged if not one.example.is_dialogue], "dialogues": dialogues}
    languages: dict[str, list[Judged]] = {}
    for one in judged:
        languages.setdefault(one.example.language, []).append(one)
    common = {language: ones for language, ones in languages.items() if len(ones) >= FEWEST}
    others = [one for language, ones in languages.items() if language not in common for one in ones]
    found |= dict(sorted(common.items(), key=lambda item: (-len(item[1]), item[0])))
    return found | {"other languages": others} if others else found
