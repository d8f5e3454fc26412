"""Stationery, beauty and what one drinks from on the way."""

from __future__ import annotations

from aisle.catalog.demo.canvas import (
    BLACK,
    CERAMIC,
    CLOTH,
    GOLD,
    LEATHER,
    METAL,
    PAPER,
    PLASTIC,
    STEEL,
    WHITE,
    WOOD,
    Canvas,
    Fill,
    Finish,
    mix,
)
from aisle.catalog.demo.kinds import GOODS, SOFT, Kind, Stance
from aisle.catalog.demo.shapes import Shape, box, ellipse, path, polygon, stroke, symmetric, union

# An outline reads better as rows of points than with one point a line.
# fmt: off


def draw_notebook(c: Canvas) -> None:
    turn = c.vary(-10, 8)
    half, high = c.vary(0.24, 0.28), 0.36
    spiral = c.shape("style") == "spiral"
    for k in (3, 2, 1):
        c.paint(box(0.5 - half + 0.005 * k, 0.5 - high + 0.004 * k, 0.5 + half + 0.006 * k, 0.5 + high + 0.005 * k,
            0.01).turned(turn), (0.95, 0.94, 0.90) if k < 3 else c.stuff(c.tone(-0.2)), PAPER, puff=0.004, cast=0.1)
    cover = box(0.5 - half, 0.5 - high, 0.5 + half, 0.5 + high, 0.018).turned(turn)
    c.paint(cover, c.cloth, puff=0.012, cast=0.15)
    motif = int(c.rng.integers(3))
    if motif == 0:
        c.paint(box(0.5 - half * 0.5, 0.30, 0.5 + half * 0.5, 0.44, 0.008).turned(turn), (0.96, 0.95, 0.91), PAPER,
            puff=0.004, cast=0.1)
        for y, w in ((0.34, 0.36), (0.375, 0.28), (0.405, 0.36)):
            c.paint(box(0.5 - half * w, y, 0.5 + half * w, y + 0.007).turned(turn), c.tone(-0.4), opacity=0.7)
    elif motif == 1:
        c.paint(box(0.5 - half, 0.5 + high * 0.62, 0.5 + half, 0.5 + high).turned(turn), c.stuff(c.accent),
            within=cover)
    if spiral:
        for k in range(17):
            y = 0.5 - high + 0.035 + k * (2 * high - 0.07) / 16
            c.paint(ellipse(0.5 - half + 0.028, y, 0.007).turned(turn), (0.20, 0.20, 0.22))
            c.paint(stroke([(0.5 - half + 0.028, y), (0.5 - half + 0.002, y - 0.014), (0.5 - half - 0.022, y),
                (0.5 - half - 0.004, y + 0.010)], 0.008).turned(turn), (0.72, 0.73, 0.75), METAL, puff=0.004)
    else:
        c.shadow(box(0.5 - half + 0.032, 0.5 - high, 0.5 - half + 0.038, 0.5 + high).turned(turn), 0.45, 0.004, cover)
        if motif != 1:
            c.paint(box(0.5 + half * 0.78, 0.5 - high - 0.003, 0.5 + half * 0.84, 0.5 + high + 0.003,
                0.002).turned(turn), c.stuff(c.accent, "corduroy"), CLOTH, puff=0.006, cast=0.2)
        c.paint(stroke([(0.55, 0.5 + high), (0.553, 0.5 + high + 0.05), (0.545, 0.5 + high + 0.08)],
            0.014).turned(turn), c.stuff(c.accent, "satin"), CLOTH)


def draw_pen(c: Canvas) -> None:
    turn = c.vary(32, 48)
    fountain = c.shape("style") == "fountain"
    wide = c.vary(0.026, 0.034) * (1.25 if fountain else 1)
    trim = GOLD if c.rng.random() < 0.5 else STEEL

    def tube(y0: float, y1: float, a: float, b: float) -> Shape:
        return path([(0.5 - a, y0, 0), (0.5 + a, y0, 0), (0.5 + b, y1, 0), (0.5 - b, y1, 0)])

    def lay(shape: Shape, fill: Fill, finish: Finish = PLASTIC, puff: float = wide * 0.9) -> None:
        c.paint(shape.turned(turn), fill, finish, puff=puff)

    lay(tube(0.10, 0.50, wide * 0.86, wide), c.cloth)
    lay(tube(0.52, 0.76, wide, wide * 0.82), c.cloth if not c.look.second else c.stuff(c.accent))
    lay(tube(0.495, 0.525, wide * 1.04, wide * 1.04), trim, METAL)
    if fountain:
        lay(tube(0.76, 0.82, wide * 0.62, wide * 0.56), (0.14, 0.14, 0.15))
        nib = path([(0.5 - wide * 0.5, 0.82, 0), (0.5 + wide * 0.5, 0.82, 0), (0.5 + wide * 0.62, 0.86),
            (0.5, 0.935, 0), (0.5 - wide * 0.62, 0.86)])
        lay(nib, trim, METAL, 0.012)
        c.paint(stroke([(0.5, 0.865), (0.5, 0.93)], 0.004).turned(turn), BLACK)
        c.paint(ellipse(0.5, 0.86, 0.006).turned(turn), BLACK)
    else:
        lay(tube(0.76, 0.86, wide * 0.82, wide * 0.3), c.stuff(c.accent) if c.look.second else trim, METAL)
        lay(tube(0.86, 0.885, wide * 0.22, wide * 0.12), STEEL, METAL, 0.004)
        lay(box(0.5 - wide * 0.4, 0.055, 0.5 + wide * 0.4, 0.105, 0.01), trim, METAL, 0.01)
    lay(tube(0.095, 0.12, wide * 0.95, wide * 0.95), trim, METAL)
    c.paint(stroke([(0.5 + wide * 0.55, 0.115), (0.5 + wide * 0.6, 0.34)], 0.017, 0.012).turned(turn), trim, METAL,
        puff=0.008, cast=0.35)


def draw_perfume(c: Canvas) -> None:
    style = c.shape("style")
    half, top, low = c.vary(0.19, 0.235), 0.36, 0.86
    glass = c.cloth if c.look.pattern != "plain" else mix(c.base, WHITE, 0.12)
    body = {"square": box(0.5 - half, top, 0.5 + half, low, 0.03), "round": ellipse(0.5, (top + low) / 2 + 0.01,
        half * 1.15, (low - top) / 2 + 0.01), "tall": box(0.5 - half * 0.62, top - 0.10, 0.5 + half * 0.62, low, 0.02),
        "oval": symmetric([(0.56, top, 0), (0.5 + half * 0.9, top + 0.09), (0.5 + half * 0.75, 0.62),
        (0.5 + half * 1.02, low - 0.04), (0.5 + half * 0.9, low, 0)])}[style]
    neck = top - (0.10 if style == "tall" else 0)
    trim = GOLD if c.rng.random() < 0.6 else STEEL
    c.paint(box(0.465, neck - 0.05, 0.535, neck + 0.02, 0.006), trim, METAL, lathe=True)
    cap = int(c.rng.integers(3))
    lid = c.stuff(c.accent) if c.look.second else BLACK
    if cap == 0:
        c.paint(ellipse(0.5, neck - 0.11, 0.082), lid, CERAMIC, puff=0.07)
    elif cap == 1:
        c.paint(box(0.42, neck - 0.18, 0.58, neck - 0.035, 0.012), lid, CERAMIC, lathe=True)
    else:
        c.paint(box(0.44, neck - 0.10, 0.56, neck - 0.035, 0.010), trim, METAL, lathe=True)
        c.paint(symmetric([(0.5, neck - 0.22), (0.56, neck - 0.16), (0.53, neck - 0.095, 0)]), lid, CERAMIC, puff=0.04)
    c.paint(body, mix(c.base, WHITE, 0.55), CERAMIC, puff=0.03)
    liquid = body.scaled(0.90, 0.5, (top + low) / 2 + 0.02)
    c.paint(liquid, glass, CERAMIC, puff=0.05, within=box(0, neck + (low - neck) * c.vary(0.10, 0.25), 1, 1))
    c.shine(stroke([(0.5 - half * 0.5, top + 0.08), (0.5 - half * 0.5, low - 0.08)], 0.028), 0.75, 0.008, body)
    y = (top + low) / 2 + 0.03
    c.paint(box(0.5 - half * 0.5, y - 0.07, 0.5 + half * 0.5, y + 0.07, 0.006), (0.97, 0.95, 0.91), PAPER, puff=0.004,
        opacity=0.94)
    c.paint(box(0.5 - half * 0.3, y - 0.028, 0.5 + half * 0.3, y - 0.012), mix(c.base, BLACK, 0.5))
    c.paint(box(0.5 - half * 0.18, y + 0.012, 0.5 + half * 0.18, y + 0.022), mix(c.base, BLACK, 0.3))


def draw_lipstick(c: Canvas) -> None:
    case = c.stuff(c.accent)
    surface = METAL if c.look.material in ("gold", "aluminium") else PLASTIC
    metal = GOLD if c.rng.random() < 0.6 else STEEL
    if c.shape("style") == "gloss":
        c.paint(box(0.42, 0.42, 0.58, 0.88, 0.02), mix(c.base, WHITE, 0.1), CERAMIC, lathe=True)
        c.paint(box(0.43, 0.43, 0.57, 0.87, 0.02), c.stuff(c.base), CERAMIC, puff=0.02, opacity=0.75)
        c.shine(stroke([(0.455, 0.48), (0.455, 0.82)], 0.022), 0.85, 0.006)
        c.paint(box(0.425, 0.12, 0.575, 0.42, 0.016), case, surface, lathe=True, cast=0.2)
        c.paint(box(0.42, 0.395, 0.58, 0.43, 0.004), metal, METAL, lathe=True)
        return
    x = 0.42
    c.paint(box(0.60, 0.42, 0.775, 0.88, 0.014), case, surface, lathe=True)
    c.paint(box(0.597, 0.845, 0.778, 0.868, 0.003), metal, METAL, lathe=True)
    bullet = path([(x - 0.062, 0.50, 0), (x - 0.062, 0.27), (x - 0.045, 0.185), (x + 0.02, 0.125), (x + 0.058, 0.14),
        (x + 0.062, 0.22), (x + 0.062, 0.50, 0)])
    c.paint(bullet, c.base, LEATHER, lathe=True)
    c.paint(path([(x - 0.054, 0.225), (x - 0.02, 0.155), (x + 0.035, 0.130), (x + 0.056, 0.15), (x + 0.015, 0.205)]),
        c.tone(0.18), LEATHER, puff=0.01)
    c.paint(box(x - 0.075, 0.44, x + 0.075, 0.60, 0.006), metal, METAL, lathe=True)
    c.paint(box(x - 0.09, 0.585, x + 0.09, 0.88, 0.012), c.cloth if c.look.pattern != "plain" else case, surface,
        lathe=True)


def draw_cream(c: Canvas) -> None:
    style = c.shape("style")
    label = c.tone(-0.55) if sum(c.base) > 1.4 else WHITE
    if style == "jar":
        half = c.vary(0.24, 0.28)
        c.paint(box(0.5 - half, 0.52, 0.5 + half, 0.82, 0.05), c.cloth, CERAMIC, lathe=True)
        c.paint(box(0.5 - half - 0.005, 0.40, 0.5 + half + 0.005, 0.545, 0.025), c.stuff(c.accent), PLASTIC, lathe=True,
            cast=0.2)
        y = 0.66
    elif style == "tube":
        half = c.vary(0.13, 0.16)
        c.paint(path([(0.5 - half * 1.05, 0.12, 0), (0.5 + half * 1.05, 0.12, 0), (0.5 + half, 0.45),
            (0.5 + half * 0.8, 0.73, 0), (0.5 - half * 0.8, 0.73, 0), (0.5 - half, 0.45)]), c.cloth, PLASTIC,
            lathe=True)
        c.paint(box(0.5 - half * 1.08, 0.10, 0.5 + half * 1.08, 0.15, 0.004), c.stuff(c.tone(-0.12)), PLASTIC,
            puff=0.006)
        c.paint(box(0.5 - half * 0.82, 0.725, 0.5 + half * 0.82, 0.885, 0.016), c.stuff(c.accent), PLASTIC, lathe=True)
        y = 0.45
    else:
        half = c.vary(0.14, 0.17)
        c.paint(box(0.485, 0.17, 0.515, 0.33), c.stuff(c.accent), PLASTIC, lathe=True)
        c.paint(path([(0.36, 0.16, 0), (0.55, 0.135), (0.565, 0.19, 0), (0.45, 0.20), (0.375, 0.205, 0)]),
            c.stuff(c.accent), PLASTIC, puff=0.02)
        c.paint(box(0.445, 0.28, 0.555, 0.36, 0.012), c.stuff(c.accent), PLASTIC, lathe=True)
        c.paint(symmetric([(0.555, 0.345, 0), (0.5 + half, 0.42), (0.5 + half, 0.84), (0.5 + half * 0.92, 0.885, 0),
            (0.5, 0.895)]), c.cloth, PLASTIC, lathe=True)
        y = 0.63
    for dy, w, h in ((-0.05, 0.5, 0.022), (-0.005, 0.34, 0.010), (0.02, 0.42, 0.010)):
        c.paint(box(0.5 - half * w, y + dy, 0.5 + half * w, y + dy + h), label, opacity=0.85)


def draw_brush(c: Canvas) -> None:
    turn = c.vary(20, 40)
    paddle = c.shape("style") == "paddle"
    head = box(0.36, 0.10, 0.64, 0.52, 0.12) if paddle else ellipse(0.5, 0.30, 0.13, 0.20)
    grip = path([(0.465, 0.46, 0), (0.535, 0.46, 0), (0.525, 0.60), (0.545, 0.82), (0.52, 0.925), (0.48, 0.925),
        (0.455, 0.82), (0.475, 0.60)])
    c.paint((grip + head).turned(turn), c.cloth, puff=0.03)
    inner = head.scaled(0.84, 0.5, 0.31)
    c.paint(inner.turned(turn), c.stuff(c.accent, "rubber"), LEATHER, puff=0.05)
    pins = [ellipse(0.5 + k * 0.032 + (0.016 if row % 2 else 0), 0.31 + row * 0.03, 0.0075) for row in range(-6,
        7) for k in range(-4, 5)]
    whole = union(pins).turned(turn)
    c.paint(whole.moved(0.004, 0.006), BLACK, within=inner.scaled(0.92, 0.5, 0.31).turned(turn), opacity=0.4)
    c.paint(whole, (0.92, 0.88, 0.80) if sum(c.accent) < 2.2 else (0.25, 0.22, 0.2), CERAMIC, puff=0.005,
        within=inner.scaled(0.92, 0.5, 0.31).turned(turn))


def draw_bottle(c: Canvas) -> None:
    style = c.shape("style")
    half, shoulder = c.vary(0.125, 0.155), c.vary(0.30, 0.34)
    body = symmetric([(0.5 + half * 0.62, 0.235, 0), (0.5 + half * 0.7, 0.26), (0.5 + half, shoulder + 0.03),
        (0.5 + half, 0.5), (0.5 + half, 0.86), (0.5 + half * 0.9, 0.90, 0), (0.5, 0.905)])
    if style == "flask":
        body = symmetric([(0.5 + half, 0.28, 0), (0.5 + half, 0.86), (0.5 + half * 0.9, 0.90, 0), (0.5, 0.905)])
        c.paint(symmetric([(0.5 + half * 0.9, 0.11, 0), (0.5 + half * 0.97, 0.28, 0), (0.5, 0.29)]),
            STEEL if c.look.material == "steel" else c.stuff(c.accent), METAL, lathe=True)
        c.paint(stroke([(0.5 - half * 0.4, 0.12), (0.5, 0.06), (0.5 + half * 0.4, 0.12)], 0.026), c.stuff(c.accent),
            PLASTIC, puff=0.012)
    elif style == "straw-lid":
        c.paint(stroke([(0.52, 0.15), (0.55, 0.09), (0.62, 0.075)], 0.034), c.stuff(mix(c.accent, WHITE, 0.3)), PLASTIC,
            puff=0.015)
        c.paint(stroke([(0.5 - half * 0.75, 0.23), (0.5 - half * 0.9, 0.12), (0.45, 0.08)], 0.03), c.stuff(c.accent),
            PLASTIC, puff=0.012)
        c.paint(box(0.5 - half * 0.82, 0.14, 0.5 + half * 0.82, 0.25, 0.02), c.stuff(c.accent), PLASTIC, lathe=True)
    else:
        c.paint(box(0.475, 0.085, 0.525, 0.15, 0.014), mix(c.accent, WHITE, 0.5), PLASTIC, lathe=True)
        c.paint(symmetric([(0.535, 0.135, 0), (0.5 + half * 0.75, 0.19), (0.5 + half * 0.8, 0.25, 0), (0.5, 0.26)]),
            c.stuff(c.accent), PLASTIC, lathe=True)
    c.paint(body, c.cloth, CERAMIC if c.look.material == "glass" else METAL if c.look.material == "steel" else PLASTIC,
        lathe=True, opacity=0.82 if c.look.material == "glass" else 1.0)
    if c.rng.random() < 0.5:
        c.paint(box(0, 0.60, 1, 0.70), c.stuff(c.accent, "rubber"), LEATHER, lathe=False, within=body, opacity=0.9,
            fade=(1.0, 0.9))
        c.shadow(box(0.5 + half * 0.5, 0.59, 0.5 + half * 1.1, 0.71), 0.4, 0.03, body)
    else:
        c.paint(ellipse(0.5, 0.60, half * 0.34), c.accent, opacity=0.92)
    c.paint(box(0, 0.865, 1, 1), c.stuff(c.tone(-0.2)), METAL, within=body, opacity=0.85)


def draw_pencils(c: Canvas) -> None:
    tall = 0.56
    x0, x1 = 0.32, 0.68
    tones = [(0.85, 0.25, 0.25), (0.95, 0.60, 0.22), (0.95, 0.83, 0.30), (0.40, 0.68, 0.40), (0.28, 0.55, 0.80),
        (0.52, 0.36, 0.65)]
    for k in range(6):
        x, tip = x0 + 0.045 + k * 0.054, c.vary(0.10, 0.26)
        lean = (x - 0.5) * c.vary(0.1, 0.4)
        shaft = path([(x - 0.019, tall + 0.1, 0), (x + 0.019, tall + 0.1, 0), (x + lean + 0.019, tip + 0.075, 0),
            (x + lean - 0.019, tip + 0.075, 0)])
        c.paint(polygon((x + lean - 0.019, tip + 0.078), (x + lean + 0.019, tip + 0.078), (x + lean * 1.1, tip)),
            (0.88, 0.74, 0.55), WOOD, puff=0.008)
        c.paint(polygon((x + lean * 1.08 - 0.007, tip + 0.028), (x + lean * 1.08 + 0.007, tip + 0.028),
            (x + lean * 1.1, tip)), tones[k])
        c.paint(shaft, tones[k], PLASTIC, puff=0.012)
    flare = 0.03 if c.shape("style") == "tapered" else 0.0
    cup = path([(x0 - flare, 0.50, 0), (x1 + flare, 0.50, 0), (x1, 0.86), (x1 - 0.01, 0.885, 0), (0.5, 0.905),
        (x0 + 0.01, 0.885, 0), (x0, 0.86)])
    c.paint(cup, c.cloth, lathe=True, cast=0.2)
    c.shadow(box(x0 - flare, 0.50, x1 + flare, 0.508), 0.3, 0.004, cup)
    c.shine(box(x0 - flare, 0.497, x1 + flare, 0.505), 0.5, 0.003, cup)


KINDS = (
    Kind("notebook", "Notebook", "笔记本", "Stationery", draw_notebook, (5, 35), {"style": ("bound", "spiral")},
        (*SOFT, "black", "red", "green", "brown"), ("plain", "striped", "floral", "dotted", "leafy", "checked",
        "marbled", "starry"), ("paper", "leather", "linen"), True, stance=Stance.LIES),
    Kind("pen", "Pen", "笔", "Stationery", draw_pen, (3, 89), {"style": ("fountain", "ballpoint")},
        (*GOODS, "burgundy", "silver"), ("plain", "plain", "marbled", "gradient", "striped"),
        ("resin", "aluminium", "plastic", "wood"), True, stance=Stance.LIES),
    Kind("pencil-cup", "Pencil Cup", "笔筒", "Stationery", draw_pencils, (6, 39), {"style": ("cylinder", "tapered")},
        (*SOFT, "black", "red", "brown"), ("plain", "striped", "dotted", "floral", "zigzag", "checked", "starry",
        "colour-block"), ("ceramic", "wood", "aluminium", "leather")),
    Kind("water-bottle", "Water Bottle", "水杯", "Sports", draw_bottle, (9, 49),
        {"style": ("flask", "straw-lid", "sport-cap")}, GOODS, ("plain", "plain", "gradient", "floral", "dotted",
        "marbled", "leafy", "camouflage", "colour-block"), ("steel", "plastic", "glass"), True,
        sizes=("350 ml", "500 ml", "750 ml")),
    Kind("perfume", "Perfume", "香水", "Beauty", draw_perfume, (25, 189), {"style": ("square", "round", "tall", "oval")},
        ("pink", "lavender", "yellow", "sky blue", "mint", "orange", "red", "purple", "gold", "black", "green"),
        ("plain", "plain", "gradient"), ("glass",), True, ("women", "men", "unisex"), ("30 ml", "50 ml", "100 ml")),
    Kind("lipstick", "Lipstick", "口红", "Beauty", draw_lipstick, (9, 45), {"style": ("bullet", "gloss")},
        ("red", "pink", "burgundy", "orange", "purple", "brown", "beige"), ("plain", "plain", "leopard", "floral",
        "marbled"), ("gold", "plastic", "aluminium"), True, ("women",)),
    Kind("cream", "Hand Cream", "护手霜", "Beauty", draw_cream, (6, 45), {"style": ("tube", "jar", "pump")}, SOFT,
        ("plain", "plain", "floral", "leafy", "gradient", "dotted"), ("plastic", "glass"), True, ("women", "unisex"),
        ("50 ml", "100 ml")),
    Kind("hairbrush", "Hairbrush", "梳子", "Beauty", draw_brush, (6, 39), {"style": ("paddle", "oval")},
        (*SOFT, "black", "red", "brown", "gold"), ("plain", "plain", "floral", "marbled", "leopard", "gradient"),
        ("wood", "plastic", "bamboo"), True, stance=Stance.LIES),
)
