"""Hats, jewellery and other accessories."""

from __future__ import annotations

import math

from aisle.catalog.demo.canvas import BLACK, CERAMIC, CLOTH, GOLD, LEATHER, METAL, PLASTIC, STEEL, WHITE, Canvas, mix
from aisle.catalog.demo.kinds import CLOTHES, GOODS, HIDES, SOFT, Kind, Stance
from aisle.catalog.demo.shapes import Shape, box, ellipse, path, polygon, ring, stroke, symmetric, union

# An outline reads better as rows of points than with one point a line.
# fmt: off


def draw_cap(c: Canvas) -> None:
    style = c.shape("style")
    crown = path([(0.20, 0.60, 0), (0.215, 0.44), (0.34, 0.285), (0.50, 0.25), (0.68, 0.30), (0.80, 0.46),
        (0.81, 0.62, 0), (0.5, 0.66)])
    brim = path([(0.19, 0.585, 0), (0.11, 0.64), (0.05, 0.73), (0.10, 0.755), (0.28, 0.715), (0.50, 0.69),
        (0.585, 0.655, 0), (0.40, 0.61)])
    c.paint(crown, c.cloth, puff=0.11)
    if style == "trucker":
        back = path([(0.47, 0.25, 0), (0.70, 0.30), (0.81, 0.46), (0.815, 0.63, 0), (0.55, 0.66, 0), (0.54, 0.45)])
        c.paint(back, c.stuff(c.accent, "rattan"), CLOTH, puff=0.09, within=crown)
    for line in ([(0.50, 0.25), (0.40, 0.42), (0.375, 0.63)], [(0.50, 0.25), (0.60, 0.42), (0.63, 0.65)],
        [(0.5, 0.25), (0.72, 0.36), (0.79, 0.55)]):
        c.shadow(stroke(line, 0.006), 0.5, 0.003, crown)
    c.paint(stroke([(0.19, 0.585), (0.5, 0.64), (0.815, 0.61)], 0.03), c.stuff(c.tone(-0.18)), puff=0.012, within=crown)
    visor = c.stuff(c.accent) if c.look.second and c.look.pattern == "plain" else c.cloth
    c.paint(brim, visor, puff=0.04, cast=0.25)
    for d in (0.018, 0.036):
        c.shadow(stroke([(0.085 + d, 0.72 - d * 0.2), (0.28, 0.695 - d), (0.55, 0.665 - d)], 0.004), 0.3, 0.002, brim)
    c.paint(ellipse(0.50, 0.252, 0.022, 0.014), c.stuff(c.accent), puff=0.01)
    if c.rng.random() < 0.7:
        badge = [ellipse(0.335, 0.475, 0.052), box(0.28, 0.43, 0.39, 0.52, 0.012),
            polygon((0.335, 0.415), (0.395, 0.53), (0.275, 0.53))][int(c.rng.integers(3))]
        c.paint(badge, c.stuff(c.accent if c.look.second else WHITE), CLOTH, puff=0.01, cast=0.15)


def draw_beanie(c: Canvas) -> None:
    style = c.shape("style")
    crown = symmetric([(0.5, 0.24), (0.66, 0.29), (0.75, 0.44), (0.765, 0.66, 0), (0.5, 0.68)])
    c.paint(crown, c.cloth, puff=0.10)
    for x in (-0.16, -0.08, 0, 0.08, 0.16):
        c.shadow(stroke([(0.5 + x * 0.3, 0.26), (0.5 + x * 1.1, 0.45), (0.5 + x * 1.25, 0.66)], 0.010, 0.014), 0.22,
            0.008, crown)
    cuff = path([(0.225, 0.60, 0), (0.5, 0.62), (0.775, 0.60, 0), (0.785, 0.70), (0.775, 0.785, 0), (0.5, 0.805),
        (0.225, 0.785, 0), (0.215, 0.70)])
    c.paint(cuff, c.stuff(c.accent if c.look.second and c.look.pattern == "plain" else c.tone(-0.08), "corduroy"),
        puff=0.035, cast=0.3)
    if style == "pompom":
        ball = union([ellipse(0.5 + 0.085 * math.cos(a) * (0.6 + 0.5 * ((i * 7) % 5) / 5),
            0.19 + 0.085 * math.sin(a) * (0.6 + 0.5 * ((i * 7) % 5) / 5), 0.035) for i,
            a in enumerate(k * 0.42 for k in range(15))]) + ellipse(0.5, 0.19, 0.085)
        c.paint(ball, c.stuff(c.accent if c.look.second else WHITE, "plush"), puff=0.06, cast=0.2)
    else:
        c.paint(box(0.58, 0.67, 0.68, 0.735, 0.006), c.stuff((0.45, 0.28, 0.16), "leather"), LEATHER, puff=0.008,
            cast=0.15)


def draw_sunhat(c: Canvas) -> None:
    fedora = c.shape("style") == "fedora"
    wide = 0.43 if not fedora else 0.36
    brim = path([(0.5 - wide, 0.62, 0), (0.5 - wide * 0.6, 0.55), (0.5, 0.53), (0.5 + wide * 0.6, 0.55),
        (0.5 + wide, 0.62, 0), (0.5 + wide * 0.7, 0.70), (0.5, 0.735), (0.5 - wide * 0.7, 0.70)])
    c.paint(brim, c.cloth, puff=0.03)
    crown = symmetric([(0.5, 0.30 if not fedora else 0.32), (0.60, 0.285), (0.685, 0.36 if not fedora else 0.33),
        (0.71, 0.52), (0.72, 0.625, 0), (0.5, 0.665)])
    c.paint(crown, c.cloth, puff=0.085, cast=0.3)
    if fedora:
        c.shadow(ellipse(0.5, 0.325, 0.10, 0.03), 0.35, 0.02, crown)
    band = path([(0.284, 0.545, 0), (0.5, 0.585), (0.716, 0.545, 0), (0.722, 0.625, 0), (0.5, 0.668),
        (0.278, 0.625, 0)])
    c.paint(band, c.stuff(c.accent, "satin"), CLOTH, puff=0.015, within=crown)
    if c.rng.random() < 0.6:
        bow = path([(0.62, 0.60, 0), (0.56, 0.555), (0.565, 0.66), (0.62, 0.615, 0), (0.69, 0.66), (0.685, 0.56)])
        c.paint(bow, c.stuff(c.accent, "satin"), CLOTH, puff=0.02, cast=0.25)


def draw_scarf(c: Canvas) -> None:
    end = c.stuff(c.accent if c.look.second else c.tone(-0.12))
    if c.shape("style") == "folded":
        low = 0.86
        left = path([(0.36, 0.13, 0), (0.30, 0.5), (0.285, low, 0), (0.47, low, 0), (0.485, 0.5), (0.52, 0.13, 0)])
        right = path([(0.48, 0.13, 0), (0.545, 0.5), (0.55, low - 0.10, 0), (0.725, low - 0.10, 0), (0.70, 0.5),
            (0.64, 0.13, 0)])
        parts = ((left, 0.285, 0.47, low), (right, 0.55, 0.725, low - 0.10))
    else:
        loop = ring(0.5, 0.30, 0.24, 0.17, 0.10)
        tail = path([(0.42, 0.38, 0), (0.36, 0.6), (0.34, 0.86, 0), (0.52, 0.86, 0), (0.53, 0.6), (0.56, 0.38, 0)])
        other = path([(0.52, 0.38, 0), (0.58, 0.55), (0.60, 0.74, 0), (0.75, 0.71, 0), (0.69, 0.52), (0.63, 0.37, 0)])
        parts = ((other, 0.60, 0.75, 0.725), (tail, 0.34, 0.52, 0.86))
    for shape, x0, x1, low in parts:
        for i in range(12):
            x = x0 + (x1 - x0) * (i + 0.5) / 12
            c.paint(stroke([(x, low - 0.01), (x + c.vary(-0.008, 0.008), low + 0.055)], 0.010), c.stuff(c.tone(-0.1)),
                CLOTH, puff=0.005)
        c.paint(shape, c.cloth, puff=0.035, cast=0.22)
        for offset in (0.07, 0.10):
            c.paint(box(0, low - offset - 0.012, 1, low - offset), end, within=shape, opacity=0.9)
        mid = (x0 + x1) / 2
        c.shadow(stroke([(0.5 + (mid - 0.5) * 0.7, 0.30), (mid - 0.02, 0.55), (mid, low - 0.15)], 0.03, 0.01), 0.20,
            0.016, shape)
        c.shine(stroke([(0.47 + (mid - 0.5) * 0.7, 0.30), (mid - 0.06, 0.55), (mid - 0.04, low - 0.15)], 0.02, 0.01),
            0.10, 0.012, shape)
    if c.shape("style") == "fringed":
        c.paint(loop, c.cloth, puff=0.055, cast=0.3)
        for y in (-0.03, 0.0, 0.03):
            c.shadow(stroke([(0.30, 0.34 + y), (0.40, 0.41 + y), (0.52, 0.435 + y), (0.68, 0.36 + y)], 0.012), 0.25,
                0.008, loop)
        c.paint(path([(0.40, 0.36, 0), (0.50, 0.34), (0.585, 0.37, 0), (0.57, 0.47, 0), (0.49, 0.49), (0.41, 0.46, 0)]),
            c.cloth, puff=0.04, cast=0.3)
    else:
        c.paint(path([(0.35, 0.12, 0), (0.5, 0.10), (0.65, 0.12, 0), (0.66, 0.21), (0.5, 0.235), (0.34, 0.21)]),
            c.cloth, puff=0.045, cast=0.3)


def draw_tie(c: Canvas) -> None:
    if c.shape("style") == "bow":
        wing = path([(0.5, 0.465, 0), (0.66, 0.36), (0.80, 0.355, 0), (0.83, 0.5), (0.80, 0.645, 0), (0.66, 0.64),
            (0.5, 0.535, 0)])
        for side in (wing, wing.flipped()):
            c.paint(side, c.cloth, puff=0.05)
            line = stroke([(0.53, 0.49), (0.62, 0.475), (0.70, 0.44)], 0.02, 0.004)
            c.shadow(line if side is wing else line.flipped(), 0.35, 0.008, side)
        c.paint(box(0.452, 0.435, 0.548, 0.565, 0.035), c.cloth, puff=0.035, cast=0.35)
        return
    turn = c.vary(-7, 7)
    wide = 0.10 if c.shape("style") == "regular" else 0.068
    blade = path([(0.475, 0.19, 0), (0.5 - wide, 0.79, 0), (0.5, 0.92, 0), (0.5 + wide, 0.79, 0),
        (0.525, 0.19, 0)]).turned(turn)
    c.paint(path([(0.49, 0.20, 0), (0.535, 0.74, 0), (0.575, 0.80, 0), (0.61, 0.74, 0), (0.53, 0.20, 0)]).turned(turn),
        c.stuff(c.tone(-0.25)), puff=0.015)
    c.paint(blade, c.cloth, puff=0.035, cast=0.2)
    c.shadow(stroke([(0.5, 0.25), (0.495, 0.42)], 0.02, 0.002).turned(turn), 0.35, 0.008, blade)
    c.paint(path([(0.435, 0.085, 0), (0.565, 0.085, 0), (0.532, 0.205, 0), (0.468, 0.205, 0)]).turned(turn), c.cloth,
        puff=0.035, cast=0.35)


def draw_sunglasses(c: Canvas) -> None:
    style = c.shape("style")
    lens = {"round": ellipse(0.30, 0.5, 0.135), "square": box(0.155, 0.395, 0.445, 0.605, 0.045),
        "aviator": path([(0.15, 0.415), (0.30, 0.385), (0.435, 0.42), (0.42, 0.55), (0.32, 0.66), (0.19, 0.60)]),
        "cat-eye": path([(0.10, 0.385, 0), (0.30, 0.415), (0.45, 0.435), (0.43, 0.56), (0.30, 0.625),
        (0.17, 0.56)])}[style]
    tint = [(0.13, 0.13, 0.15), (0.28, 0.18, 0.12), (0.16, 0.25, 0.22), mix(c.accent, BLACK,
        0.45)][int(c.rng.integers(4))]
    metal = c.look.material != "acetate"
    finish = METAL if metal else PLASTIC
    thick = 1.13 if not metal else 1.06
    for side in (-1, 1):
        arm = stroke([(0.5 + side * 0.36, 0.445), (0.5 + side * 0.31, 0.36), (0.5 + side * 0.22, 0.29)], 0.022)
        c.paint(arm, c.cloth, finish, puff=0.01)
    bridge = stroke([(0.42, 0.47), (0.5, 0.445), (0.58, 0.47)], 0.03 if not metal else 0.016)
    c.paint(bridge, c.cloth, finish, puff=0.012)
    if style == "aviator":
        c.paint(stroke([(0.36, 0.405), (0.5, 0.395), (0.64, 0.405)], 0.014), c.cloth, finish, puff=0.008)
    for each in (lens, lens.flipped()):
        centre = (0.30, 0.5) if each is lens else (0.70, 0.5)
        c.paint(each.scaled(thick, *centre), c.cloth, finish, puff=0.018)
        c.paint(each.scaled(0.95, *centre), tint, CERAMIC, fade=(0.7, 1.7), opacity=0.93)
        x = centre[0]
        c.shine(polygon((x - 0.10, 0.36), (x - 0.03, 0.36), (x - 0.09, 0.66), (x - 0.16, 0.66)), 0.28, 0.006,
            each.scaled(0.95, *centre))


def draw_ring(c: Canvas) -> None:
    style = c.shape("style")
    metal = {"gold": GOLD, "silver": (0.80, 0.81, 0.83), "brass": (0.83, 0.55, 0.45)}[c.look.material]
    gem = mix(c.base, WHITE, 0.18)
    y, r = 0.60, 0.25
    thick = c.vary(0.035, 0.05) if style != "band" else c.vary(0.075, 0.10)
    inner = ellipse(0.5, y - 0.02, r - thick * 0.4, (r - thick * 0.4) * 0.93)
    c.paint(ellipse(0.5, y - 0.02, r, r * 0.95) - inner, mix(metal, BLACK, 0.45), METAL, puff=0.015)
    hoop = ellipse(0.5, y, r + 0.01, r) - ellipse(0.5, y - 0.006, r + 0.01 - thick, r - thick * 0.9)
    c.paint(hoop, metal, METAL, puff=thick * 0.55)
    c.shine(stroke([(0.28, 0.52), (0.25, 0.62), (0.29, 0.73)], 0.016, 0.008), 0.8, 0.004, hoop)

    def stone(x: float, top: float, size: float) -> None:
        outline = [(x + size * math.cos(k * math.pi / 4 + 0.39),
            top + size * math.sin(k * math.pi / 4 + 0.39)) for k in range(8)]
        c.paint(polygon(*outline), gem, CERAMIC, cast=0.2)
        for k in range(8):
            (x0, y0), (x1, y1) = outline[k], outline[(k + 1) % 8]
            light = (0.55, 0.15, -0.2, -0.35, -0.15, 0.2, 0.45, 0.7)[(k + 3) % 8]
            c.paint(polygon((x0, y0), (x1, y1), (x, top)), mix(gem, WHITE if light > 0 else BLACK, abs(light)),
                opacity=0.85)
        inner_table = [(x + (px - x) * 0.52, top + (py - top) * 0.52) for px, py in outline]
        c.paint(polygon(*inner_table), mix(gem, WHITE, 0.35), opacity=0.8)

    if style == "band":
        for k in range(-3, 4):
            angle = math.pi / 2 + k * 0.3
            stone(0.5 + (r - thick * 0.45) * math.cos(angle), y + (r - thick * 0.45) * math.sin(angle), 0.024)
        return
    for dx in (-0.045, 0.045):
        c.paint(stroke([(0.5 + dx * 0.7, y - r + 0.02), (0.5 + dx * 1.5, y - r - 0.055)], 0.016), metal, METAL,
            puff=0.007)
    size = c.vary(0.085, 0.115) if style == "solitaire" else 0.07
    if style == "cluster":
        for k in range(10):
            angle = k * 2 * math.pi / 10
            stone(0.5 + 0.095 * math.cos(angle), y - r - 0.06 + 0.095 * math.sin(angle), 0.028)
    stone(0.5, y - r - 0.06, size)


def draw_necklace(c: Canvas) -> None:
    metal = {"gold": GOLD, "silver": (0.78, 0.79, 0.81), "brass": (0.80, 0.53, 0.43)}[c.look.material]
    low = c.vary(0.70, 0.76)
    beads = c.shape("style") == "beaded"
    steps = 34 if beads else 74
    for k in range(steps + 1):
        t = k / steps * 2 - 1
        x, y = 0.5 + 0.31 * math.sin(t * math.pi * 0.62) / math.sin(math.pi * 0.62), low - (low - 0.12) * abs(t) ** 2.1
        if beads:
            c.paint(ellipse(x, y, 0.026 - 0.011 * abs(t)), c.base if k % 3 or not c.look.second else c.accent, CERAMIC,
                puff=0.016)
        else:
            c.paint(ellipse(x, y, 0.0085) - ellipse(x, y, 0.003), metal, METAL, puff=0.004)
    if beads:
        return
    drop = [ellipse(0.5, low + 0.075, 0.06), path([(0.5, low + 0.01, 0), (0.56, low + 0.09), (0.5, low + 0.145),
        (0.44, low + 0.09)]), path([(0.5, low + 0.155, 0), (0.43, low + 0.085), (0.45, low + 0.03),
        (0.5, low + 0.05, 0), (0.55, low + 0.03), (0.57, low + 0.085)])][int(c.rng.integers(3))]
    c.paint(drop.scaled(1.25, 0.5, low + 0.07), metal, METAL, puff=0.014)
    c.paint(drop.scaled(0.98, 0.5, low + 0.08), c.base, CERAMIC, puff=0.035)
    c.shine(ellipse(0.48, low + 0.06, 0.014), 0.9, 0.005)


def draw_gloves(c: Canvas) -> None:
    def glove(dx: float, turn: float, mirrored: bool) -> None:
        fingers = union([stroke([(0.44, 0.5), (0.415, 0.27)], 0.062), stroke([(0.485, 0.5), (0.475, 0.21)], 0.064),
            stroke([(0.53, 0.5), (0.54, 0.23)], 0.062), stroke([(0.57, 0.52), (0.60, 0.31)], 0.055),
            stroke([(0.45, 0.64), (0.375, 0.52), (0.345, 0.43)], 0.07, 0.056)])
        hand = fingers + path([(0.405, 0.46, 0), (0.60, 0.46, 0), (0.60, 0.60), (0.575, 0.74, 0), (0.435, 0.74, 0),
            (0.41, 0.60)])
        cuff = path([(0.425, 0.725, 0), (0.585, 0.725, 0), (0.60, 0.86, 0), (0.41, 0.86, 0)])
        placed = [(s.flipped() if mirrored else s).moved(dx, 0).turned(turn, 0.5 + dx, 0.6) for s in (hand, cuff)]
        c.paint(placed[0], c.cloth, puff=0.032, cast=0.25)
        c.paint(placed[1], c.stuff(c.accent if c.look.second and c.look.pattern == "plain" else c.tone(-0.12),
            "corduroy"), puff=0.022, cast=0.2)

    glove(0.17, 12, True)
    glove(-0.14, -8, False)


def draw_belt(c: Canvas) -> None:
    r, wide = 0.27, c.vary(0.05, 0.07)
    coil = [(0.5 + (r - 0.0105 * k / 3.0) * math.cos(k * 0.32 - 0.2),
        0.52 + (r * 0.9 - 0.0105 * k / 3.0) * math.sin(k * 0.32 - 0.2)) for k in range(34)]
    c.paint(stroke(coil[12:], wide * 0.9), c.stuff(c.tone(-0.25)), puff=0.02)
    c.paint(stroke(coil[:22], wide), c.cloth, puff=0.022, cast=0.25)
    tail = stroke([coil[0], (0.78, 0.60), (0.80, 0.72), (0.79, 0.86)], wide)
    c.paint(tail, c.cloth, puff=0.022, cast=0.2)
    for y in (0.74, 0.785, 0.83):
        c.paint(ellipse(0.80, y, 0.007), c.tone(-0.6))
    metal = GOLD if c.rng.random() < 0.5 else STEEL
    frame = box(0.70, 0.36, 0.84, 0.52, 0.03) if c.shape("style") == "square" else ellipse(0.77, 0.44, 0.085)
    hole = box(0.725, 0.385, 0.815, 0.495, 0.015) if c.shape("style") == "square" else ellipse(0.77, 0.44, 0.06)
    c.paint(frame - hole, metal, METAL, puff=0.014, cast=0.35)
    c.paint(stroke([(0.77, 0.37), (0.772, 0.515)], 0.014), metal, METAL, puff=0.007)


def draw_socks(c: Canvas) -> None:
    long = c.shape("length") == "long"
    top = 0.10 if long else 0.34

    def sock(dx: float, dy: float) -> tuple[Shape, Shape, Shape, Shape]:
        leg = path([(0.42, top, 0), (0.60, top, 0), (0.595, 0.5), (0.615, 0.66), (0.60, 0.74), (0.50, 0.775),
            (0.36, 0.83), (0.22, 0.87), (0.145, 0.80), (0.20, 0.725), (0.34, 0.67), (0.415, 0.57), (0.42, 0.4)])
        parts = (leg, box(0.405, top - 0.012, 0.615, top + 0.075, 0.012), ellipse(0.60, 0.70, 0.085, 0.075),
            ellipse(0.17, 0.80, 0.10, 0.085))
        return tuple(part.moved(dx, dy) for part in parts)  # type: ignore[return-value]

    trim = c.stuff(c.accent if c.look.second else c.tone(-0.15))
    for dx, dy in ((0.19, -0.03), (0.02, 0.02)):
        leg, cuff, heel, toe = sock(dx, dy)
        c.paint(leg, c.cloth, puff=0.05, cast=0.25)
        c.paint(heel, trim, puff=0.03, within=leg)
        c.paint(toe, trim, puff=0.04, within=leg)
        c.paint(cuff, c.stuff(c.accent if c.look.second else c.tone(-0.1), "corduroy"), puff=0.02)


METALS = ("gold", "silver", "brass")
GEMS = ("white", "red", "blue", "green", "pink", "purple", "sky blue", "yellow", "black")

KINDS = (
    Kind("cap", "Cap", "鸭舌帽", "Accessories", draw_cap, (12, 45), {"style": ("baseball", "trucker")}, GOODS,
        ("plain", "plain", "camouflage", "checked", "floral", "leopard"), ("cotton", "corduroy", "denim"), True,
        ("women", "men", "unisex", "kids")),
    Kind("beanie", "Beanie", "毛线帽", "Accessories", draw_beanie, (12, 49), {"style": ("pompom", "cuffed")}, CLOTHES,
        ("plain", "plain", "striped", "zigzag", "argyle", "dotted"), ("knit", "wool", "fleece"), True,
        ("women", "men", "unisex", "kids")),
    Kind("sun-hat", "Hat", "帽子", "Accessories", draw_sunhat, (18, 89), {"style": ("wide-brim", "fedora")},
        ("beige", "brown", "white", "black", "navy", "pink", "grey", "burgundy", "olive"), ("plain",),
        ("straw", "wool", "cotton"), True, ("women", "men", "unisex")),
    Kind("scarf", "Scarf", "围巾", "Accessories", draw_scarf, (15, 119), {"style": ("fringed", "folded")}, CLOTHES,
        ("plain", "tartan", "tartan", "checked", "striped", "floral", "zigzag", "argyle", "leopard"),
        ("wool", "knit", "silk", "cotton"), audiences=("women", "men", "unisex"), stance=Stance.LIES),
    Kind("tie", "Tie", "领带", "Accessories", draw_tie, (14, 79), {"style": ("regular", "slim", "bow")}, CLOTHES,
        ("plain", "striped", "dotted", "checked", "pinstriped", "argyle", "floral"), ("silk", "wool", "satin"),
        audiences=("men",), stance=Stance.LIES),
    Kind("sunglasses", "Sunglasses", "太阳镜", "Accessories", draw_sunglasses, (19, 189),
        {"style": ("aviator", "round", "square", "cat-eye")}, ("black", "brown", "gold", "silver", "red", "white",
        "pink", "blue", "green", "beige"), ("plain", "plain", "leopard", "gradient"), ("acetate", "steel"),
        audiences=("women", "men", "unisex"), stance=Stance.LIES),
    Kind("ring", "Ring", "戒指", "Accessories", draw_ring, (29, 499), {"style": ("solitaire", "cluster", "band")}, GEMS,
        ("plain",), METALS, audiences=("women", "unisex"), sizes=("5", "6", "7", "8", "9")),
    Kind("necklace", "Necklace", "项链", "Accessories", draw_necklace, (19, 299), {"style": ("pendant", "beaded")}, GEMS,
        ("plain",), METALS, True, ("women", "unisex"), stance=Stance.LIES),
    Kind("gloves", "Gloves", "手套", "Accessories", draw_gloves, (12, 79), {"style": ("regular",)}, CLOTHES,
        ("plain", "plain", "striped", "zigzag", "argyle", "checked"), ("knit", "wool", "leather", "suede", "fleece"),
        True, ("women", "men", "kids"), ("S", "M", "L"), stance=Stance.LIES),
    Kind("belt", "Belt", "皮带", "Accessories", draw_belt, (15, 89), {"style": ("square", "round")}, HIDES,
        ("plain", "plain", "leopard", "zigzag"), ("leather", "suede", "canvas"), audiences=("women", "men"),
        sizes=("85 cm", "95 cm", "105 cm"), stance=Stance.LIES),
    Kind("socks", "Socks", "袜子", "Clothing", draw_socks, (4, 22), {"length": ("short", "long")},
        (*SOFT, "black", "red", "green"), ("plain", "striped", "dotted", "argyle", "zigzag", "checked", "starry"),
        ("cotton", "wool", "knit"), True, ("women", "men", "unisex", "kids"), ("S", "M", "L"), stance=Stance.LIES),
)
