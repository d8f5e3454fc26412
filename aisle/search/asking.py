"""A query perceived, fused and read: made once, however often it is then relaxed or asked again without a part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aisle.fusion import Fused, fuse
from aisle.index.filters import Filter, parse
from aisle.models.runtime import Model
from aisle.search.view import View
from aisle.types import InputType, Query, Signal
from aisle.understanding.wording import Wording


@dataclass(frozen=True, slots=True)
class Asked:
    """A query perceived and read: what ``match`` needs, made once however often the query is then relaxed."""

    signals: tuple[Signal, ...]
    fused: Fused
    wording: Wording
    minus: tuple[Wording, ...]
    ends: tuple[float, float]
    shown: bool
    tree: Filter
    scope: Filter
    degraded: tuple[str, ...]


def ask(query: Query, view: View) -> Asked:
    """Perceive and fuse a query's parts, read its words and its filter. Raises InvalidRequest, InvalidMedia, NotFound."""
    tree = parse(query.filters, _allowed(view.fields, view.settings.filterable))
    signals, degraded = view.senses.perceive(query.inputs)
    fused = fuse(signals)
    words = [s for s in signals if s.type is InputType.TEXT]
    return Asked(
        tuple(signals),
        fused,
        view.reader.read(" ".join(s.words for s in words if s.weight > 0), literal=not query.relax),
        tuple(view.reader.read(s.words, literal=True) for s in words if s.weight < 0 and s.words),
        calibration(signals, fused, view.senses.model),
        any(s.type is not InputType.TEXT and wants(s) for s in signals),
        tree,
        parse(query.scope, view.fields),
        tuple(degraded),
    )


def _allowed(fields: Mapping[str, str], names: Sequence[str]) -> Mapping[str, str]:
    return fields if "*" in names else {name: kind for name, kind in fields.items() if name in names}


def calibration(signals: Sequence[Signal], fused: Fused, model: Model) -> tuple[float, float]:
    """(slope, bias) of P(good | cosine) for this mix of parts: the wanted modalities' own, averaged by attention; where
    nothing is wanted, the unwanted ones'."""
    shares = {"text": 0.0, "image": 0.0}
    wanted = any(wants(signal) for signal in signals)
    for signal, share in zip(signals, fused.attention, strict=True):
        if signal.vector is not None and wants(signal) == wanted:
            shares["text" if signal.type is InputType.TEXT else "image"] += share
    whole = sum(shares.values()) or 1.0
    slopes = {"text": model.calibration.text, "image": model.calibration.image}
    return (
        sum(share / whole * slopes[kind][0] for kind, share in shares.items()),
        sum(share / whole * slopes[kind][1] for kind, share in shares.items()),
    )


def wants(signal: Signal) -> bool:
    """Whether the part says what a good match is like, rather than what it isn't."""
    return signal.vector is not None and signal.weight > 0
