"""The turns of an address as one query: what was said after the words merges into them, is taken back, or points at a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from aisle.types import CompoundQuery
from aisle.types import Range as Bound
from aisle.understanding.references import Taking, read_taking
from aisle.web.pages.address import Address, Range, Turn
from aisle.web.pages.views import Shelf

States = tuple[CompoundQuery, ...]


class Understands(Protocol):
    """``facade.Shop.understand`` in the shopper's language."""

    def __call__(self, text: str, history: States, shown: Sequence[str] = ()) -> States: ...


class Shows(Protocol):
    """The ids that a search shows in order, after the turns of ``address`` have come to ``compound``."""

    def __call__(self, address: Address, compound: CompoundQuery) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Talk:
    """``address`` without what was taken back and with what each turn came to; ``compound`` what is meant now, None where nothing
    was said beside the words; ``place`` the shown hit that the last turn points at, from 1, -1 the last."""

    address: Address
    compound: CompoundQuery | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn in the trail; following ``url`` goes back to it."""

    words: str
    url: str
    current: bool


def merge(address: Address, understands: Understands, shows: Shows) -> Talk:
    """The turns, one after the other. Running it on its own ``address`` changes nothing and shows nothing."""
    states: States = understands(address.words, ()) if address.words else ()
    kept: list[Turn] = []
    place = None
    for turn in address.turns:
        place = None
        taking = read_taking(turn.words)
        if taking is Taking.RESTART:
            return Talk(Address(sort=address.sort))
        if taking is Taking.UNDO:
            if kept:
                states, kept = states[:-1], kept[:-1]
            else:
                states, address = (), address.without_words()
            continue
        now = understands(turn.words, states)[-1]
        if _only_points(states, now):
            place = now.reference.place if now.reference else None
            continue
        if turn.bounds:
            now = _bounded(now, turn.bounds)
        elif now.reference and now.reference.than and states:
            shown = shows(replace(address, turns=tuple(kept)), states[-1])
            now = understands(turn.words, states, shown)[-1]
            turn = Turn(turn.words, _measured(now))
        states = (*states, now)
        kept.append(turn)
    return Talk(replace(address, turns=tuple(kept)), states[-1] if kept else None, place)


def trail(address: Address, shelf: Shelf) -> list[TurnView]:
    """The words and what was said after them; empty where nothing was."""
    if not address.turns:
        return []
    first = [TurnView(address.words, shelf.search_url(address.until(0)), False)] if address.words else []
    last = len(address.turns)
    return first + [
        TurnView(turn.words, shelf.search_url(address.until(i)), i == last) for i, turn in enumerate(address.turns, 1)
    ]


def _only_points(states: States, now: CompoundQuery) -> bool:
    """Whether a turn names a hit and says nothing of it: "the second one"."""
    reference = now.reference
    if not states or reference is None or reference.place is None or reference.than:
        return False
    before = states[-1]
    values = [(slot.kind, slot.value, slot.negated) for slot in now.slots]
    return values == [(slot.kind, slot.value, slot.negated) for slot in before.slots] and now.ranges == before.ranges


def _bounded(compound: CompoundQuery, bounds: Mapping[str, Range]) -> CompoundQuery:
    others = (each for each in compound.ranges if each.field not in bounds)
    own = (Bound(name, span.low, span.high) for name, span in bounds.items())
    return replace(compound, ranges=(*others, *own))


def _measured(compound: CompoundQuery) -> dict[str, Range]:
    """What a wish beside the screen came to: the bounds of its fields."""
    than = compound.reference.than if compound.reference else {}
    return {each.field: Range(each.minimum, each.maximum) for each in compound.ranges if each.field in than}
