"""Devices."""

from __future__ import annotations

import numpy as np

from aisle.catalog.demo.canvas import (
    BLACK,
    CERAMIC,
    CLOTH,
    GOLD,
    LEATHER,
    METAL,
    PLASTIC,
    RGB,
    STEEL,
    WHITE,
    WOOD,
    Canvas,
    mix,
)
from aisle.catalog.demo.kinds import DEVICES, GOODS, HIDES, Kind, Stance
from aisle.catalog.demo.shapes import Shape, box, ellipse, path, polygon, ring, stroke, symmetric, union

GLASS: RGB = (0.10, 0.11, 0.13)

# An outline reads better as rows of points than with one point a line.
# fmt: off


def _screen(c: Canvas, shape: Shape, x0: float, y0: float, x1: float, y1: float) -> None:
    """A lit display: a landscape of soft hills in the design's own colours."""
    sky = [(0.35, 0.55, 0.85), (0.85, 0.55, 0.50), (0.25, 0.30, 0.50), (0.55, 0.75, 0.72)][int(c.rng.integers(4))]
    c.paint(shape, sky, fade=(0.75, 1.25))
    c.paint(ellipse(x0 + (x1 - x0) * c.vary(0.25, 0.75), y0 + (y1 - y0) * 0.35, (x1 - x0) * 0.09), (1.0, 0.93, 0.75),
        within=shape, opacity=0.9)
    for k, share in enumerate((0.55, 0.68, 0.80)):
        y = y0 + (y1 - y0) * share
        lift = c.vary(0.03, 0.08)
        hill = path([(x0 - 0.02, y1 + 0.02, 0), (x0 - 0.02, y, 0), (x0 + (x1 - x0) * 0.3, y - lift),
            (x0 + (x1 - x0) * 0.65, y + lift * 0.6), (x1 + 0.02, y - lift * 0.5, 0), (x1 + 0.02, y1 + 0.02, 0)])
        c.paint(hill, mix(sky, BLACK, 0.25 + 0.2 * k), within=shape)
    c.shine(polygon((x0 + (x1 - x0) * 0.55, y0), (x1, y0), (x1, y0 + (y1 - y0) * 0.55)), 0.14, 0.01, shape)


def draw_headphones(c: Canvas) -> None:
    over = c.shape("style") == "over-ear"
    cup = 0.115 if over else 0.092
    half = c.vary(0.255, 0.285)
    arch = [(0.5 - half, 0.56), (0.5 - half * 0.98, 0.36), (0.5 - half * 0.62, 0.19), (0.5, 0.135),
        (0.5 + half * 0.62, 0.19), (0.5 + half * 0.98, 0.36), (0.5 + half, 0.56)]
    c.paint(stroke(arch, 0.05), c.stuff(c.tone(-0.15)), puff=0.022)
    c.paint(stroke(arch[1:-1], 0.034), c.cloth, puff=0.016)
    pad = c.stuff(c.accent, "leather")
    c.paint(stroke([(0.5 - half * 0.5, 0.225), (0.5, 0.172), (0.5 + half * 0.5, 0.225)], 0.036), pad, LEATHER,
        puff=0.016)
    for side in (-1, 1):
        x = 0.5 + side * half
        c.paint(stroke([(x, 0.40), (x + side * 0.015, 0.56)], 0.024), STEEL, METAL, puff=0.01)
        c.paint(ellipse(x - side * 0.055, 0.63, cup * 0.52, cup * 1.28, side * 6), pad, LEATHER, puff=0.045)
        c.paint(ellipse(x + side * 0.012, 0.63, cup * 0.62, cup * 1.3, side * 6), c.cloth, puff=0.05, cast=0.25)
        c.paint(ellipse(x + side * 0.022, 0.63, cup * 0.34, cup * 0.78, side * 6), c.stuff(c.tone(0.12)), METAL,
            puff=0.016)


def draw_phone(c: Canvas) -> None:
    turn = c.vary(6, 14)
    wide, high = 0.165, 0.345
    for dx, front in ((-0.13, False), (0.15, True)):
        x, y = 0.5 + dx, 0.5 + (0.02 if front else -0.02)
        angle = turn if front else -turn * 0.6
        body = box(x - wide, y - high, x + wide, y + high, 0.05).turned(angle, x, y)
        c.paint(body, c.stuff(c.tone(-0.2)), METAL, puff=0.012, cast=0.3)
        if front:
            glass = box(x - wide + 0.012, y - high + 0.012, x + wide - 0.012, y + high - 0.012, 0.042).turned(angle, x,
                y)
            c.paint(glass, GLASS)
            _screen(c, box(x - wide + 0.02, y - high + 0.02, x + wide - 0.02, y + high - 0.02, 0.036).turned(angle, x,
                y), x - wide, y - high, x + wide, y + high)
            c.paint(box(x - 0.045, y - high + 0.036, x + 0.045, y - high + 0.056, 0.01).turned(angle, x, y), BLACK)
        else:
            c.paint(box(x - wide + 0.006, y - high + 0.006, x + wide - 0.006, y + high - 0.006, 0.046).turned(angle, x,
                y), c.cloth, CERAMIC, puff=0.02)
            count = 3 if c.shape("cameras") == "triple-camera" else 2
            plate = box(x - wide + 0.03, y - high + 0.03, x - wide + (0.19 if count == 3 else 0.115), y - high + 0.19,
                0.035).turned(angle, x, y)
            c.paint(plate, c.tone(-0.12), CERAMIC, puff=0.012, cast=0.2)
            spots = [(0.072, 0.072), (0.072, 0.148), (0.148, 0.11)][:count]
            for dx2, dy2 in spots:
                spot = ellipse(x - wide + dx2, y - high + dy2, 0.032).turned(angle, x, y)
                c.paint(spot, (0.15, 0.15, 0.17), METAL, puff=0.012)
                c.paint(ellipse(x - wide + dx2, y - high + dy2, 0.017).turned(angle, x, y), (0.05, 0.07, 0.14), CERAMIC,
                    puff=0.012)


def draw_laptop(c: Canvas) -> None:
    half, top, hinge = c.vary(0.31, 0.345), 0.22, 0.63
    c.paint(box(0.5 - half, top, 0.5 + half, hinge + 0.01, 0.02), c.cloth, METAL, puff=0.008)
    c.paint(box(0.5 - half + 0.008, top + 0.008, 0.5 + half - 0.008, hinge, 0.014), GLASS)
    display = box(0.5 - half + 0.022, top + 0.022, 0.5 + half - 0.022, hinge - 0.025, 0.004)
    _screen(c, display, 0.5 - half, top, 0.5 + half, hinge)
    deck = path([(0.5 - half, hinge, 0), (0.5 + half, hinge, 0), (0.5 + half + 0.075, 0.80, 0),
        (0.5 - half - 0.075, 0.80, 0)])
    c.paint(deck, c.cloth, METAL, fade=(0.82, 1.05))
    for row in range(5):
        y0, y1 = hinge + 0.015 + row * 0.0195, hinge + 0.015 + row * 0.0195 + 0.0155
        spread = 1 + (y0 - hinge) / 0.17 * 0.21
        keys = []
        for k in range(13):
            a, b = (-0.86 + k * 1.72 / 13) * half * spread, (-0.86 + (k + 0.86) * 1.72 / 13) * half * spread
            keys.append(polygon((0.5 + a, y0), (0.5 + b, y0), (0.5 + b * 1.014, y1), (0.5 + a * 1.014, y1)))
        c.paint(union(keys), c.accent if c.shape("style") == "gaming" else (0.14, 0.14, 0.16))
    c.paint(polygon((0.42, 0.742), (0.58, 0.742), (0.592, 0.789), (0.408, 0.789)), c.tone(-0.12), fade=(0.95, 1.05))
    c.paint(path([(0.5 - half - 0.075, 0.80, 0), (0.5 + half + 0.075, 0.80, 0), (0.5 + half + 0.068, 0.818),
        (0.5 - half - 0.068, 0.818)]), c.stuff(c.tone(-0.3)), METAL, puff=0.006)


def draw_camera(c: Canvas) -> None:
    retro = c.shape("style") == "retro"
    half, top, low = c.vary(0.33, 0.37), 0.35, 0.76
    metal = (0.78, 0.78, 0.79) if retro else c.base
    hump = path([(0.37, top + 0.02, 0), (0.41, top - 0.09, 0), (0.59, top - 0.09, 0), (0.63, top + 0.02, 0)])
    c.paint(hump, c.stuff(metal), METAL if retro else PLASTIC, puff=0.02)
    for x, w in ((0.5 - half + 0.08, 0.05), (0.5 + half - 0.09, 0.045), (0.5 + half - 0.19, 0.026)):
        c.paint(box(x - w, top - 0.055, x + w, top + 0.02, 0.008), c.stuff(mix(metal, BLACK, 0.1), "steel"), METAL,
            lathe=True)
    c.paint(box(0.5 - half, top - 0.01, 0.5 + half, low, 0.045), c.stuff(metal), METAL if retro else PLASTIC,
        puff=0.025)
    c.paint(box(0.5 - half, top + 0.07, 0.5 + half, low - 0.06, 0.006), c.stuff(c.base, "leather"), LEATHER)
    if not retro:
        c.paint(box(0.5 - half - 0.012, top + 0.02, 0.5 - half + 0.12, low - 0.01, 0.04),
            c.stuff(c.tone(-0.3), "leather"), LEATHER, puff=0.03, cast=0.2)
    c.paint(box(0.44, top - 0.066, 0.56, top - 0.022, 0.008), (0.93, 0.93, 0.90) if retro else GLASS, CERAMIC,
        puff=0.008)
    x, y, r = 0.52, (top + low) / 2 + 0.015, c.vary(0.165, 0.185)
    c.paint(ellipse(x, y, r), c.stuff(STEEL if retro else BLACK, "steel"), METAL, puff=0.03, cast=0.4)
    c.paint(ellipse(x, y, r * 0.87), (0.12, 0.12, 0.13), PLASTIC, puff=0.014)
    c.paint(ring(x, y, r * 0.80, r * 0.80, 0.008), c.accent)
    c.paint(ellipse(x, y, r * 0.60), (0.05, 0.06, 0.10), CERAMIC, puff=0.05)
    c.shine(ellipse(x - r * 0.2, y - r * 0.22, r * 0.20, r * 0.13, -40), 0.75, 0.012)
    c.shine(ellipse(x + r * 0.18, y + r * 0.22, r * 0.12), 0.25, 0.012)
    c.paint(ellipse(0.5 + half - 0.05, top + 0.03, 0.014), (0.80, 0.15, 0.12), PLASTIC, puff=0.008)


def draw_speaker(c: Canvas) -> None:
    style = c.shape("style")
    if style == "bookshelf":
        half = c.vary(0.19, 0.23)
        wood = c.look.material == "walnut"
        c.paint(box(0.5 - half, 0.12, 0.5 + half, 0.88, 0.02), c.stuff((0.42, 0.28, 0.18),
            "walnut") if wood else c.cloth, WOOD if wood else PLASTIC, puff=0.015)
        c.paint(box(0.5 - half + 0.016, 0.135, 0.5 + half - 0.016, 0.865, 0.012), c.stuff(c.base), PLASTIC,
            fade=(1.0, 0.9))
        for y, r in ((0.28, half * 0.42), (0.61, half * 0.74)):
            c.paint(ellipse(0.5, y, r), (0.16, 0.16, 0.17), PLASTIC, puff=0.02, cast=0.2)
            c.paint(ellipse(0.5, y, r * 0.84), c.accent if c.look.second else (0.26, 0.26, 0.28), CLOTH, puff=0.02,
                fade=(0.6, 1.1))
            c.paint(ellipse(0.5, y, r * 0.34), (0.12, 0.12, 0.13), PLASTIC, puff=0.03)
        return
    if style == "round":
        body = ellipse(0.5, 0.55, c.vary(0.26, 0.30))
        c.paint(body, c.stuff(c.base, "rattan"), CLOTH, puff=0.2)
        c.paint(ellipse(0.5, 0.345, 0.15, 0.04), c.stuff(c.tone(-0.25)), PLASTIC, puff=0.012)
        c.paint(ring(0.5, 0.345, 0.13, 0.033, 0.008), c.accent if c.look.second else (0.45, 0.75, 0.95))
        return
    half, high = c.vary(0.36, 0.41), c.vary(0.14, 0.17)
    c.paint(stroke([(0.5 + half * 0.8, 0.46), (0.5 + half + 0.02, 0.34), (0.5 + half * 0.5, 0.33)], 0.02),
        c.stuff(c.accent, "canvas"), CLOTH, puff=0.008)
    body = box(0.5 - half, 0.58 - high, 0.5 + half, 0.58 + high, 0.13)
    c.paint(body, c.stuff(c.tone(-0.3), "rubber"), LEATHER, puff=0.06)
    c.paint(box(0.5 - half + 0.06, 0.58 - high, 0.5 + half - 0.06, 0.58 + high, 0.05), c.stuff(c.base, "rattan"), CLOTH,
        puff=0.08)
    c.paint(box(0.42, 0.54, 0.58, 0.62, 0.012), c.accent, PLASTIC, puff=0.01, cast=0.2)
    for x in (0.43, 0.5, 0.57):
        c.paint(ellipse(x, 0.58 - high + 0.02, 0.018, 0.008), c.tone(-0.5), LEATHER, puff=0.004)


def draw_keyboard(c: Canvas) -> None:
    full = c.shape("size") == "full-size"
    half = 0.45 if full else 0.37
    high, columns = 0.15, 18 if full else 14
    turn = c.vary(-9, -4)
    c.paint(box(0.5 - half, 0.5 - high, 0.5 + half, 0.5 + high, 0.025).turned(turn), c.cloth, puff=0.018)
    c.paint(box(0.5 - half + 0.015, 0.5 - high + 0.018, 0.5 + half - 0.015, 0.5 + high - 0.018, 0.012).turned(turn),
        c.stuff(c.tone(-0.4)))
    inner, step = half - 0.022, (high * 2 - 0.05) / 5
    light, other = c.tone(0.25) if sum(c.base) < 2 else WHITE, c.accent
    groups: dict[bool, list[Shape]] = {True: [], False: []}
    for row in range(5):
        y = 0.5 - high + 0.025 + row * step
        unit = 2 * inner / columns
        k = 0.0
        while k < columns - 0.1:
            wide = 5.0 if row == 4 and k == 3 else 1.5 if (k == 0 and row in (1, 2, 3)) or (row in (2,
                3) and k > columns - 2.6 and k + 1.5 <= columns) else 1.0
            wide = min(wide, columns - k)
            special = k == 0 or k + wide >= columns or (row == 0 and k % 5 == 0)
            groups[special].append(box(0.5 - inner + k * unit + 0.002, y + 0.003,
                0.5 - inner + (k + wide) * unit - 0.003, y + step - 0.005, 0.007))
            k += wide
    for special, keys in groups.items():
        if keys:
            whole = union(keys).turned(turn)
            c.paint(whole.moved(0.002, 0.005), BLACK, opacity=0.5)
            c.paint(whole, other if special else light, PLASTIC, puff=0.009)


def draw_mouse(c: Canvas) -> None:
    ergonomic = c.shape("style") == "ergonomic"
    turn = c.vary(-16, 16)
    half = c.vary(0.185, 0.21)
    outline = [(0.5, 0.17), (0.5 + half * 0.82, 0.21), (0.5 + half, 0.45), (0.5 + half * 0.95, 0.68),
        (0.5 + half * 0.55, 0.82), (0.5, 0.845)]
    body = symmetric(outline) if not ergonomic else path([*outline, (0.5 - half * 0.8, 0.80), (0.5 - half * 1.35, 0.62),
        (0.5 - half * 1.02, 0.42), (0.5 - half * 0.9, 0.22)])
    body = body.turned(turn)
    c.paint(body, c.cloth, puff=0.13)
    for line in ([(0.5, 0.17), (0.5, 0.44)], [(0.5 - half, 0.435), (0.5, 0.455), (0.5 + half, 0.435)]):
        c.shadow(stroke(line, 0.007).turned(turn), 0.6, 0.003, body)
    c.paint(box(0.472, 0.245, 0.528, 0.37, 0.028).turned(turn), c.tone(-0.6))
    c.paint(box(0.481, 0.255, 0.519, 0.36, 0.019).turned(turn), c.accent, LEATHER, puff=0.014)
    if c.shape("style") == "gaming":
        c.paint(ellipse(0.5, 0.66, 0.045).turned(turn) - ellipse(0.5, 0.66, 0.03).turned(turn), c.accent)
        c.paint(stroke([(0.5 - half * 0.9, 0.5), (0.5 - half * 0.8, 0.70), (0.5 - half * 0.4, 0.80)],
            0.012).turned(turn), c.accent, within=body)


def draw_watch(c: Canvas) -> None:
    style = c.shape("style")
    strap = c.stuff(c.base)
    square = style == "smart"
    r = c.vary(0.185, 0.21)
    width = r * 0.62
    for y0, y1 in ((0.04, 0.38), (0.62, 0.96)):
        far = y0 if y0 < 0.3 else y1
        near = y1 if y0 < 0.3 else y0
        band = path([(0.5 - width * 0.8, far, 0), (0.5 + width * 0.8, far, 0), (0.5 + width, near, 0),
            (0.5 - width, near, 0)])
        c.paint(band, strap if c.look.pattern == "plain" else c.cloth,
            METAL if c.look.material == "steel" else c.finish, puff=0.018)
        if c.look.material == "steel":
            for k in range(9):
                y = min(y0, y1) + (abs(y1 - y0)) * k / 9
                c.shadow(box(0.3, y, 0.7, y + 0.005), 0.6, 0.003, band)
            for x in (0.5 - width * 0.38, 0.5 + width * 0.38):
                c.shadow(box(x - 0.002, min(y0, y1), x + 0.002, max(y0, y1)), 0.5, 0.003, band)
        elif y0 > 0.3:
            for k in range(4):
                c.paint(ellipse(0.5, 0.76 + k * 0.045, 0.008), c.tone(-0.6))
    metal = GOLD if c.rng.random() < 0.4 else (0.75, 0.76, 0.78) if c.rng.random() < 0.6 else (0.18, 0.18, 0.20)
    case = box(0.5 - r * 0.92, 0.5 - r * 1.05, 0.5 + r * 0.92, 0.5 + r * 1.05, 0.07) if square else ellipse(0.5, 0.5, r)
    c.paint(box(0.5 + r * 0.88, 0.475, 0.5 + r + 0.035, 0.525, 0.01), metal, METAL, puff=0.01)
    if style == "chronograph":
        for y in (0.40, 0.60):
            c.paint(box(0.5 + r * 0.8, y - 0.018, 0.5 + r + 0.02, y + 0.018, 0.008), metal, METAL, puff=0.009)
    c.paint(case, metal, METAL, puff=0.028, cast=0.3)
    if square:
        face = box(0.5 - r * 0.8, 0.5 - r * 0.93, 0.5 + r * 0.8, 0.5 + r * 0.93, 0.055)
        c.paint(face, (0.06, 0.06, 0.08))
        for share, tone in ((0.62, (0.95, 0.30, 0.35)), (0.46, (0.45, 0.90, 0.40)), (0.30, (0.30, 0.75, 0.95))):
            c.paint(ring(0.5, 0.54, r * share, r * share, 0.022), tone, within=face)
        for k in range(3):
            c.paint(box(0.5 - 0.075 + k * 0.052, 0.5 - r * 0.80, 0.5 - 0.04 + k * 0.052, 0.5 - r * 0.62, 0.006), WHITE)
    else:
        dial = [(0.96, 0.95, 0.92), (0.12, 0.13, 0.16), mix(c.accent, BLACK, 0.2)][int(c.rng.integers(3))]
        ink = BLACK if sum(dial) > 1.6 else WHITE
        inner = r * 0.83
        c.paint(ellipse(0.5, 0.5, inner), dial, METAL, fade=(1.06, 0.9))
        for k in range(12):
            a = k * np.pi / 6
            c.paint(stroke([(0.5 + inner * 0.9 * np.cos(a), 0.5 + inner * 0.9 * np.sin(a)),
                (0.5 + inner * 0.76 * np.cos(a), 0.5 + inner * 0.76 * np.sin(a))], 0.010 if k % 3 else 0.015), ink)
        if style == "chronograph":
            for x, y in ((0.5 - inner * 0.42, 0.5), (0.5 + inner * 0.42, 0.5), (0.5, 0.5 + inner * 0.42)):
                c.paint(ring(x, y, inner * 0.24, inner * 0.24, 0.006), ink, opacity=0.8)
                c.paint(stroke([(x, y), (x + inner * 0.10, y - inner * 0.12)], 0.005), ink)
        for a, long, wide in ((c.vary(0, 6.28), 0.48, 0.016), (c.vary(0, 6.28), 0.74, 0.011)):
            c.paint(stroke([(0.5, 0.5), (0.5 + inner * long * np.cos(a), 0.5 + inner * long * np.sin(a))], wide, 0.006),
                ink, cast=0.15)
        c.paint(ellipse(0.5, 0.5, 0.012), metal, METAL, puff=0.006)
        c.shine(polygon((0.42, 0.3), (0.5, 0.3), (0.38, 0.7), (0.30, 0.7)), 0.22, 0.01, ellipse(0.5, 0.5, inner))


def draw_gamepad(c: Canvas) -> None:
    grip = c.vary(0.10, 0.14)
    body = symmetric([(0.5, 0.36), (0.66, 0.335), (0.80, 0.36), (0.88, 0.50), (0.905, 0.66), (0.855, 0.68 + grip * 0.5),
        (0.775, 0.66), (0.68, 0.585), (0.5, 0.575)])
    for side in (-1, 1):
        c.paint(box(0.5 + side * 0.27 - 0.09, 0.315, 0.5 + side * 0.27 + 0.09, 0.40, 0.035), c.stuff(c.tone(-0.5)),
            PLASTIC, puff=0.02)
    c.paint(body, c.cloth, puff=0.075, cast=0.2)
    for x, y in ((0.385, 0.535), (0.615, 0.535)):
        c.paint(ellipse(x, y, 0.062), c.tone(-0.35), PLASTIC, puff=0.012)
        c.paint(ellipse(x, y - 0.004, 0.043), (0.16, 0.16, 0.18) if c.look.color != "black" else (0.5, 0.5, 0.53),
            LEATHER, puff=0.022, cast=0.3)
    c.paint(box(0.225, 0.420, 0.325, 0.452, 0.006) + box(0.259, 0.386, 0.291, 0.486, 0.006),
        (0.18, 0.18, 0.20) if sum(c.base) > 0.9 else c.accent, PLASTIC, puff=0.009, cast=0.2)
    for k, tone in enumerate(((0.90, 0.32, 0.32), (0.95, 0.78, 0.30), (0.36, 0.70, 0.45), (0.32, 0.52, 0.88))):
        a = k * np.pi / 2
        c.paint(ellipse(0.725 + 0.047 * np.cos(a), 0.436 + 0.047 * np.sin(a), 0.023),
            tone if c.look.second is None else c.accent, PLASTIC, puff=0.014, cast=0.25)
    c.paint(box(0.435, 0.385, 0.565, 0.455, 0.02), c.tone(-0.25), PLASTIC, puff=0.008)
    c.paint(ellipse(0.5, 0.50, 0.018), c.accent, PLASTIC, puff=0.008)


KINDS = (
    Kind("headphones", "Headphones", "耳机", "Electronics", draw_headphones, (29, 349), {"style": ("over-ear", "on-ear")},
        DEVICES, ("plain", "plain", "plain", "gradient", "camouflage"), ("plastic", "aluminium"), True),
    Kind("phone", "Smartphone", "智能手机", "Electronics", draw_phone, (149, 1199),
        {"cameras": ("triple-camera", "dual-camera")}, (*DEVICES, "lavender", "navy"),
        ("plain", "plain", "gradient", "marbled"), ("glass", "aluminium", "plastic"),
        sizes=("128 GB", "256 GB", "512 GB"), stance=Stance.LIES),
    Kind("laptop", "Laptop", "笔记本电脑", "Electronics", draw_laptop, (399, 2399), {"style": ("thin", "gaming")},
        ("silver", "grey", "black", "gold", "blue", "pink", "white", "mint", "navy"), ("plain",),
        ("aluminium", "plastic"), True, sizes=('13"', '14"', '16"')),
    Kind("camera", "Camera", "相机", "Electronics", draw_camera, (89, 1899), {"style": ("retro", "compact")},
        (*HIDES, "grey", "mint", "blue"), ("plain",), ("aluminium", "plastic"), True),
    Kind("speaker", "Speaker", "音箱", "Electronics", draw_speaker, (25, 399),
        {"style": ("portable", "bookshelf", "round")}, GOODS, ("plain",), ("plastic", "walnut"), True),
    Kind("keyboard", "Keyboard", "键盘", "Electronics", draw_keyboard, (25, 219), {"size": ("full-size", "tenkeyless")},
        (*GOODS, "lavender"), ("plain", "plain", "gradient"), ("plastic", "aluminium"), True, stance=Stance.LIES),
    Kind("mouse", "Computer Mouse", "鼠标", "Electronics", draw_mouse, (12, 119),
        {"style": ("compact", "gaming", "ergonomic")}, (*GOODS, "lavender"),
        ("plain", "plain", "gradient", "camouflage", "marbled"), ("plastic",), True, stance=Stance.LIES),
    Kind("watch", "Watch", "手表", "Accessories", draw_watch, (39, 499), {"style": ("classic", "chronograph", "smart")},
        (*HIDES, "grey", "blue", "orange", "silver", "mint"), ("plain", "plain", "plain", "striped"),
        ("leather", "steel", "silicone", "nylon"), True, ("women", "men", "unisex"), stance=Stance.LIES),
    Kind("gamepad", "Game Controller", "游戏手柄", "Electronics", draw_gamepad, (25, 89), {"style": ("gaming",)}, GOODS,
        ("plain", "plain", "gradient", "camouflage", "colour-block", "marbled"), ("plastic",), True,
        stance=Stance.LIES),
)
