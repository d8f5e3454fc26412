"""Furniture, drawn from the front."""

from __future__ import annotations

from aisle.catalog.demo.canvas import (
    BLACK,
    CLOTH,
    GOLD,
    LEATHER,
    METAL,
    OAK,
    STEEL,
    WALNUT,
    WHITE,
    WOOD,
    Canvas,
    mix,
)
from aisle.catalog.demo.kinds import SOFT, Kind, Stance
from aisle.catalog.demo.shapes import Shape, box, ellipse, path, polygon, stroke, symmetric

WOODS = {"oak": OAK, "walnut": WALNUT, "bamboo": (0.85, 0.71, 0.47), "wood": (0.66, 0.47, 0.30)}

# An outline reads better as rows of points than with one point a line.
# fmt: off


def _leg(c: Canvas, x: float, y: float, foot: float, low: float, width: float = 0.03) -> None:
    wood = WOODS.get(c.look.material, OAK if c.look.seed % 2 else WALNUT)
    c.paint(stroke([(x, y), (foot, low)], width, width * 0.6), c.stuff(wood, "oak"), WOOD, puff=width * 0.4)


def draw_chair(c: Canvas) -> None:
    style = c.shape("back")
    half, seat = c.vary(0.185, 0.215), c.vary(0.52, 0.55)
    wood = c.stuff(WOODS.get(c.look.material, OAK),
        "oak") if c.look.material in WOODS else c.stuff(STEEL if c.look.seed % 2 else BLACK, "steel")
    surface = WOOD if c.look.material in WOODS else METAL
    for side in (-1, 1):
        c.paint(stroke([(0.5 + side * half * 0.72, seat), (0.5 + side * half * 0.78, 0.84)], 0.024, 0.018),
            mix(WOODS.get(c.look.material, BLACK), BLACK, 0.35), surface, puff=0.01)
    if style == "shell":
        back = symmetric([(0.5, 0.12), (0.5 + half * 0.8, 0.16), (0.5 + half * 1.12, 0.34),
            (0.5 + half * 1.18, seat + 0.01, 0), (0.5, seat + 0.03)])
        c.paint(back, c.cloth, puff=0.08)
        c.shadow(ellipse(0.5, seat, half * 0.95, 0.07), 0.3, 0.03, back)
    else:
        for side in (-1, 1):
            c.paint(stroke([(0.5 + side * half * 0.92, seat + 0.02), (0.5 + side * half, 0.14)], 0.034, 0.028), wood,
                surface, puff=0.014)
        if style == "spindle":
            c.paint(stroke([(0.5 - half * 1.08, 0.17), (0.5, 0.125), (0.5 + half * 1.08, 0.17)], 0.05), wood, surface,
                puff=0.02)
            for k in (-2, -1, 0, 1, 2):
                c.paint(stroke([(0.5 + k * half * 0.36, 0.15), (0.5 + k * half * 0.32, seat)], 0.016), wood, surface,
                    puff=0.007)
        elif style == "ladder":
            for y in (0.17, 0.28, 0.39):
                c.paint(path([(0.5 - half, y, 0), (0.5, y - 0.02), (0.5 + half, y, 0), (0.5 + half, y + 0.05, 0),
                    (0.5, y + 0.035), (0.5 - half, y + 0.05, 0)]), wood, surface, puff=0.014, cast=0.1)
        else:
            c.paint(box(0.5 - half * 0.98, 0.13, 0.5 + half * 0.98, 0.40, 0.05), c.cloth, puff=0.045, cast=0.2)
    cushion = path([(0.5 - half * 0.98, seat - 0.035, 0), (0.5, seat - 0.05), (0.5 + half * 0.98, seat - 0.035, 0),
        (0.5 + half * 1.22, seat + 0.04), (0.5 + half * 1.18, seat + 0.075), (0.5, seat + 0.09),
        (0.5 - half * 1.18, seat + 0.075), (0.5 - half * 1.22, seat + 0.04)])
    c.paint(cushion, c.cloth, puff=0.035, cast=0.3)
    for side in (-1, 1):
        c.paint(stroke([(0.5 + side * half * 1.02, seat + 0.075), (0.5 + side * half * 1.14, 0.91)], 0.036, 0.024),
            wood, surface, puff=0.015)
    if style in ("ladder", "spindle"):
        c.paint(stroke([(0.5 - half * 1.06, 0.74), (0.5 + half * 1.06, 0.74)], 0.016), wood, surface, puff=0.007)


def draw_armchair(c: Canvas) -> None:
    _sofa(c, 1, c.vary(0.27, 0.30))


def draw_sofa(c: Canvas) -> None:
    seats = 2 if c.shape("seats") == "two-seat" else 3
    _sofa(c, seats, 0.40 if seats == 2 else 0.455)


def _sofa(c: Canvas, seats: int, half: float) -> None:
    rolled = c.shape("arms") == "rolled"
    arm = 0.085 if seats > 1 else 0.095
    top, seat, low = (0.36 if seats > 1 else 0.22), 0.585, 0.755
    for side in (-1, 1):
        for share in (0.88, 0.4) if seats > 1 else (0.85,):
            _leg(c, 0.5 + side * half * share, low - 0.01, 0.5 + side * half * (share + 0.03), 0.835, 0.032)
    c.paint(box(0.5 - half + 0.03, top, 0.5 + half - 0.03, low - 0.05, 0.07), c.cloth, puff=0.06)
    inner = half - arm
    width = 2 * inner / seats
    for k in range(seats):
        x = 0.5 - inner + k * width
        c.paint(box(x + 0.004, top + 0.035, x + width - 0.004, seat + 0.02, 0.05), c.cloth, puff=0.055, cast=0.18)
        if c.look.seed % 3 == 0:
            for bx in (0.3, 0.7):
                c.shadow(ellipse(x + width * bx, top + 0.13, 0.013), 0.55, 0.008)
    c.paint(box(0.5 - half + 0.02, seat + 0.07, 0.5 + half - 0.02, low, 0.03),
        c.stuff(c.tone(-0.10)) if c.look.pattern == "plain" else c.cloth, puff=0.03)
    for k in range(seats):
        x = 0.5 - inner + k * width
        c.paint(box(x + 0.003, seat - 0.005, x + width - 0.003, seat + 0.10, 0.04), c.cloth, puff=0.045, cast=0.25)
    for side in (-1, 1):
        x0 = 0.5 + side * (half - arm * 0.5)
        if rolled:
            c.paint(box(x0 - arm * 0.42, seat - 0.06, x0 + arm * 0.42, low, 0.03), c.cloth, puff=0.03, cast=0.2)
            c.paint(ellipse(x0, seat - 0.055, arm * 0.62, 0.06), c.cloth, puff=0.045, cast=0.2)
        else:
            c.paint(box(x0 - arm * 0.5, seat - 0.085, x0 + arm * 0.5, low, 0.04), c.cloth, puff=0.045, cast=0.2)
    if c.look.second and seats > 1:
        c.paint(box(0.5 - inner + 0.015, seat - 0.145, 0.5 - inner + 0.145, seat - 0.01, 0.03).turned(-10,
            0.5 - inner + 0.08, seat - 0.08), c.stuff(c.accent, "linen"), CLOTH, puff=0.05, cast=0.3)


def draw_stool(c: Canvas) -> None:
    tall = c.shape("height") == "tall"
    seat, half = (0.26 if tall else 0.50), c.vary(0.19, 0.24)
    wood = c.stuff(WOODS[c.look.material], "oak") if c.look.material in WOODS else c.stuff(c.tone(-0.2), "steel")
    surface = WOOD if c.look.material in WOODS else METAL
    spread = half * (1.2 if tall else 1.05)
    c.paint(stroke([(0.5, seat + 0.04), (0.5, 0.83)], 0.03, 0.022), mix(WOODS.get(c.look.material, c.base), BLACK, 0.4),
        surface, puff=0.01)
    if tall:
        c.paint(stroke([(0.5 - spread * 0.92, 0.70), (0.5 + spread * 0.92, 0.70)], 0.02), wood, surface, puff=0.008)
    for side in (-1, 1):
        c.paint(stroke([(0.5 + side * half * 0.7, seat + 0.03), (0.5 + side * spread, 0.89)], 0.042, 0.026), wood,
            surface, puff=0.016)
    if c.shape("legs") == "four-leg":
        for side in (-1, 1):
            c.paint(stroke([(0.5 + side * half * 0.4, seat + 0.03), (0.5 + side * spread * 0.5, 0.85)], 0.032, 0.02),
                wood, surface, puff=0.012)
    c.paint(box(0.5 - half, seat, 0.5 + half, seat + 0.06, 0.03), c.stuff(c.tone(-0.15)), puff=0.02, cast=0.2)
    c.paint(ellipse(0.5, seat + 0.006, half, 0.05), c.cloth, puff=0.03)


def draw_bookcase(c: Canvas) -> None:
    ladder = c.shape("style") == "ladder"
    half, top, low = c.vary(0.24, 0.30), 0.09, 0.91
    wood = WOODS[c.look.material]
    frame = c.stuff(mix(wood, c.base, 0.75) if c.look.second is None else c.base)
    shelves = int(c.rng.integers(4, 6))
    if not ladder:
        c.paint(box(0.5 - half, top, 0.5 + half, low, 0.006), c.stuff(mix(c.base, BLACK, 0.35)), WOOD, fade=(0.85, 1.0))
    gap = (low - top - 0.03) / shelves
    for row in range(shelves):
        y = top + 0.03 + (row + 1) * gap
        x, end = 0.5 - half + 0.04, 0.5 + half - 0.05
        while x < end - 0.03:
            kind = c.rng.random()
            if kind < 0.72:
                width, high = c.vary(0.018, 0.036), gap * c.vary(0.5, 0.78)
                tone = [(0.70, 0.30, 0.25), (0.25, 0.38, 0.50), (0.88, 0.80, 0.62), (0.35, 0.50, 0.38),
                    (0.90, 0.88, 0.84), (0.80, 0.60, 0.28), (0.30, 0.28, 0.32)][int(c.rng.integers(7))]
                c.paint(box(x, y - high, min(end, x + width), y - 0.004, 0.003), tone, CLOTH, puff=0.006)
                x += width + 0.002
            elif kind < 0.84:
                c.paint(symmetric([(0.515, y - gap * 0.4, 0), (0.53, y - gap * 0.2),
                    (0.52, y - 0.005, 0)]).moved(x + 0.03 - 0.5, 0), WHITE, LEATHER, lathe=True)
                x += 0.075
            else:
                x += c.vary(0.04, 0.09)
    for row in range(shelves + 1):
        y = top + 0.03 + row * gap if row else top
        c.paint(box(0.5 - half, y - 0.010, 0.5 + half, y + 0.014, 0.003), frame, WOOD, puff=0.006, cast=0.3)
    for side in (-1, 1):
        x = 0.5 + side * (half - 0.008)
        c.paint(box(x - 0.016, top - 0.012, x + 0.016, low + (0.02 if ladder else 0.0), 0.004), frame, WOOD, puff=0.008)
    c.paint(box(0.5 - half - 0.008, low - 0.02, 0.5 + half + 0.008, low + 0.015, 0.004), frame, WOOD, puff=0.01)


def draw_dresser(c: Canvas) -> None:
    half, top, low = c.vary(0.33, 0.39), 0.30, 0.80
    wood = c.stuff(WOODS[c.look.material])
    for side in (-1, 1):
        c.paint(stroke([(0.5 + side * half * 0.85, low - 0.01), (0.5 + side * half * 0.92, 0.89)], 0.04, 0.024), wood,
            WOOD, puff=0.014)
    c.paint(box(0.5 - half, top, 0.5 + half, low, 0.012), wood, WOOD, puff=0.012)
    rows = int(c.rng.integers(2, 5))
    columns = 2 if c.shape("style") == "drawers" and c.rng.random() < 0.6 else 1
    knob = GOLD if c.rng.random() < 0.5 else BLACK
    high, wide = (low - top - 0.06) / rows, (2 * half - 0.04) / columns
    for r in range(rows):
        for k in range(columns):
            x, y = 0.5 - half + 0.02 + k * wide, top + 0.035 + r * high
            c.paint(box(x + 0.006, y + 0.006, x + wide - 0.006, y + high - 0.006, 0.006), c.cloth, WOOD, puff=0.009,
                cast=0.25)
            c.paint(ellipse(x + wide / 2, y + high / 2, 0.014), knob, METAL, puff=0.008, cast=0.3)
    c.paint(box(0.5 - half - 0.015, top - 0.018, 0.5 + half + 0.015, top + 0.016, 0.006), wood, WOOD, puff=0.008,
        cast=0.3)


def draw_table(c: Canvas) -> None:
    round_top = c.shape("style") == "round"
    half, top = c.vary(0.34, 0.40), 0.44
    wood = c.stuff(WOODS[c.look.material])
    legs = [(-0.8, 0.90), (0.8, 0.90), (-0.42, 0.82), (0.42, 0.82)]
    for x, low in reversed(legs):
        c.paint(stroke([(0.5 + x * half * 0.82, top), (0.5 + x * half, low)], 0.036, 0.022),
            wood if low > 0.85 else c.stuff(mix(WOODS[c.look.material], BLACK, 0.3)), WOOD, puff=0.014)
    if round_top:
        c.paint(ellipse(0.5, top + 0.022, half, 0.085), c.stuff(c.tone(-0.3)), WOOD)
        c.paint(ellipse(0.5, top, half, 0.085), c.cloth, WOOD, puff=0.012)
    else:
        c.paint(path([(0.5 - half, top + 0.06, 0), (0.5 + half, top + 0.06, 0), (0.5 + half, top + 0.085, 0),
            (0.5 - half, top + 0.085, 0)]), c.stuff(c.tone(-0.3)), WOOD)
        c.paint(path([(0.5 - half * 0.82, top - 0.07, 0), (0.5 + half * 0.82, top - 0.07, 0),
            (0.5 + half, top + 0.06, 0), (0.5 - half, top + 0.06, 0)]), c.cloth, WOOD, puff=0.010)
    c.shine(ellipse(0.40, top - 0.01, 0.16, 0.022, -6), 0.25, 0.02, ellipse(0.5, top, half * 0.9, 0.07))


def draw_mirror(c: Canvas) -> None:
    style = c.shape("style")
    half, high = {"round": (0.34, 0.34), "oval": (0.27, 0.38), "arched": (0.25, 0.39),
        "rectangular": (0.27, 0.38)}[style]
    thick = c.vary(0.025, 0.05)

    def outline(less: float) -> Shape:
        x, y = half - less, high - less
        if style == "arched":
            return path([(0.5 - x, 0.5 + y, 0), (0.5 - x, 0.5 - y + x, 0), (0.5 - x * 0.71, 0.5 - y + x * 0.29),
                (0.5, 0.5 - y), (0.5 + x * 0.71, 0.5 - y + x * 0.29), (0.5 + x, 0.5 - y + x, 0), (0.5 + x, 0.5 + y, 0)])
        return box(0.5 - x, 0.5 - y, 0.5 + x, 0.5 + y, 0.02) if style == "rectangular" else ellipse(0.5, 0.5, x, y)

    c.paint(outline(0), c.cloth, puff=thick * 0.5)
    c.paint(outline(thick), (0.80, 0.86, 0.89), METAL, fade=(1.08, 0.88), cast=0.1)
    c.shadow(outline(thick) - outline(thick).moved(0.012, 0.016), 0.45, 0.006, outline(thick))
    for x, w in ((0.34, 0.06), (0.45, 0.025)):
        c.shine(polygon((x + 0.25, 0.05), (x + 0.25 + w, 0.05), (x + w - 0.10, 0.95), (x - 0.10, 0.95)), 0.5, 0.006,
            outline(thick))


KINDS = (
    Kind("chair", "Chair", "椅子", "Furniture", draw_chair, (39, 249), {"back": ("spindle", "panel", "ladder", "shell")},
        (*SOFT, "black", "red", "green", "blue"), ("plain", "plain", "plain", "striped", "checked"),
        ("oak", "walnut", "velvet", "linen", "leather")),
    Kind("armchair", "Armchair", "单人沙发", "Furniture", draw_armchair, (149, 699), {"arms": ("rolled", "straight-arm")},
        (*SOFT, "brown", "green", "blue", "red"), ("plain", "plain", "plain", "striped", "checked", "leafy"),
        ("velvet", "linen", "leather", "corduroy")),
    Kind("sofa", "Sofa", "沙发", "Furniture", draw_sofa, (299, 1899), {"seats": ("two-seat", "three-seat"),
        "arms": ("rolled", "straight-arm")}, (*SOFT, "brown", "green", "blue", "red"),
        ("plain", "plain", "plain", "plain", "striped"), ("velvet", "linen", "leather", "corduroy"), True),
    Kind("stool", "Stool", "凳子", "Furniture", draw_stool, (25, 129), {"height": ("tall", "short"),
        "legs": ("tripod", "four-leg")}, (*SOFT, "black", "red", "green", "brown"),
        ("plain", "plain", "checked", "zigzag"), ("oak", "walnut", "velvet", "leather")),
    Kind("bookcase", "Bookcase", "书架", "Furniture", draw_bookcase, (59, 399), {"style": ("classic", "ladder")},
        ("beige", "brown", "white", "black", "grey", "navy", "mint", "olive"), ("plain",), ("oak", "walnut")),
    Kind("dresser", "Chest of Drawers", "斗柜", "Furniture", draw_dresser, (99, 549), {"style": ("drawers",)},
        ("white", "grey", "navy", "mint", "beige", "pink", "black", "olive", "brown", "yellow"),
        ("plain", "plain", "checked", "zigzag"), ("oak", "walnut")),
    Kind("table", "Table", "桌子", "Furniture", draw_table, (79, 599), {"style": ("round", "rectangular")},
        ("beige", "brown", "white", "black", "grey", "mint", "navy", "yellow", "red"), ("plain", "plain", "marbled"),
        ("oak", "walnut", "bamboo")),
    Kind("mirror", "Wall Mirror", "壁挂镜", "Home", draw_mirror, (29, 189), {"style": ("round", "arched", "oval",
        "rectangular")}, ("black", "gold", "silver", "white", "brown", "beige", "pink", "navy", "green"),
        ("plain", "plain", "striped", "marbled"), ("wood", "brass", "rattan", "plastic"), stance=Stance.LIES),
)
