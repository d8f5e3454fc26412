"""What scenes are composed of: things cut out of their ground, grounds without things, and photos whose things are known roughly.

Furniture is drawn (the demo shop's, cabinets and beds of boxes), clothes and groceries are cut out of catalog pictures. Kept in one
file, so that it is made once. What is held out (by ``sources``, and the demo's unseen types) goes to a second file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from aisle.catalog.demo.canvas import Canvas
from aisle.catalog.demo.plan import random_look
from aisle.catalog.demo.range import KINDS, UNSEEN_TYPES
from aisle.catalog.demo.scenes import surface
from aisle.perception.objects import Detector, propose
from aisle.perception.salience import WHOLE, salient
from aisle.types import Box
from training.augment import foreground
from training.sources import Picture, clothing, fashion, grocery

LONGEST = 176
GROUND = 224
FLOOR = frozenset(["chair", "armchair", "sofa", "stool", "bookcase", "dresser", "table", "suitcase", "planter"])
WALL = frozenset(["mirror", "clock"])
TOP = frozenset(
    [
        "table-lamp",
        "vase",
        "candle",
        "mug",
        "teapot",
        "bowl",
        "kettle",
        "speaker",
        "laptop",
        "glass",
        "pencil-cup",
        "teddy-bear",
        "planter",
        "casserole",
    ]
)
FLAT = frozenset(["rug", "yoga-mat"])
OFTEN = FLOOR | WALL | FLAT | frozenset(["table-lamp", "vase", "cushion"])
"""Kinds that rooms are full of: drawn more often."""


@dataclass(frozen=True, slots=True)
class Cutout:
    """(h, w, 4) uint8 RGBA, cropped to what is seen of it. ``family`` says where in a room it belongs: "floor", "wall", "top",
    "flat" or "thing" (anywhere)."""

    pixels: np.ndarray
    family: str


@dataclass(frozen=True, slots=True)
class Photo:
    """A real photo (h, w, 3) uint8 with boxes of its things, (n, 4) in fractions: rough ones, from a rule or a teacher."""

    pixels: np.ndarray
    corners: np.ndarray


@dataclass(frozen=True, slots=True)
class Bank:
    cutouts: Sequence[Cutout]
    grounds: Sequence[np.ndarray]
    photos: Sequence[Photo]

    def save(self, path: Path) -> None:
        arrays: dict[str, np.ndarray] = {"families": np.array([cutout.family for cutout in self.cutouts])}
        for name, pictures in (
            ("cutouts", [c.pixels for c in self.cutouts]),
            ("grounds", list(self.grounds)),
            ("photos", [p.pixels for p in self.photos]),
        ):
            arrays[name] = np.concatenate([each.ravel() for each in pictures])
            arrays[f"{name}_shapes"] = np.array([each.shape for each in pictures])
        arrays["corners"] = np.concatenate([p.corners for p in self.photos])
        arrays["counts"] = np.array([len(p.corners) for p in self.photos])
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **arrays)

    @classmethod
    def load(cls, path: Path) -> Bank:
        with np.load(path) as held:
            parts = {name: _split(held[name], held[f"{name}_shapes"]) for name in ("cutouts", "grounds", "photos")}
            corners = np.split(held["corners"], np.cumsum(held["counts"])[:-1])
            cutouts = [Cutout(p, str(f)) for p, f in zip(parts["cutouts"], held["families"], strict=True)]
        return cls(cutouts, parts["grounds"], [Photo(p, c) for p, c in zip(parts["photos"], corners, strict=True)])


def _split(values: np.ndarray, shapes: np.ndarray) -> list[np.ndarray]:
    ends = np.cumsum(shapes.prod(1))[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(values, ends), shapes, strict=True)]


def build(
    root: Path, held: bool, seed: int = 0, often: int = 22, seldom: int = 6, teacher: Detector | None = None
) -> Bank:
    """Everything of one side of the split. ``often`` and ``seldom`` are how many of each kind the demo shop draws; ``teacher`` boxes
    the things of shop photos, which are left out without one."""
    rng = np.random.default_rng([seed, int(held)])
    cutouts = [*drawn(rng, held, often, seldom), *(cabinet(rng) for _ in range(often * 10))]
    cutouts += [*(bed(rng) for _ in range(often * 3)), *(frame(rng) for _ in range(often * 3))]
    goods = [p for p in (*fashion(root), *grocery(root)) if not p.photo and (p.held == held or p.source == "grocery")]
    cutouts += catalog([goods[i] for i in rng.permutation(len(goods))], 60 * often)
    shots = [p for p in clothing(root) if p.held == held]
    shots = [shots[i] for i in rng.permutation(len(shots))[: 60 * often]]
    photos, grounds = [], [_small(surface(rng) * 255, GROUND) for _ in range(10 * often)]
    for shot in shots:
        pixels = _read(shot.path, GROUND)
        box = salient(pixels)
        if box == WHOLE:
            continue
        grounds += _bare(pixels, box)
        if min(box.x0, box.y0, 1 - box.x1, 1 - box.y1) > 0.01:  # apart from the edge it's nearly always right
            photos.append(Photo(pixels, np.array([[box.x0, box.y0, box.x1, box.y1]])))
    if teacher:
        shelves = [p for p in grocery(root) if p.photo and p.held == held]
        for shot in [shelves[i] for i in rng.permutation(len(shelves))[: 30 * often]]:
            pixels = _read(shot.path, GROUND)
            found = [p.region for p in propose(pixels, 12, teacher) if p.confidence >= 0.35]
            if found:
                photos.append(Photo(pixels, np.array([[b.x0, b.y0, b.x1, b.y1] for b in found])))
    return Bank(cutouts, grounds, photos)


def drawn(rng: np.random.Generator, held: bool, often: int, seldom: int) -> Iterator[Cutout]:
    for kind in KINDS:
        if (kind.key in UNSEEN_TYPES) != held and not (held and kind.key in OFTEN):
            continue  # held out are the unseen types, and furniture drawn anew
        family = next(
            (n for n, k in (("floor", FLOOR), ("wall", WALL), ("top", TOP), ("flat", FLAT)) if kind.key in k), "thing"
        )
        for _ in range(often if kind.key in OFTEN else seldom):
            canvas = Canvas(random_look(kind, rng))
            kind.draw(canvas)
            plain = canvas.rgb / np.maximum(canvas.alpha, 1e-3)[:, :, None]  # (side, side, 3)
            found = cut(np.clip(plain, 0, 1) * 255, canvas.alpha)
            if found is not None:
                yield Cutout(found, family)


def catalog(pictures: Sequence[Picture], wanted: int) -> list[Cutout]:
    """Things on a pale studio background, where there is one."""
    found: list[Cutout] = []
    for picture in pictures:
        pixels = _read(picture.path, LONGEST)
        cover = foreground(pixels)
        thing = cut(pixels, cover) if cover is not None else None
        if thing is not None:
            found.append(Cutout(thing, "thing"))
        if len(found) == wanted:
            break
    return found


def cut(pixels: np.ndarray, cover: np.ndarray) -> np.ndarray | None:
    """(h, w, 3) in 0…255 and coverage (h, w) in [0, 1] → RGBA cropped to what is covered; None where hardly anything is."""
    rows, columns = np.flatnonzero((cover > 0.3).any(1)), np.flatnonzero((cover > 0.3).any(0))
    if len(rows) < 12 or len(columns) < 4:
        return None
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    layers = np.dstack([np.asarray(pixels)[window], cover[window] * 255]).astype(np.uint8)
    picture = Image.fromarray(layers, "RGBA")
    picture.thumbnail((LONGEST, LONGEST), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(picture)


def _tone(rng: np.random.Generator) -> np.ndarray:
    """A colour of furniture (3,): white, grey, wood, black, now and then a bright one."""
    base = ((236, 234, 230), (150, 150, 150), (178, 136, 94), (110, 76, 50), (42, 42, 46), (214, 192, 160))[
        rng.integers(6)
    ]
    return np.array(base) + rng.normal(0, 12, 3) if rng.random() < 0.8 else rng.uniform(20, 230, 3)


def _fill(tone: np.ndarray, light: float = 1.0) -> tuple[int, int, int, int]:
    r, g, b = np.clip(tone * light, 0, 255).astype(int).tolist()
    return r, g, b, 255


def cabinet(rng: np.random.Generator) -> Cutout:
    """A box of doors, drawers or open shelves, seen from the front or a little from the side."""
    width, height = int(rng.uniform(50, 150)), int(rng.uniform(50, 170))
    side, legs = (int(rng.uniform(0, 0.35) * width) if rng.random() < 0.6 else 0), int(rng.uniform(0, 16))
    tone, light = _tone(rng), rng.uniform(0.7, 0.9)
    whole = Image.new("RGBA", (width + side, height + legs))
    draw = ImageDraw.Draw(whole)
    lift = int(side * rng.uniform(0.1, 0.5))
    if side:
        draw.polygon(
            [(width, lift // 2), (width + side, lift), (width + side, height - lift), (width, height)],
            _fill(tone, light),
        )
    draw.rectangle([0, 0, width, height], _fill(tone))
    for x in (2, width - 6) if legs else ():
        draw.rectangle([x, height, x + 4, height + legs], _fill(tone, light * 0.8))
    columns, rows = int(rng.integers(1, 4)), int(rng.integers(1, 6))
    openly, handle, gap = rng.random() < 0.35, _tone(rng), int(rng.integers(2, 5))
    for column in range(columns):
        for row in range(rows):
            x0, x1 = column * width // columns + gap, (column + 1) * width // columns - gap
            y0, y1 = row * height // rows + gap, (row + 1) * height // rows - gap
            if x1 - x0 < 5 or y1 - y0 < 5:
                continue
            if openly and rng.random() < 0.85:
                draw.rectangle([x0, y0, x1, y1], _fill(tone, rng.uniform(0.35, 0.75)))
                x = x0 + 1
                while x < x1 - 8 and rng.random() < 0.9:  # books and boxes
                    step = int(rng.uniform(3, 18))
                    top = y1 - int((y1 - y0) * rng.uniform(0.4, 0.9))
                    draw.rectangle([x, top, min(x + step, x1), y1], _fill(rng.uniform(20, 240, 3)))
                    x += step + int(rng.integers(0, 5))
            else:
                draw.rectangle([x0, y0, x1, y1], _fill(tone, rng.uniform(0.94, 1.04)), outline=_fill(tone, 0.75))
                if x1 - x0 > y1 - y0:
                    middle = (x0 + x1) // 2
                    draw.rectangle([middle - 5, y0 + 4, middle + 5, y0 + 6], _fill(handle))
                else:
                    draw.rectangle([x1 - 5, (y0 + y1) // 2 - 6, x1 - 3, (y0 + y1) // 2 + 6], _fill(handle))
    return Cutout(np.asarray(whole), "floor" if rng.random() < 0.85 else "wall")


def bed(rng: np.random.Generator) -> Cutout:
    """A bed or a couch seen from its foot or its side: a head, a mattress under cloth, cushions."""
    width, height, deep = int(rng.uniform(90, 176)), int(rng.uniform(34, 80)), int(rng.uniform(20, 60))
    whole = Image.new("RGBA", (width, height + deep + 10))
    draw = ImageDraw.Draw(whole)
    frame_tone, cloth, slant = _tone(rng), rng.uniform(60, 245, 3), int(rng.uniform(0, 0.2) * width)
    draw.rounded_rectangle([slant, 0, width - slant, deep + 20], 6, _fill(frame_tone, 0.9))
    draw.polygon(
        [(slant, deep // 2), (width - slant, deep // 2), (width - 1, deep + 12), (0, deep + 12)], _fill(cloth, 1.05)
    )
    for _ in range(rng.integers(1, 4)):
        x, y = rng.uniform(slant, max(slant + 1, width - slant - 40)), rng.uniform(deep * 0.1, deep * 0.5)
        draw.rounded_rectangle(
            [x, y, x + rng.uniform(22, 44), y + rng.uniform(12, 24)], 5, _fill(rng.uniform(40, 250, 3))
        )
    draw.rectangle([0, deep + 10, width - 1, deep + height * 0.8], _fill(cloth, 0.9))
    if rng.random() < 0.5:  # stripes of the cloth, a throw
        for x in range(0, width, int(rng.uniform(5, 22))):
            draw.line([(x, deep + 10), (x, deep + height * 0.8)], _fill(cloth, 0.75), width=2)
    draw.rectangle([0, deep + height * 0.75, width - 1, deep + height * 0.92], _fill(frame_tone, 0.8))
    for x in (3, width - 9):
        draw.rectangle([x, deep + height * 0.9, x + 5, deep + height + 8], _fill(frame_tone, 0.6))
    return Cutout(np.asarray(whole), "floor")


def frame(rng: np.random.Generator) -> Cutout:
    """A picture on the wall, or a lamp that hangs from the ceiling."""
    tone = _tone(rng)
    if rng.random() < 0.5:
        width, height = (int(side) for side in rng.uniform(30, 110, 2))
        whole = Image.new("RGBA", (width, height), _fill(tone))
        draw = ImageDraw.Draw(whole)
        edge, inner = int(rng.integers(2, 6)), int(rng.integers(6, 16))
        draw.rectangle([edge, edge, width - edge - 1, height - edge - 1], _fill(rng.uniform(190, 255, 3)))
        for _ in range(rng.integers(1, 7)):
            x, y = (
                np.sort(rng.uniform(inner, max(inner + 2, width - inner), 2)),
                np.sort(rng.uniform(inner, max(inner + 2, height - inner), 2)),
            )
            (draw.ellipse if rng.random() < 0.5 else draw.rectangle)(
                [x[0], y[0], x[1] + 1, y[1] + 1], _fill(rng.uniform(0, 255, 3))
            )
        return Cutout(np.asarray(whole), "wall")
    width, height, cord = int(rng.uniform(34, 110)), int(rng.uniform(24, 80)), int(rng.uniform(0, 60))
    whole = Image.new("RGBA", (width, height + cord))
    draw = ImageDraw.Draw(whole)
    draw.line([(width // 2, 0), (width // 2, cord + 4)], _fill(tone, 0.5), width=2)
    top = width * rng.uniform(0.05, 0.4)
    if rng.random() < 0.4:
        draw.ellipse([0, cord, width - 1, cord + height - 1], _fill(tone))
    else:
        draw.polygon(
            [(top, cord), (width - top, cord), (width - 1, cord + height - 1), (0, cord + height - 1)], _fill(tone)
        )
    return Cutout(np.asarray(whole), "hanging")


def _bare(pixels: np.ndarray, box: Box) -> list[np.ndarray]:
    """The parts of a photo beside its thing, those wide enough to be a ground."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = int(box.x0 * width), int(box.y0 * height), int(box.x1 * width), int(box.y1 * height)
    parts = [pixels[:, : left - 3], pixels[:, right + 3 :], pixels[: top - 3], pixels[bottom + 3 :]]
    sides = [left - 3, width - right - 3, top - 3, height - bottom - 3]
    return [np.ascontiguousarray(part) for part, side in zip(parts, sides, strict=True) if side >= 36]


def _small(pixels: np.ndarray, longest: int) -> np.ndarray:
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    picture.thumbnail((longest, longest), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(picture)


def _read(path: Path, longest: int) -> np.ndarray:
    with Image.open(path) as file:
        picture = file.convert("RGB")
    picture.thumbnail((longest, longest), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(picture)
