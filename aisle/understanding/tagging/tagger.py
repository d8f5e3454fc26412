"""What each part of a query says, and what the whole asks of the shop: a small network over the query's units, and what is known of them.

The network sees every unit by its letters, what the shop's dictionary says of it, and what phrases it is part of that shoppers say; so it
knows the shop's own brands and types, the world's by and large, and words that nothing knows by what stands around them. Trained by
``training/tagger.py``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aisle.types import Intent, SlotKind
from aisle.understanding.graph import Match
from aisle.understanding.tagging import ngrams, phrases
from aisle.understanding.tagging.ngrams import Ngrams
from aisle.understanding.tagging.phrases import KINDS, Phrases
from aisle.understanding.tagging.stretches import stretches
from aisle.understanding.tagging.units import Unit, grams

if TYPE_CHECKING:
    import onnxruntime

SHIPPED = Path(__file__).with_name("network")
WORTH = 0.46
"""How probable a span must be to be told of; chosen on held-back queries."""
KNOWN = 2 * len(KINDS) + phrases.TOLD + ngrams.TOLD
"""What is known of a unit: by the shop's dictionary two numbers a kind, and what phrases and n-grams tell."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """Units [first, last] say something of ``kind``. ``confidence`` is the probability of just this span, ``sure`` that its units are of that
    kind whatever its bounds (their geometric mean); both in [0, 1]."""

    first: int
    last: int
    kind: SlotKind
    confidence: float
    sure: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network made of a text: spans in order, apart from each other; the probability of each intent."""

    spans: tuple[Tagged, ...]
    intents: Mapping[Intent, float]


def sold(own: Sequence[Unit], shop: Sequence[Match]) -> np.ndarray:
    """(units, 2·kinds) float32: for each kind how likely, by the shop's dictionary alone, a name of it begins at a unit, and goes on
    there."""
    rows = np.zeros((len(own), 2 * len(KINDS)), np.float32)
    for match in shop:
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
    def phrases(self) -> Phrases:
        return Phrases.load(self.folder / "phrases.npz")

    @cached_property
    def ngrams(self) -> Ngrams:
        return Ngrams.load(self.folder / "ngrams.npz")

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(self.folder / "tagger.onnx", options, providers=["CPUExecutionProvider"])

    @cached_property
    def _field(self) -> Field:
        names: list[str] = self.card["tags"]  # type: ignore[assignment]
        pairs = {kind: (names.index(f"B-{kind}"), names.index(f"I-{kind}")) for kind in KINDS}
        return Field.of(np.array(self.card["edges"], np.float64), pairs)

    def read(self, own: Sequence[Unit], shop: Sequence[Match]) -> Reading:
        """``shop`` is what its dictionary finds in the text."""
        if not own:
            return Reading((), {intent: float(intent is Intent.FIND) for intent in Intent})
        ids = grams(own)[None]  # (1, units, GRAMS)
        text = stretches(own)
        known = np.hstack([sold(own, shop), self.phrases.tell(text), self.ngrams.tell(text)])[None]  # (1, units, KNOWN)
        scores, intents = self._session.run(None, {"ids": ids, "known": known})
        chance = np.exp(intents[0] - intents[0].max())
        chance /= chance.sum()
        spans = decode(scores[0].astype(np.float64), self._field)
        listed: Sequence[str] = self.card["intents"]  # type: ignore[assignment]
        return Reading(spans, {Intent(name): float(share) for name, share in zip(listed, chance, strict=True)})


@dataclass(frozen=True, slots=True)
class Field:
    """A conditional random field's transitions as factors: ``inner`` (tags, tags), ``start`` and ``end`` (tags,); ``kinds``, and the
    tags (kinds,) that ``first`` begin one and that go on with it (``further``)."""

    inner: np.ndarray
    start: np.ndarray
    end: np.ndarray
    kinds: tuple[SlotKind, ...]
    first: np.ndarray
    further: np.ndarray

    @classmethod
    def of(cls, edges: np.ndarray, pairs: Mapping[SlotKind, tuple[int, int]]) -> Field:
        """``edges`` (tags + 1, tags + 1), the last row and column for start and end; ``pairs``: each kind's two tags."""
        factors = np.exp(edges)
        first, further = (np.array(column) for column in zip(*pairs.values(), strict=True))
        return cls(factors[:-1, :-1], factors[-1, :-1], factors[:-1, -1], tuple(pairs), first, further)


def decode(scores: np.ndarray, field: Field) -> tuple[Tagged, ...]:
    """The spans that together are worth most, where one of probability p is worth p − WORTH. For the F1 of whole spans a bar beats the
    likeliest sequence of tags (half of the F1 reached is best; Lipton et al. 2014, arXiv:1402.1892): who reads them sets it.

    ``scores`` (units, tags) are of a text of one unit or more. A span's probability is exact: it begins at its first unit and doesn't go on
    after its last.
    """
    inner, end, first, further, kinds = field.inner, field.end, field.first, field.further, field.kinds
    length = len(scores)
    fit = np.exp(scores - scores.max(1, keepdims=True))  # (units, tags)
    before, after, scale = np.empty_like(fit), np.empty_like(fit), np.empty(length)
    ones = np.ones(fit.shape[1])
    for i in range(length):  # forwards and backwards, each unit scaled to a sum of 1 (Rabiner 1989)
        row = (before[i - 1] @ inner if i else field.start) * fit[i]
        scale[i] = row @ ones
        before[i] = row / scale[i]
    after[-1] = end
    for i in range(length - 2, -1, -1):
        after[i] = inner @ (fit[i + 1] * after[i + 1]) / scale[i + 1]
    after /= before[-1] @ end
    fit /= scale[:, None]
    goes_on, then = fit[:, further], after[:, further]  # (units, kinds)
    so_far = before[:, first]  # (starts, kinds): what leads to the unit looked at, within a span begun at each start
    reached = so_far * after[:, first]  # (starts, kinds): the probability that such a span covers that unit
    logs = np.log(reached + before[:, further] * then + 1e-12)  # (units, kinds): that a unit is of a kind
    steps = inner[first, further], inner[further, further]  # (kinds,): of a second unit, of more
    found: list[list[Tagged]] = [[] for _ in range(length)]  # by their last unit
    for size in range(1, length + 1):
        on = np.zeros_like(reached)
        if size < length:
            so_far = so_far[:-1] * steps[size > 1] * goes_on[size:]
            on[:-1] = so_far * then[size:]
        just = reached - on  # (starts, kinds): that a span has so many units
        for at, kind in np.argwhere(just > WORTH).tolist():
            of_kind = math.exp(sum(logs[at : at + size, kind].tolist()) / size)
            span = Tagged(at, at + size - 1, kinds[kind], min(1.0, float(just[at, kind])), min(1.0, of_kind))
            found[at + size - 1].append(span)
        reached = on[:-1]
        if not (reached > WORTH).any():
            break
    return _worth_most(found)


def _worth_most(found: Sequence[Sequence[Tagged]]) -> tuple[Tagged, ...]:
    """Of spans, given by their last unit, those apart from each other whose worth adds up to most, in order."""
    worth = [0.0]
    chosen: list[Tagged | None] = []
    for last, ending in enumerate(found):
        best, taken = worth[last], None
        for each in ending:
            if (own := worth[each.first] + each.confidence - WORTH) > best:
                best, taken = own, each
        worth.append(best)
        chosen.append(taken)
    spans, last = [], len(found) - 1
    while last >= 0:
        span = chosen[last]
        if span is not None:
            spans.append(span)
        last = span.first - 1 if span is not None else last - 1
    return tuple(reversed(spans))
