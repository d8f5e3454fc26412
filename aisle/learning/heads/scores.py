"""Measures of a head's answers, and what the simplest answer of all would get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

Span = tuple[int, int, str]


def accuracy(found: Sequence[object], wanted: Sequence[object]) -> float:
    """Share of equal answers; 0 for none."""
    return sum(a == b for a, b in zip(found, wanted, strict=True)) / max(1, len(wanted))


def macro_f1(found: Sequence[str], wanted: Sequence[str]) -> float:
    """The mean of F1 over every label that is wanted or found: a rare label counts as much as a common one."""
    labels = sorted({*found, *wanted})
    right = Counter(a for a, b in zip(found, wanted, strict=True) if a == b)
    total = Counter(found) + Counter(wanted)
    return sum(2 * right[name] / total[name] for name in labels) / max(1, len(labels))


def majority(wanted: Sequence[str]) -> str:
    """The commonest label; of equally common ones the first in order."""
    return min(Counter(wanted).items(), key=lambda pair: (-pair[1], pair[0]))[0] if wanted else ""


def spans(tags: Sequence[str]) -> list[Span]:
    """(start, end, type) of what BIO or BIEOS tags mark; a piece out of place begins a span, as in conlleval."""
    found: list[Span] = []
    start, kind = -1, ""
    for i, tag in enumerate([*tags, "O"]):
        place, _, name = tag.partition("-")
        if start >= 0 and (place in ("O", "B", "S") or name != kind):
            found.append((start, i, kind))
            start = -1
        if place != "O" and start < 0:
            start, kind = i, name
        if place in ("E", "S") and start >= 0:
            found.append((start, i + 1, kind))
            start = -1
    return found


def span_scores(found: Sequence[Sequence[str]], wanted: Sequence[Sequence[str]]) -> dict[str, float]:
    """Micro precision, recall and F1 of whole spans, exact in both ends and in type."""
    pairs = [(set(spans(a)), set(spans(b))) for a, b in zip(found, wanted, strict=True)]
    right = sum(len(a & b) for a, b in pairs)
    made, there = sum(len(a) for a, _ in pairs), sum(len(b) for _, b in pairs)
    return {
        "precision": right / max(1, made),
        "recall": right / max(1, there),
        "span_f1": 2 * right / max(1, made + there),
    }


def overlap(found: str, wanted: str) -> float:
    """F1 of the characters of two texts as bags; 1 for two empty ones."""
    common = sum((Counter(found) & Counter(wanted)).values())
    return 2 * common / (len(found) + len(wanted)) if found or wanted else 1.0
