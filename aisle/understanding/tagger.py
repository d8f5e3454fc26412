"""What each part of a query says, and what the whole asks of the shop: a small network over the query's units, and two dictionaries.

The network sees every unit by its letters and what the shop's dictionary and that of common names say of it; so it knows the shop's
own brands and types, the world's by and large, and words that no dictionary has by what stands around them. Trained by ``training/tagger.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aisle.types import Intent, SlotKind
from aisle.understanding.graph import Match
from aisle.understanding.units import Unit, grams

if TYPE_CHECKING:
    import onnxruntime

SHIPPED = Path(__file__).with_name("network")
KINDS = tuple(SlotKind)
KNOWN = 4 * len(KINDS)
"""What the dictionaries say of a unit: two of them, two numbers a kind."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """Units [first, last] say something of ``kind``; ``confidence`` is the probability of the whole span, in [0, 1]."""

    first: int
    last: int
    kind: SlotKind
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network made of a text: spans in order, apart from each other; the probability of each intent."""

    spans: tuple[Tagged, ...]
    intents: Mapping[Intent, float]


def known(own: Sequence[Unit], shop: Sequence[Match], common: Sequence[Match]) -> np.ndarray:
    """(units, KNOWN) float32: for each of the two dictionaries (the shop's, ``gazetteer``) and each kind how likely, by the
    dictionary alone, a name of it begins at a unit, and goes on there."""
    return np.hstack([_told(own, matches) for matches in (shop, common)])


def _told(own: Sequence[Unit], matches: Sequence[Match]) -> np.ndarray:
    """(units, 2·kinds)"""
    rows = np.zeros((len(own), 2 * len(KINDS)), np.float32)
    for match in matches:
        start, end = match.span
        inside = [i for i, unit in enumerate(own) if unit.start < end and unit.end > start]
        for candidate in match.candidates:
            column = 2 * KINDS.index(candidate.kind)
            for place, row in enumerate(inside):
                rows[row, column + (place > 0)] += candidate.prior
    return rows


class Tagger:
    """Reads units. Loaded at the first use; safe to share between threads."""

    def __init__(self, folder: Path = SHIPPED) -> None:
        self.folder = folder

    @cached_property
    def card(self) -> Mapping[str, object]:
        """tagger.json: ``tags``, ``intents`` and ``edges`` (tags + 1, tags + 1), the last row and column for start and end."""
        return dict(json.loads((self.folder / "tagger.json").read_text(encoding="utf-8")))

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(self.folder / "tagger.onnx", options, providers=["CPUExecutionProvider"])

    @cached_property
    def _edges(self) -> np.ndarray:
        return np.array(self.card["edges"], np.float64)

    def read(self, own: Sequence[Unit], dictionary: np.ndarray) -> Reading:
        """``dictionary`` (units, KNOWN) as ``known`` makes it."""
        if not own:
            return Reading((), {intent: float(intent is Intent.FIND) for intent in Intent})
        ids = grams(own)[None]  # (1, units, GRAMS)
        scores, intents = self._session.run(None, {"ids": ids, "known": dictionary[None]})
        chance = np.exp(intents[0] - intents[0].max())
        chance /= chance.sum()
        names: Sequence[str] = self.card["tags"]  # type: ignore[assignment]
        path, inside = decode(scores[0].astype(np.float64), self._edges)
        said = [names[tag] for tag in path]
        spans = []
        for first in (i for i, tag in enumerate(said) if tag.startswith("B-")):
            last = first
            while last + 1 < len(said) and said[last + 1].startswith("I-"):
                last += 1
            sure = float(np.exp(np.log(inside[first : last + 1] + 1e-12).mean()))
            spans.append(Tagged(first, last, SlotKind(said[first][2:]), sure))
        listed: Sequence[str] = self.card["intents"]  # type: ignore[assignment]
        return Reading(tuple(spans), {Intent(name): float(share) for name, share in zip(listed, chance, strict=True)})


def decode(scores: np.ndarray, edges: np.ndarray) -> tuple[list[int], np.ndarray]:
    """The best sequence of tags (Viterbi 1967) for ``scores`` (units, tags), and each chosen tag's marginal probability (units,)."""
    inner, start, end = edges[:-1, :-1], edges[-1, :-1], edges[:-1, -1]
    length, tags = scores.shape
    best, total = start + scores[0], [start + scores[0]]
    back: list[np.ndarray] = []
    for row in scores[1:]:
        through = best[:, None] + inner  # (tags, tags)
        back.append(through.argmax(0))
        best = through.max(0) + row
        total.append(_logsum(total[-1][:, None] + inner, 0) + row)
    path = [int((best + end).argmax())]
    for came in reversed(back):
        path.append(int(came[path[-1]]))
    path.reverse()
    after = np.zeros((length, tags))
    after[-1] = end
    for i in range(length - 2, -1, -1):
        after[i] = _logsum(inner + (scores[i + 1] + after[i + 1])[None], 1)
    whole = _logsum(total[-1] + end, 0)
    chosen = np.array([total[i][tag] + after[i][tag] for i, tag in enumerate(path)])
    return path, np.exp(np.minimum(chosen - whole, 0.0))


def _logsum(x: np.ndarray, axis: int) -> np.ndarray:
    top = x.max(axis)
    return np.asarray(top + np.log(np.exp(x - np.expand_dims(top, axis)).sum(axis)))
