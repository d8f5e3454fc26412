"""Shoes, drawn from the side with the toe to the left."""

from __future__ import annotations

from aisle.catalog.demo.canvas import BLACK, CLOTH, GOLD, LEATHER, METAL, STEEL, WHITE, Canvas, mix
from aisle.catalog.demo.kinds import CLOTHES, EU_SHOES, GOODS, HIDES, Kind
from aisle.catalog.demo.shapes import box, ellipse, path, stroke

LINING = (0.86, 0.80, 0.72)

# An outline reads better as rows of points than with one point a line.
# fmt: off


def draw_sneaker(c: Canvas) -> None:
    high = c.shape("height") == "high-top"
    top = 0.25 if high else c.vary(0.385, 0.41)
    toe = c.vary(0.105, 0.125)
    upper = path([(0.885, 0.665, 0), (0.895, 0.55), (0.865, top + 0.02, 0), (0.80, top + 0.035),
        (0.665, top + (0.02 if high else 0.035), 0), (0.56, 0.44), (0.42, 0.505), (0.26, 0.555), (0.15, 0.60),
        (toe, 0.675, 0)])
    inside = path([(0.862, top + 0.02, 0), (0.77, top - 0.012), (0.668, top + 0.022, 0), (0.76, top + 0.06)])
    c.paint(inside, LINING, CLOTH, fade=(0.75, 0.5))
    c.paint(upper, c.cloth, puff=0.07)
    cap = path([(toe, 0.68, 0), (0.15, 0.598), (0.245, 0.56, 0), (0.295, 0.62), (0.29, 0.69, 0)])
    side = c.stuff(c.accent, "leather")
    c.paint(cap, side, LEATHER, puff=0.03, within=upper, cast=0.12)
    c.paint(path([(0.90, 0.675, 0), (0.90, 0.50), (0.855, 0.47, 0), (0.80, 0.55), (0.755, 0.68, 0)]), side, LEATHER,
        puff=0.03, within=upper)
    swoop = int(c.rng.integers(3))
    if swoop == 0:
        for x in (0.0, 0.065, 0.13):
            c.paint(stroke([(0.50 + x, 0.50 - x * 0.2), (0.55 + x, 0.655)], 0.026), c.accent, LEATHER, puff=0.01,
                within=upper)
    elif swoop == 1:
        c.paint(path([(0.36, 0.615, 0), (0.50, 0.625), (0.79, 0.475, 0), (0.54, 0.665), (0.43, 0.665)]), c.accent,
            LEATHER, puff=0.012, within=upper)
    else:
        c.paint(ellipse(0.73, top + 0.13, 0.052) - ellipse(0.73, top + 0.13, 0.036), c.accent, LEATHER, puff=0.01,
            within=upper)
    placket = path([(0.66, top + 0.02, 0), (0.55, 0.44), (0.40, 0.515, 0), (0.44, 0.55, 0), (0.575, 0.49),
        (0.715, top + 0.05, 0)])
    c.paint(placket, c.stuff(c.tone(-0.14) if sum(c.base) > 1.2 else c.tone(0.12), "leather"), LEATHER, puff=0.014,
        within=upper, cast=0.15)
    lace = WHITE if sum(c.base) < 2.2 else c.accent
    count = 7 if high else 4
    for i in range(count):
        t = i / (count - 1)
        x, y = 0.43 + 0.235 * t, 0.53 - (0.53 - top - 0.045) * (t**1.1)
        c.paint(stroke([(x - 0.022, y - 0.026), (x + 0.006, y - 0.004), (x + 0.03, y + 0.012)], 0.015), lace, CLOTH,
            puff=0.008, cast=0.18)
    c.paint(path([(0.625, top + 0.03, 0), (0.66, top - 0.035), (0.705, top - 0.05), (0.72, top + 0.03, 0)]),
        c.stuff(c.tone(-0.1)), puff=0.02)
    thick = c.vary(0.052, 0.075)
    sole = path([(0.09, 0.665, 0), (0.35, 0.672), (0.65, 0.672), (0.91, 0.655, 0), (0.915, 0.67 + thick),
        (0.89, 0.685 + thick, 0), (0.2, 0.685 + thick, 0), (0.11, 0.66 + thick)])
    rubber = WHITE if sum(c.base) < 2.4 else mix(c.accent, WHITE, 0.2)
    c.paint(sole, rubber, LEATHER, puff=0.022, cast=0.3)
    c.paint(stroke([(0.10, 0.68 + thick * 0.45), (0.5, 0.69 + thick * 0.45), (0.905, 0.675 + thick * 0.45)], 0.008),
        c.accent, within=sole)
    c.paint(box(0.12, 0.674 + thick, 0.90, 0.69 + thick, 0.006), mix(rubber, BLACK, 0.35))


def draw_heel(c: Canvas) -> None:
    style = c.shape("heel")
    rise = {"stiletto": c.vary(0.235, 0.265), "block-heel": c.vary(0.18, 0.22), "wedge": 0.20,
        "kitten-heel": c.vary(0.10, 0.12)}[style]
    floor = 0.76
    back = floor - rise
    inside = path([(0.865, back - 0.15, 0), (0.70, back - 0.055), (0.45, 0.66 - rise * 0.25), (0.32, 0.67),
        (0.50, 0.70 - rise * 0.2), (0.70, back + 0.01), (0.85, back - 0.04)])
    c.paint(inside, LINING, LEATHER, fade=(0.9, 0.65))
    dark = c.stuff(c.tone(-0.12))
    if style == "stiletto":
        heel = path([(0.795, back, 0), (0.895, back - 0.03, 0), (0.885, back + 0.08), (0.862, floor, 0),
            (0.838, floor, 0), (0.835, back + 0.11)])
    elif style == "kitten-heel":
        heel = path([(0.79, back, 0), (0.895, back - 0.02, 0), (0.87, floor - 0.03), (0.87, floor, 0),
            (0.835, floor, 0), (0.83, floor - 0.04)])
    elif style == "wedge":
        heel = path([(0.45, 0.72, 0), (0.70, back + 0.03), (0.895, back - 0.02, 0), (0.885, floor, 0),
            (0.30, floor, 0)])
        dark = c.stuff((0.78, 0.64, 0.44), "jute")
    else:
        heel = path([(0.755, back + 0.01, 0), (0.898, back - 0.03, 0), (0.892, floor, 0), (0.785, floor, 0)])
    c.paint(heel, dark, LEATHER, puff=0.03)
    c.paint(path([(0.10, 0.742, 0), (0.22, 0.752), (0.40, 0.742), (0.60, back + 0.065), (0.80, back + 0.012),
        (0.90, back - 0.03, 0), (0.80, back + 0.035), (0.61, back + 0.095), (0.42, floor), (0.13, floor, 0)]),
        BLACK if c.look.color != "black" else (0.55, 0.12, 0.12))
    upper = path([(0.905, back - 0.028, 0), (0.91, back - 0.11), (0.872, back - 0.155, 0), (0.80, back - 0.075),
        (0.66, back - 0.005), (0.47, 0.685 - rise * 0.1), (0.335, 0.668, 0), (0.25, 0.655), (0.14, 0.70),
        (0.088, 0.746, 0), (0.24, 0.756), (0.41, 0.745), (0.61, back + 0.068), (0.80, back + 0.015)])
    c.paint(upper, c.cloth, puff=0.045)
    trim = int(c.rng.integers(3))
    if trim == 0:
        y = back - 0.185
        c.paint(ellipse(0.795, y, 0.098, 0.045) - ellipse(0.795, y, 0.080, 0.030), c.stuff(c.tone(-0.06)), puff=0.008)
        c.paint(stroke([(0.865, back - 0.13), (0.862, y + 0.02)], 0.02), c.stuff(c.tone(-0.06)), puff=0.008)
        c.paint(box(0.725, y + 0.012, 0.758, y + 0.055, 0.008) - box(0.733, y + 0.02, 0.75, y + 0.047, 0.004), GOLD,
            METAL, puff=0.006)
    elif trim == 1:
        bow = path([(0.30, 0.672, 0), (0.235, 0.625), (0.245, 0.695), (0.30, 0.682, 0), (0.36, 0.715), (0.36, 0.64)])
        c.paint(bow, c.stuff(c.accent), puff=0.02, cast=0.25)
        c.paint(ellipse(0.30, 0.677, 0.014), c.stuff(c.accent), puff=0.01, cast=0.2)


def draw_boot(c: Canvas) -> None:
    shaft = {"ankle": c.vary(0.33, 0.38), "knee-high": 0.07}[c.shape("height")]
    width = c.vary(0.0, 0.02)
    style = int(c.rng.integers(3))
    heel = path([(0.70, 0.76, 0), (0.885, 0.75, 0), (0.875, 0.865, 0), (0.715, 0.865, 0)])
    c.paint(heel, c.stuff(c.tone(-0.45), "leather"), LEATHER, puff=0.02)
    body = path([(0.885, 0.775, 0), (0.89, 0.68), (0.862 + width, 0.52), (0.868 + width, shaft + 0.08),
        (0.875 + width, shaft, 0), (0.70, shaft + 0.018), (0.555 - width, shaft + 0.004, 0), (0.565, shaft + 0.1),
        (0.585, 0.55), (0.50, 0.655), (0.33, 0.70), (0.20, 0.74), (0.145, 0.815, 0), (0.40, 0.82), (0.6, 0.79)])
    c.paint(ellipse(0.715, shaft + 0.006, 0.16 + width, 0.022), mix(LINING, BLACK, 0.3), CLOTH)
    c.paint(body, c.cloth, puff=0.075)
    for x0, y0, x1, y1 in ((0.56, 0.62, 0.68, 0.66), (0.58, 0.57, 0.70, 0.60), (0.80, 0.60, 0.88, 0.58)):
        c.shadow(stroke([(x0, y0), ((x0 + x1) / 2, (y0 + y1) / 2 + 0.012), (x1, y1)], 0.012, 0.003), 0.25, 0.008, body)
    if style == 0:
        panel = path([(0.66, shaft + 0.03, 0), (0.77, shaft + 0.03, 0), (0.735, shaft + 0.2), (0.72, 0.62, 0),
            (0.69, shaft + 0.2)])
        c.paint(panel, c.stuff(c.accent, "corduroy"), CLOTH, puff=0.012, within=body)
    elif style == 1:
        count = 6 if shaft > 0.2 else 11
        for i in range(count):
            t = i / (count - 1)
            y = shaft + 0.05 + (0.60 - shaft - 0.05) * t
            c.paint(stroke([(0.555, y), (0.60, y + 0.016), (0.645, y - 0.002)], 0.016), c.accent, CLOTH, puff=0.008,
                cast=0.2, within=body)
    else:
        c.paint(stroke([(0.555, 0.60), (0.70, 0.635), (0.885, 0.62)], 0.034), c.stuff(c.accent, "leather"), LEATHER,
            puff=0.014, cast=0.2, within=body)
        c.paint(box(0.685, 0.605, 0.735, 0.66, 0.01) - box(0.697, 0.618, 0.723, 0.647, 0.006), GOLD, METAL, puff=0.008,
            cast=0.2)
    if shaft > 0.2 or style == 2:
        c.paint(stroke([(0.556, shaft + 0.012), (0.71, shaft + 0.03), (0.874, shaft + 0.012)], 0.024),
            c.stuff(c.tone(-0.2)), puff=0.01, within=body)
    sole = path([(0.13, 0.800, 0), (0.40, 0.808), (0.60, 0.782), (0.72, 0.755), (0.895, 0.750, 0), (0.893, 0.79, 0),
        (0.73, 0.80), (0.60, 0.835), (0.42, 0.865), (0.16, 0.862, 0)])
    c.paint(sole, c.stuff((0.22, 0.17, 0.14), "rubber"), LEATHER, puff=0.014, cast=0.2)


def draw_sandal(c: Canvas) -> None:
    style = c.shape("style")
    rise = c.vary(0.0, 0.05)
    sole = path([(0.10, 0.68, 0), (0.3, 0.672), (0.60, 0.655 - rise), (0.90, 0.625 - rise, 0), (0.915, 0.67 - rise),
        (0.90, 0.718, 0), (0.60, 0.712), (0.20, 0.718, 0), (0.11, 0.708)])
    bed = stroke([(0.11, 0.676), (0.3, 0.669), (0.60, 0.652 - rise), (0.90, 0.622 - rise)], 0.026)
    far = mix(c.base, BLACK, 0.35)
    if style == "strappy":
        c.paint(stroke([(0.74, 0.64 - rise), (0.76, 0.52), (0.84, 0.45), (0.90, 0.62 - rise)], 0.034), far)
    c.paint(sole, c.stuff((0.30, 0.22, 0.17) if c.look.material != "rubber" else c.tone(-0.3), "cork"), LEATHER,
        puff=0.025)
    c.paint(bed, c.stuff((0.80, 0.66, 0.48), "suede"), LEATHER, puff=0.012)
    if style == "slide":
        band = path([(0.22, 0.685, 0), (0.28, 0.585), (0.38, 0.53), (0.48, 0.515, 0), (0.60, 0.53, 0), (0.62, 0.60),
            (0.615, 0.672, 0), (0.42, 0.69)])
        c.paint(band, c.cloth, puff=0.04, cast=0.2)
        for line in ([(0.24, 0.68), (0.30, 0.59), (0.40, 0.54), (0.49, 0.525)], [(0.605, 0.67), (0.61, 0.60), (0.595, 0.54)]):
            c.shadow(stroke(line, 0.005), 0.45, 0.003, band)
        c.paint(box(0.41, 0.575, 0.48, 0.635, 0.012) - box(0.426, 0.59, 0.464, 0.62, 0.006), GOLD, METAL, puff=0.008, cast=0.25)
    elif style == "flip-flop":
        c.paint(path([(0.235, 0.67, 0), (0.25, 0.60), (0.38, 0.55), (0.60, 0.645 - rise, 0), (0.655, 0.648 - rise, 0),
            (0.52, 0.53), (0.38, 0.50), (0.245, 0.545), (0.212, 0.672, 0)]), c.cloth, puff=0.03, cast=0.2)
        c.paint(ellipse(0.235, 0.60, 0.022), c.accent, puff=0.012, cast=0.2)
    else:
        for x, h in ((0.20, 0.085), (0.32, 0.125)):
            c.paint(path([(x, 0.672, 0), (x + 0.03, 0.675 - h), (x + 0.10, 0.66 - h), (x + 0.15, 0.668, 0),
                (x + 0.10, 0.67, 0), (x + 0.085, 0.70 - h), (x + 0.05, 0.71 - h), (x + 0.045, 0.672, 0)]), c.cloth,
                puff=0.02, cast=0.2)
        c.paint(stroke([(0.70, 0.65 - rise), (0.715, 0.53), (0.83, 0.46), (0.895, 0.49), (0.90, 0.62 - rise)], 0.036),
            c.cloth, puff=0.016, cast=0.2)
        c.paint(stroke([(0.715, 0.53), (0.60, 0.56), (0.45, 0.60)], 0.03), c.cloth, puff=0.014)
        c.paint(box(0.70, 0.505, 0.745, 0.55, 0.01) - box(0.711, 0.516, 0.734, 0.539, 0.005), STEEL, METAL, puff=0.008,
            cast=0.2)


def draw_loafer(c: Canvas) -> None:
    style = c.shape("style")
    inside = path([(0.87, 0.465, 0), (0.72, 0.49), (0.52, 0.515, 0), (0.62, 0.56), (0.80, 0.54)])
    c.paint(inside, LINING, LEATHER, fade=(0.85, 0.6))
    c.paint(path([(0.70, 0.70, 0), (0.89, 0.69, 0), (0.885, 0.77, 0), (0.72, 0.77, 0)]),
        c.stuff((0.20, 0.15, 0.12), "leather"), LEATHER, puff=0.015)
    upper = path([(0.885, 0.705, 0), (0.90, 0.58), (0.872, 0.462, 0), (0.80, 0.515), (0.68, 0.535), (0.565, 0.505),
        (0.485, 0.455, 0), (0.40, 0.485), (0.25, 0.565), (0.14, 0.63), (0.105, 0.715, 0), (0.40, 0.725), (0.70, 0.71)])
    c.paint(upper, c.cloth, puff=0.07)
    apron = stroke([(0.50, 0.60), (0.36, 0.605), (0.22, 0.62), (0.165, 0.645)], 0.014)
    c.shadow(apron.moved(0, 0.008), 0.4, 0.004, upper)
    c.paint(apron, c.stuff(c.tone(-0.12)), puff=0.008, within=upper)
    c.paint(path([(0.395, 0.49, 0), (0.475, 0.458, 0), (0.60, 0.66), (0.62, 0.72, 0), (0.50, 0.73, 0), (0.47, 0.64)]),
        c.stuff(c.tone(-0.22)), puff=0.018, within=upper, cast=0.2)
    if style == "penny":
        c.paint(path([(0.455, 0.555, 0), (0.505, 0.54, 0), (0.52, 0.575, 0), (0.47, 0.59, 0)]), BLACK)
    else:
        for dx, dy in ((0.0, 0.0), (-0.055, 0.005)):
            c.paint(path([(0.47 + dx, 0.53 + dy, 0), (0.495 + dx, 0.53 + dy, 0), (0.50 + dx, 0.61 + dy, 0),
                (0.445 + dx, 0.615 + dy, 0)]), c.stuff(c.accent, "corduroy"), puff=0.012, cast=0.25)
    c.paint(stroke([(0.10, 0.722), (0.40, 0.735), (0.70, 0.718), (0.895, 0.703)], 0.03),
        c.stuff((0.26, 0.19, 0.14), "leather"), LEATHER, puff=0.012, cast=0.2)


KINDS = (
    Kind("sneaker", "Sneakers", "运动鞋", "Shoes", draw_sneaker, (39, 169), {"height": ("low-top", "high-top")}, GOODS,
        ("plain", "plain", "plain", "camouflage", "gradient", "checked"), ("mesh", "leather", "canvas", "suede"), True,
        ("women", "men", "unisex", "kids"), EU_SHOES),
    Kind("high-heel", "High Heels", "高跟鞋", "Shoes", draw_heel, (49, 239), {"heel": ("stiletto", "block-heel", "wedge",
        "kitten-heel")}, (*CLOTHES, "gold", "silver"), ("plain", "plain", "plain", "leopard", "floral", "dotted"),
        ("leather", "patent", "suede", "satin"), audiences=("women",), sizes=EU_SHOES[:6]),
    Kind("boot", "Boots", "靴子", "Shoes", draw_boot, (69, 289), {"height": ("ankle", "knee-high")},
        (*HIDES, "grey", "olive"), ("plain",), ("leather", "suede", "patent"), True, ("women", "men"), EU_SHOES),
    Kind("sandal", "Sandals", "凉鞋", "Shoes", draw_sandal, (19, 119), {"style": ("strappy", "slide", "flip-flop")},
        (*HIDES, "yellow", "blue", "silver", "orange"), ("plain", "plain", "leopard", "striped"),
        ("leather", "rubber", "suede"), True, ("women", "men", "unisex"), EU_SHOES),
    Kind("loafer", "Loafers", "乐福鞋", "Shoes", draw_loafer, (59, 219), {"style": ("penny", "tassel")},
        (*HIDES, "grey", "blue"), ("plain", "plain", "leopard"), ("leather", "suede", "patent"), True, ("women", "men"),
        EU_SHOES),
)
