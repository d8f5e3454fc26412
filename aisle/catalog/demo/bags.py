"""Bags and what is carried in the hand."""

from __future__ import annotations

from itertools import pairwise

from aisle.catalog.demo.canvas import BLACK, GOLD, LEATHER, METAL, PLASTIC, STEEL, WHITE, Canvas, mix
from aisle.catalog.demo.kinds import CLOTHES, GOODS, HIDES, Kind, Stance
from aisle.catalog.demo.shapes import box, ellipse, path, polygon, stroke, symmetric

# An outline reads better as rows of points than with one point a line.
# fmt: off


def _buckle(c: Canvas, x: float, y: float, size: float = 0.03) -> None:
    c.paint(box(x - size, y - size * 0.8, x + size, y + size * 0.8, 0.008) - box(x - size * 0.6, y - size * 0.4,
        x + size * 0.6, y + size * 0.4, 0.004), GOLD, METAL, puff=0.008, cast=0.25)


def draw_backpack(c: Canvas) -> None:
    style = c.shape("style")
    half = c.vary(0.235, 0.27)
    top, bottom = (0.17, 0.88)
    trim = c.stuff(c.accent, "leather" if c.look.material != "nylon" else "nylon")
    c.paint(stroke([(0.5 - half * 0.7, 0.30), (0.5 - half - 0.075, 0.42), (0.5 - half - 0.05, 0.66),
        (0.5 - half * 0.8, 0.82)], 0.05), trim, puff=0.02)
    c.paint(stroke([(0.5 + half * 0.7, 0.30), (0.5 + half + 0.075, 0.42), (0.5 + half + 0.05, 0.66),
        (0.5 + half * 0.8, 0.82)], 0.05), trim, puff=0.02)
    c.paint(stroke([(0.43, top + 0.04), (0.44, top - 0.055), (0.56, top - 0.055), (0.57, top + 0.04)], 0.026), trim,
        puff=0.012)
    body = symmetric([(0.5, top), (0.5 + half * 0.62, top + 0.035), (0.5 + half * 0.95, top + 0.17),
        (0.5 + half * 1.02, 0.6), (0.5 + half, bottom - 0.04), (0.5 + half * 0.85, bottom, 0), (0.5, bottom + 0.012)])
    if style == "roll-top":
        body = symmetric([(0.5 + half * 0.92, top + 0.02, 0), (0.5 + half * 0.94, 0.5), (0.5 + half, bottom - 0.04),
            (0.5 + half * 0.86, bottom, 0), (0.5, bottom + 0.012)])
    c.paint(body, c.cloth, puff=0.075)
    if style == "roll-top":
        c.paint(box(0.5 - half * 0.98, top - 0.02, 0.5 + half * 0.98, top + 0.075, 0.035), c.cloth, puff=0.035,
            cast=0.3)
        for x in (0.5 - half * 0.55, 0.5 + half * 0.55):
            c.paint(box(x - 0.02, top - 0.015, x + 0.02, 0.52, 0.006), trim, puff=0.01, cast=0.2)
            _buckle(c, x, 0.44)
    elif style == "flap":
        flap = symmetric([(0.5, top - 0.004), (0.5 + half * 0.62, top + 0.028), (0.5 + half * 0.97, top + 0.17),
            (0.5 + half * 0.98, 0.42), (0.5 + half * 0.6, 0.485), (0.5, 0.495)])
        c.paint(flap, c.cloth, puff=0.05, cast=0.35)
        for x in (0.5 - half * 0.5, 0.5 + half * 0.5):
            c.paint(box(x - 0.02, 0.40, x + 0.02, 0.62, 0.008), trim, puff=0.01, cast=0.2)
            _buckle(c, x, 0.53)
    else:
        zipper = [(0.5 - half * 0.9, 0.46), (0.5 - half * 0.78, top + 0.13), (0.5, top + 0.06),
            (0.5 + half * 0.78, top + 0.13), (0.5 + half * 0.9, 0.46)]
        c.paint(stroke(zipper, 0.016), c.tone(-0.5), within=body)
        c.paint(stroke(zipper, 0.005), STEEL, within=body)
        c.paint(box(0.5 + half * 0.84, 0.45, 0.5 + half * 0.92, 0.51, 0.008), trim, puff=0.008, cast=0.2)
    pocket = box(0.5 - half * 0.78, 0.575, 0.5 + half * 0.78, bottom - 0.035, 0.05)
    c.paint(pocket, c.cloth if c.look.pattern != "plain" else c.stuff(c.tone(0.05)), puff=0.045, cast=0.3)
    c.paint(box(0.5 - half * 0.7, 0.615, 0.5 + half * 0.7, 0.628, 0.005), c.tone(-0.5))
    c.paint(box(0.45, 0.685, 0.55, 0.735, 0.012), trim, LEATHER, puff=0.01, cast=0.12)


def draw_tote(c: Canvas) -> None:
    large = c.shape("size") == "large"
    half, top = (c.vary(0.31, 0.35), 0.40) if large else (c.vary(0.24, 0.27), 0.45)
    reach = c.vary(0.26, 0.31)
    trim = c.stuff(c.accent, "leather" if c.look.material != "straw" else "suede")
    arch = [(0.5 - half * 0.45, top + 0.02), (0.5 - half * 0.42, top - reach * 0.75), (0.5, top - reach),
        (0.5 + half * 0.42, top - reach * 0.75), (0.5 + half * 0.45, top + 0.02)]
    c.paint(stroke([(x, y + 0.022) for x, y in arch], 0.026), c.stuff(mix(c.accent, BLACK, 0.35)), puff=0.01)
    body = symmetric([(0.5, top + 0.012), (0.5 + half * 0.7, top + 0.006), (0.5 + half, top, 0),
        (0.5 + half * 0.97, 0.65), (0.5 + half * 0.9, 0.885, 0), (0.5, 0.9)])
    c.paint(body, c.cloth, puff=0.04)
    for x0, x1 in ((0.40, 0.37), (0.58, 0.62), (0.48, 0.50)):
        c.shadow(stroke([(x0, 0.66), ((x0 + x1) / 2 + 0.01, 0.76), (x1, 0.87)], 0.02, 0.005), 0.13, 0.012, body)
    c.shadow(box(0, top + 0.045, 1, top + 0.049), 0.4, 0.002, body)
    c.paint(stroke(arch, 0.028), trim, LEATHER, puff=0.012, cast=0.15)
    for side in (-1, 1):
        x = 0.5 + side * half * 0.45
        c.paint(box(x - 0.024, top, x + 0.024, top + 0.075, 0.006), trim, LEATHER, puff=0.01, cast=0.2)
    if c.rng.random() < 0.45:
        c.paint(box(0.44, 0.62, 0.56, 0.70, 0.01), trim, LEATHER, puff=0.008, cast=0.15)
        c.stitches(((0.45, 0.63), (0.55, 0.63), (0.55, 0.69), (0.45, 0.69), (0.45, 0.63)), mix(c.accent, WHITE, 0.6))


def draw_handbag(c: Canvas) -> None:
    style = c.shape("style")
    half = c.vary(0.28, 0.33)
    trim = c.stuff(c.tone(-0.22))
    if style == "bucket":
        body = symmetric([(0.5 + half * 0.72, 0.40, 0), (0.5 + half * 0.85, 0.65), (0.5 + half * 0.82, 0.87, 0),
            (0.5, 0.885)])
        c.paint(stroke([(0.5 - half * 0.66, 0.45), (0.44, 0.16), (0.56, 0.16), (0.5 + half * 0.66, 0.45)], 0.028), trim,
            puff=0.012)
        c.paint(ellipse(0.5, 0.405, half * 0.72, 0.03), c.tone(-0.5))
        c.paint(body, c.cloth, puff=0.06)
        for x in (0.36, 0.43, 0.5, 0.57, 0.64):
            c.shadow(stroke([(x, 0.42), (x + (x - 0.5) * 0.1, 0.56)], 0.016, 0.004), 0.25, 0.010, body)
        c.paint(stroke([(0.5 - half * 0.74, 0.475), (0.5, 0.49), (0.5 + half * 0.74, 0.475)], 0.014), c.accent, LEATHER,
            puff=0.006, cast=0.2)
        for x in (0.46, 0.53):
            c.paint(stroke([(0.495, 0.487), (x, 0.58), (x - 0.005, 0.63)], 0.014), c.accent, LEATHER, puff=0.006,
                cast=0.2)
        return
    top = 0.42
    rise = 0.25 if style == "top-handle" else 0.33
    spread = 0.5 if style == "top-handle" else 0.93
    arch = [(0.5 - half * spread, top + 0.03), (0.5 - half * spread * 0.9, top - rise * 0.7), (0.5, top - rise),
        (0.5 + half * spread * 0.9, top - rise * 0.7), (0.5 + half * spread, top + 0.03)]
    if style == "shoulder":
        for i in range(len(arch) - 1):
            (x0, y0), (x1, y1) = arch[i], arch[i + 1]
            for t in (0.0, 0.17, 0.34, 0.5, 0.67, 0.84):
                c.paint(ellipse(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t, 0.017) - ellipse(x0 + (x1 - x0) * t,
                    y0 + (y1 - y0) * t, 0.008), GOLD, METAL, puff=0.006)
    else:
        c.paint(stroke(arch, 0.034), trim, LEATHER, puff=0.016)
    if style == "saddle":
        body = symmetric([(0.5 + half * 0.8, top, 0), (0.5 + half * 1.02, 0.6), (0.5 + half * 0.75, 0.83), (0.5, 0.87)])
        flap = symmetric([(0.5 + half * 0.8, top, 0), (0.5 + half * 0.97, 0.55), (0.5 + half * 0.6, 0.69), (0.5, 0.70)])
    else:
        body = symmetric([(0.5 + half * 0.9, top, 0), (0.5 + half, 0.6), (0.5 + half * 1.02, 0.82, 0),
            (0.5 + half * 0.9, 0.845), (0.5, 0.85)])
        flap = symmetric([(0.5 + half * 0.9, top, 0), (0.5 + half * 0.97, 0.55), (0.5 + half * 0.55, 0.63),
            (0.5, 0.665)])
    c.paint(body, c.cloth, puff=0.055)
    if style == "shoulder":
        for k in range(-9, 10):
            for sign in (-1, 1):
                line = polygon((0.5 + k * 0.075, 0.3), (0.505 + k * 0.075, 0.3), (0.505 + k * 0.075 + sign * 0.45, 0.9),
                    (0.5 + k * 0.075 + sign * 0.45, 0.9))
                c.shadow(line, 0.3, 0.004, body)
    c.paint(flap, c.cloth, puff=0.04, cast=0.3)
    c.paint(box(0.468, 0.60, 0.532, 0.69, 0.012), GOLD, METAL, puff=0.016, cast=0.3)
    if style != "shoulder":
        c.paint(ellipse(0.5, 0.645, 0.012), mix(GOLD, BLACK, 0.5))
    if c.look.second:
        c.paint(stroke([(0.5 - half * 0.9, top + 0.012), (0.5, top + 0.008), (0.5 + half * 0.9, top + 0.012)], 0.02),
            c.stuff(c.accent), LEATHER, puff=0.008, within=body)


def draw_suitcase(c: Canvas) -> None:
    style = c.shape("style")
    half, top = c.vary(0.20, 0.25), 0.27
    for x in (0.5 - 0.07, 0.5 + 0.07):
        c.paint(box(x - 0.011, 0.09, x + 0.011, top + 0.02), STEEL, METAL, lathe=True)
    c.paint(box(0.405, 0.07, 0.595, 0.115, 0.02), BLACK, PLASTIC, puff=0.016)
    for x in (0.5 - half * 0.75, 0.5 + half * 0.75):
        c.paint(box(x - 0.03, 0.87, x + 0.03, 0.935, 0.026), (0.14, 0.14, 0.15), PLASTIC, puff=0.02)
        c.paint(ellipse(x, 0.915, 0.012), STEEL, METAL, puff=0.008)
    body = box(0.5 - half, top, 0.5 + half, 0.89, 0.05)
    c.paint(body, c.cloth, puff=0.05)
    if style == "ribbed":
        for i in range(-4, 5):
            x = 0.5 + i * half * 0.2
            c.shadow(box(x + 0.008, top + 0.03, x + 0.014, 0.86), 0.45, 0.003, body)
            c.shine(box(x - 0.010, top + 0.03, x - 0.003, 0.86), 0.35, 0.004, body)
    else:
        c.paint(box(0, 0.585, 1, 0.605), c.tone(-0.5), within=body)
        c.shadow(box(0.5 - half * 0.8, top + 0.06, 0.5 + half * 0.8, 0.54, 0.03) - box(0.5 - half * 0.78, top + 0.068,
            0.5 + half * 0.78, 0.532, 0.03), 0.5, 0.004, body)
    for x, y in ((-1, top), (1, top), (-1, 0.83), (1, 0.83)):
        c.paint(box(0.5 + x * half - (0.06 if x > 0 else 0), y, 0.5 + x * half + (0 if x > 0 else 0.06), y + 0.06,
            0.012), c.stuff(c.accent), LEATHER, puff=0.014, within=body)
    c.paint(box(0.435, top - 0.025, 0.565, top + 0.02, 0.012), c.accent, PLASTIC, puff=0.012, cast=0.2)


def draw_wallet(c: Canvas) -> None:
    style = c.shape("style")
    half, high = (c.vary(0.27, 0.30), c.vary(0.20, 0.22)) if style == "bifold" else (c.vary(0.34, 0.37),
        c.vary(0.17, 0.19))
    turn = -8
    if style == "bifold":
        for i, card in enumerate(((0.82, 0.66, 0.32), (0.30, 0.46, 0.64))):
            c.paint(box(0.5 - half * 0.8, 0.5 - high - 0.055 + i * 0.025, 0.5 + half * 0.8, 0.5, 0.015).turned(turn),
                card, PLASTIC, puff=0.006, cast=0.15)
    body = box(0.5 - half, 0.5 - high, 0.5 + half, 0.5 + high, 0.03).turned(turn)
    c.paint(body, c.cloth, puff=0.025, cast=0.2)
    seam = [(0.5 - half + 0.02, 0.5 - high + 0.02), (0.5 + half - 0.02, 0.5 - high + 0.02),
        (0.5 + half - 0.02, 0.5 + high - 0.02), (0.5 - half + 0.02, 0.5 + high - 0.02),
        (0.5 - half + 0.02, 0.5 - high + 0.02)]
    points = path([(*p, 0) for p in seam]).turned(turn).polygons[0][0]
    c.stitches(tuple((float(x), float(y)) for x, y in points), mix(c.accent, WHITE, 0.45))
    if style == "flap":
        flap = path([(0.5 - half, 0.5 - high, 0), (0.5 + half, 0.5 - high, 0), (0.5 + half, 0.5, 0),
            (0.5, 0.5 + high * 0.3), (0.5 - half, 0.5, 0)]).turned(turn)
        c.paint(flap, c.cloth, puff=0.025, cast=0.3)
        c.paint(ellipse(0.5, 0.5 + high * 0.10, 0.022).turned(turn), GOLD, METAL, puff=0.012, cast=0.2)
    else:
        c.paint(box(0.5 + half * 0.55, 0.5 + high * 0.5, 0.5 + half * 0.85, 0.5 + high * 0.68, 0.004).turned(turn),
            c.accent, LEATHER, puff=0.005)


def draw_umbrella(c: Canvas) -> None:
    if c.shape("style") == "closed":
        c.paint(stroke([(0.30, 0.90), (0.70, 0.16)], 0.016), STEEL, METAL, puff=0.006)
        body = path([(0.712, 0.135, 0), (0.66, 0.28), (0.55, 0.53), (0.425, 0.72, 0), (0.365, 0.69, 0), (0.42, 0.48),
            (0.56, 0.27), (0.692, 0.125, 0)])
        c.paint(body, c.cloth, puff=0.045)
        for d in (-0.018, 0.008, 0.03):
            c.shadow(stroke([(0.69 + d * 0.3, 0.17), (0.53 + d, 0.47), (0.40 + d, 0.69)], 0.010, 0.014), 0.4, 0.006,
                body)
        c.paint(stroke([(0.505, 0.46), (0.575, 0.50)], 0.03), c.stuff(c.tone(-0.25)), puff=0.01,
            within=body.scaled(1.03))
        c.paint(stroke([(0.335, 0.83), (0.295, 0.90), (0.225, 0.93), (0.165, 0.87), (0.195, 0.81)], 0.038),
            (0.45, 0.28, 0.16), LEATHER, puff=0.018)
        return
    c.paint(box(0.492, 0.16, 0.508, 0.82), STEEL, METAL, lathe=True)
    c.paint(stroke([(0.5, 0.72), (0.5, 0.86), (0.455, 0.92), (0.395, 0.905), (0.385, 0.85)], 0.036), (0.45, 0.28, 0.16),
        LEATHER, puff=0.018)
    high = c.vary(0.11, 0.14)
    tips = [0.09, 0.27, 0.5, 0.73, 0.91]
    rim = [(0.91, 0.50, 0), (0.82, 0.455), (0.73, 0.50, 0), (0.615, 0.465), (0.5, 0.505, 0), (0.385, 0.465),
        (0.27, 0.50, 0), (0.18, 0.455), (0.09, 0.50, 0)]
    dome = path([(0.5, high, 0), (0.70, high + 0.07), (0.86, high + 0.22), *rim, (0.14, high + 0.22),
        (0.30, high + 0.07)])
    c.paint(dome, c.cloth, puff=0.11)
    gores = [path([(0.5, high, 0), (0.5 + (a - 0.5) * 0.75, high + 0.16), (a, 0.51, 0), (b, 0.51, 0),
        (0.5 + (b - 0.5) * 0.75, high + 0.16)]) for a, b in pairwise(tips)]
    for i, gore in enumerate(gores):
        if c.look.pattern == "colour-block" and i % 2:
            c.paint(gore, c.stuff(c.accent), opacity=0.9, within=dome)
        c.shadow(gore, (0.0, 0.06, 0.14, 0.26)[i], 0.004, dome)
    for x in tips[1:-1]:
        c.shadow(stroke([(0.5, high), (0.5 + (x - 0.5) * 0.75, high + 0.16), (x, 0.5)], 0.006), 0.4, 0.003, dome)
    c.paint(box(0.492, high - 0.045, 0.508, high + 0.012, 0.006), STEEL, METAL, lathe=True)


KINDS = (
    Kind("backpack", "Backpack", "双肩包", "Bags", draw_backpack, (35, 159), {"style": ("zip", "roll-top", "flap")}, GOODS,
        ("plain", "plain", "camouflage", "checked", "colour-block", "leafy", "starry"), ("canvas", "nylon", "leather"),
        True, ("women", "men", "unisex", "kids"), stance=Stance.STANDS),
    Kind("tote", "Tote Bag", "托特包", "Bags", draw_tote, (15, 149), {"size": ("large", "small")}, CLOTHES,
        ("plain", "striped", "floral", "checked", "dotted", "leafy"), ("canvas", "leather", "straw", "cotton"), True,
        ("women", "unisex")),
    Kind("handbag", "Handbag", "手提包", "Bags", draw_handbag, (49, 389), {"style": ("top-handle", "shoulder", "saddle",
        "bucket")}, (*HIDES, "grey", "yellow", "lavender"), ("plain", "plain", "plain", "leopard", "colour-block"),
        ("leather", "suede", "patent"), True, ("women",)),
    Kind("suitcase", "Suitcase", "拉杆箱", "Bags", draw_suitcase, (69, 329), {"style": ("ribbed", "spinner")},
        (*GOODS, "silver"), ("plain", "plain", "gradient", "marbled", "leopard", "camouflage"),
        ("plastic", "aluminium", "polyester"), True, sizes=('20"', '24"', '28"')),
    Kind("wallet", "Wallet", "钱包", "Bags", draw_wallet, (19, 99), {"style": ("bifold", "flap")},
        (*HIDES, "grey", "yellow", "mint"), ("plain", "plain", "checked", "leopard"), ("leather", "suede", "canvas"),
        True, ("women", "men"), stance=Stance.LIES),
    Kind("umbrella", "Umbrella", "雨伞", "Accessories", draw_umbrella, (14, 69), {"style": ("open", "closed")}, GOODS,
        ("plain", "striped", "dotted", "floral", "checked", "colour-block", "starry"), ("polyester", "nylon"),
        stance=Stance.LIES),
)
