"""Every type of product the demo shop sells."""

from __future__ import annotations

from aisle.catalog.demo import fashion, kitchen, shoes
from aisle.catalog.demo.kinds import Kind

KINDS: tuple[Kind, ...] = (*fashion.KINDS, *shoes.KINDS, *kitchen.KINDS)

UNSEEN_TYPES: tuple[str, ...] = ("teapot", "loafer")
"""Types that no model trained on this shop may have seen."""
