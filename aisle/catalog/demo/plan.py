"""Which goods the demo shop sells: types → designs → variants, and which side of the split each is on."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from aisle.catalog.demo.canvas import Look
from aisle.catalog.demo.kinds import Kind
from aisle.catalog.demo.vocabulary import BRANDS, SELLERS, Word

MAX_VARIANTS = 4
UNSEEN_SHARE = 0.15


class Split(StrEnum):
    """What a model may have seen in training: the product, only others of its type, or nothing of its type."""

    TRAIN = "train"
    UNSEEN_PRODUCT = "unseen_product"
    UNSEEN_TYPE = "unseen_type"


@dataclass(frozen=True)
class Good:
    """One product as planned: what it looks like and what it's sold as. ``number`` orders the whole shop."""

    number: int
    group: int
    kind: Kind
    look: Look
    brand: Word
    seller: str
    audience: str | None
    price: float
    stock: int
    views: int
    split: Split

    @property
    def id(self) -> str:
        return f"A{10000 + self.number}"

    @property
    def group_id(self) -> str:
        return f"G{1000 + self.group}"


def random_look(kind: Kind, rng: np.random.Generator) -> Look:
    """Any look of the type."""
    shape = {name: str(rng.choice(choices)) for name, choices in kind.shapes.items()}
    return recolored(
        kind, Look(shape, "black", None, "plain", str(rng.choice(kind.materials)), int(rng.integers(1 << 30))), rng
    )


def recolored(kind: Kind, look: Look, rng: np.random.Generator) -> Look:
    """Another variant of the same design: other colours and pattern, at times another material."""
    color, second = (
        (str(c) for c in rng.choice(kind.colors, 2, replace=False)) if len(kind.colors) > 1 else (kind.colors[0], None)
    )
    pattern = str(rng.choice(kind.patterns))
    material = str(rng.choice(kind.materials)) if rng.random() < 0.35 else look.material
    return Look(
        look.shape, color, second if kind.two_tone or pattern != "plain" else None, pattern, material, look.seed
    )


def _price(kind: Kind, rng: np.random.Generator) -> float:
    low, high = np.log(kind.prices)
    whole = float(np.exp(rng.uniform(low, high)))
    ending = float(rng.choice([0.0, 0.5, 0.9, 0.99]))
    return round(max(1.0, np.floor(whole)) + ending, 2)


def _sides(sizes: Sequence[int], kind_is_unseen: bool, rng: np.random.Generator) -> list[Split]:
    """The side of each group, given the number of products in each: whole groups are kept apart until the share is reached."""
    if kind_is_unseen:
        return [Split.UNSEEN_TYPE] * len(sizes)
    sides = [Split.TRAIN] * len(sizes)
    wanted, apart = round(sum(sizes) * UNSEEN_SHARE), 0
    for group in rng.permutation(len(sizes)):
        if apart + sizes[group] <= wanted:
            sides[group] = Split.UNSEEN_PRODUCT
            apart += sizes[group]
    return sides


def plan(kinds: Sequence[Kind], unseen: Sequence[str], seed: int, per_kind: int) -> list[Good]:
    """``per_kind`` products of every type, in a fixed order. Every look of a type is unlike its others."""
    goods: list[Good] = []
    group = 0
    for kind in kinds:
        # Seeded by name, so that a new type in the range leaves the others' goods as they were.
        rng = np.random.default_rng((seed, zlib.crc32(kind.key.encode())))
        designs: list[list[Look]] = []
        seen: set[str] = set()
        while (room := per_kind - sum(map(len, designs))) > 0:
            first = random_look(kind, rng)
            wanted = min(room, int(rng.integers(1, MAX_VARIANTS + 1)))
            looks: list[Look] = []
            for _ in range(wanted * 8):
                look = recolored(kind, first, rng) if looks else first
                mark = f"{sorted(look.shape.items())} {look.color} {look.second} {look.pattern} {look.material}"
                if mark not in seen:
                    seen.add(mark)
                    looks.append(look)
                if len(looks) == wanted:
                    break
            if looks:
                designs.append(looks)
        sides = _sides([len(looks) for looks in designs], kind.key in unseen, rng)
        for looks, side in zip(designs, sides, strict=True):
            brand = BRANDS[int(rng.integers(len(BRANDS)))]
            audience = str(rng.choice(kind.audiences)) if kind.audiences else None
            price = _price(kind, rng)
            seller = str(rng.choice(SELLERS))
            for look in looks:
                stock = 0 if rng.random() < 0.08 else int(rng.integers(1, 160))
                views = 2 if rng.random() < 0.2 else 1
                goods.append(Good(len(goods), group, kind, look, brand, seller, audience, price, stock, views, side))
            group += 1
    return goods
