"""Dresses, skirts and trousers, drawn laid flat from the front."""

from __future__ import annotations

from aisle.catalog.demo.canvas import GOLD, METAL, Canvas
from aisle.catalog.demo.kinds import CLOTHES, LETTERS, Kind, Stance
from aisle.catalog.demo.shapes import box, ellipse, path, stroke, symmetric
from aisle.catalog.demo.tops import collar, folds, inner_neck, neck_opening, sleeves

THREAD = (0.80, 0.62, 0.35)

# An outline reads better as rows of points than with one point a line.
# fmt: off


def draw_dress(c: Canvas) -> None:
    neck, sleeve, length = c.shape("neck"), c.shape("sleeve"), c.shape("length")
    hem = {"mini": 0.76, "midi": 0.86, "maxi": 0.95}[length]
    flare = c.vary(0.235, 0.30) if length != "mini" else c.vary(0.20, 0.25)
    top, waist, width = 0.08, c.vary(0.36, 0.40), c.vary(0.072, 0.088)
    half = 0.155
    bodice = symmetric([(0.5 + width, top, 0), (0.5 + half, top + 0.035, 0), (0.5 + half - 0.015, top + 0.15),
        (0.5 + 0.105, waist, 0)])
    bodice = bodice - neck_opening(neck, width, top)
    skirt = symmetric([(0.605, waist - 0.006, 0), (0.5 + flare * 0.66, (waist + hem) / 2), (0.5 + flare, hem - 0.01, 0),
        (0.5 + flare * 0.5, hem + 0.012), (0.5, hem + 0.016)])
    if neck != "strapless":
        sleeves(c, sleeve, (0.5 + half, top + 0.035), (0.5 + half - 0.01, top + 0.165))
        inner_neck(c, neck, width, top)
    c.paint(skirt, c.cloth, puff=0.05)
    pleats = tuple(((0.5 + t * 0.07, waist + 0.02), (0.5 + t * flare * 0.55, (waist + hem) / 2 + 0.02),
        (0.5 + t * flare * 0.9, hem)) for t in (-0.8, -0.42, -0.05, 0.33, 0.72))
    folds(c, skirt, pleats, 0.26)
    c.paint(bodice, c.cloth, puff=0.045)
    folds(c, bodice, (((0.43, top + 0.2), (0.46, waist)), ((0.58, top + 0.19), (0.545, waist))), 0.14)
    collar(c, neck, width, top)
    belt = symmetric([(0.607, waist - 0.016, 0), (0.609, waist + 0.016, 0), (0.5, waist + 0.023)])
    c.paint(belt, c.stuff(c.accent if c.look.second else c.tone(-0.3)), puff=0.012, cast=0.2)


def draw_jeans(c: Canvas) -> None:
    _trousers(c, c.vary(0.93, 0.95), c.shape("fit"))


def draw_shorts(c: Canvas) -> None:
    _trousers(c, {"short": 0.60, "regular": 0.70}[c.shape("length")], "wide")


def _trousers(c: Canvas, hem: float, fit: str) -> None:
    waist, hip, top = c.vary(0.135, 0.155), c.vary(0.185, 0.20), 0.09 if hem > 0.8 else 0.22
    crotch = top + 0.27
    outer, inner = {"slim": (0.20, 0.115), "straight": (0.225, 0.085), "flared": (0.30, 0.07),
        "wide": (0.285, 0.035)}[fit]
    knee = {"slim": (0.195, 0.09), "straight": (0.215, 0.06), "flared": (0.195, 0.07), "wide": (0.255, 0.03)}[fit]
    half = (crotch + hem) / 2 + 0.02
    if hem < 0.8:
        outer, inner, knee = 0.255, 0.022, (0.235, 0.015)
    body = symmetric([(0.5 + waist, top, 0), (0.5 + hip, top + 0.17), (0.5 + knee[0], half), (0.5 + outer, hem, 0),
        (0.5 + inner, hem + 0.006, 0), (0.5 + knee[1], half), (0.5 + 0.006, crotch, 0)])
    c.paint(path([(0.5 - waist, top, 0), (0.5, top - 0.01), (0.5 + waist, top, 0), (0.5, top + 0.03)]),
        c.stuff(c.tone(-0.4)))
    c.paint(body, c.cloth, puff=0.05)
    if c.look.material == "denim":
        for side in (-1, 1):
            c.shine(ellipse(0.5 + side * (knee[0] + knee[1]) / 2, (crotch + half) / 2 - 0.03, 0.045, 0.15), 0.16, 0.05,
                body)
    c.shadow(stroke([(0.5, top + 0.05), (0.502, crotch)], 0.006), 0.45, 0.003, body)
    for side in (-1, 1):
        x = 0.5 + side * (waist + 0.02)
        c.shadow(stroke([(0.5 + side * waist * 0.45, top + 0.045), (0.5 + side * waist * 0.65, top + 0.10),
            (x + side * 0.03, top + 0.135)], 0.007), 0.5, 0.003, body)
        crease = 0.5 + side * (knee[0] + knee[1]) / 2
        folds(c, body, (((crease + side * 0.05, crotch - 0.02), (0.5 + side * 0.05, crotch + 0.035)),
            ((crease - 0.03, half - 0.02), (crease + 0.03, half + 0.01))), 0.16)
        c.shadow(stroke([(0.5 + side * outer, hem - 0.028), (0.5 + side * inner, hem - 0.022)], 0.005), 0.4, 0.003,
            body)
    if c.look.second and c.look.pattern == "plain":
        for side in (-1, 1):
            c.paint(stroke([(0.5 + side * (waist - 0.004), top), (0.5 + side * (hip - 0.012), top + 0.17),
                (0.5 + side * (knee[0] - 0.014), half), (0.5 + side * (outer - 0.016), hem)], 0.016), c.stuff(c.accent),
                within=body)
    band = path([(0.5 - waist - 0.004, top - 0.002, 0), (0.5, top + 0.028), (0.5 + waist + 0.004, top - 0.002, 0),
        (0.5 + waist + 0.008, top + 0.036, 0), (0.5, top + 0.066), (0.5 - waist - 0.008, top + 0.036, 0)])
    c.paint(band, c.cloth, puff=0.010, cast=0.25)
    for x in (-0.10, -0.045, 0.045, 0.10):
        c.paint(box(0.5 + x - 0.007, top + 0.002, 0.5 + x + 0.007, top + 0.062, 0.003), c.stuff(c.tone(-0.06)),
            puff=0.006, cast=0.2)
    c.paint(ellipse(0.5, top + 0.046, 0.012), GOLD, METAL, puff=0.007, cast=0.2)
    if c.look.material == "denim":
        c.stitches(((0.515, top + 0.07), (0.525, top + 0.16), (0.505, top + 0.20)), THREAD)


def draw_skirt(c: Canvas) -> None:
    cut = c.shape("cut")
    hem = {"mini": 0.66, "midi": 0.80, "maxi": 0.92}[c.shape("length")]
    waist, top = c.vary(0.125, 0.145), 0.14
    flare = {"a-line": c.vary(0.26, 0.32), "pencil": 0.165, "pleated": c.vary(0.27, 0.33)}[cut]
    side = (0.5 + flare * 0.68, (top + hem) / 2 - 0.04) if cut != "pencil" else (0.705, (top + hem) / 2 - 0.06)
    body = symmetric([(0.5 + waist, top, 0), side, (0.5 + flare, hem - 0.012, 0), (0.5 + flare * 0.5, hem + 0.012),
        (0.5, hem + 0.018)])
    c.paint(body, c.cloth, puff=0.05)
    if cut == "pleated":
        for k in range(-6, 7):
            x = k / 6.5
            line = [(0.5 + x * waist, top + 0.02), (0.5 + x * flare * 0.66, (top + hem) / 2),
                (0.5 + x * flare, hem + 0.02)]
            c.shadow(stroke(line, 0.006, 0.020), 0.42, 0.005, body)
            c.shine(stroke([(u - 0.018, v) for u, v in line], 0.006, 0.018), 0.20, 0.006, body)
    elif cut == "a-line":
        folds(c, body, tuple(((0.5 + t * 0.08, top + 0.10), (0.5 + t * flare * 0.6, (top + hem) / 2 + 0.05),
            (0.5 + t * flare * 0.9, hem)) for t in (-0.75, -0.3, 0.15, 0.65)), 0.24)
    else:
        folds(c, body, (((0.40, top + 0.12), (0.37, hem - 0.1)), ((0.60, top + 0.12), (0.625, hem - 0.1))), 0.14)
        c.shadow(stroke([(0.5, hem - 0.11), (0.5, hem + 0.02)], 0.008), 0.5, 0.004, body)
    band = path([(0.5 - waist - 0.003, top - 0.02, 0), (0.5, top - 0.008), (0.5 + waist + 0.003, top - 0.02, 0),
        (0.5 + waist + 0.008, top + 0.022, 0), (0.5, top + 0.036), (0.5 - waist - 0.008, top + 0.022, 0)])
    c.paint(band, c.stuff(c.accent if c.look.second else c.tone(-0.15)), puff=0.012, cast=0.25)
    if c.rng.random() < 0.35:
        c.paint(ellipse(0.5, top + 0.008, 0.022) - ellipse(0.5, top + 0.008, 0.012), GOLD, METAL, puff=0.007, cast=0.2)


KINDS = (
    Kind("dress", "Dress", "连衣裙", "Women's Clothing", draw_dress, (29, 189),
        {"length": ("mini", "midi", "maxi"), "neck": ("round-neck", "v-neck", "square-neck", "strapless"),
        "sleeve": ("sleeveless", "short-sleeve", "long-sleeve", "puff-sleeve")}, CLOTHES,
        ("plain", "floral", "floral", "dotted", "striped", "leafy", "gradient", "checked"),
        ("cotton", "silk", "chiffon", "linen", "satin"), audiences=("women",), sizes=LETTERS, stance=Stance.LIES),
    Kind("jeans", "Trousers", "长裤", "Clothing", draw_jeans, (29, 129), {"fit": ("slim", "straight", "flared", "wide")},
        (*CLOTHES, "brown"), ("plain", "plain", "plain", "checked", "pinstriped", "camouflage"),
        ("denim", "denim", "cotton", "linen", "corduroy", "wool"), audiences=("women", "men", "kids"), sizes=LETTERS,
        stance=Stance.LIES),
    Kind("shorts", "Shorts", "短裤", "Clothing", draw_shorts, (15, 69), {"length": ("short", "regular")}, CLOTHES,
        ("plain", "plain", "striped", "checked", "floral", "camouflage", "leafy"),
        ("denim", "cotton", "linen", "nylon"), True, ("women", "men", "kids"), LETTERS, Stance.LIES),
    Kind("skirt", "Skirt", "半身裙", "Women's Clothing", draw_skirt, (19, 119),
        {"cut": ("a-line", "pencil", "pleated"), "length": ("mini", "midi", "maxi")}, CLOTHES,
        ("plain", "plain", "tartan", "checked", "floral", "dotted", "striped", "leopard", "leafy", "gradient"),
        ("cotton", "wool", "silk", "denim", "leather", "satin"), audiences=("women",), sizes=LETTERS,
        stance=Stance.LIES),
)
