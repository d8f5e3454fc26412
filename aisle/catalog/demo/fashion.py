"""Clothes, drawn laid flat from the front."""

from __future__ import annotations

import numpy as np

from aisle.catalog.demo.canvas import BLACK, CLOTH, GOLD, METAL, PLASTIC, STEEL, WHITE, Canvas, mix
from aisle.catalog.demo.kinds import CLOTHES, LETTERS, PRINTS, Kind, Stance
from aisle.catalog.demo.shapes import Shape, box, ellipse, mirrored, path, polygon, stroke, symmetric


def _folds(c: Canvas, body: Shape, lines: tuple[tuple[tuple[float, float], ...], ...], strength: float = 0.16) -> None:
    """Soft creases along lines, each a shadow with a lit side."""
    for line in lines:
        c.shadow(stroke(line, 0.022, 0.004), strength, 0.010, body)
        c.shine(stroke([(x - 0.016, y) for x, y in line], 0.016, 0.004), strength * 0.45, 0.010, body)


def _both(shape: Shape) -> Shape:
    return shape + shape.flipped()


def _sleeve(
    c: Canvas, length: str, shoulder: tuple[float, float], pit: tuple[float, float]
) -> tuple[Shape, tuple[float, float, float, float]]:
    """The right sleeve and its hem's line (x0, y0, x1, y1)."""
    sx, sy = shoulder
    px, py = pit
    ends = {
        "short-sleeve": ((sx + 0.150, sy + 0.155), (px + 0.075, py + 0.060)),
        "puff-sleeve": ((sx + 0.120, sy + 0.150), (px + 0.035, py + 0.035)),
        "long-sleeve": ((sx + 0.190, sy + 0.500), (sx + 0.105, sy + 0.520)),
    }
    (ax, ay), (bx, by) = ends[length]
    out = 0.10 if length == "puff-sleeve" else 0.035
    elbow = ((sx + ax) / 2 + out, (sy + ay) / 2 - (0.045 if length == "puff-sleeve" else 0.02))
    sleeve = path(
        [
            (sx - 0.03, sy - 0.006, 0),
            elbow,
            (ax, ay, 0),
            (bx, by, 0),
            ((px + bx) / 2 + 0.004, (py + by) / 2),
            (px - 0.03, py + 0.03, 0),
        ]
    )
    return sleeve, (ax, ay, bx, by)


def _sleeves(
    c: Canvas, length: str, shoulder: tuple[float, float], pit: tuple[float, float], cuff: bool = False
) -> None:
    if length not in ("short-sleeve", "puff-sleeve", "long-sleeve"):
        return
    sleeve, (ax, ay, bx, by) = _sleeve(c, length, shoulder, pit)
    for side in (sleeve, sleeve.flipped()):
        c.paint(side, c.cloth, puff=0.045)
        hem = stroke([(ax, ay), (bx, by)], 0.004)
        c.shadow(
            hem.moved(-0.004, -0.014) if side is sleeve else hem.moved(-0.004, -0.014).flipped(), 0.35, 0.003, side
        )
        if cuff:
            band = stroke([(ax, ay), (bx, by)], 0.042)
            band = band if side is sleeve else band.flipped()
            c.paint(
                band,
                c.stuff(c.accent if c.look.second and c.look.pattern == "plain" else c.tone(-0.12), "corduroy"),
                puff=0.015,
                within=side,
            )
        crease = [(shoulder[0] + 0.03, pit[1] - 0.05), ((pit[0] + bx) / 2 + 0.03, (pit[1] + by) / 2)]
        line = stroke(crease, 0.02, 0.005)
        c.shadow(line if side is sleeve else line.flipped(), 0.18, 0.012, side)


def _neck(name: str, width: float, top: float) -> Shape:
    """The opening that is cut from a top."""
    return {
        "v-neck": symmetric([(0.5 + width, top - 0.03, 0), (0.5 + width * 0.55, top + 0.055), (0.5, top + 0.13, 0)]),
        "square-neck": box(0.5 - width, top - 0.05, 0.5 + width, top + 0.085, 0.01),
        "strapless": box(0.0, 0.0, 1.0, top + 0.085),
    }.get(name, ellipse(0.5, top - 0.012, width, 0.062))


def _inner_neck(c: Canvas, name: str, width: float, top: float) -> None:
    """The back of the garment that shows through the opening, with a label."""
    opening = _neck(name, width, top)
    back = box(0.5 - width - 0.01, top + 0.002, 0.5 + width + 0.01, top + 0.16) - ellipse(
        0.5, top - 0.02, width * 0.9, 0.034
    )
    c.paint(back, c.stuff(c.tone(-0.30)), CLOTH, within=opening.scaled(1.06, 0.5, top))
    c.paint(box(0.478, top + 0.020, 0.522, top + 0.036, 0.003), WHITE)


def _collar(c: Canvas, name: str, width: float, top: float, body: Shape) -> None:
    if name == "v-neck":
        line = [(0.5 + width, top - 0.02), (0.5 + width * 0.55, top + 0.055), (0.5, top + 0.13)]
        rib = stroke(line, 0.020) + stroke(line, 0.020).flipped()
    elif name == "round-neck":
        rib = (ellipse(0.5, top - 0.012, width + 0.020, 0.082) - ellipse(0.5, top - 0.012, width, 0.062)) - box(
            0, 0, 1, top - 0.008
        )
    else:
        return
    color = c.accent if c.look.second and c.look.pattern == "plain" else c.tone(-0.10)
    c.paint(rib, c.stuff(color, "corduroy"), puff=0.01)


def draw_tshirt(c: Canvas) -> None:
    neck, sleeve = c.shape("neck"), c.shape("sleeve")
    half = c.vary(0.225, 0.255)
    hem = c.vary(0.84, 0.90)
    top = 0.11
    width = c.vary(0.080, 0.098)
    body = symmetric(
        [
            (0.5 + width, top, 0),
            (0.5 + half - 0.01, top + 0.055, 0),
            (0.5 + half - 0.025, top + 0.24),
            (0.5 + half, hem - 0.2),
            (0.5 + half + 0.004, hem, 0),
            (0.5, hem + 0.012),
        ]
    )
    body = body - _neck(neck, width, top)
    _sleeves(c, sleeve, (0.5 + half - 0.01, top + 0.055), (0.5 + half - 0.02, top + 0.235))
    _inner_neck(c, neck, width, top)
    c.paint(body, c.cloth, puff=0.05, cast=0.15)
    _collar(c, neck, width, top, body)
    _folds(
        c,
        body,
        (
            ((0.36, 0.42), (0.40, 0.58), (0.38, 0.74)),
            ((0.66, 0.45), (0.61, 0.62), (0.63, 0.80)),
            ((0.45, 0.74), (0.52, 0.84)),
        ),
        0.13,
    )
    c.shadow(box(0.2, hem - 0.022, 0.8, hem - 0.018), 0.4, 0.002, body)


def draw_dress(c: Canvas) -> None:
    neck, sleeve, length = c.shape("neck"), c.shape("sleeve"), c.shape("length")
    hem = {"mini": 0.76, "midi": 0.86, "maxi": 0.95}[length]
    flare = c.vary(0.235, 0.30) if length != "mini" else c.vary(0.20, 0.25)
    top, waist, width = 0.08, c.vary(0.36, 0.40), c.vary(0.072, 0.088)
    half = 0.155
    bodice = symmetric(
        [(0.5 + width, top, 0), (0.5 + half, top + 0.035, 0), (0.5 + half - 0.015, top + 0.15), (0.5 + 0.105, waist, 0)]
    )
    bodice = bodice - _neck(neck, width, top)
    skirt = symmetric(
        [
            (0.605, waist - 0.006, 0),
            (0.5 + flare * 0.66, (waist + hem) / 2),
            (0.5 + flare, hem - 0.01, 0),
            (0.5 + flare * 0.5, hem + 0.012),
            (0.5, hem + 0.016),
        ]
    )
    if neck != "strapless":
        _sleeves(c, sleeve, (0.5 + half, top + 0.035), (0.5 + half - 0.01, top + 0.165))
        _inner_neck(c, neck, width, top)
    c.paint(skirt, c.cloth, puff=0.05)
    folds = tuple(
        (
            (0.5 + t * 0.07, waist + 0.02),
            (0.5 + t * flare * 0.55, (waist + hem) / 2 + 0.02),
            (0.5 + t * flare * 0.9, hem),
        )
        for t in (-0.8, -0.42, -0.05, 0.33, 0.72)
    )
    _folds(c, skirt, folds, 0.26)
    c.paint(bodice, c.cloth, puff=0.045)
    _folds(c, bodice, (((0.43, top + 0.2), (0.46, waist)), ((0.58, top + 0.19), (0.545, waist))), 0.14)
    _collar(c, neck, width, top, bodice)
    belt = symmetric([(0.607, waist - 0.016, 0), (0.609, waist + 0.016, 0), (0.5, waist + 0.023)])
    c.paint(belt, c.stuff(c.accent if c.look.second else c.tone(-0.3)), puff=0.012, cast=0.2)


KINDS = (
    Kind(
        "dress", "Dress", "连衣裙", "Women's Clothing", draw_dress, (29, 189),
        {"length": ("mini", "midi", "maxi"), "neck": ("round-neck", "v-neck", "square-neck", "strapless"), "sleeve": ("sleeveless", "short-sleeve", "long-sleeve", "puff-sleeve")},
        CLOTHES, ("plain", "floral", "floral", "dotted", "striped", "leafy", "gradient", "checked"), ("cotton", "silk", "chiffon", "linen", "satin"),
        audiences=("women",), sizes=LETTERS, stance=Stance.LIES,
    ),
    Kind(
        "t-shirt", "T-Shirt", "T恤", "Clothing", draw_tshirt, (12, 49),
        {"sleeve": ("short-sleeve", "long-sleeve"), "neck": ("round-neck", "v-neck")},
        CLOTHES, ("plain", "plain", "striped", "starry", "camouflage", "gradient", "colour-block"), ("cotton", "linen"),
        audiences=("women", "men", "unisex", "kids"), sizes=LETTERS, stance=Stance.LIES,
    ),
)  # fmt: skip
