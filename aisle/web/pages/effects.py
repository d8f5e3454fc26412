"""What each part of a search counts for and what it did, as the page tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aisle.types import Effect, InputReport
from aisle.web.pages.address import Address, PartKind
from aisle.web.pages.views import PartView, Shelf

SHOWN = 6
"""Products that are drawn of those that would come."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A part that took part in the search: how it is called, its picture or the token of its photo."""

    kind: str
    label: str
    image: str | None = None
    photo: str | None = None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A product that would be shown, small."""

    url: str
    title: str
    image: str | None


@dataclass(frozen=True, slots=True)
class EffectView:
    """``title`` names the search without the part, ``share`` what the part counts, ``said`` what would change."""

    voice: Voice
    title: str
    share: str
    said: str
    came: tuple[Newcomer, ...]


def voices(address: Address, parts: Sequence[PartView]) -> list[Voice]:
    """The parts that were searched with, in the order of the query's inputs."""
    words = [Voice("words", address.words)] if address.words else []
    return words + [
        Voice("words" if part.kind == PartKind.TEXT else part.kind, part.label, part.image, part.photo)
        for part in parts
        if part.found
    ]


def shares(shelf: Shelf, voices: Sequence[Voice], reports: Sequence[InputReport]) -> list[str]:
    """What each part counts in percent, where there are several."""
    if len(reports) < 2 or len(voices) != len(reports):
        return []
    return [
        shelf.t("share.part", name=shelf.t(f"share.{voice.kind}", label=voice.label), n=f"{report.attention:.0%}")
        for voice, report in zip(voices, reports, strict=True)
    ]


def effect_views(
    shelf: Shelf, voices: Sequence[Voice], reports: Sequence[InputReport], effects: Sequence[Effect], shown: int
) -> list[EffectView]:
    """What would change without each part; ``shown`` is the number of hits on the page."""
    return [
        EffectView(
            voices[effect.without],
            shelf.t(f"effects.{voices[effect.without].kind}", label=voices[effect.without].label),
            f"{reports[effect.without].attention:.0%}",
            said(shelf, effect, shown),
            tuple(Newcomer(shelf.product_url(one.id), one.title, one.image) for one in effect.came[:SHOWN]),
        )
        for effect in effects
        if effect.without < len(voices)
    ]


def said(shelf: Shelf, effect: Effect, shown: int) -> str:
    """The change in one sentence."""
    if effect.left and effect.came:
        return shelf.t.count("effects.swapped", len(effect.left), k=shown)
    if effect.left:
        return shelf.t.count("effects.left", len(effect.left), k=shown)
    if effect.came:
        return shelf.t("effects.came")
    if effect.moved:
        return shelf.t.count("effects.moved", len(effect.moved))
    return shelf.t("effects.same")
