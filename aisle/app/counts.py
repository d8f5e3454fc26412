"""How many products a suggestion leads to: counted by the search itself, in the background, so that a count that is shown is true."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from aisle.errors import AisleError
from aisle.search import View, search
from aisle.types import Input, InputType, Query
from aisle.understanding.suggesting.suggest import Scope

KEPT = 20_000
WAITING = 512
AT_ONCE_S = 0.03
"""Seconds of counting between two rests, which are three times as long: shoppers' searches come first."""
SCOPES = 3
_FEW = 2
_MOST = 0.9
"""A scope that nearly everything found is in narrows nothing."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a search for a text finds: the ``total``, the first one's ``image``, and scopes with the count under each.

    A total of 0 says that the search finds nothing but what is merely near.
    """

    total: int
    image: str | None
    scopes: tuple[tuple[Scope, int], ...] = ()


class Counts:
    """``of`` answers at once with what is known of the catalog as it is, and asks for what isn't; ``work`` finds it out."""

    def __init__(self, view: Callable[[], View]) -> None:
        self._view = view
        self._lock = threading.Lock()
        self._counted_for: View | None = None
        self._counted: dict[tuple[str, str], Counted] = {}
        self._waiting: OrderedDict[tuple[str, str], None] = OrderedDict()

    def of(self, text: str, language: str) -> Counted | None:
        """None where nobody has counted yet; it will be known a moment later."""
        key, view = (text, language), self._view()
        with self._lock:
            if self._counted_for is view and key in self._counted:
                return self._counted[key]
            self._waiting[key] = None
            self._waiting.move_to_end(key)
            while len(self._waiting) > WAITING:
                self._waiting.popitem(last=False)
        return None

    def work(self) -> bool:
        """Count for a moment what was asked for, the latest first; whether anything is left."""
        until = time.perf_counter() + AT_ONCE_S
        while time.perf_counter() < until:
            with self._lock:
                if not self._waiting:
                    return False
                key, _ = self._waiting.popitem()
                view = self._view()
            counted = count(view, *key)
            with self._lock:
                if self._counted_for is not view or len(self._counted) >= KEPT:
                    self._counted_for, self._counted = view, {}
                self._counted[key] = counted
        return True


def count(view: View, text: str, language: str) -> Counted:
    """Ask the search for a text as a shopper would."""
    field = scope_field(view, language)
    query = Query((Input(InputType.TEXT, text),), facets=(field,) if field else (), limit=1, locale=language)
    try:
        answer = search(query, view, "")
    except AisleError:
        return Counted(0, None)
    if not answer.hits or answer.interpretation.relaxed or not answer.total_is_exact:
        return Counted(0 if answer.total_is_exact else -1, None)
    images = answer.hits[0].product.images
    scopes: list[tuple[Scope, int]] = []
    if field is not None:
        scopes = [
            (Scope(field, value.value), value.count)
            for value in answer.facets[field].values
            if _FEW <= value.count < _MOST * answer.total and value.value.casefold() != text.casefold()
        ]
    return Counted(answer.total, images[0] if images else None, tuple(scopes[:SCOPES]))


def scope_field(view: View, language: str) -> str | None:
    """What a suggestion is scoped by: categories, departments, else types, in the shopper's language where the catalog has that."""
    for name in ("category", "department", "type"):
        for field in (f"{name}_{language}", name):
            if field in view.fields:
                return field
    return None
