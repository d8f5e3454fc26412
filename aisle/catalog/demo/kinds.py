"""What a type of product is to the demo shop: how it's drawn, in which shapes, colours, patterns and materials it comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from aisle.catalog.demo.canvas import Canvas


class Stance(StrEnum):
    """How a product is photographed: on a table, laid flat or hung, which decides its shadow."""

    STANDS = "stands"
    LIES = "lies"


CLOTHES = (
    "black",
    "white",
    "grey",
    "beige",
    "red",
    "burgundy",
    "pink",
    "yellow",
    "green",
    "olive",
    "blue",
    "sky blue",
    "navy",
    "purple",
    "lavender",
)
GOODS = (
    "black",
    "white",
    "grey",
    "beige",
    "red",
    "pink",
    "orange",
    "yellow",
    "green",
    "mint",
    "blue",
    "sky blue",
    "navy",
    "purple",
)
HIDES = ("black", "white", "brown", "beige", "red", "burgundy", "green", "navy", "pink")
DEVICES = ("black", "white", "silver", "blue", "red", "mint", "pink", "gold", "purple", "green")
SOFT = (
    "beige",
    "grey",
    "white",
    "pink",
    "mint",
    "sky blue",
    "lavender",
    "olive",
    "navy",
    "burgundy",
    "yellow",
    "orange",
)

PRINTS = ("plain", "plain", "striped", "checked", "dotted", "floral", "leafy", "zigzag")
LETTERS = ("XS", "S", "M", "L", "XL")
EU_SHOES = ("36", "37", "38", "39", "40", "41", "42", "43", "44")


@dataclass(frozen=True)
class Kind:
    """One type of product. ``shapes`` maps each variable of the drawing to its choices, all of them in SHAPES; the first is
    named in titles. Repeated patterns come more often. ``prices`` are the lowest and highest in US dollars."""

    key: str
    en: str
    zh: str
    department: str
    draw: Callable[[Canvas], None]
    prices: tuple[float, float]
    shapes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    colors: tuple[str, ...] = GOODS
    patterns: tuple[str, ...] = ("plain",)
    materials: tuple[str, ...] = ("plastic",)
    two_tone: bool = False
    """A plain product has a second colour too (sole, lid, trim)."""
    audiences: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    stance: Stance = Stance.STANDS
