"""A transparent square to paint a product on: lit shapes, cast shadows, textures of the product's look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from PIL import Image

from aisle.catalog.demo.shapes import SIDE, Shape, rasterize
from aisle.catalog.demo.textures import grain, patterned
from aisle.catalog.demo.vocabulary import COLORS

RGB = tuple[float, float, float]


@dataclass(frozen=True)
class Stuff:
    """One colour in a material: ``weave`` is its lightness (SIDE, SIDE). Only the part that is painted gets computed."""

    color: RGB
    weave: np.ndarray

    def __getitem__(self, window: tuple[slice, slice]) -> np.ndarray:
        return self.weave[window][:, :, None] * np.asarray(self.color, dtype=np.float32)


Fill = RGB | Stuff | np.ndarray

LIGHT = np.array([-0.42, -0.58, 0.70], dtype=np.float32)
"""Towards the lamp: left, up, and out of the picture."""
VIEWER = np.array([0, 0, 1], dtype=np.float32)
HALFWAY = (LIGHT + VIEWER) / np.linalg.norm(LIGHT + VIEWER)


@dataclass(frozen=True)
class Finish:
    """How a surface answers light: contrast of its shading, strength and sharpness of its highlight."""

    relief: float
    gloss: float = 0.0
    sharpness: float = 20.0


CLOTH = Finish(0.36)
PLUSH = Finish(0.62)
LEATHER = Finish(0.65, 0.22, 14)
PLASTIC = Finish(0.60, 0.42, 30)
CERAMIC = Finish(0.60, 0.50, 45)
METAL = Finish(0.95, 0.65, 22)
WOOD = Finish(0.45, 0.10, 16)
PAPER = Finish(0.22)

FINISHES: Mapping[str, Finish] = {
    "leather": LEATHER, "patent": PLASTIC, "suede": PLUSH, "metal": METAL, "steel": METAL, "gold": METAL, "silver": METAL,
    "brass": METAL, "aluminium": METAL, "iron": METAL, "plastic": PLASTIC, "resin": PLASTIC, "ceramic": CERAMIC,
    "porcelain": CERAMIC, "glass": CERAMIC, "wood": WOOD, "oak": WOOD, "walnut": WOOD, "bamboo": WOOD, "paper": PAPER,
    "plush": PLUSH, "velvet": PLUSH, "wool": PLUSH, "knit": PLUSH, "rubber": LEATHER, "silk": Finish(0.6, 0.22, 8),
    "satin": Finish(0.6, 0.22, 8),
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """What decides a product's picture. ``shape`` holds its type's variants; ``seed`` the design's own proportions."""

    shape: Mapping[str, str]
    color: str
    second: str | None
    pattern: str
    material: str
    seed: int


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """``a`` with ``share`` of ``b``."""
    return tuple(p * (1 - share) + q * share for p, q in zip(a, b, strict=True))  # type: ignore[return-value]


WHITE: RGB = (0.97, 0.97, 0.96)
BLACK: RGB = (0.09, 0.09, 0.10)
STEEL: RGB = (0.72, 0.73, 0.75)
GOLD: RGB = (0.85, 0.66, 0.30)
OAK: RGB = (0.76, 0.58, 0.38)
WALNUT: RGB = (0.42, 0.28, 0.18)


def _blurred(values: np.ndarray, radius: int) -> np.ndarray:
    """Two box blurs of ``radius`` cells along both axes; outside counts as the edge's value."""
    width = 2 * radius + 1
    for axis in (0, 1):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (2 * radius, 2 * radius)
        values = np.pad(values, pad, mode="edge")
        for _ in range(2):
            # A running sum over a window is a difference of cumulative sums.
            sums = np.cumsum(values, axis=axis, dtype=np.float32)
            first = np.take(sums, [width - 1], axis=axis)
            rest = sums[width:] - sums[:-width] if axis == 0 else sums[:, width:] - sums[:, :-width]
            values = np.concatenate([first, rest], axis=axis) / np.float32(width)
    return values


def resized(values: np.ndarray, width: int, height: int) -> np.ndarray:
    """A float32 plane smoothly brought to another size."""
    return np.asarray(Image.fromarray(values).resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)


def softened(values: np.ndarray, radius: float) -> np.ndarray:
    """A plane blurred by about ``radius`` pixels; wide blurs are done on a reduced copy, which looks the same."""
    step = max(1, int(radius / 2))
    height, width = values.shape
    if step > 1:
        values = resized(values, max(2, width // step), max(2, height // step))
    values = _blurred(values, max(1, round(radius / step / 1.5)))
    return resized(values, width, height) if step > 1 else values


def _relief(cover: np.ndarray, radius: float, finish: Finish) -> tuple[np.ndarray, np.ndarray]:
    """Shading (1 = as the fill) and highlight of a body that bulges from its outline over ``radius`` pixels."""
    height, width = cover.shape
    pad = int(radius) + 2
    step = max(1, int(radius / 3))
    padded = np.pad(cover, pad)
    small = resized(padded, max(3, padded.shape[1] // step), max(3, padded.shape[0] // step)) if step > 1 else padded
    inside = np.clip(_blurred(small, max(1, round(radius / step / 2))) * 2 - 1, 0, 1)
    bulge = np.sqrt(1 - (1 - inside) ** 2 + 1e-4) * (radius / step)
    slope_y, slope_x = np.gradient(bulge)
    length = np.sqrt(slope_x**2 + slope_y**2 + 1)
    lit = (-slope_x * LIGHT[0] - slope_y * LIGHT[1] + LIGHT[2]) / length
    shade = 1 + finish.relief * np.clip(lit / LIGHT[2] - 1, -0.85, 0.45)
    shine = np.clip((-slope_x * HALFWAY[0] - slope_y * HALFWAY[1] + HALFWAY[2]) / length, 0, 1) ** finish.sharpness
    flat = HALFWAY[2] ** finish.sharpness
    shine = finish.gloss * np.clip((shine - flat) / (1 - flat), 0, 1)
    if step > 1:
        shade, shine = (resized(v.astype(np.float32), padded.shape[1], padded.shape[0]) for v in (shade, shine))
    window = (slice(pad, pad + height), slice(pad, pad + width))
    return shade[window].astype(np.float32), np.clip(shine[window], 0, 1).astype(np.float32)


def _lathe(cover: np.ndarray, finish: Finish) -> tuple[np.ndarray, np.ndarray]:
    """Shading and highlight of a turned body (bottle, vase): every row is lit as a slice of an upright cylinder."""
    filled = cover > 0.5
    some = filled.any(axis=1)
    left = np.where(some, filled.argmax(axis=1), cover.shape[1])
    right = np.where(some, cover.shape[1] - filled[:, ::-1].argmax(axis=1), 0)
    # A rounded bottom belongs to the body above it: each row takes the widest extent a little way up and down.
    reach = max(1, cover.shape[0] // 14)
    left, right = (
        np.lib.stride_tricks.sliding_window_view(np.pad(side, reach, mode="edge"), 2 * reach + 1)
        for side in (left, right)
    )
    left, right = left.min(axis=1)[:, None], right.max(axis=1)[:, None]
    across = np.clip((np.arange(cover.shape[1])[None, :] + 0.5 - left) / np.maximum(right - left, 1) * 2 - 1, -1, 1)
    lit = np.sqrt(1 - across**2 * 0.98) * 0.62 - across * 0.36 + 0.30
    shade = 1 + finish.relief * np.clip(lit - 0.86, -0.75, 0.35)
    shine = np.exp(-(((across + 0.48) / 0.13) ** 2)) + 0.35 * np.exp(-(((across - 0.80) / 0.07) ** 2))
    return shade.astype(np.float32), (finish.gloss * shine).astype(np.float32)


@dataclass
class Canvas:
    """The picture of one look in the making. ``rgb`` is premultiplied by ``alpha``; both are float32 in [0, 1]."""

    look: Look
    rgb: np.ndarray = field(default_factory=lambda: np.zeros((SIDE, SIDE, 3), dtype=np.float32))
    alpha: np.ndarray = field(default_factory=lambda: np.zeros((SIDE, SIDE), dtype=np.float32))

    @cached_property
    def rng(self) -> np.random.Generator:
        """Proportions of the design: the same for all variants of a group."""
        return np.random.default_rng(self.look.seed)

    def vary(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def shape(self, name: str) -> str:
        return self.look.shape[name]

    @property
    def base(self) -> RGB:
        return COLORS[self.look.color].rgb

    @property
    def accent(self) -> RGB:
        """The second colour, else a deeper or lighter tone of the first."""
        if self.look.second:
            return COLORS[self.look.second].rgb
        return self.tone(-0.35) if sum(self.base) > 0.75 else self.tone(0.3)

    def tone(self, lighter: float) -> RGB:
        """The base colour moved towards white (positive) or black (negative)."""
        return mix(self.base, WHITE if lighter > 0 else BLACK, abs(lighter))

    @cached_property
    def cloth(self) -> Fill:
        """The look's pattern on its material."""
        if self.look.pattern == "plain":
            return self.stuff(self.base)
        return patterned(self.base, self.accent, self.look.pattern, self.look.seed) * self.weave[:, :, None]

    @cached_property
    def weave(self) -> np.ndarray:
        return grain(self.look.material, self.look.seed)

    def stuff(self, color: RGB, material: str | None = None) -> Stuff:
        """One colour in the look's material or another."""
        return Stuff(color, self.weave if material is None else grain(material, self.look.seed))

    @property
    def finish(self) -> Finish:
        return FINISHES.get(self.look.material, CLOTH)

    def paint(
        self,
        shape: Shape,
        fill: Fill,
        finish: Finish | None = None,
        *,
        puff: float = 0.0,
        lathe: bool = False,
        cast: float = 0.0,
        opacity: float = 1.0,
        soft: float = 0.0,
        within: Shape | None = None,
        fade: tuple[float, float] | None = None,
    ) -> None:
        """Lay a shape over what is there.

        ``puff`` is the width of its rounded rim and ``soft`` that of a blurred edge (unit coordinates); ``lathe`` lights it
        as a turned body; ``cast`` is the darkness of the shadow it throws on what lies below; ``within`` clips it;
        ``fade`` multiplies the fill from top to bottom.
        """
        mask = rasterize(shape, margin=int(soft * SIDE * 2))
        if mask is None:
            return
        surface = finish or self.finish
        rows, columns, cover = mask.rows, mask.columns, mask.cover
        if cast:
            self._cast(mask.rows, mask.columns, cover, cast)
        color = np.asarray(fill, dtype=np.float32) if isinstance(fill, tuple) else fill[rows, columns]
        shade, shine = np.ones((1, 1), dtype=np.float32), np.zeros((1, 1), dtype=np.float32)
        if puff:
            shade, shine = _relief(cover, max(2.0, puff * SIDE), surface)
        if lathe:
            turned, glint = _lathe(cover, surface)
            shade, shine = shade * turned, shine + glint
        if fade:
            shade = shade * np.linspace(*fade, cover.shape[0], dtype=np.float32)[:, None]
        if puff or lathe or fade:
            color = color * shade[..., None]
            color = color + (1 - np.minimum(color, 1)) * shine[..., None]
        if soft:
            cover = softened(cover, soft * SIDE)
        if within is not None:
            cover = cover * self._clip(within, rows, columns)
        cover = np.clip(cover, 0, 1) * np.float32(opacity)
        kept = 1 - cover
        self.rgb[rows, columns] = np.clip(color, 0, 1) * cover[..., None] + self.rgb[rows, columns] * kept[..., None]
        self.alpha[rows, columns] = cover + self.alpha[rows, columns] * kept

    def shadow(self, shape: Shape, strength: float, soft: float, within: Shape | None = None) -> None:
        """Darken what is there under a blurred shape: a fold, a hollow, the shade of a rim."""
        mask = rasterize(shape, margin=int(soft * SIDE * 2))
        if mask is None:
            return
        dark = softened(mask.cover, soft * SIDE) * strength
        if within is not None:
            dark = dark * self._clip(within, mask.rows, mask.columns)
        self.rgb[mask.rows, mask.columns] *= np.clip(1 - dark, 0, 1)[..., None]

    def shine(self, shape: Shape, strength: float, soft: float, within: Shape | None = None) -> None:
        """Lighten what is there under a blurred shape: a highlight or reflection."""
        mask = rasterize(shape, margin=int(soft * SIDE * 2))
        if mask is None:
            return
        light = np.clip(softened(mask.cover, soft * SIDE) * strength, 0, 1)
        if within is not None:
            light = light * self._clip(within, mask.rows, mask.columns)
        window = self.rgb[mask.rows, mask.columns]
        window += (self.alpha[mask.rows, mask.columns][..., None] - window) * light[..., None]

    def stitches(
        self, points: tuple[tuple[float, float], ...], color: RGB, width: float = 0.004, gap: float = 0.016
    ) -> None:
        """A dashed seam along straight runs of points."""
        for (x0, y0), (x1, y1) in pairwise(points):
            count = max(1, int(np.hypot(x1 - x0, y1 - y0) / gap))
            line = np.linspace(0, 1, count, endpoint=False)
            dx, dy = (x1 - x0) / count * 0.3, (y1 - y0) / count * 0.3
            norm = max(1e-6, float(np.hypot(dx, dy)))
            nx, ny = -dy / norm * width / 2, dx / norm * width / 2
            dashes = []
            for t in line + 0.5 / count:
                x, y = x0 + (x1 - x0) * t, y0 + (y1 - y0) * t
                quad = [
                    (x - dx + nx, y - dy + ny),
                    (x + dx + nx, y + dy + ny),
                    (x + dx - nx, y + dy - ny),
                    (x - dx - nx, y - dy - ny),
                ]
                dashes.append((np.array(quad), True))
            self.paint(Shape(tuple(dashes)), color)

    def _cast(self, rows: slice, columns: slice, cover: np.ndarray, strength: float) -> None:
        """The shadow falls a little right and down, and is computed at a third of the size."""
        pad = 18
        wide = np.pad(cover, pad)
        height, width = wide.shape
        dark = resized(_blurred(resized(wide, width // 3, height // 3), 2), width, height)
        top, left = rows.start - pad + 8, columns.start - pad + 4
        y0, x0, y1, x1 = max(0, top), max(0, left), min(SIDE, top + height), min(SIDE, left + width)
        window = np.clip(1 - strength * dark[y0 - top : y1 - top, x0 - left : x1 - left], 0, 1)
        self.rgb[y0:y1, x0:x1] *= window[..., None]

    def _clip(self, within: Shape, rows: slice, columns: slice) -> np.ndarray:
        clip = np.zeros((SIDE, SIDE), dtype=np.float32)
        mask = rasterize(within)
        if mask is not None:
            clip[mask.rows, mask.columns] = mask.cover
        return clip[rows, columns]
