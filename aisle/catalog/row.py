"""The nouns of this room: a row as read, what was repaired in it, why it was turned away, what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aisle.types import EMPTY, Product


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that was put right: the field, the kind of repair, and the text before and after (excerpts)."""

    field: str
    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a row can't be a product: a stable code, a sentence for people, the field to look at."""

    code: str
    message: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class RawRow:
    """One record of a feed. ``number`` counts records from 1 (JSON Lines: the line); ``values`` maps column → value.

    A value is None, str, int, float, bool or a list of these. ``repairs`` were made while reading;
    ``problem`` is set, and ``values`` may be empty, when the record can't be read.
    """

    number: int
    values: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    repairs: tuple[Repair, ...] = ()
    problem: Rejection | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What became of a row: a product with its repairs, or a rejection; never both."""

    product: Product | None
    repairs: tuple[Repair, ...] = ()
    rejection: Rejection | None = None


def excerpt(value: object, length: int = 160) -> str:
    """The beginning of a value as text, for reports and quarantine lines."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text if len(text) <= length else text[: length - 1] + "…"
