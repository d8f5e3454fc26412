"""Toys and sport."""

from __future__ import annotations

import math

from aisle.catalog.demo.canvas import (
    BLACK,
    CERAMIC,
    CLOTH,
    LEATHER,
    METAL,
    OAK,
    PLASTIC,
    PLUSH,
    STEEL,
    WHITE,
    WOOD,
    Canvas,
    Fill,
    mix,
)
from aisle.catalog.demo.kinds import GOODS, SOFT, Kind, Stance
from aisle.catalog.demo.shapes import Shape, box, ellipse, path, polygon, ring, stroke, symmetric, union

# An outline reads better as rows of points than with one point a line.
# fmt: off


def draw_ball(c: Canvas) -> None:
    style = c.shape("style")
    x, y, r = 0.5, 0.52, 0.34
    ball = ellipse(x, y, r)
    c.paint(ball, c.cloth if style != "tennis" else c.stuff(c.base, "plush"), puff=0.30)
    dark = c.accent
    if style == "football":
        turn = c.vary(0, 6.28)

        def patch(px: float, py: float, size: float, flat: float, direction: float, start: float) -> Shape:
            points = []
            for k in range(5):
                a = start + k * 2 * math.pi / 5
                u, v = size * math.cos(a) * flat, size * math.sin(a)
                points.append((px + u * math.cos(direction) - v * math.sin(direction),
                    py + u * math.sin(direction) + v * math.cos(direction)))
            return polygon(*points)

        c.paint(patch(x, y, r * 0.30, 1, 0, turn), dark, LEATHER, puff=0.02, within=ball)
        for k in range(5):
            a = turn + k * 2 * math.pi / 5
            px, py = x + math.cos(a) * r * 0.80, y + math.sin(a) * r * 0.80
            c.paint(patch(px, py, r * 0.30, 0.55, a, math.pi), dark, LEATHER, within=ball)
            c.shadow(stroke([(x + math.cos(a) * r * 0.3, y + math.sin(a) * r * 0.3),
                (x + math.cos(a) * r * 0.66, y + math.sin(a) * r * 0.66)], 0.007), 0.6, 0.003, ball)
            for side in (-1, 1):
                b = a + side * 0.315
                c.shadow(stroke([(x + math.cos(a + side * 0.14) * r * 0.70, y + math.sin(a + side * 0.14) * r * 0.70),
                    (x + math.cos(b) * r * 0.56, y + math.sin(b) * r * 0.56),
                    (x + math.cos(a + side * 0.628) * r * 0.62, y + math.sin(a + side * 0.628) * r * 0.62)], 0.007),
                    0.5, 0.003, ball)
    else:
        ink = {"basketball": mix(c.tone(-0.8), BLACK, 0.5), "tennis": WHITE, "volleyball": c.accent}[style]
        width = {"basketball": 0.010, "tennis": 0.022, "volleyball": 0.05}[style]
        turn = c.vary(-30, 30)
        lines = {"basketball": ([(x, y - r), (x, y + r)], [(x - r, y), (x + r, y)],
            [(x - r * 0.72, y - r * 0.72), (x - r * 0.28, y), (x - r * 0.72, y + r * 0.72)],
            [(x + r * 0.72, y - r * 0.72), (x + r * 0.28, y), (x + r * 0.72, y + r * 0.72)]),
            "tennis": ([(x - r * 0.75, y - r * 0.70), (x - r * 0.18, y - r * 0.35), (x - r * 0.18, y + r * 0.35),
            (x - r * 0.75, y + r * 0.70)], [(x + r * 0.75, y - r * 0.70), (x + r * 0.18, y - r * 0.35),
            (x + r * 0.18, y + r * 0.35), (x + r * 0.75, y + r * 0.70)]), "volleyball": ([(x - r, y - r * 0.3),
            (x - r * 0.2, y - r * 0.55), (x + r * 0.8, y - r * 0.2)], [(x - r * 0.9, y + r * 0.3), (x, y),
            (x + r * 0.2, y + r)], [(x + r * 0.3, y - r * 0.4), (x + r * 0.55, y + r * 0.3),
            (x + r * 0.3, y + r)])}[style]
        for line in lines:
            c.paint(stroke(line, width).turned(turn, x, y), ink, within=ball, opacity=0.9)
    c.shine(ellipse(x - r * 0.35, y - r * 0.42, r * 0.30, r * 0.20, -40), 0.25, 0.04, ball)
    c.shadow(ball - ball.moved(-0.06, -0.08), 0.30, 0.05, ball)


def draw_skateboard(c: Canvas) -> None:
    street = c.shape("style") == "street"
    turn = c.vary(-24, -12)
    half, wide = 0.40, 0.115 if street else 0.13
    if street:
        deck = box(0.5 - half, 0.5 - wide, 0.5 + half, 0.5 + wide, wide)
    else:
        deck = path([(0.08, 0.5), (0.20, 0.5 - wide * 0.9), (0.6, 0.5 - wide), (0.86, 0.5 - wide * 0.7), (0.90, 0.5),
            (0.86, 0.5 + wide * 0.7), (0.6, 0.5 + wide), (0.20, 0.5 + wide * 0.9)])
    for x in (0.24, 0.76):
        for side in (-1, 1):
            wheel = box(x - 0.042, 0.5 + side * (wide + 0.004) - 0.028, x + 0.042, 0.5 + side * (wide + 0.004) + 0.028,
                0.02)
            c.paint(wheel.turned(turn), c.stuff(c.accent), PLASTIC, puff=0.02)
    c.paint(deck.scaled(1.012).turned(turn), c.stuff(OAK, "oak"), WOOD, puff=0.012)
    c.paint(deck.scaled(0.985).turned(turn), c.cloth, PLASTIC, puff=0.016)
    motif = int(c.rng.integers(4))
    face = deck.scaled(0.985).turned(turn)
    if motif == 0:
        c.paint(polygon((0.56, 0.36), (0.42, 0.52), (0.50, 0.52), (0.44, 0.64), (0.60, 0.48),
            (0.51, 0.48)).turned(turn), c.accent, within=face)
    elif motif == 1:
        for r in (0.10, 0.065, 0.03):
            c.paint(ring(0.5, 0.5, r, r, 0.018).turned(turn), c.accent, within=face)
    elif motif == 2:
        for k in range(3):
            c.paint(polygon((0.36 + k * 0.09, 0.3), (0.40 + k * 0.09, 0.3), (0.46 + k * 0.09, 0.7),
                (0.42 + k * 0.09, 0.7)).turned(turn), c.accent, within=face)
    for x in (0.24, 0.76):
        for dx in (-0.016, 0.016):
            for dy in (-0.022, 0.022):
                c.paint(ellipse(x + dx, 0.5 + dy, 0.006).turned(turn), STEEL, METAL, puff=0.004)


def draw_helmet(c: Canvas) -> None:
    road = c.shape("style") == "road"
    shell = path([(0.12, 0.60, 0), (0.13, 0.46), (0.26, 0.29), (0.48, 0.225), (0.72, 0.29), (0.87, 0.47),
        (0.90, 0.62, 0), (0.76, 0.60), (0.5, 0.575), (0.28, 0.60)])
    for line in ([(0.28, 0.60), (0.36, 0.78), (0.47, 0.87)], [(0.66, 0.59), (0.58, 0.78), (0.47, 0.87)]):
        c.paint(stroke(line, 0.018), BLACK, CLOTH, puff=0.007)
    c.paint(box(0.435, 0.845, 0.50, 0.885, 0.01), BLACK, PLASTIC, puff=0.01)
    c.paint(path([(0.13, 0.585, 0), (0.5, 0.56), (0.89, 0.60, 0), (0.86, 0.655), (0.5, 0.625), (0.17, 0.645)]),
        (0.13, 0.13, 0.14), PLUSH, puff=0.02)
    c.paint(shell, c.cloth, PLASTIC, puff=0.12)
    if road:
        for k in range(4):
            x = 0.26 + k * 0.145
            vent = path([(x, 0.49, 0), (x + 0.035, 0.33 + abs(k - 1.5) * 0.02),
                (x + 0.10, 0.30 + abs(k - 1.5) * 0.025, 0), (x + 0.085, 0.42), (x + 0.07, 0.53, 0)])
            c.paint(vent, (0.10, 0.10, 0.11), within=shell)
            c.shine(stroke([(x, 0.49), (x + 0.035, 0.335 + abs(k - 1.5) * 0.02),
                (x + 0.10, 0.305 + abs(k - 1.5) * 0.025)], 0.006), 0.5, 0.003, shell)
        c.paint(stroke([(0.14, 0.545), (0.5, 0.545), (0.88, 0.565)], 0.03), c.accent, PLASTIC, puff=0.008, within=shell)
    else:
        for k in range(3):
            c.paint(ellipse(0.36 + k * 0.14, 0.35 + abs(k - 1) * 0.012, 0.04, 0.014), (0.10, 0.10, 0.11), within=shell)
        c.paint(path([(0.14, 0.52, 0), (0.5, 0.47), (0.88, 0.53, 0), (0.885, 0.565, 0), (0.5, 0.505),
            (0.135, 0.555, 0)]), c.accent, PLASTIC, within=shell)
        c.paint(path([(0.13, 0.565, 0), (0.05, 0.60), (0.065, 0.625, 0), (0.24, 0.605), (0.30, 0.595, 0)]),
            c.stuff(c.tone(-0.3)), PLASTIC, puff=0.014)


def draw_bear(c: Canvas) -> None:
    sits = c.shape("pose") == "sitting"
    fur = c.stuff(c.base, "plush") if c.look.pattern == "plain" else c.cloth
    pale = c.stuff(mix(c.base, WHITE, 0.5), "plush")
    animal = int(c.rng.integers(3))

    def part(shape: Shape, fill: Fill = fur, puff: float = 0.07, cast: float = 0.2) -> None:
        c.paint(shape, fill, PLUSH, puff=puff, cast=cast)

    if sits:
        for side in (-1, 1):
            part(ellipse(0.5 + side * 0.19, 0.80, 0.10, 0.085, side * 20), cast=0)
    else:
        for side in (-1, 1):
            part(box(0.5 + side * 0.085 - 0.07, 0.66, 0.5 + side * 0.085 + 0.07, 0.91, 0.06), cast=0)
    for side in (-1, 1):
        part(ellipse(0.5 + side * 0.205, 0.60, 0.062, 0.125, side * -28), cast=0)
    part(ellipse(0.5, 0.66, 0.18, 0.19))
    part(ellipse(0.5, 0.68, 0.105, 0.125), pale, 0.06, 0)
    if sits:
        for side in (-1, 1):
            part(ellipse(0.5 + side * 0.20, 0.835, 0.062, 0.066), pale, 0.04, 0.15)
    for side in (-1, 1):
        if animal == 1:
            part(ellipse(0.5 + side * 0.09, 0.15, 0.048, 0.125, side * 10), cast=0)
            part(ellipse(0.5 + side * 0.09, 0.155, 0.024, 0.09, side * 10), pale, 0.02, 0)
        else:
            part(ellipse(0.5 + side * 0.145, 0.19, 0.068), cast=0)
            part(ellipse(0.5 + side * 0.145, 0.195, 0.040), pale, 0.03, 0)
    part(ellipse(0.5, 0.32, 0.195, 0.175), puff=0.12)
    part(ellipse(0.5, 0.385, 0.085, 0.066), pale, 0.05, 0.1)
    c.paint(ellipse(0.5, 0.357, 0.026, 0.019), (0.16, 0.11, 0.10), CERAMIC, puff=0.016)
    c.paint(stroke([(0.5, 0.37), (0.5, 0.40)], 0.006) + stroke([(0.465, 0.405), (0.5, 0.418), (0.535, 0.405)], 0.006),
        (0.20, 0.14, 0.12))
    for side in (-1, 1):
        c.paint(ellipse(0.5 + side * 0.078, 0.295, 0.021), (0.08, 0.07, 0.07), CERAMIC, puff=0.016)
        c.shine(ellipse(0.494 + side * 0.078, 0.288, 0.006), 0.95, 0.002)
    for side in (-1, 1):
        c.paint(path([(0.5, 0.495, 0), (0.5 + side * 0.09, 0.455), (0.5 + side * 0.095, 0.54), (0.5, 0.51, 0)]),
            c.stuff(c.accent, "satin"), CLOTH, puff=0.025, cast=0.25)
    c.paint(ellipse(0.5, 0.502, 0.022), c.stuff(c.accent, "satin"), CLOTH, puff=0.014)


def draw_blocks(c: Canvas) -> None:
    castle = c.shape("style") == "castle"
    unit, high = 0.088, 0.082
    tones = (c.base, c.accent, mix(c.base, WHITE, 0.45), mix(c.accent, BLACK, 0.2), (0.93, 0.76, 0.27))
    layout: list[tuple[float, int, int]] = []
    if castle:
        layout = [(-4, 0, 3), (-1, 0, 2), (1, 0, 3), (-4, 1, 2), (-2, 1, 4), (2, 1, 2), (-4, 2, 2), (-2, 2, 4),
            (2, 2, 2), (-4, 3, 2), (2, 3, 2), (-1, 3, 2), (-4, 4, 1), (3, 4, 1), (-4, 5, 1), (3, 5, 1)]
    else:
        layout = [(-3, 0, 4), (1, 0, 2), (-2, 1, 2), (0, 1, 3), (-2, 2, 3), (1, 2, 1), (-1, 3, 2), (-1, 4, 1),
            (0, 4, 1), (-1, 5, 2)]
    wooden = c.look.material in ("wood", "oak")
    for place, (column, row, length) in enumerate(layout):
        x0, x1 = 0.5 + column * unit, 0.5 + (column + length) * unit
        y1 = 0.86 - row * high
        tone = tones[int(c.rng.integers(len(tones)))] if place else c.base
        fill = c.stuff(tone)
        for k in range(length):
            x = x0 + (k + 0.5) * unit
            if not wooden:
                c.paint(box(x - unit * 0.3, y1 - high - 0.02, x + unit * 0.3, y1 - high + 0.01, 0.004), fill, PLASTIC,
                    lathe=True)
        c.paint(box(x0 + 0.002, y1 - high, x1 - 0.002, y1, 0.006), fill, WOOD if wooden else PLASTIC, puff=0.014)
    if wooden:
        top = 0.86 - 6 * high
        centres = (-3.5, 3.5) if castle else (0.0,)
        for column in centres:
            x = 0.5 + column * unit
            c.paint(polygon((x - unit * 0.75, top), (x + unit * 0.75, top), (x, top - 0.11)), c.stuff(c.accent), WOOD,
                puff=0.02)


def draw_car(c: Canvas) -> None:
    style = c.shape("style")
    floor = 0.70
    body = {"race": path([(0.07, 0.66, 0), (0.09, 0.585), (0.30, 0.545), (0.44, 0.50), (0.52, 0.45), (0.62, 0.46),
        (0.70, 0.53), (0.90, 0.53), (0.935, 0.60), (0.93, 0.68, 0), (0.5, floor)]),
        "truck": path([(0.07, 0.68, 0), (0.075, 0.55), (0.12, 0.515), (0.24, 0.50, 0), (0.31, 0.375), (0.36, 0.355),
        (0.54, 0.355), (0.555, 0.49, 0), (0.93, 0.49, 0), (0.935, 0.68, 0), (0.5, floor)]),
        "vintage": path([(0.06, 0.68, 0), (0.07, 0.57), (0.15, 0.53), (0.28, 0.51), (0.33, 0.39), (0.46, 0.325),
        (0.62, 0.34), (0.72, 0.45), (0.84, 0.52), (0.93, 0.58), (0.945, 0.68, 0), (0.5, floor)])}[style]
    if style == "race":
        c.paint(box(0.83, 0.40, 0.95, 0.43, 0.01), c.stuff(c.accent), PLASTIC, puff=0.01)
        c.paint(stroke([(0.87, 0.55), (0.89, 0.43)], 0.02), BLACK)
    c.paint(body, c.cloth, puff=0.06)
    if style == "race":
        c.paint(path([(0.45, 0.51, 0), (0.525, 0.465), (0.585, 0.47, 0), (0.575, 0.525, 0)]), (0.20, 0.26, 0.32),
            CERAMIC, puff=0.012)
        c.paint(ellipse(0.60, 0.46, 0.05, 0.055), c.stuff(WHITE), PLASTIC, puff=0.035)
    else:
        glass = [path([(0.315, 0.495, 0), (0.355, 0.40), (0.42, 0.385, 0), (0.43, 0.495, 0)]),
            path([(0.45, 0.495, 0), (0.45, 0.382, 0), (0.52, 0.385), (0.535, 0.495, 0)])]
        if style == "vintage":
            glass = [path([(0.345, 0.495, 0), (0.385, 0.40), (0.475, 0.365, 0), (0.48, 0.495, 0)]),
                path([(0.505, 0.495, 0), (0.505, 0.36, 0), (0.61, 0.375), (0.685, 0.48, 0), (0.66, 0.50)])]
        for pane in glass:
            c.paint(pane, (0.70, 0.82, 0.88), CERAMIC, puff=0.008, fade=(1.1, 0.85))
        c.shadow(stroke([(0.49, 0.50), (0.49, 0.67)], 0.005), 0.5, 0.003, body)
        c.paint(box(0.515, 0.535, 0.56, 0.55, 0.006), STEEL, METAL, puff=0.004)
    c.paint(stroke([(0.08, 0.615), (0.5, 0.605), (0.935, 0.615)], 0.032), c.stuff(c.accent), PLASTIC, puff=0.008,
        within=body)
    c.paint(ellipse(0.095, 0.58, 0.022, 0.026), (1.0, 0.93, 0.70), CERAMIC, puff=0.014)
    c.paint(box(0.905, 0.56, 0.94, 0.60, 0.008), (0.80, 0.15, 0.15), PLASTIC, puff=0.008, within=body)
    for x in (0.25, 0.745):
        c.paint(ellipse(x, floor - 0.015, 0.115), (0.10, 0.10, 0.11), within=body)
        c.paint(ellipse(x, floor, 0.098), (0.15, 0.15, 0.16), LEATHER, puff=0.03)
        c.paint(ellipse(x, floor, 0.056), c.stuff(c.accent) if c.rng.random() < 0.5 else STEEL, METAL, puff=0.022)
        c.paint(ellipse(x, floor, 0.016), BLACK, METAL, puff=0.01)


def draw_dumbbell(c: Canvas) -> None:
    if c.shape("style") == "kettlebell":
        loop = path([(0.36, 0.50), (0.33, 0.30), (0.40, 0.19), (0.5, 0.175), (0.60, 0.19), (0.67, 0.30),
            (0.64, 0.50)]) - path([(0.43, 0.47), (0.405, 0.33), (0.44, 0.265), (0.5, 0.255), (0.56, 0.265),
            (0.595, 0.33), (0.57, 0.47)])
        c.paint(loop, c.stuff(STEEL if c.look.material == "steel" else c.tone(-0.3), "iron"), METAL, puff=0.03)
        c.paint(symmetric([(0.5, 0.385), (0.66, 0.42), (0.745, 0.61), (0.68, 0.80), (0.61, 0.865, 0), (0.5, 0.87)]),
            c.cloth, puff=0.16)
        c.paint(ellipse(0.5, 0.63, 0.085), c.accent, PLASTIC, puff=0.01)
        return
    turn = c.vary(-24, -14)
    c.paint(box(0.28, 0.475, 0.72, 0.525, 0.01).turned(turn), c.stuff((0.75, 0.76, 0.78), "steel"), METAL, puff=0.024)
    hexagonal = c.shape("style") == "hexagonal"
    for side in (-1, 1):
        for k, high in enumerate((0.17, 0.135)):
            x = 0.5 + side * (0.23 + k * 0.085)
            plate = box(x - 0.05, 0.5 - high, x + 0.05, 0.5 + high, 0.022 if not hexagonal else 0.006)
            if hexagonal and k == 0:
                x += side * 0.045
                plate = path([(x - 0.10, 0.5 - high * 0.8, 0), (x - 0.065, 0.5 - high, 0), (x + 0.065, 0.5 - high, 0),
                    (x + 0.10, 0.5 - high * 0.8, 0), (x + 0.10, 0.5 + high * 0.8, 0), (x + 0.065, 0.5 + high, 0),
                    (x - 0.065, 0.5 + high, 0), (x - 0.10, 0.5 + high * 0.8, 0)])
            elif hexagonal:
                continue
            c.paint(plate.turned(turn), c.cloth if k == 0 else c.stuff(c.accent), puff=0.032, cast=0.2)
            if hexagonal:
                for y in (0.5 - high * 0.45, 0.5 + high * 0.45):
                    c.shadow(box(x - 0.10, y - 0.003, x + 0.10, y + 0.003).turned(turn), 0.5, 0.005, plate.turned(turn))


def draw_racket(c: Canvas) -> None:
    turn = c.vary(24, 38)
    oval = c.shape("style") == "tennis"
    rx, ry = (0.185, 0.235) if oval else (0.165, 0.20)
    y = 0.33
    if c.shape("style") == "table-tennis":
        c.paint(stroke([(0.5, 0.52), (0.5, 0.86)], 0.066, 0.075).turned(turn), c.stuff(OAK, "oak"), WOOD, puff=0.028)
        c.paint(ellipse(0.5, y, 0.20, 0.215).turned(turn), c.cloth, LEATHER, puff=0.012)
        c.paint(path([(0.31, 0.425, 0), (0.5, 0.47), (0.69, 0.425, 0), (0.535, 0.565, 0),
            (0.465, 0.565, 0)]).turned(turn), c.stuff(OAK, "oak"), WOOD, puff=0.016)
        return
    hoop = ellipse(0.5, y, rx, ry)
    mesh = []
    for k in range(-8, 9):
        mesh.append(box(0.5 + k * rx / 9 - 0.0016, y - ry, 0.5 + k * rx / 9 + 0.0016, y + ry))
        mesh.append(box(0.5 - rx, y + k * ry / 9 - 0.0016, 0.5 + rx, y + k * ry / 9 + 0.0016))
    c.paint(union(mesh).turned(turn), (0.90, 0.89, 0.82), within=hoop.turned(turn), opacity=0.95)
    for side in (-1, 1):
        if oval:
            c.paint(stroke([(0.5 + side * rx * 0.78, y + ry * 0.62), (0.5 + side * 0.05, y + ry + 0.11),
                (0.5 + side * 0.012, y + ry + 0.19)], 0.03).turned(turn), c.cloth, puff=0.012)
    c.paint((ellipse(0.5, y, rx + 0.026, ry + 0.026) - hoop).turned(turn), c.cloth, puff=0.014)
    c.paint(stroke([(0.5, y + ry + (0.17 if oval else 0.015)), (0.5, 0.80)], 0.036 if oval else 0.02).turned(turn),
        c.stuff(c.tone(-0.2)), puff=0.013)
    c.paint(stroke([(0.5, 0.77 if oval else 0.74), (0.5, 0.93)], 0.052).turned(turn), c.stuff(c.accent, "leather"),
        LEATHER, puff=0.022, cast=0.2)
    for k in range(5):
        c.shadow(stroke([(0.475, 0.78 + k * 0.033), (0.525, 0.795 + k * 0.033)], 0.005).turned(turn), 0.5, 0.003)
    c.paint((ellipse(0.5, y, rx + 0.026, ry + 0.026) - hoop - box(0, y - ry * 0.55, 1, 1)).turned(turn), c.accent,
        PLASTIC, puff=0.014)


def draw_mat(c: Canvas) -> None:
    wide = c.vary(0.33, 0.38)
    r = c.vary(0.105, 0.13)
    y = 0.44
    sheet = path([(0.5 - wide, y + r * 0.6, 0), (0.5 + wide, y + r * 0.6, 0), (0.5 + wide + 0.05, 0.86, 0),
        (0.5 - wide - 0.05, 0.86, 0)])
    c.paint(sheet, c.cloth, PLUSH, puff=0.008, fade=(0.85, 1.05))
    c.paint(path([(0.5 - wide - 0.05, 0.86, 0), (0.5 + wide + 0.05, 0.86, 0), (0.5 + wide + 0.05, 0.876, 0),
        (0.5 - wide - 0.05, 0.876, 0)]), c.stuff(c.accent))
    c.shadow(box(0.5 - wide, y + r * 0.7, 0.5 + wide, y + r + 0.05), 0.5, 0.03, sheet)
    roll = box(0.5 - wide, y - r, 0.5 + wide, y + r, 0.02)
    c.paint(roll, c.cloth, PLUSH, puff=r * 0.8)
    c.paint(ellipse(0.5 + wide, y, r * 0.42, r), c.stuff(c.tone(-0.15)), PLUSH)
    for k in range(4):
        c.paint(ring(0.5 + wide, y, r * 0.42 * (1 - k * 0.23), r * (1 - k * 0.23), 0.010), c.stuff(c.accent),
            opacity=0.9)
    if c.shape("style") == "classic":
        for x in (0.5 - wide * 0.55, 0.5 + wide * 0.45):
            c.paint(box(x - 0.018, y - r - 0.004, x + 0.018, y + r + 0.004, 0.006), c.stuff(c.accent, "canvas"), CLOTH,
                puff=0.012, cast=0.2)


KINDS = (
    Kind("ball", "Ball", "球", "Sports", draw_ball, (8, 59), {"style": ("football", "basketball", "tennis",
        "volleyball")}, ("white", "orange", "yellow", "red", "blue", "green", "pink", "purple", "sky blue", "black"),
        ("plain",), ("leather", "rubber"), True),
    Kind("skateboard", "Skateboard", "滑板", "Sports", draw_skateboard, (39, 149), {"style": ("street", "cruiser")},
        GOODS, ("plain", "plain", "gradient", "zigzag", "starry", "leopard", "camouflage"), ("wood", "plastic"), True,
        stance=Stance.LIES),
    Kind("helmet", "Bicycle Helmet", "骑行头盔", "Sports", draw_helmet, (25, 159), {"style": ("road", "urban")}, GOODS,
        ("plain", "plain", "gradient", "starry", "dotted", "camouflage"), ("plastic",), True, ("unisex", "kids"),
        ("S", "M", "L")),
    Kind("teddy-bear", "Soft Toy", "毛绒玩偶", "Toys", draw_bear, (12, 59), {"pose": ("sitting", "standing")},
        (*SOFT, "brown"), ("plain", "plain", "plain", "dotted", "checked", "floral"), ("plush",), True, ("kids",)),
    Kind("blocks", "Building Blocks", "积木", "Toys", draw_blocks, (15, 89), {"style": ("tower", "castle")},
        ("red", "blue", "green", "yellow", "orange", "pink", "purple", "mint", "sky blue"), ("plain",),
        ("plastic", "wood"), True, ("kids",)),
    Kind("toy-car", "Toy Car", "玩具车", "Toys", draw_car, (8, 49), {"style": ("race", "truck", "vintage")},
        (*GOODS, "lavender"), ("plain", "plain", "camouflage", "gradient", "starry"), ("plastic", "aluminium", "wood"),
        True, ("kids",)),
    Kind("dumbbell", "Dumbbell", "哑铃", "Sports", draw_dumbbell, (12, 89), {"style": ("hexagonal", "round",
        "kettlebell")}, GOODS, ("plain",), ("rubber", "iron", "steel"), True, sizes=("2 kg", "4 kg", "8 kg"),
        stance=Stance.LIES),
    Kind("racket", "Racket", "球拍", "Sports", draw_racket, (19, 199), {"style": ("tennis", "badminton", "table-tennis")},
        GOODS, ("plain", "plain", "gradient", "colour-block"), ("aluminium", "wood"), True, stance=Stance.LIES),
    Kind("yoga-mat", "Yoga Mat", "瑜伽垫", "Sports", draw_mat, (15, 89), {"style": ("classic", "thick")},
        (*SOFT, "purple", "blue", "black", "green"), ("plain", "plain", "marbled", "gradient", "leafy", "floral"),
        ("rubber", "cork"), True),
)
