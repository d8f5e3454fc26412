"""Counts for ``aisle.understanding.tagging.ngrams``; a query is told what all the others say, as ``training.phrases`` does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aisle.understanding.tagging.ngrams import LONGEST, STATES, Ngrams, laid
from aisle.understanding.tagging.phrases import KINDS
from aisle.understanding.tagging.stretches import Stretches, stretches
from aisle.understanding.tagging.units import Unit, units
from training.phrases import inside
from training.questions import Question

TWICE = 2
"""What was met less often, a query that is learnt from left aside, is told to none."""
MISSING = 0.1


def states(question: Question, own: Sequence[Unit]) -> tuple[np.ndarray, np.ndarray]:
    """Each unit's state, by where things begin and by where they end."""
    first, last = np.full((2, len(own)), STATES - 1)
    for start, end, kind in inside(question, own):
        place = 2 * KINDS.index(kind)
        first[start : end + 1] = last[start : end + 1] = place + 1
        first[start] = last[end] = place
    return first, last


class CountedNgrams:
    """``firsts`` and ``lasts`` (n, STATES): how often a stretch's first and last unit was in each state."""

    def __init__(self, questions: Sequence[Question]) -> None:
        split = [(question, own, stretches(own)) for question in questions if (own := units(question.text))]
        met = [text.keys[: text.within(LONGEST)] for *_, text in split]
        found, often = np.unique(np.concatenate([np.zeros(0, np.uint64), *met]), return_counts=True)
        none = np.zeros((0, STATES), np.uint8)
        self.ngrams = Ngrams(found[often >= TWICE], none, none)
        self.firsts, self.lasts = np.zeros((2, len(self.ngrams.keys), STATES), np.int32)
        for question, own, text in split:
            first, last = states(question, own)
            there = self.ngrams.find(text)
            np.add.at(self.firsts, (there.rows, first[there.firsts]), 1)
            np.add.at(self.lasts, (there.rows, last[there.lasts]), 1)

    def tell(self, question: Question, own: Sequence[Unit], text: Stretches, rng: np.random.Generator) -> np.ndarray:
        """(units, TOLD) float32, as ``Ngrams.tell``, with gaps; of a question that is ``counted`` but for what it adds to the counts."""
        found, (first, last) = self.ngrams.find(text), states(question, own)
        firsts, lasts = self.firsts[found.rows], self.lasts[found.rows]
        if question.counted:
            same = (found.rows[:, None] == found.rows).astype(np.int32)  # (n, n): wherever it stands in the question
            firsts -= same @ np.eye(STATES, dtype=np.int32)[first[found.firsts]]
            lasts -= same @ np.eye(STATES, dtype=np.int32)[last[found.lasts]]
        kept = (rng.random(len(found.rows)) >= MISSING) & (firsts.sum(1) >= TWICE)
        shares = (shares_of(np.maximum(counts[kept], 0)) for counts in (firsts, lasts))
        return laid(len(own), found.where(kept), *shares)

    def kept(self) -> Ngrams:
        """As the tagger takes them along."""
        firsts, lasts = (np.rint(255 * shares_of(each)).astype(np.uint8) for each in (self.firsts, self.lasts))
        return Ngrams(self.ngrams.keys, firsts, lasts)


def shares_of(counts: np.ndarray) -> np.ndarray:
    """(n, STATES): shares, as if each had been met once more in no state at all."""
    return (counts / (counts.sum(-1, keepdims=True) + 1.0)).astype(np.float32)
