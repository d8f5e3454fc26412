"""Things for the kitchen and the table."""

from __future__ import annotations

import numpy as np

from aisle.catalog.demo.canvas import BLACK, CERAMIC, GOLD, METAL, OAK, PLASTIC, STEEL, WALNUT, WHITE, WOOD, Canvas, mix
from aisle.catalog.demo.kinds import Kind, Stance
from aisle.catalog.demo.shapes import Shape, box, ellipse, path, ring, stroke, symmetric

GLAZES = (
    "white",
    "black",
    "grey",
    "beige",
    "red",
    "pink",
    "yellow",
    "green",
    "mint",
    "blue",
    "sky blue",
    "navy",
    "brown",
    "lavender",
)
TABLEWARE = ("plain", "plain", "striped", "dotted", "floral", "leafy", "checked", "gradient", "marbled", "colour-block")

# An outline reads better as rows of points than with one point a line.
# fmt: off


def _mouth(c: Canvas, x: float, y: float, rx: float, ry: float, filled: tuple[float, float,
    float] | None = None) -> None:
    """The open top of a round vessel: rim, inside, and what is in it."""
    c.paint(ellipse(x, y, rx, ry), c.stuff(c.tone(0.18)), CERAMIC, puff=0.006)
    c.paint(ellipse(x, y + 0.002, rx - 0.011, ry - 0.008), c.stuff(c.tone(-0.22)), CERAMIC, fade=(0.7, 1.15))
    if filled:
        level = ellipse(x, y + ry * 0.42, rx - 0.02, ry * 0.72)
        c.paint(level, filled, CERAMIC, fade=(0.85, 1.1), within=ellipse(x, y, rx - 0.011, ry - 0.008))


def draw_mug(c: Canvas) -> None:
    style = c.shape("style")
    half, top, bottom, taper = {"wide-mug": (c.vary(0.25, 0.28), 0.29, 0.74, c.vary(0.72, 0.9)),
        "tall": (c.vary(0.17, 0.20), 0.17, 0.82, c.vary(0.86, 1.0)), "espresso": (c.vary(0.17, 0.19), 0.42, 0.72,
        c.vary(0.6, 0.75))}[style]
    x = 0.44
    depth = half * 0.22
    foot = half * taper
    reach = c.vary(0.10, 0.15)
    y0, y1 = top + (bottom - top) * 0.22, top + (bottom - top) * 0.76
    round_handle = c.rng.random() < 0.6
    spine = [(x + half * 0.9, y0), (x + half + reach * 0.8, y0 - 0.005), (x + half + reach, (y0 + y1) / 2),
        (x + half * 0.95 + reach * 0.6, y1 - 0.01), (x + foot * 0.95, y1)]
    if not round_handle:
        spine = [(x + half * 0.9, y0), (x + half + reach, y0), (x + half + reach, y0 + 0.03),
            (x + half + reach * 0.9, y1 - 0.02), (x + foot * 0.95, y1)]
    c.paint(stroke(spine, 0.048, 0.04), c.stuff(c.accent if c.look.pattern == "colour-block" else c.base), CERAMIC,
        puff=0.022)
    body = path([(x - half, top, 0), (x - half * 0.98, (top + bottom) / 2), (x - foot, bottom - 0.01),
        (x - foot * 0.9, bottom + depth * 0.6), (x, bottom + depth), (x + foot * 0.9, bottom + depth * 0.6),
        (x + foot, bottom - 0.01), (x + half * 0.98, (top + bottom) / 2), (x + half, top, 0)])
    c.paint(body, c.cloth, CERAMIC, lathe=True)
    if c.rng.random() < 0.3:
        c.paint(box(x - half - 0.01, top + 0.10, x + half + 0.01, top + 0.125), c.accent, CERAMIC, lathe=True,
            within=body)
    drink = [(0.28, 0.16, 0.09), (0.70, 0.48, 0.28), None][int(c.rng.integers(3))]
    _mouth(c, x, top, half, depth, drink)


def draw_teapot(c: Canvas) -> None:
    tall = c.shape("style") == "tall"
    wide, high = (0.205, 0.30) if tall else (c.vary(0.25, 0.275), c.vary(0.20, 0.225))
    x, y = 0.48, 0.76 - high
    spout = path([(x - wide * 0.72, y + high * 0.45, 0), (x - wide - 0.06, y + 0.02),
        (x - wide - 0.14, y - high * 0.62, 0), (x - wide - 0.085, y - high * 0.66, 0), (x - wide - 0.01, y - 0.06),
        (x - wide * 0.72, y - high * 0.30, 0)])
    c.paint(spout, c.stuff(c.base), CERAMIC, puff=0.04)
    trim = c.accent
    handle = [(x + wide * 0.75, y - high * 0.5), (x + wide + 0.11, y - high * 0.55), (x + wide + 0.15, y + 0.02),
        (x + wide * 0.85, y + high * 0.5)]
    c.paint(stroke(handle, 0.042, 0.036), c.stuff(trim if c.look.second else c.base), CERAMIC, puff=0.02)
    body = path([(x - wide * 0.5, y - high * 0.86, 0), (x - wide * 0.9, y - high * 0.5), (x - wide, y + high * 0.1),
        (x - wide * 0.8, y + high * 0.7), (x - wide * 0.5, y + high, 0), (x + wide * 0.5, y + high, 0),
        (x + wide * 0.8, y + high * 0.7), (x + wide, y + high * 0.1), (x + wide * 0.9, y - high * 0.5),
        (x + wide * 0.5, y - high * 0.86, 0)])
    c.paint(body, c.cloth, CERAMIC, puff=0.13)
    c.shine(ellipse(x - wide * 0.45, y - high * 0.28, wide * 0.16, high * 0.26, 25), 0.55, 0.012, body)
    c.paint(box(x - wide * 0.52, y + high - 0.012, x + wide * 0.52, y + high + 0.016, 0.008), c.stuff(c.tone(-0.15)),
        CERAMIC, lathe=True)
    lid = path([(x - wide * 0.52, y - high * 0.84, 0), (x - wide * 0.36, y - high * 1.06), (x, y - high * 1.16),
        (x + wide * 0.36, y - high * 1.06), (x + wide * 0.52, y - high * 0.84, 0)])
    c.paint(lid, c.stuff(trim if c.look.second else c.tone(0.06)), CERAMIC, puff=0.05, cast=0.25)
    c.paint(ellipse(x, y - high * 1.24, 0.034), c.stuff(trim), CERAMIC, puff=0.03, cast=0.2)


def draw_plate(c: Canvas) -> None:
    style = c.shape("style")
    rx, ry = {"round": (0.40, 0.40), "oval": (0.43, 0.30), "square": (0.36, 0.36)}[style]

    def disc(share: float) -> Shape:
        if style == "square":
            return box(0.5 - rx * share, 0.5 - ry * share, 0.5 + rx * share, 0.5 + ry * share, 0.09 * share)
        return ellipse(0.5, 0.5, rx * share, ry * share)

    inner = c.vary(0.60, 0.72)
    c.paint(disc(1), c.cloth, CERAMIC, puff=0.035)
    if c.look.pattern == "plain" or c.rng.random() < 0.5:
        c.paint(disc(0.985) - disc(0.955), c.accent, CERAMIC)
    c.shadow(disc(inner + 0.015) - disc(inner - 0.03), 0.30, 0.010, disc(0.99))
    well = c.cloth if c.look.pattern in ("marbled", "gradient") else c.stuff(c.tone(0.12))
    c.paint(disc(inner), well, CERAMIC, fade=(0.93, 1.04))
    c.shine(disc(inner - 0.02).moved(0.012, 0.016) - disc(inner - 0.06).moved(-0.01, -0.012), 0.25, 0.012, disc(inner))
    c.shine(ellipse(0.36, 0.34, 0.12, 0.045, -42), 0.4, 0.02, disc(1))


def draw_bowl(c: Canvas) -> None:
    deep = c.shape("style") == "deep"
    half, top = c.vary(0.33, 0.38), 0.40 if not deep else 0.32
    high = c.vary(0.20, 0.24) if not deep else c.vary(0.33, 0.37)
    depth = half * 0.24
    foot = half * c.vary(0.38, 0.5)
    c.paint(box(0.5 - foot, top + high - 0.03, 0.5 + foot, top + high + 0.045, 0.02), c.stuff(c.tone(-0.1)), CERAMIC,
        lathe=True)
    body = symmetric([(0.5 + half, top, 0), (0.5 + half * 0.93, top + high * 0.42),
        (0.5 + half * 0.68, top + high * 0.83), (0.5 + foot, top + high + 0.012, 0), (0.5, top + high + 0.024)])
    c.paint(body, c.cloth, CERAMIC, lathe=True)
    c.shadow(box(0, top + high * 0.75, 1, top + high + 0.05), 0.3, 0.03, body)
    _mouth(c, 0.5, top, half, depth)
    c.shine(ellipse(0.5 + half * 0.35, top + depth * 0.3, half * 0.3, depth * 0.3, -8), 0.25, 0.012,
        ellipse(0.5, top, half - 0.015, depth - 0.01))


def draw_pan(c: Canvas) -> None:
    deep = c.shape("style") == "deep"
    x, y, r = 0.385, 0.56, c.vary(0.26, 0.285)
    wooden = c.rng.random() < 0.4
    handle = stroke([(x + r * 0.7, y - r * 0.58), (0.78, 0.27), (0.92, 0.165)], 0.05, 0.062)
    c.paint(stroke([(x + r * 0.6, y - r * 0.5), (0.72, 0.315)], 0.052, 0.04), STEEL, METAL, puff=0.018)
    c.paint(handle, c.stuff(OAK, "oak") if wooden else c.stuff(BLACK, "plastic"), WOOD if wooden else PLASTIC,
        puff=0.026)
    c.paint(ellipse(0.905, 0.177, 0.012), (0.85, 0.85, 0.84))
    c.paint(ellipse(x, y, r), c.stuff(c.base), METAL if c.look.material == "steel" else CERAMIC, puff=0.045)
    rim = 0.028 if not deep else 0.052
    coat = STEEL if c.look.material == "steel" else (0.17, 0.17, 0.18)
    c.shadow(ring(x, y, r - rim + 0.01, r - rim + 0.01, 0.03), 0.4, 0.012)
    c.paint(ellipse(x, y, r - rim), c.stuff(coat, "steel"), METAL if coat == STEEL else CERAMIC, puff=0.012)
    for share in (0.72, 0.5, 0.28):
        c.shine(ring(x, y, (r - rim) * share, (r - rim) * share, 0.006), 0.12, 0.004)
    c.shine(path([(x - r * 0.7, y - r * 0.1, 0), (x - r * 0.3, y - r * 0.68), (x - r * 0.1, y - r * 0.70, 0),
        (x - r * 0.5, y + 0.05, 0)]), 0.22, 0.02, ellipse(x, y, r - rim))


def draw_kettle(c: Canvas) -> None:
    goose = c.shape("style") == "gooseneck"
    x, bottom, top = 0.52, 0.80, 0.40
    half, neck = c.vary(0.22, 0.25), c.vary(0.12, 0.15)
    if goose:
        spout = stroke([(x - half * 0.8, bottom - 0.09), (x - half - 0.07, bottom - 0.13),
            (x - half - 0.06, top + 0.08), (x - half - 0.12, top + 0.01), (x - half - 0.165, top + 0.03)], 0.05, 0.026)
        c.paint(spout, c.stuff(c.base), METAL, puff=0.022)
    else:
        c.paint(path([(x - half * 0.75, top + 0.16, 0), (x - half - 0.10, top + 0.03, 0),
            (x - half - 0.055, top - 0.005, 0), (x - half * 0.55, top + 0.03, 0)]), c.stuff(c.base), METAL, puff=0.03)
    wooden = c.rng.random() < 0.5
    grip = c.stuff(OAK, "oak") if wooden else c.stuff(BLACK, "plastic")
    if goose:
        c.paint(stroke([(x + neck * 0.8, top + 0.01), (x + half + 0.09, top - 0.02), (x + half + 0.12, top + 0.10),
            (x + half + 0.06, bottom - 0.14)], 0.042, 0.05), grip, WOOD if wooden else PLASTIC, puff=0.02)
    else:
        c.paint(stroke([(x - neck - 0.02, top + 0.03), (x - half * 0.95, top - 0.16), (x, top - 0.25),
            (x + half * 0.95, top - 0.16), (x + neck + 0.02, top + 0.03)], 0.034), STEEL, METAL, puff=0.016)
        c.paint(stroke([(x - half * 0.62, top - 0.215), (x, top - 0.25), (x + half * 0.62, top - 0.215)], 0.05), grip,
            WOOD if wooden else PLASTIC, puff=0.024, cast=0.15)
    body = path([(x - neck, top, 0), (x - half * 0.86, top + 0.12), (x - half, bottom - 0.07),
        (x - half * 0.95, bottom, 0), (x, bottom + 0.03), (x + half * 0.95, bottom, 0), (x + half, bottom - 0.07),
        (x + half * 0.86, top + 0.12), (x + neck, top, 0)])
    c.paint(body, c.cloth, METAL, lathe=True)
    c.shadow(box(0, bottom - 0.03, 1, bottom + 0.04), 0.3, 0.02, body)
    c.paint(path([(x - neck - 0.012, top + 0.008, 0), (x - neck * 0.6, top - 0.05), (x, top - 0.062),
        (x + neck * 0.6, top - 0.05), (x + neck + 0.012, top + 0.008, 0)]), c.stuff(c.tone(0.08)), METAL, lathe=True,
        cast=0.2)
    c.paint(ellipse(x, top - 0.078, 0.03, 0.026), grip, PLASTIC, puff=0.02)


def draw_knife(c: Canvas) -> None:
    style = c.shape("style")
    wide = {"chef": 0.055, "bread": 0.036, "paring": 0.030, "cleaver": 0.095}[style] * c.vary(0.93, 1.08)
    tip = {"chef": 0.07, "bread": 0.06, "paring": 0.26, "cleaver": 0.14}[style]
    hilt = 0.60
    y = 0.5
    if style == "cleaver":
        blade = path([(hilt, y - 0.035, 0), (tip + 0.02, y - 0.035), (tip, y - 0.02, 0),
            (tip + 0.01, y - 0.035 + wide * 2, 0), (hilt - 0.02, y - 0.035 + wide * 2, 0)])
    elif style == "bread":
        teeth = [(hilt - 0.02 - (hilt - tip - 0.08) * t, y + wide + (0.008 if i % 2 else -0.004), 0) for i,
            t in enumerate(np.linspace(0, 1, 31))]
        blade = path([(hilt, y - wide * 0.9, 0), (tip + 0.03, y - wide * 0.9), (tip, y - wide * 0.4, 0),
            (tip + 0.04, y + wide * 0.8, 0), *reversed(teeth)])
    else:
        blade = path([(hilt, y - 0.030, 0), ((hilt + tip) / 2, y - 0.032), (tip + 0.10, y - 0.018),
            (tip, y + wide * 0.8, 0), (tip + 0.14, y - 0.03 + wide * 1.82), (hilt - 0.02, y - 0.03 + wide * 2, 0),
            (hilt - 0.01, y + 0.02, 0)])
    turn = -24
    c.paint(blade.turned(turn), c.stuff((0.80, 0.81, 0.83), "steel"), METAL, puff=0.008)
    edge = blade.moved(0, -wide * 0.55)
    c.paint(blade.turned(turn) - edge.turned(turn), (0.93, 0.94, 0.95), opacity=0.8)
    c.shine(stroke([(tip + 0.1, y - 0.005), (hilt - 0.1, y - 0.012)], 0.02).turned(turn), 0.5, 0.014,
        blade.turned(turn))
    c.paint(box(hilt - 0.012, y - 0.036, hilt + 0.028, y + 0.036, 0.008).turned(turn), c.stuff(STEEL, "steel"), METAL,
        puff=0.014)
    grip = path([(hilt + 0.02, y - 0.034, 0), (0.74, y - 0.028), (0.86, y - 0.036), (0.925, y - 0.018),
        (0.93, y + 0.035), (0.87, y + 0.046), (0.75, y + 0.026), (hilt + 0.02, y + 0.034, 0)])
    c.paint(grip.turned(turn), c.cloth, puff=0.03)
    for x in (0.68, 0.77, 0.86):
        c.paint(ellipse(x, y + 0.002, 0.0105).turned(turn), GOLD if c.look.material != "plastic" else STEEL, METAL,
            puff=0.006)


def draw_glass(c: Canvas) -> None:
    style = c.shape("style")
    tint = mix(c.base, WHITE, 0.25)
    if style == "stemmed":
        half, top, bottom = c.vary(0.155, 0.19), 0.13, c.vary(0.46, 0.5)
        bowl = symmetric([(0.5 + half * 0.78, top, 0), (0.5 + half, (top + bottom) / 2),
            (0.5 + half * 0.62, bottom - 0.03), (0.5 + 0.012, bottom + 0.03, 0)])
        c.paint(ellipse(0.5, 0.855, 0.15, 0.032), mix(tint, BLACK, 0.12), CERAMIC, puff=0.012, opacity=0.7)
        c.paint(symmetric([(0.513, bottom, 0), (0.508, 0.66), (0.512, 0.80), (0.54, 0.853, 0)]), tint, CERAMIC,
            lathe=True, opacity=0.75)
    else:
        half, top, bottom = c.vary(0.18, 0.22), 0.26, 0.80
        bowl = symmetric([(0.5 + half, top, 0), (0.5 + half * 0.9, bottom - 0.02), (0.5 + half * 0.86, bottom, 0),
            (0.5, bottom + 0.028)])
        if style == "handled":
            c.paint(stroke([(0.5 + half * 0.94, top + 0.12), (0.5 + half + 0.12, top + 0.12),
                (0.5 + half + 0.12, bottom - 0.14), (0.5 + half * 0.9, bottom - 0.12)], 0.04), tint, CERAMIC,
                puff=0.018, opacity=0.75)
    mouth = half * 0.78 if style == "stemmed" else half
    c.paint(bowl, c.cloth if c.look.pattern != "plain" else tint, CERAMIC, lathe=True, opacity=0.50)
    if c.rng.random() < 0.6:
        level = top + (bottom - top) * c.vary(0.35, 0.5)
        drink = ((0.45, 0.06, 0.13), (0.93, 0.78, 0.40), (0.90, 0.50, 0.18))[int(c.rng.integers(3))]
        c.paint(box(0, level, 1, 1), drink, CERAMIC, within=bowl.scaled(0.955, 0.5, (top + bottom) / 2), opacity=0.82,
            fade=(1.05, 0.8))
        c.paint(ellipse(0.5, level, mouth * (1.13 if style == "stemmed" else 0.93), 0.028), mix(drink, WHITE, 0.22),
            opacity=0.75, within=bowl)
    c.paint(ring(0.5, top, mouth, mouth * 0.18, 0.007), mix(tint, BLACK, 0.10), opacity=0.75)
    c.shine(stroke([(0.5 - mouth * 0.72, top + 0.06), (0.5 - half * 0.76, bottom - 0.08)], 0.030, 0.016), 0.85, 0.005,
        bowl)
    c.shine(stroke([(0.5 + mouth * 0.84, top + 0.05), (0.5 + half * 0.82, bottom - 0.12)], 0.010), 0.6, 0.004, bowl)


def draw_board(c: Canvas) -> None:
    style = c.shape("style")
    if style == "round":
        body = ellipse(0.5, 0.58, 0.32) + stroke([(0.5, 0.3), (0.5, 0.10)], 0.10)
        hole = ellipse(0.5, 0.115, 0.022)
    else:
        wide = c.vary(0.24, 0.29)
        body = box(0.5 - wide, 0.24, 0.5 + wide, 0.92, 0.045) + stroke([(0.5, 0.3), (0.5, 0.11)], 0.11)
        hole = ellipse(0.5, 0.115, 0.025)
    wood = {"oak": OAK, "walnut": WALNUT, "bamboo": (0.86, 0.72, 0.48)}[c.look.material]
    shape = (body - hole).turned(12)
    c.paint(shape, c.stuff(wood), WOOD, puff=0.02)
    bands = ((0.62, 0.675), (0.74, 0.795)) if c.look.pattern == "striped" else ((0.80, 1.1),)
    for y0, y1 in bands:
        c.paint(box(0, y0, 1, y1).turned(12), c.stuff(c.base), WOOD, within=shape)
    c.shadow(stroke([(0.33, 0.36), (0.33, 0.78)], 0.006).turned(12), 0.2, 0.003, shape)


def draw_pot(c: Canvas) -> None:
    x, top, bottom, half = 0.5, 0.46, 0.77, c.vary(0.29, 0.33)
    for side in (-1, 1):
        c.paint(stroke([(x + side * half * 0.95, top + 0.06), (x + side * (half + 0.075), top + 0.065),
            (x + side * (half + 0.075), top + 0.12), (x + side * half * 0.95, top + 0.125)], 0.028),
            c.stuff(c.tone(-0.12)), CERAMIC, puff=0.014)
    body = symmetric([(x + half, top, 0), (x + half, bottom - 0.06), (x + half * 0.93, bottom, 0), (x, bottom + 0.035)])
    c.paint(body, c.cloth, CERAMIC, lathe=True)
    rise = c.vary(0.09, 0.13)
    lid = symmetric([(x, top - rise), (x + half * 0.55, top - rise * 0.8), (x + half + 0.012, top + 0.004, 0),
        (x + half * 0.6, top + 0.03), (x, top + 0.036)])
    c.paint(lid, c.stuff(c.tone(0.06)), CERAMIC, puff=0.05, cast=0.25)
    c.shine(ellipse(x - half * 0.35, top - rise * 0.45, half * 0.26, 0.016, -14), 0.5, 0.010, lid)
    knob = GOLD if c.rng.random() < 0.5 else STEEL
    c.paint(box(x - 0.014, top - rise - 0.03, x + 0.014, top - rise + 0.012), knob, METAL, lathe=True)
    c.paint(ellipse(x, top - rise - 0.045, 0.042, 0.027), knob, METAL, puff=0.02, cast=0.15)


KINDS = (
    Kind("mug", "Mug", "马克杯", "Kitchen", draw_mug, (8, 32), {"style": ("wide-mug", "tall", "espresso")}, GLAZES,
        TABLEWARE, ("ceramic", "stoneware", "enamel")),
    Kind("teapot", "Teapot", "茶壶", "Kitchen", draw_teapot, (24, 89), {"style": ("bulbous", "tall")}, GLAZES, TABLEWARE,
        ("ceramic", "porcelain", "stoneware")),
    Kind("plate", "Plate", "餐盘", "Kitchen", draw_plate, (7, 35), {"style": ("round", "oval", "square")}, GLAZES,
        TABLEWARE, ("ceramic", "porcelain", "stoneware"), True, stance=Stance.LIES),
    Kind("bowl", "Bowl", "碗", "Kitchen", draw_bowl, (8, 39), {"style": ("deep", "shallow")}, GLAZES, TABLEWARE,
        ("ceramic", "porcelain", "stoneware")),
    Kind("frying-pan", "Frying Pan", "平底煎锅", "Kitchen", draw_pan, (22, 109), {"style": ("shallow", "deep")},
        ("black", "grey", "red", "green", "mint", "blue", "beige", "orange"), ("plain",),
        ("aluminium", "iron", "steel"), stance=Stance.LIES),
    Kind("kettle", "Kettle", "烧水壶", "Kitchen", draw_kettle, (29, 119), {"style": ("whistling", "gooseneck")},
        ("black", "white", "silver", "red", "mint", "green", "yellow", "navy", "gold"), ("plain", "plain", "gradient"),
        ("steel", "enamel")),
    Kind("knife", "Kitchen Knife", "厨刀", "Kitchen", draw_knife, (15, 159), {"style": ("chef", "bread", "paring",
        "cleaver")}, ("black", "brown", "red", "white", "blue", "green", "beige"), ("plain",),
        ("wood", "plastic", "walnut"), stance=Stance.LIES),
    Kind("glass", "Drinking Glass", "玻璃杯", "Kitchen", draw_glass, (6, 38), {"style": ("stemmed", "tumbler", "handled")},
        ("white", "sky blue", "green", "pink", "yellow", "grey", "lavender"), ("plain", "plain", "gradient", "striped"),
        ("glass",)),
    Kind("cutting-board", "Cutting Board", "砧板", "Kitchen", draw_board, (14, 69), {"style": ("rectangular", "round")},
        ("brown", "beige", "white", "black", "mint", "navy", "red"), ("plain", "striped"), ("oak", "walnut", "bamboo"),
        stance=Stance.LIES),
    Kind("casserole", "Cooking Pot", "炖锅", "Kitchen", draw_pot, (39, 219), {"style": ("lidded",)},
        ("black", "red", "white", "mint", "green", "navy", "orange", "yellow", "burgundy", "grey"),
        ("plain", "plain", "gradient", "colour-block"), ("iron", "enamel", "ceramic")),
)
