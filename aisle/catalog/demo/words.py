"""Titles, descriptions and reviews in English and Chinese, written from a product's attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aisle.catalog.demo.plan import Good
from aisle.catalog.demo.vocabulary import AUDIENCES, COLORS, MATERIALS, PATTERNS, SHAPES, Word


@dataclass(frozen=True)
class Style:
    """A manner of selling: adjectives and what one says of a product's use, by department's family."""

    adjectives: tuple[Word, ...]
    uses: tuple[Word, ...]
    care: tuple[Word, ...]


WEAR = Style(
    (
        Word("Vintage", "复古"), Word("Everyday", "百搭"), Word("Relaxed", "宽松"), Word("Elegant", "优雅"), Word("Lightweight", "轻薄"),
        Word("Soft", "柔软"), Word("Modern", "简约"), Word("Weekend", "休闲"), Word("Tailored", "修身"), Word("French-Style", "法式"),
        Word("Japanese-Style", "日系"), Word("Street", "潮流"),
    ),
    (
        Word("Wear it to the office or to a long lunch on Sunday.", "通勤约会都合适，周末出门随手一穿就好看。"),
        Word("Easy to layer from early spring until late autumn.", "春秋内搭外穿都行，叠穿也有型。"),
        Word("Cut to move with you, it keeps its shape all day.", "版型挺括不紧绷，活动自如，久穿不变形。"),
        Word("A quiet piece that goes with whatever you already own.", "不挑人、不挑搭配，衣橱里的常备款。"),
        Word("Made for city walks, train rides and evenings that run late.", "逛街、旅行、聚会一件搞定。"),
    ),
    (
        Word("Machine wash cold, dry in the shade.", "冷水机洗，阴凉处晾干。"), Word("Wash with similar colours.", "建议与同色衣物一起洗涤。"),
        Word("Fits true to size.", "尺码标准，按平时尺码选即可。"), Word("Take a size up for a looser fit.", "喜欢宽松可选大一码。"),
        Word("Hand wash recommended.", "建议手洗，呵护面料。"),
    ),
)  # fmt: skip
CARRY = Style(
    (
        Word("Classic", "经典"), Word("Minimal", "极简"), Word("Vintage", "复古"), Word("Everyday", "日常"), Word("Handmade", "手工"),
        Word("Lightweight", "轻便"), Word("Statement", "个性"), Word("Elegant", "气质"), Word("Travel", "旅行"), Word("City", "都市"),
    ),
    (
        Word("The detail that finishes an outfit without asking for attention.", "点睛不抢眼，一件提升整身质感。"),
        Word("Comes in a gift box, ready to be given.", "附礼盒包装，自用送礼都体面。"),
        Word("Light to carry and sturdy where it matters.", "轻便耐用，细节处处加固。"),
        Word("Looks better with every year of use.", "越用越有味道，经得起时间考验。"),
        Word("From the morning commute to a weekend away.", "上班通勤、短途出游都能搭。"),
    ),
    (
        Word("Wipe clean with a soft, dry cloth.", "用柔软干布擦拭即可。"), Word("Keep away from water and direct sun.", "避免长时间浸水和暴晒。"),
        Word("Stitched and finished by hand.", "手工走线，做工精细。"), Word("Two-year repair promise.", "两年免费维修。"),
    ),
)  # fmt: skip
HOME = Style(
    (
        Word("Nordic", "北欧"), Word("Rustic", "复古"), Word("Modern", "现代简约"), Word("Handmade", "手工"), Word("Cosy", "温馨"),
        Word("Artisan", "匠心"), Word("Mid-Century", "中古"), Word("Japanese-Style", "日式"), Word("Creative", "创意"), Word("Small-Space", "小户型"),
    ),
    (
        Word("It brings a calm note to the living room, the study or a small flat.", "客厅、书房、小户型都好搭，安静耐看。"),
        Word("Small irregularities are part of how it's made.", "手工制作，细微差异正是它的温度。"),
        Word("Made for daily use, pretty enough for guests.", "日常耐用，待客也拿得出手。"),
        Word("A welcome housewarming present.", "乔迁新居送礼优选。"),
        Word("Easy to set up: no tools, no fuss.", "到手即用，无需复杂安装。"),
    ),
    (
        Word("Wipe with a damp cloth.", "湿布擦拭即可清洁。"), Word("Packed twice against breakage.", "双层包装，破损包赔。"),
        Word("Tested for daily use.", "通过日常耐用测试。"), Word("Responsibly sourced materials.", "选材环保，无异味。"),
    ),
)  # fmt: skip
TECH = Style(
    (
        Word("Smart", "智能"), Word("Slim", "超薄"), Word("Wireless", "无线"), Word("Pro", "专业级"), Word("Quiet", "静音"),
        Word("Fast", "高速"), Word("Portable", "便携"), Word("Studio", "高保真"), Word("Everyday", "家用"),
    ),
    (
        Word("Set up in a minute, and out of your way from then on.", "开机即用，一分钟完成设置。"),
        Word("The battery lasts through a long day and charges over lunch.", "续航一整天，午休时间就能充满。"),
        Word("Solid in the hand, with keys and edges that feel right.", "手感扎实，边角打磨圆润。"),
        Word("At home on the desk and in the travel bag.", "桌面办公、差旅随身两相宜。"),
    ),
    (
        Word("USB-C cable in the box.", "附赠USB-C数据线。"), Word("Two-year warranty.", "两年质保，全国联保。"),
        Word("Firmware updates for five years.", "五年固件更新支持。"), Word("Thirty-day returns.", "30天无理由退换。"),
    ),
)  # fmt: skip
FUN = Style(
    (
        Word("Classic", "经典"), Word("Playful", "趣味"), Word("Colourful", "多彩"), Word("Outdoor", "户外"), Word("Training", "训练"),
        Word("Starter", "入门"), Word("Gift", "礼物"), Word("Creative", "创意"), Word("Premium", "高品质"), Word("Cute", "可爱"),
    ),
    (
        Word("Ready for the garden, the park or a rainy afternoon indoors.", "公园、草坪、家里都能玩。"),
        Word("A present that's opened first and kept longest.", "生日节日送礼，拆开就爱不释手。"),
        Word("Sturdy enough for beginners, good enough to keep.", "新手友好，进阶也够用。"),
        Word("Takes knocks, spills and the bottom of a bag.", "耐磕耐摔，随手一放也不怕。"),
    ),
    (
        Word("Rounded edges, safe colours.", "圆角设计，安心用色。"), Word("Checked by hand before it's sent.", "出厂逐件质检。"),
        Word("Recyclable packaging.", "可回收环保包装。"), Word("Spare parts available.", "配件可单独购买。"),
    ),
)  # fmt: skip
STYLES: Mapping[str, Style] = {
    "Clothing": WEAR, "Women's Clothing": WEAR, "Shoes": WEAR, "Bags": CARRY, "Accessories": CARRY, "Furniture": HOME, "Home": HOME,
    "Kitchen": HOME, "Electronics": TECH, "Toys": FUN, "Sports": FUN, "Stationery": FUN, "Beauty": CARRY,
}  # fmt: skip
DEPARTMENTS: Mapping[str, str] = {
    "Clothing": "服装", "Women's Clothing": "女装", "Shoes": "鞋靴", "Bags": "箱包", "Accessories": "配饰", "Furniture": "家具", "Home": "家居",
    "Kitchen": "厨房", "Electronics": "数码", "Toys": "玩具", "Sports": "运动户外", "Stationery": "文具", "Beauty": "美妆",
}  # fmt: skip


@dataclass(frozen=True)
class Copy:
    """The words of one product in both languages."""

    title: str
    title_zh: str
    description: str
    description_zh: str


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _once(words: list[str]) -> list[str]:
    """Without words that are already said by an earlier one ("真皮" beside "漆皮真皮")."""
    kept: list[str] = []
    for word in words:
        if word and not any(word in other or other in word for other in kept):
            kept.append(word)
    return kept


def copy_of(good: Good, rng: np.random.Generator) -> Copy:
    """Title and description of a product; ``rng`` chooses the wording."""
    kind, look = good.kind, good.look
    style = STYLES[kind.department]
    adjective = style.adjectives[int(rng.integers(len(style.adjectives)))]
    shapes = [SHAPES[value] for value in look.shape.values()]
    main = shapes[0] if shapes else Word("", "")
    extra = shapes[int(rng.integers(1, len(shapes)))] if len(shapes) > 1 and rng.random() < 0.6 else Word("", "")
    pattern = PATTERNS[look.pattern] if look.pattern != "plain" else Word("", "")
    material = MATERIALS[look.material]
    color, second = COLORS[look.color], COLORS[look.second] if look.second else None
    audience = AUDIENCES[good.audience] if good.audience else Word("", "")
    tone = color.en if second is None else f"{color.en} and {second.en}"
    tone_zh = color.zh if second is None else f"{color.zh.removesuffix('色')}{second.zh.removesuffix('色')}拼色"
    en = (
        f"{good.brand.en} {adjective.en} {pattern.en} {main.en} {kind.en}, {tone}",
        f"{audience.en} {material.en} {extra.en} {main.en} {kind.en} in {tone} by {good.brand.en}",
        f"{good.brand.en} {audience.en} {pattern.en} {material.en} {kind.en} – {main.en} – {tone}".replace("–  –", "–"),
        f"{adjective.en} {color.en} {pattern.en} {extra.en} {main.en} {kind.en} | {good.brand.en}",
        f"{good.brand.en} {kind.en} {main.en} {material.en} {tone}",
    )
    who_zh = {"": "", "女": "女士", "男": "男士", "男女同款": "男女同款", "儿童": "儿童"}[audience.zh]
    kind_zh = kind.zh
    core = "".join(_once([pattern.zh, material.zh, extra.zh, main.zh]))
    zh = (
        f"{good.brand.zh} {adjective.zh}{core}{kind_zh} {who_zh} {tone_zh}",
        f"{adjective.zh}{''.join(_once([pattern.zh, material.zh]))}{kind_zh} {main.zh} {who_zh}",
        f"【{good.brand.zh}】{color.zh}{''.join(_once([pattern.zh, main.zh]))}{kind_zh} {material.zh} {who_zh}",
        f"{good.brand.zh}{who_zh if who_zh != '男女同款' else ''}{main.zh}{kind_zh} {adjective.zh}{pattern.zh} {tone_zh}",
        f"{tone_zh}{''.join(_once([material.zh, main.zh]))}{kind_zh} {adjective.zh}{'男女同款' if good.audience == 'unisex' else '新款'}",
    )
    title = (
        _squeezed(en[int(rng.integers(len(en)))].replace(f"{kind.en} {kind.en}", kind.en))
        .replace(" ,", ",")
        .strip(" –|")
    )
    title_zh = _squeezed(zh[int(rng.integers(len(zh)))].replace(f"{kind_zh}{kind_zh}", kind_zh))
    use = style.uses[int(rng.integers(len(style.uses)))]
    care = style.care[int(rng.integers(len(style.care)))]
    return Copy(
        title, title_zh, *_description(good, adjective, shapes, pattern, material, tone, tone_zh, use, care, rng)
    )


def _description(
    good: Good,
    adjective: Word,
    shapes: list[Word],
    pattern: Word,
    material: Word,
    tone: str,
    tone_zh: str,
    use: Word,
    care: Word,
    rng: np.random.Generator,
) -> tuple[str, str]:
    kind = good.kind
    name = kind.en if kind.en.isupper() or kind.en[1:2] in "-" else kind.en.lower()
    details = ", ".join(word.en.lower() for word in shapes)
    traits = f"{tone.lower()}{' with a ' + pattern.en.lower() + ' pattern' if pattern.en else ''}"
    article = "An" if adjective.en[0] in "AEIOU" else "A"
    of = material.en.lower()
    en = (
        f"{article} {adjective.en.lower()} {name} in {traits}. Made of {of}{'; ' + details if details else ''}. {use.en} {care.en}",
        f"{use.en} This {name} comes in {traits}{' (' + details + ')' if details else ''}, and is made of {of}. {care.en}",
        f"{good.brand.en} made this {details + ' ' if details else ''}{name} of {of}, in {traits}. {care.en} {use.en}",
        f"Looking for a {adjective.en.lower()} {name}? Here it is in {traits}. Material: {of}. {use.en}",
    )
    details_zh = "、".join(dict.fromkeys(word.zh for word in shapes))
    pattern_zh = f"{pattern.zh}设计，" if pattern.zh else ""
    zh = (
        f"{adjective.zh}风格的{kind.zh}，{tone_zh}，{pattern_zh}{material.zh}材质{'，' + details_zh if details_zh else ''}。{use.zh}{care.zh}",
        f"{use.zh}这款{kind.zh}选用{material.zh}材质，{pattern_zh}{tone_zh}{'，款式：' + details_zh if details_zh else ''}。{care.zh}",
        f"{good.brand.zh}出品，{details_zh + '款，' if details_zh else ''}{tone_zh}{pattern.zh}{kind.zh}，{material.zh}材质。{care.zh}{use.zh}",
        f"想找一款{adjective.zh}的{kind.zh}？{tone_zh}，{pattern_zh}{material.zh}质感在线。{use.zh}",
    )
    choice = int(rng.integers(len(en)))
    return _squeezed(en[choice]), zh[choice]


PRAISE = (
    Word("Exactly as in the picture, the colour is lovely.", "和图片一样，颜色很正，很喜欢。"),
    Word("Very well made for the price, would buy again.", "做工不错，性价比高，会回购。"),
    Word("My second one. It holds up well.", "第二次买了，质量一如既往地好。"),
    Word("Arrived quickly and nicely packed. It feels solid.", "物流快，包装仔细，手感扎实。"),
    Word("A present for my sister, she loves it.", "送给姐姐的，她特别喜欢。"),
    Word("Better than I expected, and people ask where it's from.", "比想象中好，好多人问链接。"),
)
SHRUGS = (
    Word("Nice, though a little smaller than I thought.", "还可以，就是比想象中小一点。"),
    Word("Good quality, but delivery took almost two weeks.", "质量还行，就是快递太慢了。"),
    Word("Fine for daily use, nothing special.", "日常用用可以，中规中矩。"),
    Word("The colour is a bit darker than on my screen.", "颜色比图片深一点，能接受。"),
)
COMPLAINTS = (
    Word("It arrived with a scratch, and the smell took days to go.", "收到有划痕，还有味道，散了好几天。"),
    Word("Not worth the money, the finish is poor.", "不值这个价，做工粗糙。"),
    Word("Broke after two weeks. Disappointed.", "用了两周就坏了，很失望。"),
)
MOODS = ((5, PRAISE), (4, PRAISE), (4, SHRUGS), (3, SHRUGS), (2, COMPLAINTS), (1, COMPLAINTS))
MOOD_SHARES = (0.42, 0.2, 0.16, 0.11, 0.06, 0.05)


@dataclass(frozen=True)
class Review:
    rating: int
    text: str
    language: str


def review_of(good: Good, rng: np.random.Generator) -> Review:
    """One shopper's opinion, in Chinese or English."""
    rating, texts = MOODS[int(rng.choice(len(MOODS), p=MOOD_SHARES))]
    text = texts[int(rng.integers(len(texts)))]
    chinese = bool(rng.random() < 0.5)
    kind = good.kind
    detail = (
        Word(
            f"The {MATERIALS[good.look.material].en.lower()} looks right.",
            f"{MATERIALS[good.look.material].zh}质感不错。",
        ),
        Word(
            f"I wanted a {COLORS[good.look.color].en.lower()} {kind.en.lower()}.",
            f"一直想要{COLORS[good.look.color].zh}的{kind.zh}。",
        ),
        Word("", ""),
    )[int(rng.integers(3)) if rating > 3 else 2]
    return Review(
        rating, _squeezed(f"{text.en} {detail.en}") if not chinese else text.zh + detail.zh, "zh" if chinese else "en"
    )
