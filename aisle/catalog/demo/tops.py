"""What is worn above the waist, drawn laid flat from the front."""

from __future__ import annotations

from aisle.catalog.demo.canvas import CLOTH, GOLD, METAL, PLASTIC, STEEL, WALNUT, WHITE, Canvas, mix
from aisle.catalog.demo.kinds import CLOTHES, LETTERS, Kind, Stance
from aisle.catalog.demo.shapes import Shape, box, ellipse, path, stroke, symmetric

# An outline reads better as rows of points than with one point a line.
# fmt: off


def folds(c: Canvas, body: Shape, lines: tuple[tuple[tuple[float, float], ...], ...], strength: float = 0.16) -> None:
    """Soft creases along lines, each a shadow with a lit side."""
    for line in lines:
        c.shadow(stroke(line, 0.022, 0.004), strength, 0.010, body)
        c.shine(stroke([(x - 0.016, y) for x, y in line], 0.016, 0.004), strength * 0.45, 0.010, body)


def _sleeve(c: Canvas, length: str, shoulder: tuple[float, float], pit: tuple[float, float]) -> tuple[Shape,
    tuple[float, float, float, float]]:
    """The right sleeve and its hem's line (x0, y0, x1, y1)."""
    sx, sy = shoulder
    px, py = pit
    ends = {"short-sleeve": ((sx + 0.150, sy + 0.155), (px + 0.075, py + 0.060)),
        "puff-sleeve": ((sx + 0.120, sy + 0.150), (px + 0.035, py + 0.035)),
        "long-sleeve": ((sx + 0.190, sy + 0.500), (sx + 0.105, sy + 0.520))}
    (ax, ay), (bx, by) = ends[length]
    out = 0.10 if length == "puff-sleeve" else 0.035
    elbow = ((sx + ax) / 2 + out, (sy + ay) / 2 - (0.045 if length == "puff-sleeve" else 0.02))
    sleeve = path([(sx - 0.03, sy - 0.020, 0), (sx + 0.022, sy + 0.012), elbow, (ax, ay, 0), (bx, by, 0),
        ((px + bx) / 2 + 0.004, (py + by) / 2), (px - 0.03, py + 0.03, 0)])
    return sleeve, (ax, ay, bx, by)


def sleeves(c: Canvas, length: str, shoulder: tuple[float, float], pit: tuple[float, float],
    cuff: bool = False) -> None:
    if length not in ("short-sleeve", "puff-sleeve", "long-sleeve"):
        return
    sleeve, (ax, ay, bx, by) = _sleeve(c, length, shoulder, pit)
    for side in (sleeve, sleeve.flipped()):
        c.paint(side, c.cloth, puff=0.045)
        hem = stroke([(ax, ay), (bx, by)], 0.004)
        c.shadow(hem.moved(-0.004, -0.014) if side is sleeve else hem.moved(-0.004, -0.014).flipped(), 0.35, 0.003,
            side)
        if cuff:
            band = stroke([(ax, ay), (bx, by)], 0.042)
            band = band if side is sleeve else band.flipped()
            c.paint(band, c.stuff(c.accent if c.look.second and c.look.pattern == "plain" else c.tone(-0.12),
                "corduroy"), puff=0.015, within=side)
        crease = [(shoulder[0] + 0.03, pit[1] - 0.05), ((pit[0] + bx) / 2 + 0.03, (pit[1] + by) / 2)]
        line = stroke(crease, 0.02, 0.005)
        c.shadow(line if side is sleeve else line.flipped(), 0.18, 0.012, side)


def neck_opening(name: str, width: float, top: float) -> Shape:
    """The opening that is cut from a top."""
    return {"v-neck": symmetric([(0.5 + width, top - 0.03, 0), (0.5 + width * 0.55, top + 0.055),
        (0.5, top + 0.13, 0)]), "square-neck": box(0.5 - width, top - 0.05, 0.5 + width, top + 0.085, 0.01),
        "strapless": box(0.0, 0.0, 1.0, top + 0.085)}.get(name, ellipse(0.5, top - 0.012, width, 0.062))


def inner_neck(c: Canvas, name: str, width: float, top: float) -> None:
    """The back of the garment that shows through the opening, with a label."""
    opening = neck_opening(name, width, top)
    back = box(0.5 - width - 0.01, top + 0.002, 0.5 + width + 0.01, top + 0.16) - ellipse(0.5, top - 0.02, width * 0.9,
        0.034)
    c.paint(back, c.stuff(c.tone(-0.30)), CLOTH, within=opening.scaled(1.06, 0.5, top))
    c.paint(box(0.478, top + 0.020, 0.522, top + 0.036, 0.003), WHITE)


def collar(c: Canvas, name: str, width: float, top: float) -> None:
    if name == "v-neck":
        line = [(0.5 + width, top - 0.02), (0.5 + width * 0.55, top + 0.055), (0.5, top + 0.13)]
        rib = stroke(line, 0.020) + stroke(line, 0.020).flipped()
    elif name == "round-neck":
        rib = (ellipse(0.5, top - 0.012, width + 0.020, 0.082) - ellipse(0.5, top - 0.012, width, 0.062)) - box(0, 0, 1,
            top - 0.008)
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
    body = symmetric([(0.5 + width, top, 0), (0.5 + half - 0.01, top + 0.055, 0), (0.5 + half - 0.025, top + 0.24),
        (0.5 + half, hem - 0.2), (0.5 + half + 0.004, hem, 0), (0.5, hem + 0.012)])
    body = body - neck_opening(neck, width, top)
    sleeves(c, sleeve, (0.5 + half - 0.01, top + 0.055), (0.5 + half - 0.02, top + 0.235))
    inner_neck(c, neck, width, top)
    c.paint(body, c.cloth, puff=0.05, cast=0.15)
    collar(c, neck, width, top)
    folds(c, body, (((0.36, 0.42), (0.40, 0.58), (0.38, 0.74)), ((0.66, 0.45), (0.61, 0.62), (0.63, 0.80)),
        ((0.45, 0.74), (0.52, 0.84))), 0.13)
    c.shadow(box(0.2, hem - 0.022, 0.8, hem - 0.018), 0.4, 0.002, body)


LONG = "long-sleeve"


def _torso(c: Canvas, half: float, top: float, hem: float, width: float) -> Shape:
    return symmetric([(0.5 + width, top, 0), (0.5 + half - 0.01, top + 0.055, 0), (0.5 + half - 0.02, top + 0.24),
        (0.5 + half, hem - 0.2), (0.5 + half + 0.004, hem, 0), (0.5, hem + 0.012)])


def _band(c: Canvas, body: Shape, hem: float, height: float) -> None:
    """A ribbed hem."""
    band = c.stuff(c.accent if c.look.second and c.look.pattern == "plain" else c.tone(-0.10), "corduroy")
    c.paint(box(0, hem - height, 1, hem + 0.03), band, CLOTH, within=body)
    c.shadow(box(0, hem - height - 0.004, 1, hem - height), 0.5, 0.003, body)


def draw_shirt(c: Canvas) -> None:
    half, hem, top, width = c.vary(0.215, 0.245), c.vary(0.87, 0.91), 0.13, 0.085
    sleeve = c.shape("sleeve")
    body = _torso(c, half, top, hem, width)
    sleeves(c, sleeve, (0.5 + half - 0.01, top + 0.055), (0.5 + half - 0.02, top + 0.235), cuff=sleeve == LONG)
    c.paint(body, c.cloth, puff=0.05, cast=0.15)
    folds(c, body, (((0.36, 0.42), (0.39, 0.60), (0.37, 0.78)), ((0.66, 0.45), (0.62, 0.62), (0.64, 0.82))), 0.12)
    c.paint(path([(0.415, top - 0.005, 0), (0.5, top + 0.02), (0.585, top - 0.005, 0), (0.5, top + 0.11, 0)]),
        c.stuff(c.tone(-0.3)))
    c.shadow(box(0.478, top + 0.08, 0.482, hem), 0.45, 0.002, body)
    c.shadow(box(0.522, top + 0.08, 0.525, hem), 0.3, 0.002, body)
    dark = sum(c.base) < 1.5
    for k in range(6):
        y = top + 0.125 + k * (hem - top - 0.19) / 5
        c.paint(ellipse(0.5, y, 0.0105), WHITE if dark else mix(c.tone(-0.3), WHITE, 0.3), PLASTIC, puff=0.006,
            cast=0.3)
    leaf = path([(0.5, top + 0.105, 0), (0.445, top + 0.145, 0), (0.395, top + 0.035, 0), (0.425, top - 0.03, 0),
        (0.455, top + 0.03)])
    for side in (leaf, leaf.flipped()):
        c.paint(side, c.cloth if not c.look.second or c.look.pattern != "plain" else c.stuff(c.accent), puff=0.016,
            cast=0.3)
    if c.rng.random() < 0.6:
        pocket = path([(0.555, 0.36, 0), (0.655, 0.36, 0), (0.655, 0.455, 0), (0.605, 0.475, 0), (0.555, 0.455, 0)])
        c.paint(pocket, c.cloth, puff=0.010, cast=0.25)
        c.shadow(box(0.55, 0.375, 0.66, 0.378), 0.4, 0.002, pocket)


def draw_sweater(c: Canvas) -> None:
    half, hem, top, width = c.vary(0.23, 0.26), c.vary(0.80, 0.86), 0.14, c.vary(0.075, 0.09)
    neck = c.shape("neck")
    body = _torso(c, half, top, hem, width)
    if neck != "high-neck":
        body = body - neck_opening(neck, width, top)
    sleeves(c, LONG, (0.5 + half - 0.01, top + 0.055), (0.5 + half - 0.02, top + 0.25), cuff=True)
    if neck != "high-neck":
        inner_neck(c, neck, width, top)
    c.paint(body, c.cloth, puff=0.06, cast=0.18)
    _band(c, body, hem, 0.055)
    folds(c, body, (((0.35, 0.42), (0.40, 0.58)), ((0.66, 0.44), (0.61, 0.60))), 0.12)
    if neck == "high-neck":
        c.paint(path([(0.5 - width - 0.005, top - 0.055, 0), (0.5, top - 0.045), (0.5 + width + 0.005, top - 0.055, 0),
            (0.5 + width + 0.015, top + 0.03, 0), (0.5, top + 0.06), (0.5 - width - 0.015, top + 0.03, 0)]),
            c.stuff(c.tone(-0.06), "corduroy"), CLOTH, puff=0.025, cast=0.3)
    else:
        collar(c, neck, width, top)


def draw_hoodie(c: Canvas) -> None:
    half, hem, top = c.vary(0.23, 0.26), c.vary(0.83, 0.88), 0.20
    body = _torso(c, half, top, hem, 0.10)
    sleeves(c, LONG, (0.5 + half - 0.01, top + 0.055), (0.5 + half - 0.02, top + 0.25), cuff=True)
    c.paint(body, c.cloth, puff=0.06, cast=0.18)
    _band(c, body, hem, 0.05)
    pocket = path([(0.40, 0.58, 0), (0.60, 0.58, 0), (0.665, 0.71, 0), (0.665, 0.77, 0), (0.335, 0.77, 0),
        (0.335, 0.71, 0)])
    c.paint(pocket, c.cloth if c.look.pattern != "plain" else c.stuff(c.tone(0.03)), puff=0.02, cast=0.25)
    if c.shape("style") == "zip":
        c.paint(box(0.492, top + 0.05, 0.508, hem), c.tone(-0.5))
        c.paint(box(0.497, top + 0.05, 0.503, hem), STEEL)
        c.paint(box(0.491, top + 0.14, 0.509, top + 0.185, 0.004), STEEL, METAL, puff=0.006, cast=0.3)
    hood = path([(0.385, top + 0.05, 0), (0.36, top - 0.04), (0.40, top - 0.115), (0.5, top - 0.135),
        (0.60, top - 0.115), (0.64, top - 0.04), (0.615, top + 0.05, 0), (0.5, top + 0.135)])
    c.paint(hood, c.cloth, puff=0.06, cast=0.3)
    inside = path([(0.42, top + 0.02), (0.425, top - 0.05), (0.5, top - 0.085), (0.575, top - 0.05), (0.58, top + 0.02),
        (0.5, top + 0.095, 0)])
    c.paint(inside, c.stuff(c.accent if c.look.second and c.look.pattern == "plain" else c.tone(-0.4)), CLOTH,
        fade=(0.6, 1.0))
    for x in (0.455, 0.545):
        c.paint(stroke([(x, top + 0.085), (x - 0.005, top + 0.16), (x + 0.004, top + 0.24)], 0.012),
            WHITE if sum(c.base) < 2.3 else c.tone(-0.4), CLOTH, puff=0.005, cast=0.3)


def draw_jacket(c: Canvas) -> None:
    style = c.shape("style")
    half, hem, top = c.vary(0.23, 0.255), c.vary(0.77, 0.82), 0.15
    body = _torso(c, half, top, hem, 0.095)
    sleeves(c, LONG, (0.5 + half - 0.01, top + 0.055), (0.5 + half - 0.02, top + 0.25), cuff=style != "biker")
    c.paint(body, c.cloth, puff=0.055, cast=0.2)
    if style == "quilted":
        for k in range(6):
            y = top + 0.13 + k * 0.105
            c.shadow(stroke([(0.2, y), (0.5, y + 0.012), (0.8, y)], 0.012), 0.40, 0.006, body)
            c.shine(stroke([(0.2, y + 0.035), (0.5, y + 0.047), (0.8, y + 0.035)], 0.02), 0.16, 0.012, body)
    else:
        _band(c, body, hem, 0.05 if style == "bomber" else 0.03)
    metal = GOLD if c.rng.random() < 0.4 else STEEL
    x = 0.5 if style != "biker" else 0.555
    line = [(x, top + 0.05), (x if style != "biker" else 0.53, (top + hem) / 2),
        (0.5 if style != "biker" else 0.51, hem + 0.01)]
    c.paint(stroke(line, 0.022), c.tone(-0.5), within=body)
    c.paint(stroke(line, 0.008), metal, METAL, within=body)
    for side in (-1, 1):
        pocket = stroke([(0.5 + side * 0.16, 0.60), (0.5 + side * 0.105, 0.70)], 0.016)
        c.paint(pocket, c.tone(-0.45))
        c.paint(stroke([(0.5 + side * 0.16, 0.60), (0.5 + side * 0.105, 0.70)], 0.005), metal, METAL)
    if style == "biker":
        for side in (-1, 1):
            lapel = path([(0.5 + side * 0.03, top + 0.02, 0), (0.5 + side * 0.105, top - 0.01, 0),
                (0.5 + side * 0.165, top + 0.12, 0), (0.5 + side * 0.085, top + 0.155, 0),
                (0.5 + side * 0.05, top + 0.27, 0)])
            c.paint(lapel, c.stuff(c.accent) if c.look.second else c.cloth, puff=0.018, cast=0.3)
            c.paint(ellipse(0.5 + side * 0.135, top + 0.115, 0.008), metal, METAL, puff=0.005)
    else:
        stand = path([(0.395, top - 0.045, 0), (0.5, top - 0.025), (0.605, top - 0.045, 0), (0.615, top + 0.045),
            (0.5, top + 0.085), (0.385, top + 0.045)])
        c.paint(stand, c.stuff(c.accent if c.look.second else c.tone(-0.1), "corduroy" if style == "bomber" else None),
            CLOTH, puff=0.022, cast=0.3)
        c.paint(box(0.495, top - 0.03, 0.505, top + 0.08), metal, METAL)


def draw_coat(c: Canvas) -> None:
    double = c.shape("style") == "double"
    half, hem, top = c.vary(0.205, 0.225), c.vary(0.91, 0.95), 0.09
    body = symmetric([(0.595, top, 0), (0.5 + half - 0.01, top + 0.05, 0), (0.5 + half - 0.02, top + 0.25),
        (0.5 + half - 0.025, 0.48), (0.5 + half + 0.045, hem, 0), (0.5, hem + 0.012)])
    sleeves(c, LONG, (0.5 + half - 0.01, top + 0.05), (0.5 + half - 0.02, top + 0.24))
    inside = path([(0.42, top - 0.005, 0), (0.5, top + 0.01), (0.58, top - 0.005, 0), (0.52, top + 0.29, 0),
        (0.48, top + 0.29, 0)])
    c.paint(body, c.cloth, puff=0.05, cast=0.2)
    c.paint(inside, c.stuff(c.accent if c.look.second else c.tone(-0.4), "satin"), CLOTH)
    edge = 0.45 if double else 0.485
    c.shadow(stroke([(0.49, top + 0.29), (edge, top + 0.36), (edge - 0.01, hem)], 0.006), 0.55, 0.004, body)
    folds(c, body, (((0.36, 0.55), (0.35, 0.75), (0.33, 0.92)), ((0.63, 0.55), (0.65, 0.75), (0.67, 0.92))), 0.14)
    for side in (-1, 1):
        lapel = path([(0.5 + side * 0.075, top - 0.03, 0), (0.5 + side * 0.115, top + 0.02, 0),
            (0.5 + side * 0.10, top + 0.075, 0), (0.5 + side * 0.145, top + 0.10, 0),
            (0.5 + side * 0.012, top + 0.30, 0)])
        c.paint(lapel, c.cloth, puff=0.016, cast=0.3)
        flap = path([(0.5 + side * 0.08, 0.60, 0), (0.5 + side * 0.185, 0.585, 0), (0.5 + side * 0.187, 0.63, 0),
            (0.5 + side * 0.082, 0.645, 0)])
        c.paint(flap, c.cloth, puff=0.010, cast=0.3)
    for k in range(3):
        y = top + 0.335 + k * 0.095
        for x in (0.425, 0.575) if double else (0.507,):
            c.paint(ellipse(x, y, 0.017), mix(c.tone(-0.5), WALNUT, 0.4), PLASTIC, puff=0.008, cast=0.3)
    if c.rng.random() < 0.45:
        belt = path([(0.5 - half + 0.02, 0.475, 0), (0.5, 0.485), (0.5 + half - 0.02, 0.475, 0),
            (0.5 + half - 0.018, 0.52, 0), (0.5, 0.53), (0.5 - half + 0.018, 0.52, 0)])
        c.paint(belt, c.stuff(c.accent if c.look.second else c.tone(-0.12)), puff=0.014, cast=0.25)
        c.paint(box(0.47, 0.472, 0.53, 0.537, 0.01) - box(0.482, 0.486, 0.518, 0.523, 0.005), WALNUT, PLASTIC,
            puff=0.008, cast=0.2)


KINDS = (
    Kind("t-shirt", "T-Shirt", "T恤", "Clothing", draw_tshirt, (12, 49), {"sleeve": ("short-sleeve", "long-sleeve"),
        "neck": ("round-neck", "v-neck")}, CLOTHES, ("plain", "plain", "striped", "starry", "camouflage", "gradient",
        "colour-block"), ("cotton", "linen"), audiences=("women", "men", "unisex", "kids"), sizes=LETTERS,
        stance=Stance.LIES),
    Kind("shirt", "Shirt", "衬衫", "Clothing", draw_shirt, (19, 89), {"sleeve": ("long-sleeve", "short-sleeve")}, CLOTHES,
        ("plain", "plain", "striped", "pinstriped", "checked", "tartan", "dotted", "floral", "leafy"),
        ("cotton", "linen", "denim", "silk"), audiences=("women", "men"), sizes=LETTERS, stance=Stance.LIES),
    Kind("sweater", "Sweater", "毛衣", "Clothing", draw_sweater, (25, 129), {"neck": ("round-neck", "v-neck",
        "high-neck")}, CLOTHES, ("plain", "plain", "striped", "argyle", "zigzag", "dotted", "colour-block"),
        ("knit", "wool", "fleece"), audiences=("women", "men", "unisex", "kids"), sizes=LETTERS, stance=Stance.LIES),
    Kind("hoodie", "Hoodie", "连帽卫衣", "Clothing", draw_hoodie, (25, 89), {"style": ("pullover", "zip")}, CLOTHES,
        ("plain", "plain", "plain", "camouflage", "gradient", "colour-block", "starry"), ("cotton", "fleece"), True,
        ("women", "men", "unisex", "kids"), LETTERS, Stance.LIES),
    Kind("jacket", "Jacket", "夹克", "Clothing", draw_jacket, (49, 299), {"style": ("bomber", "biker", "quilted")},
        (*CLOTHES, "brown"), ("plain", "plain", "plain", "camouflage", "checked", "leopard"),
        ("leather", "nylon", "denim", "suede", "corduroy"), audiences=("women", "men", "unisex"), sizes=LETTERS,
        stance=Stance.LIES),
    Kind("coat", "Coat", "大衣", "Clothing", draw_coat, (79, 399), {"style": ("single", "double")}, (*CLOTHES, "brown"),
        ("plain", "plain", "plain", "tartan", "checked", "pinstriped"), ("wool", "cotton", "fleece"),
        audiences=("women", "men"), sizes=LETTERS, stance=Stance.LIES),
)
