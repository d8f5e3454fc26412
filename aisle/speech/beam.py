"""Scores of sounds over time → texts: a prefix beam search (Hannun et al. 2014), led by what a shop's customers say.

The network says which unit (a syllable, a phone) sounds when; the language says what a unit may mean after what was said, and how likely
that is. A prefix is a node of a tree, so that ways to the same meaning meet.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

FAINT = math.log(1e-3)
"""A unit is considered where its score is at least this."""
MARGIN = 8.0
"""How far behind the best a text may lie and still be lengthened."""
UNITS = 10
"""Considered at most at a time."""
_QUIET = math.log(0.999)
_NEVER = -math.inf


class Language(Protocol):
    """What units mean. What it says to something is a weighted logarithm of its probability, and what else speaks for it."""

    beam: int
    """How many texts are thought of at a time."""

    @property
    def start(self) -> Any:
        """The context of nothing said so far."""

    def after(self, context: Any, unit: str) -> Sequence[tuple[int, Any, float]]:
        """What ``unit`` may mean: a symbol, the context after it, what the language says to it."""

    def end(self, context: Any) -> float:
        """What it says to nothing following; -inf where more must."""

    def read(self, symbols: Iterable[int]) -> str:
        """Symbols as a text."""


@dataclass(slots=True, eq=False)
class Node:
    """What was said so far: one unit more than by its parent. ``words`` is what the language says to all of it."""

    symbol: int
    unit: int
    parent: Node | None
    context: Any
    words: float
    length: int
    children: dict[int, list[Node]] = field(default_factory=dict)
    """Unit → what it may mean here."""

    def symbols(self) -> list[int]:
        found: list[int] = []
        node: Node | None = self
        while node is not None and node.parent is not None:
            found.append(node.symbol)
            node = node.parent
        return found[::-1]


@dataclass(frozen=True, slots=True)
class Guess:
    """``score``: sound and words, natural logarithms. ``sound``: the sound's part. ``length`` in units."""

    text: str
    score: float
    sound: float
    length: int


class Search:
    """One utterance. ``units`` are the network's outputs but the first, the blank."""

    def __init__(self, language: Language, units: Sequence[str]) -> None:
        self._language, self._units = language, units
        root = Node(0, 0, None, language.start, 0.0, 0)
        self._alive: dict[Node, tuple[float, float]] = {root: (0.0, _NEVER)}  # node → ends in a blank, in its unit
        self.free = 0.0
        """Sum of the best scores of all frames: what the sound would give with no words to fit."""

    def feed(self, scores: np.ndarray) -> None:
        """(frames, units + 1) natural logarithms of probabilities."""
        for frame in scores:
            self.free += float(frame.max())
            self._step(frame)

    def _step(self, frame: np.ndarray) -> None:
        blank = float(frame[0])
        if blank > _QUIET:
            self._alive = {node: (_add(*ends) + blank, _NEVER) for node, ends in self._alive.items()}
            return
        loud = np.flatnonzero(frame[1:] > FAINT) + 1
        if len(loud) > UNITS:
            loud = loud[np.argsort(-frame[loud], kind="stable")[:UNITS]]
        heard = [(int(one), float(frame[one])) for one in loud]
        found: dict[Node, list[float]] = {}
        least = max(_add(*ends) + node.words for node, ends in self._alive.items()) - MARGIN
        for node, (silent, sounding) in self._alive.items():
            either = _add(silent, sounding)
            ends = found.setdefault(node, [_NEVER, _NEVER])
            ends[0] = _add(ends[0], either + blank)
            if node.unit:
                ends[1] = _add(ends[1], sounding + float(frame[node.unit]))
            for unit, score in heard:
                before = silent if unit == node.unit else either
                if before + score + node.words < least + blank:
                    continue
                for child in self._children(node, unit):
                    ends = found.setdefault(child, [_NEVER, _NEVER])
                    ends[1] = _add(ends[1], before + score)
        ranked = sorted(found.items(), key=lambda pair: -(_add(*pair[1]) + pair[0].words))[: self._language.beam]
        self._alive = {node: (ends[0], ends[1]) for node, ends in ranked}

    def _children(self, node: Node, unit: int) -> list[Node]:
        found = node.children.get(unit)
        if found is None:
            found = node.children[unit] = [
                Node(symbol, unit, node, context, node.words + said, node.length + 1)
                for symbol, context, said in self._language.after(node.context, self._units[unit - 1])
            ]
        return found

    def best(self) -> str:
        """The likeliest text so far."""
        node = max(self._alive, key=lambda node: _add(*self._alive[node]) + node.words)
        return self._language.read(node.symbols())

    def guesses(self) -> list[Guess]:
        """All that is still thought of, the likeliest first, each text once; without the empty one."""
        found: dict[str, Guess] = {}
        for node, ends in self._alive.items():
            ending = self._language.end(node.context)
            if not node.length or ending == _NEVER:
                continue
            sound = _add(*ends)
            score = sound + node.words + ending
            text = self._language.read(node.symbols())
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
