"""Colour names, English and Chinese, and their families: what a shopper would tick in a list."""

from __future__ import annotations

import colorsys
import re
import unicodedata
from functools import lru_cache

FAMILIES: dict[str, str] = {
    "Black": "black jet ebony onyx noir schwarz negro nero anthracite-black 黑 曜石",
    "Grey": "grey gray charcoal anthracite graphite slate gunmetal ash-grey heather melange gris grau grigio smoke "
    "pewter titanium 灰 石墨 炭",
    "White": "white ivory-white snow blanc weiss weiß blanco bianco alabaster pearl chalk 白 珍珠",
    "Cream": "cream ivory off-white offwhite eggshell ecru vanilla 米白 奶白 奶油 象牙 乳白",
    "Beige": "beige nude sand taupe khaki oatmeal stone champagne skin buff mushroom greige wheat 米 杏 裸 "
    "卡其 沙 燕麦 香槟 肤",
    "Brown": "brown tan camel chocolate coffee mocha chestnut cognac espresso tobacco mahogany rust sienna umber "
    "hazelnut marron braun walnut caramel toffee cocoa tortoise havana 棕 褐 驼 咖 咖啡 巧克力 啡 焦糖 栗",
    "Red": "red scarlet crimson ruby cherry vermilion brick rouge rot rojo rosso tomato poppy 红 紅 朱 赤 绯",
    "Burgundy": "burgundy maroon wine bordeaux oxblood claret merlot 酒红 酒紅 枣红 暗红 勃艮第",
    "Pink": "pink rose fuchsia magenta blush salmon coral-pink rosa hot-pink raspberry watermelon 粉 粉红 玫红 "
    "玫瑰 桃红 樱花 品红 洋红 藕",
    "Orange": "orange coral peach apricot tangerine terracotta amber pumpkin naranja 橙 橘 桔 珊瑚 琥珀",
    "Yellow": "yellow mustard lemon canary honey gelb jaune amarillo giallo maize saffron 黄 黃 柠檬 姜黄 鹅黄",
    "Green": "green mint emerald sage forest jade moss pistachio vert grün verde hunter lime apple fern "
    "bottle-green 绿 綠 薄荷 翡翠 墨绿 豆绿",
    "Olive": "olive army-green military 橄榄 军绿 軍綠",
    "Turquoise": "turquoise teal aqua cyan petrol seafoam peacock 青 湖蓝 孔雀 松石 绿松石 水蓝 青绿 蓝绿",
    "Blue": "blue navy indigo azure cobalt royal denim sky sapphire ultramarine bleu blau azul blu midnight "
    "cerulean marine 蓝 藍 藏青 藏蓝 "
    "深蓝 天蓝 宝蓝 海军 牛仔 靛",
    "Purple": "purple violet lilac lavender plum mauve aubergine eggplant orchid amethyst grape lila morado viola "
    "紫 丁香 薰衣草 紫罗兰 茄",
    "Gold": "gold golden brass gold-tone oro doré 金 香槟金 土豪金",
    "Silver": "silver chrome steel stainless nickel aluminium aluminum platinum silver-tone argent metallic metal "
    "galvanised galvanized iron zinc "
    "plata 银 銀 铬 不锈钢 金属",
    "Bronze": "bronze copper rose-gold rosegold antique-brass 铜 銅 古铜 青铜 玫瑰金",
    "Multicolor": "multicolor multicolour multi multicoloured multicolored assorted rainbow patterned various "
    "mixed colorful colourful floral "
    "camouflage camo print printed tie-dye 彩 花 多色 混色 拼色 迷彩 撞色 彩虹 五彩 七彩 渐变",
    "Transparent": "transparent clear colorless colourless translucent crystal see-through frosted glass 透明 无色 "
    "水晶",
    "Natural": "natural wood wooden pine birch oak beech ash acacia bamboo rattan seagrass softwood teak maple "
    "poplar alder cork jute linen-natural "
    "willow eucalyptus hyacinth spruce cherrywood raw untreated 原木 木 本 竹 藤",
}  # fmt: skip
"""Family → names of its shades. The last known word of an English name decides; in Chinese the longest name found."""

_FAMILY_OF = {name.replace("-", " "): family for family, names in FAMILIES.items() for name in names.split()}
_CHINESE = sorted((name for name in _FAMILY_OF if not name.isascii() and ord(name[0]) > 0x2E80), key=len, reverse=True)
_CHINESE_NAME = re.compile("|".join(map(re.escape, _CHINESE)))
_PAINTED = frozenset(
    {"stain", "stained", "lacquered", "painted", "coated", "varnished", "tinted", "effect", "tone", "toned", "plated"}
)
_BASIC = (
    "black",
    "white",
    "grey",
    "gray",
    "red",
    "green",
    "blue",
    "brown",
    "beige",
    "yellow",
    "pink",
    "orange",
    "purple",
)
_DEGREES = frozenset({"light", "dark", "pale", "deep", "bright", "baby", "ice", "sky", "off"})
_SEPARATOR = re.compile(r"\s*[,/;|&+、，；\n]\s*|\s+(?:and|with|und|et|x)\s+", re.IGNORECASE)
_HEX = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})\Z", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_COLOR_WORD = re.compile(r"[\s-]*\b(?:colou?r|colou?rs|coloured|colored|shade)\b", re.IGNORECASE)
MANY = 4


def family_of(name: str) -> str | None:
    """The family of one colour name (``"Dark Sea Green"``, ``藏青色``, ``#ff0000``); None when no word of it is
    known."""
    folded = unicodedata.normalize("NFKC", name).strip().lower()
    if hexed := _HEX.match(folded):
        return _family_of_hex(hexed[1])
    folded = " ".join(_COLOR_WORD.sub(" ", folded).replace("-", " ").split())
    if folded in _FAMILY_OF:
        return _FAMILY_OF[folded]
    if not folded.isascii() and (found := _CHINESE_NAME.findall(folded)):
        families = list(dict.fromkeys(_FAMILY_OF[each] for each in found))
        return families[-1]  # the head comes last: 玫瑰金, 蓝灰
    words = _WORD.findall(folded)
    for position, word in enumerate(words):  # what is painted has the colour of the paint
        if word in _PAINTED and position and (family := _FAMILY_OF.get(words[position - 1])):
            return family
    for position in range(len(words) - 1, -1, -1):
        pair = " ".join(words[position - 1 : position + 1]) if position else ""
        if family := _FAMILY_OF.get(pair) or _FAMILY_OF.get(words[position]) or _of_compound(words[position]):
            return family
    return None


def _of_compound(word: str) -> str | None:
    """``redbrown``, ``darkblue``: two words written as one."""
    for basic in _BASIC:
        start = word.removesuffix(basic)
        if start != word and (start in _FAMILY_OF or start in _DEGREES):
            return _FAMILY_OF[basic]
    return None


def _family_of_hex(digits: str) -> str:
    full = "".join(char * 2 for char in digits) if len(digits) == 3 else digits
    red, green, blue = (int(full[at : at + 2], 16) / 255 for at in (0, 2, 4))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    if light < 0.1:
        return "Black"
    if light > 0.95:
        return "White"
    if saturation < 0.12:
        return "Grey"
    degrees = hue * 360
    if 15 <= degrees < 50 and light < 0.4:
        return "Brown"
    bounds = (
        (15, "Red"),
        (45, "Orange"),
        (70, "Yellow"),
        (165, "Green"),
        (195, "Turquoise"),
        (260, "Blue"),
        (300, "Purple"),
        (345, "Pink"),
    )
    return next((name for bound, name in bounds if degrees < bound), "Red")


@lru_cache(maxsize=8192)
def parse_colors(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(families, shades) of a cell: ``"Navy Blue/off-white"`` → (Blue, Cream), (Navy Blue, off-white).

    A shade is the shop's own name where it says more than the family; names without a known family are shades only.
    Four families and more are Multicolor too.
    """
    families: dict[str, None] = {}
    shades: dict[str, None] = {}
    whole = family_of(text) if _FAMILY_OF.get(text.strip().lower().replace("-", " ")) else None
    for part in [text.strip()] if whole else _SEPARATOR.split(text):
        if not part:
            continue
        if (
            not part.isascii()
            and len(bare := _bare_chinese(part)) > 1
            and all(char in _FAMILY_OF for char in bare)
            and bare not in _FAMILY_OF
        ):
            families |= dict.fromkeys(_FAMILY_OF[char] for char in bare)  # 黑白: two colours in one word
            shades[part] = None
            continue
        family = family_of(part)
        if family:
            families[family] = None
        if family is None or _bare(part) != family.lower():
            shades[part] = None
    if len(families) >= MANY:
        families = {"Multicolor": None, **families}
    return tuple(families), tuple(shades)


def _bare_chinese(text: str) -> str:
    return text.strip().removesuffix("色").removesuffix("系")


def _bare(name: str) -> str:
    return _COLOR_WORD.sub("", name).strip().lower().replace("gray", "grey").replace("colour", "color")
