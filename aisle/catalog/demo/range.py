"""Every type of product the demo shop sells."""

from __future__ import annotations

from aisle.catalog.demo import (
    accessories,
    bags,
    bottoms,
    desk,
    electronics,
    furniture,
    home,
    kitchen,
    leisure,
    shoes,
    tops,
)
from aisle.catalog.demo.kinds import Kind

KINDS: tuple[Kind, ...] = (
    *tops.KINDS,
    *bottoms.KINDS,
    *shoes.KINDS,
    *bags.KINDS,
    *accessories.KINDS,
    *furniture.KINDS,
    *home.KINDS,
    *kitchen.KINDS,
    *electronics.KINDS,
    *leisure.KINDS,
    *desk.KINDS,
)

UNSEEN_TYPES: tuple[str, ...] = ("teapot", "umbrella", "skateboard", "camera", "planter")
"""Types that no model trained on this shop may have seen."""
