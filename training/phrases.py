"""The phrases that the tagger knows by heart (``aisle.understanding.tagging.phrases``): counted in labelled queries, and common names.

In training a query is told what all the *others* say of its phrases: what is learnt is how far to believe that, as it will be with a query
that nobody has labelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aisle.types import SlotKind
from aisle.understanding.tagging.phrases import KINDS, NAMED, Phrases, spread
from aisle.understanding.tagging.stretches import Stretches, is_said, key, key_of, stretches
from aisle.understanding.tagging.units import Unit, units
from training.labelled import FOLDER
from training.questions import Question

NAMES = FOLDER / "names.tsv"
WORK = "work"
MISSING = 0.25, 0.1
"""Shares of the common names and of the phrases of others that a query is told nothing of."""


def names() -> Iterator[tuple[SlotKind | None, str]]:
    """``labels/names.tsv``: names that shoppers use whatever the shop, written from memory with a large language model; each kind (None
    for works and artists) with a name of it, in the file's order."""
    for line in NAMES.read_text(encoding="utf-8").splitlines():
        kind, name = line.split("\t")
        yield None if kind == WORK else SlotKind(kind), name


def inside(question: Question, own: Sequence[Unit]) -> list[tuple[int, int, SlotKind]]:
    """The parts of a question that whole units make up: first and last unit that is said, and kind."""
    starts, ends = {unit.start: i for i, unit in enumerate(own)}, {unit.end: i for i, unit in enumerate(own)}
    found = []
    for start, end, kind in question.spans:
        if start in starts and end in ends:
            said = [i for i in range(starts[start], ends[end] + 1) if is_said(own[i])]
            if said:
                found.append((said[0], said[-1], kind))
    return found


class Counted:
    """Phrases with what was counted of them: ``taken`` (n, kinds), how often one was a part of each kind, ``met`` (n,), how often it stood in a
    query."""

    def __init__(self, questions: Sequence[Question], common: Sequence[tuple[SlotKind | None, str]]) -> None:
        counted: dict[int, np.ndarray] = {}
        named: dict[int, np.ndarray] = {}
        split = [(question, own) for question in questions if (own := units(question.text))]
        for question, own in split:
            for first, last, kind in inside(question, own):
                if (sought := key_of(own[first : last + 1])) is not None:
                    counted.setdefault(sought, np.zeros(len(KINDS)))[KINDS.index(kind)] += 1
        for kind, name in common:
            if (own := key(name)) is not None:
                named.setdefault(own, np.zeros(NAMED, np.float32))[KINDS.index(kind) if kind else -1] = 1.0
        found = np.array(sorted(counted.keys() | named.keys()), np.uint64)
        self.taken = _table(found, counted, len(KINDS)).astype(np.int32)
        shares = _table(found, named, NAMED)
        shares /= np.maximum(shares.sum(1, keepdims=True), 1.0)
        nothing = np.zeros((len(found), len(KINDS)), np.uint8)
        self.phrases = Phrases(found, np.rint(255 * shares).astype(np.uint8), nothing)
        self.met = np.zeros(len(found), np.int32)
        for _, own in split:
            np.add.at(self.met, self.phrases.find(stretches(own)).rows, 1)

    def tell(self, question: Question, own: Sequence[Unit], text: Stretches, rng: np.random.Generator) -> np.ndarray:
        """(units, TOLD) float32, as ``Phrases.tell``, with gaps; of a question that is ``counted`` but for what it adds to the counts."""
        found = self.phrases.find(text)
        common, others = (rng.random(len(found.rows)) >= missing for missing in MISSING)
        taken, met = self.taken[found.rows], self.met[found.rows]
        if question.counted:
            same = (found.rows[:, None] == found.rows).astype(np.int32)  # (n, n): wherever it stands in the question
            parts = {(first, last): KINDS.index(kind) for first, last, kind in inside(question, own)}
            its = np.zeros_like(taken)
            for place, each in enumerate(zip(found.firsts.tolist(), found.lasts.tolist(), strict=True)):
                if each in parts:
                    its[place, parts[each]] = 1
            taken, met = taken - same @ its, met - same.sum(1)
        named = self.phrases.named[found.rows] / np.float32(255)
        said = shares_of(np.maximum(taken, 0), met)
        parts_told = ((common, named), (others, said))
        return np.hstack([spread(len(own), found.where(kept), shares[kept]) for kept, shares in parts_told])

    def kept(self) -> Phrases:
        """As the tagger takes them along."""
        said = np.rint(255 * shares_of(self.taken, self.met)).astype(np.uint8)
        return Phrases(self.phrases.keys, self.phrases.named, said)


def _table(keys: np.ndarray, rows: Mapping[int, np.ndarray], width: int) -> np.ndarray:
    """(n, width): the row of each key, zeros where there is none."""
    made = np.zeros((len(keys), width))
    for place, each in enumerate(keys.tolist()):
        if each in rows:
            made[place] = rows[each]
    return made


def shares_of(taken: np.ndarray, met: np.ndarray) -> np.ndarray:
    """(…, kinds): how often a phrase was each kind where it was met, as if it had been met once more for nothing."""
    return (taken / (np.maximum(met, taken.sum(-1)) + 1.0)[..., None]).astype(np.float32)
