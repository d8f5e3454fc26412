"""Lamps, textiles and decoration."""

from __future__ import annotations

import math

from aisle.catalog.demo.canvas import (
    BLACK,
    CERAMIC,
    CLOTH,
    GOLD,
    METAL,
    OAK,
    PAPER,
    PLASTIC,
    PLUSH,
    WHITE,
    WOOD,
    Canvas,
    mix,
)
from aisle.catalog.demo.kinds import CLOTHES, GOODS, SOFT, Kind, Stance
from aisle.catalog.demo.shapes import box, ellipse, path, polygon, ring, stroke, symmetric, union

GLOW = (1.0, 0.93, 0.76)

# An outline reads better as rows of points than with one point a line.
# fmt: off


def draw_lamp(c: Canvas) -> None:
    style = c.shape("shade")
    foot = GOLD if c.look.material == "brass" else OAK if c.look.material == "wood" else None
    body = c.stuff(foot) if foot else c.stuff(c.accent)
    surface = {"brass": METAL, "wood": WOOD}.get(c.look.material, CERAMIC)
    half = c.vary(0.20, 0.26)
    if style == "arm":
        c.paint(ellipse(0.62, 0.875, 0.15, 0.038), body, surface, puff=0.02)
        c.paint(stroke([(0.62, 0.865), (0.72, 0.52)], 0.026), body, surface, puff=0.011)
        c.paint(stroke([(0.72, 0.52), (0.42, 0.30)], 0.024), body, surface, puff=0.010, cast=0.2)
        c.paint(ellipse(0.72, 0.52, 0.03), body, surface, puff=0.014, cast=0.2)
        head = path([(0.43, 0.215, 0), (0.48, 0.275, 0), (0.43, 0.50), (0.39, 0.53, 0), (0.165, 0.34, 0), (0.21, 0.30)])
        c.paint(ellipse(0.278, 0.437, 0.147, 0.03, 40), GLOW)
        c.paint(head, c.cloth, puff=0.07, cast=0.2)
        return
    stem = int(c.rng.integers(3))
    if stem == 0:
        c.paint(box(0.485, 0.42, 0.515, 0.86), body, surface, lathe=True)
        c.paint(ellipse(0.5, 0.865, 0.15, 0.04), body, surface, puff=0.022)
    elif stem == 1:
        c.paint(symmetric([(0.525, 0.44, 0), (0.53, 0.52), (0.62, 0.68), (0.60, 0.82), (0.56, 0.88, 0), (0.5, 0.892)]),
            body, surface, lathe=True)
    else:
        for y, r in ((0.82, 0.095), (0.685, 0.075), (0.575, 0.06)):
            c.paint(ellipse(0.5, y, r, 0.075 if r > 0.08 else 0.065), body, surface, puff=0.055)
        c.paint(box(0.488, 0.42, 0.512, 0.53), body, surface, lathe=True)
    shade = {"cone": symmetric([(0.5 + half * 0.48, 0.14, 0), (0.5 + half * 1.05, 0.46, 0), (0.5, 0.478)]),
        "drum": symmetric([(0.5 + half * 0.88, 0.15, 0), (0.5 + half, 0.46, 0), (0.5, 0.478)]),
        "dome": symmetric([(0.5, 0.15), (0.5 + half * 0.75, 0.22), (0.5 + half * 1.1, 0.45, 0), (0.5, 0.468)]),
        "globe": ellipse(0.5, 0.30, half * 0.86)}[style]
    c.paint(shade, c.cloth, CLOTH if style != "dome" else CERAMIC, lathe=style != "globe",
        puff=0.12 if style == "globe" else 0.0)
    c.shine(ellipse(0.5, 0.36, half * 0.55, 0.11), 0.42 if style != "dome" else 0.12, 0.05, shade)
    if style != "globe":
        c.paint(box(0, 0.448, 1, 0.46), c.stuff(c.tone(-0.2)), within=shade, opacity=0.8)


def draw_vase(c: Canvas) -> None:
    style = c.shape("style")
    neck, belly = c.vary(0.05, 0.09), c.vary(0.19, 0.24)
    outline, mouth, top = {"bulbous": ([(0.5 + neck, 0.24, 0), (0.5 + neck * 0.85, 0.34), (0.5 + belly, 0.60),
        (0.5 + belly * 0.8, 0.80), (0.5 + belly * 0.5, 0.87, 0), (0.5, 0.885)], neck, 0.24),
        "bottle": ([(0.5 + 0.05, 0.13, 0), (0.535, 0.22), (0.54, 0.44), (0.5 + belly * 0.85, 0.68),
        (0.5 + belly * 0.7, 0.84), (0.5 + belly * 0.5, 0.87, 0), (0.5, 0.885)], 0.05, 0.13),
        "cylinder": ([(0.5 + belly * 0.7, 0.22, 0), (0.5 + belly * 0.66, 0.5), (0.5 + belly * 0.7, 0.87, 0),
        (0.5, 0.895)], belly * 0.7, 0.22), "tapered": ([(0.5 + belly * 0.95, 0.20, 0), (0.5 + belly * 0.75, 0.40),
        (0.5 + belly * 0.35, 0.72), (0.5 + belly * 0.5, 0.87, 0), (0.5, 0.885)], belly * 0.95, 0.20)}[style]
    if c.rng.random() < 0.4:
        for _ in range(5):
            tip, high = 0.5 + c.vary(-0.20, 0.20), top - c.vary(0.02, 0.13) if top > 0.15 else 0.04
            c.paint(stroke([(0.5, top + 0.02), ((0.5 + tip) / 2, (top + high) / 2), (tip, high)], 0.008),
                (0.40, 0.48, 0.30))
            for k in range(4):
                t = 0.45 + k * 0.18
                c.paint(ellipse(0.5 + (tip - 0.5) * t, top + (high - top) * t, 0.024, 0.010, 40 if k % 2 else -40),
                    mix((0.45, 0.55, 0.33), (0.80, 0.70, 0.50), c.vary(0, 1)), puff=0.008)
    body = symmetric(outline)
    c.paint(body, c.cloth, CERAMIC, lathe=True)
    c.shadow(box(0, 0.82, 1, 0.9), 0.25, 0.03, body)
    c.paint(ellipse(0.5, top, mouth, mouth * 0.2), c.stuff(c.tone(0.1)), CERAMIC, puff=0.004)
    c.paint(ellipse(0.5, top + 0.002, mouth - 0.010, mouth * 0.2 - 0.006), c.tone(-0.6))


def draw_cushion(c: Canvas) -> None:
    rows = c.shape("style") == "rectangular"
    x, y = (0.42, 0.28) if rows else (0.36, 0.36)
    bend = c.vary(0.03, 0.05)
    if c.shape("style") == "round":
        body = ellipse(0.5, 0.5, 0.37)
    else:
        body = path([(0.5 - x, 0.5 - y, 0), (0.5, 0.5 - y + bend), (0.5 + x, 0.5 - y, 0), (0.5 + x - bend, 0.5),
            (0.5 + x, 0.5 + y, 0), (0.5, 0.5 + y - bend), (0.5 - x, 0.5 + y, 0), (0.5 - x + bend, 0.5)])
    body = body.turned(c.vary(-6, 6))
    trim = int(c.rng.integers(3))
    if trim == 0 and c.shape("style") != "round":
        for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
            for a in (-0.03, -0.01, 0.01, 0.03):
                c.paint(stroke([(0.5 + sx * (x - 0.02), 0.5 + sy * (y - 0.02)),
                    (0.5 + sx * (x + 0.035) + a, 0.5 + sy * (y + 0.035) - a * sx * sy)], 0.010), c.stuff(c.accent),
                    CLOTH, puff=0.005)
    elif trim == 1:
        c.paint(body.scaled(1.025), c.stuff(c.accent), CLOTH, puff=0.012)
    c.paint(body, c.cloth, puff=0.17)
    for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        c.shadow(stroke([(0.5 + sx * x * 0.86, 0.5 + sy * y * 0.86), (0.5 + sx * x * 0.5, 0.5 + sy * y * 0.55)], 0.02,
            0.004), 0.18, 0.012, body)
    if trim == 2:
        c.shadow(ellipse(0.5, 0.5, 0.04), 0.5, 0.02, body)
        c.paint(ellipse(0.5, 0.5, 0.022), c.stuff(c.accent), puff=0.014)


def draw_rug(c: Canvas) -> None:
    style = c.shape("style")
    if style == "round":
        body = ellipse(0.5, 0.5, 0.42)
        inner = ellipse(0.5, 0.5, 0.365) - ellipse(0.5, 0.5, 0.345)
    else:
        wide = 0.30 if style == "rectangular" else 0.20
        for k in range(int(wide * 100)):
            x = 0.5 - wide + 2 * wide * (k + 0.5) / int(wide * 100)
            c.paint(stroke([(x, 0.06), (x, 0.94)], 0.009), c.stuff(mix(c.accent, WHITE, 0.5)), CLOTH)
        body = box(0.5 - wide, 0.10, 0.5 + wide, 0.90)
        inner = box(0.5 - wide + 0.035, 0.135, 0.5 + wide - 0.035, 0.865) - box(0.5 - wide + 0.052, 0.152,
            0.5 + wide - 0.052, 0.848)
    c.paint(body, c.cloth, PLUSH, puff=0.010)
    c.paint(inner, c.stuff(c.accent), opacity=0.95)
    motif = int(c.rng.integers(3))
    if motif == 0:
        for r in (0.13, 0.085, 0.04):
            c.paint(polygon((0.5, 0.5 - r * 1.3), (0.5 + r, 0.5), (0.5, 0.5 + r * 1.3), (0.5 - r, 0.5)),
                c.stuff(c.accent if r != 0.085 else c.base), within=body)
    elif motif == 1 and style == "round":
        for r in (0.27, 0.18, 0.09):
            c.paint(ring(0.5, 0.5, r, r, 0.022), c.stuff(c.accent))


def draw_clock(c: Canvas) -> None:
    style = c.shape("style")
    r = c.vary(0.35, 0.39)
    body = box(0.5 - r, 0.5 - r, 0.5 + r, 0.5 + r, 0.07) if style == "square" else ellipse(0.5, 0.5, r)
    if style == "retro":
        for k in range(16):
            a = k * math.pi / 8
            c.paint(stroke([(0.5 + 0.22 * math.cos(a), 0.5 + 0.22 * math.sin(a)),
                (0.5 + (0.44 if k % 2 else 0.36) * math.cos(a), 0.5 + (0.44 if k % 2 else 0.36) * math.sin(a))], 0.016,
                0.022), c.stuff(c.accent if k % 2 else c.base), METAL, puff=0.008)
        r, body = 0.25, ellipse(0.5, 0.5, 0.25)
    c.paint(body, c.cloth, puff=0.03, cast=0.2 if style == "retro" else 0)
    inset = r * 0.88
    face = box(0.5 - inset, 0.5 - inset, 0.5 + inset, 0.5 + inset, 0.05) if style == "square" else ellipse(0.5, 0.5,
        inset)
    pale = sum(c.base) < 1.9 or c.look.color in ("beige", "gold")
    dial = (0.97, 0.96, 0.93) if pale else mix(c.accent, BLACK, 0.25)
    ink = BLACK if sum(dial) > 1.5 else WHITE
    c.paint(face, dial, PAPER, fade=(0.94, 1.03))
    c.shadow(face - face.moved(0.008, 0.012), 0.4, 0.008, face)
    for k in range(12):
        a = k * math.pi / 6
        long = 0.11 if k % 3 == 0 else 0.06
        c.paint(stroke([(0.5 + inset * 0.9 * math.cos(a), 0.5 + inset * 0.9 * math.sin(a)),
            (0.5 + inset * (0.9 - long) * math.cos(a), 0.5 + inset * (0.9 - long) * math.sin(a))],
            0.014 if k % 3 == 0 else 0.008), ink)
    hour, minute = c.vary(0, 6.28), c.vary(0, 6.28)
    c.paint(stroke([(0.5, 0.5), (0.5 + inset * 0.5 * math.cos(hour), 0.5 + inset * 0.5 * math.sin(hour))], 0.022,
        0.012), ink, cast=0.2)
    c.paint(stroke([(0.5, 0.5), (0.5 + inset * 0.76 * math.cos(minute), 0.5 + inset * 0.76 * math.sin(minute))], 0.016,
        0.008), ink, cast=0.2)
    c.paint(stroke([(0.5 - 0.03, 0.52), (0.5 + inset * 0.6, 0.5 - inset * 0.4)], 0.005), (0.80, 0.22, 0.18), cast=0.15)
    c.paint(ellipse(0.5, 0.5, 0.018), ink, METAL, puff=0.01)


def draw_planter(c: Canvas) -> None:
    style = c.shape("style")
    half, top, low = c.vary(0.18, 0.23), 0.56, 0.86
    plant = int(c.rng.integers(3))
    leaf = mix((0.26, 0.48, 0.25), (0.45, 0.60, 0.40), c.vary(0, 1))
    if plant == 0:
        for k in range(13):
            a = -math.pi / 2 + (k - 6) * 0.17 * (1 if k % 2 else -1)
            reach = c.vary(0.26, 0.42)
            tip = (0.5 + reach * math.cos(a) * 0.95, top + 0.02 + reach * math.sin(a))
            c.paint(path([(0.485, top + 0.02, 0), ((0.5 + tip[0]) / 2 - 0.035, (top + tip[1]) / 2), (*tip, 0),
                ((0.5 + tip[0]) / 2 + 0.03, (top + tip[1]) / 2), (0.515, top + 0.02, 0)]),
                mix(leaf, WHITE, c.vary(0, 0.18)), PLASTIC, puff=0.02, cast=0.15)
    elif plant == 1:
        body = symmetric([(0.5, 0.18), (0.60, 0.22), (0.625, 0.4), (0.60, 0.58, 0)])
        for x, y, t in ((0.39, 0.40, -32), (0.62, 0.34, 34)):
            c.paint(ellipse(x, y, 0.05, 0.11, t), leaf, PLUSH, puff=0.04)
        c.paint(body, leaf, PLUSH, puff=0.08)
        for k in range(-3, 4):
            c.shadow(stroke([(0.5 + k * 0.028, 0.20 + abs(k) * 0.012), (0.5 + k * 0.034, 0.56)], 0.006), 0.4, 0.004,
                body)
        c.paint(union([ellipse(0.5 + 0.03 * math.cos(k), 0.18 + 0.02 * math.sin(k), 0.022) for k in range(6)]),
            (0.93, 0.50, 0.58), PLUSH, puff=0.016)
    else:
        for k in range(11):
            a = -math.pi / 2 + (k - 5) * 0.30
            x, y = 0.5 + 0.24 * math.cos(a) * c.vary(0.6, 1.1), top - 0.06 + 0.30 * math.sin(a) * c.vary(0.6, 1.05)
            c.paint(stroke([(0.5, top + 0.02), ((0.5 + x) / 2, (top + y) / 2 - 0.03), (x, y)], 0.008),
                mix(leaf, BLACK, 0.2))
            c.paint(ellipse(x, y, c.vary(0.05, 0.075), c.vary(0.04, 0.06), math.degrees(a)),
                mix(leaf, WHITE, c.vary(0, 0.2)), PLASTIC, puff=0.025, cast=0.15)
    outline = {"tapered": [(0.5 + half, top, 0), (0.5 + half * 0.72, low, 0), (0.5, low + 0.02)],
        "cylinder": [(0.5 + half * 0.92, top, 0), (0.5 + half * 0.9, low - 0.02), (0.5 + half * 0.86, low, 0),
        (0.5, low + 0.02)], "round": [(0.5 + half * 0.72, top, 0), (0.5 + half * 1.12, (top + low) / 2),
        (0.5 + half * 0.7, low, 0), (0.5, low + 0.012)]}[style]
    c.paint(ellipse(0.5, top + 0.004, half * (0.72 if style == "round" else 0.95), 0.03), (0.25, 0.18, 0.13))
    pot = symmetric(outline)
    c.paint(pot, c.cloth, lathe=True)
    if style == "tapered":
        c.paint(box(0.5 - half * 1.06, top - 0.012, 0.5 + half * 1.06, top + 0.055, 0.012),
            c.cloth if c.look.pattern != "plain" else c.stuff(c.tone(0.04)), lathe=True, cast=0.25)


def draw_candle(c: Canvas) -> None:
    jar = c.shape("style") == "jar"
    half, top, low = c.vary(0.17, 0.21), (0.36 if jar else c.vary(0.22, 0.40)), 0.82
    flame = path([(0.5, top - 0.16, 0), (0.53, top - 0.085), (0.5, top - 0.035), (0.47, top - 0.085)])
    wax = mix(c.accent if jar and c.look.second else c.base, WHITE, 0.3 if jar else 0.0)
    body = symmetric([(0.5 + half, top, 0), (0.5 + half, low - 0.03), (0.5 + half * 0.92, low, 0), (0.5, low + 0.03)])
    c.paint(body, c.cloth, CERAMIC if jar else PLUSH, lathe=True)
    c.paint(ellipse(0.5, top, half, half * 0.22), c.tone(0.15), CERAMIC, puff=0.006)
    c.paint(ellipse(0.5, top + 0.006, half - 0.016, half * 0.22 - 0.010), wax, fade=(0.85, 1.1))
    c.shine(ellipse(0.5, top + 0.006, half * 0.5, half * 0.10), 0.7, 0.02, body + ellipse(0.5, top, half, half * 0.22))
    if jar:
        c.paint(box(0.5 - half * 0.62, 0.53, 0.5 + half * 0.62, 0.72, 0.008), (0.96, 0.94, 0.89), PAPER, puff=0.004,
            cast=0.1)
        for y, w in ((0.575, 0.35), (0.615, 0.45), (0.655, 0.25)):
            c.paint(box(0.5 - half * w, y, 0.5 + half * w, y + 0.012), mix(c.tone(-0.4), BLACK, 0.2))
    c.paint(stroke([(0.5, top), (0.502, top - 0.055)], 0.008), BLACK)
    c.paint(ellipse(0.5, top - 0.09, 0.06, 0.10), GLOW, soft=0.03, opacity=0.5)
    c.paint(flame, (1.0, 0.72, 0.22), soft=0.003)
    c.paint(flame.scaled(0.55, 0.5, top - 0.06), (1.0, 0.95, 0.70), soft=0.003)


def draw_towel(c: Canvas) -> None:
    folds = 3 if c.shape("style") == "folded" else 1
    if folds == 1:
        c.paint(stroke([(0.14, 0.18), (0.86, 0.18)], 0.03), OAK, WOOD, puff=0.014)
        body = path([(0.26, 0.165, 0), (0.74, 0.165, 0), (0.745, 0.5), (0.75, 0.86, 0), (0.5, 0.865), (0.25, 0.86, 0),
            (0.255, 0.5)])
        c.paint(body, c.cloth, PLUSH, puff=0.035)
        for x in (0.36, 0.5, 0.63):
            c.shadow(stroke([(x, 0.22), (x + 0.015, 0.5), (x - 0.01, 0.84)], 0.03, 0.02), 0.14, 0.02, body)
        for y in (0.72, 0.76):
            c.paint(box(0, y, 1, y + 0.02), c.stuff(c.accent), CLOTH, within=body)
        return
    half = c.vary(0.30, 0.35)
    count = int(c.rng.integers(2, 4))
    for k in range(count):
        low = 0.83 - k * 0.155
        tone = c.cloth if k % 2 == 0 or not c.look.second else c.stuff(c.accent)
        c.paint(box(0.5 - half + k * 0.012, low - 0.155, 0.5 + half - k * 0.008, low, 0.06), tone, PLUSH, puff=0.055,
            cast=0.25)
        c.shadow(stroke([(0.5 - half + 0.06, low - 0.078), (0.5 + half - 0.012, low - 0.072)], 0.008), 0.45, 0.005)
        c.paint(box(0.5 - half * 0.5, low - 0.150, 0.5 - half * 0.42, low - 0.004),
            c.stuff(c.accent if k % 2 == 0 else c.base), CLOTH, opacity=0.9)


KINDS = (
    Kind("table-lamp", "Table Lamp", "台灯", "Home", draw_lamp, (25, 189), {"shade": ("cone", "drum", "dome", "globe",
        "arm")}, (*SOFT, "black", "red", "green"), ("plain", "plain", "plain", "striped", "floral", "dotted"),
        ("ceramic", "brass", "wood"), True),
    Kind("vase", "Vase", "花瓶", "Home", draw_vase, (15, 129), {"style": ("bulbous", "bottle", "cylinder", "tapered")},
        (*SOFT, "black", "red", "green", "blue", "brown"), ("plain", "plain", "striped", "floral", "gradient",
        "marbled", "leafy", "zigzag", "colour-block"), ("ceramic", "glass", "stoneware", "porcelain")),
    Kind("cushion", "Cushion", "抱枕", "Home", draw_cushion, (12, 59), {"style": ("square", "rectangular", "round")},
        CLOTHES, ("plain", "striped", "checked", "floral", "leafy", "zigzag", "tartan", "argyle", "leopard", "starry"),
        ("linen", "velvet", "cotton", "knit", "corduroy"), True, stance=Stance.LIES),
    Kind("rug", "Rug", "地毯", "Home", draw_rug, (39, 399), {"style": ("rectangular", "round", "long")},
        (*SOFT, "red", "green", "blue", "black"), ("plain", "striped", "zigzag", "checked", "argyle", "floral",
        "leafy"), ("wool", "cotton", "jute", "plush"), True, stance=Stance.LIES),
    Kind("clock", "Wall Clock", "挂钟", "Home", draw_clock, (18, 119), {"style": ("round", "square", "retro")},
        (*GOODS, "gold", "brown"), ("plain", "plain", "plain", "marbled", "striped"), ("plastic", "oak", "aluminium"),
        True, stance=Stance.LIES),
    Kind("planter", "Plant Pot", "花盆", "Home", draw_planter, (9, 69), {"style": ("tapered", "cylinder", "round")},
        (*SOFT, "black", "red", "green", "orange", "brown"), ("plain", "plain", "striped", "zigzag", "dotted",
        "marbled", "colour-block", "gradient"), ("ceramic", "clay", "concrete", "rattan")),
    Kind("candle", "Scented Candle", "香薰蜡烛", "Home", draw_candle, (9, 59), {"style": ("jar", "pillar")},
        (*SOFT, "red", "black", "green"), ("plain", "plain", "marbled", "gradient", "striped"), ("glass", "ceramic"),
        True),
    Kind("towel", "Towel", "毛巾", "Home", draw_towel, (7, 45), {"style": ("folded", "hanging")},
        (*SOFT, "blue", "green", "red"), ("plain", "plain", "striped", "checked", "dotted"),
        ("cotton", "linen", "bamboo"), True),
)
