"""Scores of syllables over time → texts: a prefix beam search (Hannun et al. 2014) over characters, led by what a shop's customers say.

The network says which syllable sounds when; homophones share its score and the language model tells them apart. A prefix is a node of
a tree, so that ways to the same characters meet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from aisle.speech.hanzi import ORDER, START, Hanzi

BEAM = 24
WORDS_WEIGHT = 0.55
"""How much the language model weighs beside the sound."""
BONUS = 0.9
"""Added for each character: without it short texts would win."""
FAINT = math.log(1e-3)
"""A syllable is considered where its score is at least this."""
MARGIN = 8.0
"""How far behind the best a text may lie and still be lengthened."""
SYLLABLES = 10
"""Considered at most at a time."""
_QUIET = math.log(0.999)
_NEVER = -math.inf


@dataclass(slots=True, eq=False)
class Node:
    """Characters so far: one more than its parent. ``words`` is their weighted language model score with bonuses."""

    ordinal: int
    syllable: int
    parent: Node | None
    context: tuple[int, ...]
    words: float
    length: int
    children: dict[int, Node] = field(default_factory=dict)

    def ordinals(self) -> list[int]:
        found: list[int] = []
        node: Node | None = self
        while node is not None and node.parent is not None:
            found.append(node.ordinal)
            node = node.parent
        return found[::-1]


@dataclass(frozen=True, slots=True)
class Guess:
    """``score``: sound and words, natural logarithms. ``sound``: the sound's part."""

    text: str
    score: float
    sound: float
    length: int


class Search:
    """One utterance. ``syllables`` are the network's outputs but the first, the blank."""

    def __init__(self, hanzi: Hanzi, syllables: tuple[str, ...], beam: int = BEAM) -> None:
        self._hanzi, self._syllables, self._beam = hanzi, syllables, beam
        root = Node(START, 0, None, (START,), 0.0, 0)
        self._alive: dict[Node, tuple[float, float]] = {root: (0.0, _NEVER)}  # node → ends in a blank, in its syllable
        self.free = 0.0
        """Sum of the best scores of all frames: what the sound would give with no words to fit."""

    def feed(self, scores: np.ndarray) -> None:
        """(frames, syllables + 1) natural logarithms of probabilities."""
        for frame in scores:
            self.free += float(frame.max())
            self._step(frame)

    def _step(self, frame: np.ndarray) -> None:
        blank = float(frame[0])
        if blank > _QUIET:
            self._alive = {node: (_add(*ends) + blank, _NEVER) for node, ends in self._alive.items()}
            return
        loud = np.flatnonzero(frame[1:] > FAINT) + 1
        if len(loud) > SYLLABLES:
            loud = loud[np.argsort(-frame[loud], kind="stable")[:SYLLABLES]]
        heard = [(int(one), float(frame[one])) for one in loud]
        found: dict[Node, list[float]] = {}
        least = max(_add(*ends) + node.words for node, ends in self._alive.items()) - MARGIN
        for node, (silent, sounding) in self._alive.items():
            either = _add(silent, sounding)
            ends = found.setdefault(node, [_NEVER, _NEVER])
            ends[0] = _add(ends[0], either + blank)
            if node.syllable:
                ends[1] = _add(ends[1], sounding + float(frame[node.syllable]))
            for syllable, score in heard:
                before = silent if syllable == node.syllable else either
                if before + score + node.words < least + blank:
                    continue
                for child in self._children(node, syllable):
                    ends = found.setdefault(child, [_NEVER, _NEVER])
                    ends[1] = _add(ends[1], before + score)
        ranked = sorted(found.items(), key=lambda pair: -(_add(*pair[1]) + pair[0].words))[: self._beam]
        self._alive = {node: (ends[0], ends[1]) for node, ends in ranked}

    def _children(self, node: Node, syllable: int) -> list[Node]:
        found = []
        for ordinal, chance in self._hanzi.after(node.context, self._syllables[syllable - 1]):
            child = node.children.get(ordinal)
            if child is None:
                context = (*node.context, ordinal)[-(ORDER - 1) :]
                words = node.words + WORDS_WEIGHT * chance + BONUS
                child = node.children[ordinal] = Node(ordinal, syllable, node, context, words, node.length + 1)
            found.append(child)
        return found

    def best(self) -> str:
        """The likeliest text so far."""
        node = max(self._alive, key=lambda node: _add(*self._alive[node]) + node.words)
        return self._hanzi.read(node.ordinals())

    def guesses(self) -> list[Guess]:
        """All that is still thought of, the likeliest first, each text once; without the empty one."""
        found: dict[str, Guess] = {}
        for node, ends in self._alive.items():
            if not node.length:
                continue
            sound = _add(*ends)
            score = sound + node.words + WORDS_WEIGHT * self._hanzi.end(node.context)
            text = self._hanzi.read(node.ordinals())
            if text and (text not in found or found[text].score < score):
                found[text] = Guess(text, score, sound, node.length)
        return sorted(found.values(), key=lambda guess: (-guess.score, guess.text))

    def silent(self) -> float:
        """Score of nothing having been said."""
        return next((_add(*ends) for node, ends in self._alive.items() if not node.length), _NEVER)


def _add(one: float, other: float) -> float:
    """log(e^one + e^other)."""
    if one < other:
        one, other = other, one
    return one if other == _NEVER else one + math.log1p(math.exp(other - one))
