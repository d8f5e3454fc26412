"""A query perceived, fused and read: made once, however often it is then relaxed or asked again without a part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from aisle.fusion import Fused, fusion_of
from aisle.fusion.result import result_of
from aisle.index.filters import Filter, parse
from aisle.models.runtime import Model
from aisle.perception.senses import Occasion
from aisle.search.understanding import Understood, joined, understand
from aisle.search.view import View
from aisle.types import InputType, Query, Signal
from aisle.understanding.wording import Wording


@dataclass(frozen=True, slots=True)
class Leaning:
    """What context adds to a query: it moves matches up and down, never in or out.

    ``vector`` (dim,) is the query's with its context, ``ends`` its calibration, ``wording`` the context's words and
    ``attention`` its share of the whole.
    """

    vector: np.ndarray | None
    ends: tuple[float, float]
    wording: Wording
    attention: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A query perceived and read: what ``match`` needs, made once however often the query is then relaxed.

    ``signals`` and ``attention`` are all parts in order; ``sought`` and ``fused`` those that say what matches (no context).
    ``chosen`` is the shopper's own filter, ``tree`` that and what was ``understood`` of the words.
    """

    signals: tuple[Signal, ...]
    attention: tuple[float, ...]
    sought: tuple[Signal, ...]
    fused: Fused
    leaning: Leaning | None
    wording: Wording
    minus: tuple[Wording, ...]
    ends: tuple[float, float]
    shown: bool
    chosen: Filter
    tree: Filter
    scope: Filter
    degraded: tuple[str, ...]
    understood: Understood
    spelled: bool = True
    """Whether misspellings are put right, and pinyin and homophones heard."""

    @property
    def corrections(self) -> tuple[tuple[str, str], ...]:
        return (*self.understood.corrections, *self.wording.corrections)


def ask(query: Query, view: View, *, spelled: bool = True) -> Asked:
    """Understand, perceive and fuse a query's parts, read its words and its filter. Without ``spelled`` the words are taken as
    they were typed. Raises InvalidRequest, InvalidMedia, NotFound."""
    parse(
        query.filters, _allowed(view.fields, view.settings.filterable)
    )  # before any work: what is wrong is said at once
    understood = understand(query if spelled else replace(query, understand=False), view)
    occasion = Occasion(query.locale.lower()[:2], query.session, view.settings)
    signals, degraded = view.senses.perceive(understood.query.inputs, occasion)
    return _put_together(tuple(signals), (*understood.degraded, *degraded), understood, view, spelled)


def without(asked: Asked, part: int, query: Query, view: View) -> Asked:
    """The same query without one of its parts; nothing is perceived again. What was understood of its words goes with it."""
    rest = asked.signals[:part] + asked.signals[part + 1 :]
    understood = asked.understood
    rest_of_it = Understood(query) if part == understood.place else understood
    return _put_together(rest, asked.degraded, rest_of_it, view, asked.spelled)


def _put_together(
    signals: tuple[Signal, ...], degraded: tuple[str, ...], understood: Understood, view: View, spelled: bool
) -> Asked:
    query = understood.query
    chosen = parse(query.filters, _allowed(view.fields, view.settings.filterable))
    sought = tuple(s for s in signals if s.type is not InputType.CONTEXT)
    fusion = fusion_of(view.senses.model, view.settings.fusion)
    shown = any(s.type.shows and wants(s) for s in sought)
    fused, result = _resulting(fusion.mix(sought), understood, view) if shown else (fusion.mix(sought), False)
    whole = fused
    leaning = None
    if len(sought) < len(signals):
        whole = _resulting(fusion.mix(signals), understood, view)[0] if shown else fusion.mix(signals)
        around = [(s, share) for s, share in zip(signals, whole.attention, strict=True) if s.type is InputType.CONTEXT]
        leaning = Leaning(
            whole.vector,
            calibration(signals, whole, view.senses.model, result=result),
            view.reader.read(" ".join(s.words for s, _ in around if s.weight > 0), literal=True),
            sum(share for _, share in around),
        )
    words = [s for s in sought if s.type.says_words]
    wanted = [s for s in words if s.weight > 0]
    return Asked(
        signals,
        whole.attention,
        sought,
        fused,
        leaning,
        view.reader.read(
            " ".join(s.words for s in wanted), literal=not (query.relax and spelled), heard=_instead(wanted)
        ),
        tuple(view.reader.read(s.words, literal=True) for s in words if s.weight < 0 and s.words),
        calibration(sought, fused, view.senses.model, result=result),
        shown,
        chosen,
        joined(chosen, understood.filters),
        parse(query.scope, view.fields),
        degraded,
        understood,
        spelled,
    )


def _instead(said: Sequence[Signal]) -> list[tuple[str, float]]:
    """All words together as they would be with another transcript of a spoken part, each with how likely that is beside the best."""
    return [
        (" ".join(other.text if part is spoken else part.words for part in said), other.confidence / spoken.quality)
        for spoken in said
        for other in spoken.heard
        if other.confidence > 0
    ]


def _resulting(fused: Fused, understood: Understood, view: View) -> tuple[Fused, bool]:
    """With the result vector in place of the query's, where something was understood; and whether it is. Of words alone the vector
    stays their own: what they say filters and ranks already."""
    if fused.vector is None or understood.compound is None:
        return fused, False
    senses = view.senses
    vector = result_of(fused.vector, understood.compound.slots, senses.model, senses.meaning)
    return replace(fused, vector=vector), vector is not fused.vector


def _allowed(fields: Mapping[str, str], names: Sequence[str]) -> Mapping[str, str]:
    return fields if "*" in names else {name: kind for name, kind in fields.items() if name in names}


def calibration(signals: Sequence[Signal], fused: Fused, model: Model, *, result: bool = False) -> tuple[float, float]:
    """(slope, bias) of P(good | cosine) for this mix of parts: that of the network that made the vector (``result``: Y's); else the
    wanted modalities' own, averaged by attention; where nothing is wanted, the unwanted ones'."""
    known = model.calibration
    kinds = [s.type for s in signals if wants(s)]
    composed = any(kind.shows for kind in kinds) and any(kind.says_words for kind in kinds)
    made = known.result if result else known.fused if composed and fused.learned else None
    if made is not None:
        return made
    shares = {"text": 0.0, "image": 0.0}
    wanted = any(wants(signal) for signal in signals)
    for signal, share in zip(signals, fused.attention, strict=True):
        if signal.vector is not None and wants(signal) == wanted:
            shares["image" if signal.type.shows else "text"] += share
    whole = sum(shares.values()) or 1.0
    slopes = {"text": known.text, "image": known.image}
    return (
        sum(share / whole * slopes[kind][0] for kind, share in shares.items()),
        sum(share / whole * slopes[kind][1] for kind, share in shares.items()),
    )


def wants(signal: Signal) -> bool:
    """Whether the part says what a good match is like, rather than what it isn't."""
    return signal.vector is not None and signal.weight > 0
