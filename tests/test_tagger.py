"""What is made of a network's scores: the spans worth saying, and how sure each is."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from aisle.types import SlotKind
from aisle.understanding.tagging import tagger
from aisle.understanding.tagging.tagger import Field, Tagged, decode

PAIRS = {SlotKind.TYPE: (1, 2), SlotKind.BRAND: (3, 4)}
TAGS = ("O", "B-type", "I-type", "B-brand", "I-brand")


def edges(rng: np.random.Generator) -> np.ndarray:
    """(tags + 1, tags + 1): drawn weights; nothing goes on that hasn't begun."""
    weights = rng.normal(size=(6, 6))
    for at, tag in enumerate((*TAGS, "edge")):
        for inside in (2, 4):
            if tag[2:] != TAGS[inside][2:]:
                weights[at, inside] = -1e4
    return weights


def spans_in(path: tuple[int, ...]) -> set[tuple[int, int, SlotKind]]:
    spans = set()
    for at, tag in enumerate(path):
        if tag in (1, 3):
            last = at
            while last + 1 < len(path) and path[last + 1] == tag + 1:
                last += 1
            spans.add((at, last, SlotKind.TYPE if tag == 1 else SlotKind.BRAND))
    return spans


@pytest.mark.parametrize("seed", range(12))
def test_the_spans_that_are_worth_most_with_their_probabilities(seed: int) -> None:
    """Beside every sequence of tags there is, counted one by one."""
    rng = np.random.default_rng(seed)
    length = int(rng.integers(1, 6))
    scores, weights = rng.normal(scale=1.5, size=(length, 5)), edges(rng)
    chances: dict[tuple[int, int, SlotKind], float] = {}
    whole = 0.0
    for path in product(range(5), repeat=length):
        steps = [5, *path, 5]
        total = sum(scores[at, tag] for at, tag in enumerate(path))
        total += sum(weights[a, b] for a, b in pairwise(steps))
        chance = float(np.exp(total))
        whole += chance
        for span in spans_in(path):
            chances[span] = chances.get(span, 0.0) + chance
    chances = {span: chance / whole for span, chance in chances.items()}

    def best(first: int) -> float:
        """What spans from a unit on may be worth at most."""
        if first >= length:
            return 0.0
        own = [chance - tagger.WORTH + best(span[1] + 1) for span, chance in chances.items() if span[0] == first]
        return max([best(first + 1), *own])

    found = decode(scores, Field.of(weights, PAIRS))
    for span in found:
        assert span.confidence == pytest.approx(chances[span.first, span.last, span.kind], abs=1e-9)
    assert all(a.last < b.first for a, b in pairwise(found))
    assert all(span.confidence <= span.sure + 1e-9 for span in found)
    assert sum(span.confidence - tagger.WORTH for span in found) == pytest.approx(best(0), abs=1e-9)


def test_what_is_less_likely_than_the_bar_is_left_unsaid(monkeypatch: pytest.MonkeyPatch) -> None:
    """The likeliest sequence of tags would have it: each of its rivals is less likely still."""
    monkeypatch.setattr(tagger, "WORTH", 0.42)
    weights = edges(np.random.default_rng(0))
    weights[weights > -1e4] = 0.0
    scores = np.log(np.array([[0.25, 0.4, 1e-9, 0.35, 1e-9]]))
    assert decode(scores, Field.of(weights, PAIRS)) == ()
    scores = np.log(np.array([[0.25, 0.5, 1e-9, 0.25, 1e-9]]))
    assert decode(scores, Field.of(weights, PAIRS)) == (
        Tagged(0, 0, SlotKind.TYPE, pytest.approx(0.5), pytest.approx(0.5)),
    )
