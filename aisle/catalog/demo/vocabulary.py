"""Words of the demo shop in English and Chinese: colours, patterns, materials, shapes, audiences, brands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    en: str
    zh: str


@dataclass(frozen=True)
class Color:
    en: str
    zh: str
    rgb: tuple[float, float, float]


def _color(en: str, zh: str, code: str) -> Color:
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return Color(en, zh, (red, green, blue))


COLORS: Mapping[str, Color] = {
    "black": _color("Black", "黑色", "26262a"),
    "white": _color("White", "白色", "f3f2ee"),
    "grey": _color("Grey", "灰色", "8d9095"),
    "silver": _color("Silver", "银色", "c3c6ca"),
    "beige": _color("Beige", "米色", "dcc9a8"),
    "brown": _color("Brown", "棕色", "7a4b2c"),
    "red": _color("Red", "红色", "c22f33"),
    "burgundy": _color("Burgundy", "酒红色", "6d1f33"),
    "pink": _color("Pink", "粉色", "eda3b4"),
    "orange": _color("Orange", "橙色", "e5782b"),
    "yellow": _color("Yellow", "黄色", "ecc043"),
    "green": _color("Green", "绿色", "3f8a58"),
    "olive": _color("Olive", "橄榄绿", "76753f"),
    "mint": _color("Mint", "薄荷绿", "a9d8c3"),
    "blue": _color("Blue", "蓝色", "3a73b9"),
    "sky blue": _color("Sky Blue", "天蓝色", "92c1e6"),
    "navy": _color("Navy", "藏青色", "24355a"),
    "purple": _color("Purple", "紫色", "79509c"),
    "lavender": _color("Lavender", "浅紫色", "c1b1de"),
    "gold": _color("Gold", "金色", "d0a24b"),
}

PATTERNS: Mapping[str, Word] = {
    "plain": Word("Plain", "纯色"),
    "striped": Word("Striped", "条纹"),
    "pinstriped": Word("Pinstriped", "细条纹"),
    "checked": Word("Checked", "格子"),
    "tartan": Word("Tartan", "苏格兰格纹"),
    "dotted": Word("Polka Dot", "波点"),
    "zigzag": Word("Zigzag", "锯齿纹"),
    "argyle": Word("Argyle", "菱格"),
    "floral": Word("Floral", "碎花"),
    "starry": Word("Star Print", "星星印花"),
    "leafy": Word("Leaf Print", "叶子印花"),
    "leopard": Word("Leopard Print", "豹纹"),
    "camouflage": Word("Camouflage", "迷彩"),
    "marbled": Word("Marbled", "大理石纹"),
    "gradient": Word("Ombre", "渐变"),
    "colour-block": Word("Two-Tone", "拼色"),
}

MATERIALS: Mapping[str, Word] = {
    "cotton": Word("Cotton", "纯棉"),
    "linen": Word("Linen", "亚麻"),
    "silk": Word("Silk", "真丝"),
    "satin": Word("Satin", "缎面"),
    "chiffon": Word("Chiffon", "雪纺"),
    "wool": Word("Wool", "羊毛"),
    "knit": Word("Knitted", "针织"),
    "fleece": Word("Fleece", "抓绒"),
    "denim": Word("Denim", "牛仔"),
    "corduroy": Word("Corduroy", "灯芯绒"),
    "velvet": Word("Velvet", "丝绒"),
    "plush": Word("Plush", "毛绒"),
    "leather": Word("Leather", "真皮"),
    "suede": Word("Suede", "麂皮"),
    "patent": Word("Patent Leather", "漆皮"),
    "canvas": Word("Canvas", "帆布"),
    "nylon": Word("Nylon", "尼龙"),
    "polyester": Word("Polyester", "涤纶"),
    "mesh": Word("Mesh", "网面"),
    "rubber": Word("Rubber", "橡胶"),
    "silicone": Word("Silicone", "硅胶"),
    "plastic": Word("Plastic", "塑料"),
    "resin": Word("Resin", "树脂"),
    "acetate": Word("Acetate", "板材"),
    "ceramic": Word("Ceramic", "陶瓷"),
    "porcelain": Word("Porcelain", "骨瓷"),
    "stoneware": Word("Stoneware", "粗陶"),
    "clay": Word("Terracotta", "红陶"),
    "concrete": Word("Concrete", "水泥"),
    "enamel": Word("Enamel", "珐琅"),
    "glass": Word("Glass", "玻璃"),
    "steel": Word("Stainless Steel", "不锈钢"),
    "aluminium": Word("Aluminium", "铝合金"),
    "iron": Word("Cast Iron", "铸铁"),
    "brass": Word("Brass", "黄铜"),
    "gold": Word("Gold-Plated", "镀金"),
    "silver": Word("Sterling Silver", "925银"),
    "wood": Word("Wooden", "实木"),
    "oak": Word("Oak", "橡木"),
    "walnut": Word("Walnut", "胡桃木"),
    "bamboo": Word("Bamboo", "竹制"),
    "rattan": Word("Rattan", "藤编"),
    "straw": Word("Straw", "草编"),
    "jute": Word("Jute", "黄麻"),
    "cork": Word("Cork", "软木"),
    "paper": Word("Paper", "纸质"),
}

SHAPES: Mapping[str, Word] = {
    # sleeves, necks, lengths, cuts
    "sleeveless": Word("Sleeveless", "无袖"), "short-sleeve": Word("Short-Sleeve", "短袖"),
    "long-sleeve": Word("Long-Sleeve", "长袖"), "puff-sleeve": Word("Puff-Sleeve", "泡泡袖"),
    "round-neck": Word("Crew-Neck", "圆领"), "v-neck": Word("V-Neck", "V领"), "square-neck": Word("Square-Neck", "方领"),
    "strapless": Word("Strapless", "抹胸"), "high-neck": Word("Turtleneck", "高领"), "mini": Word("Mini", "短款"),
    "midi": Word("Midi", "中长款"), "maxi": Word("Maxi", "长款"), "a-line": Word("A-Line", "A字"), "pencil": Word("Pencil", "包臀"),
    "pleated": Word("Pleated", "百褶"), "straight": Word("Straight-Leg", "直筒"), "slim": Word("Slim-Fit", "修身"),
    "flared": Word("Flared", "喇叭"), "wide": Word("Wide-Leg", "阔腿"), "cropped": Word("Cropped", "短款"),
    "regular": Word("Regular", "常规款"), "long": Word("Long", "长款"), "short": Word("Short", "短款"),
    "zip": Word("Zip-Up", "拉链"), "pullover": Word("Pullover", "套头"), "bomber": Word("Bomber", "飞行员"),
    "biker": Word("Biker", "机车"), "quilted": Word("Quilted", "绗缝"), "single": Word("Single-Breasted", "单排扣"),
    "double": Word("Double-Breasted", "双排扣"),
    # shoes
    "low-top": Word("Low-Top", "低帮"), "high-top": Word("High-Top", "高帮"), "stiletto": Word("Stiletto", "细跟"),
    "block-heel": Word("Block-Heel", "粗跟"), "wedge": Word("Wedge", "坡跟"), "kitten-heel": Word("Kitten-Heel", "猫跟"),
    "ankle": Word("Ankle", "短筒"), "knee-high": Word("Knee-High", "长筒"), "strappy": Word("Strappy", "绑带"),
    "slide": Word("Slide", "一字"), "flip-flop": Word("Flip-Flop", "人字"), "penny": Word("Penny", "便士"),
    "tassel": Word("Tassel", "流苏"),
    # bags, hats and accessories
    "large": Word("Large", "大号"), "small": Word("Small", "小号"), "top-handle": Word("Top-Handle", "手提"),
    "shoulder": Word("Shoulder", "单肩"), "bucket": Word("Bucket", "水桶"), "saddle": Word("Saddle", "马鞍"),
    "roll-top": Word("Roll-Top", "卷盖"), "flap": Word("Flap", "翻盖"), "bifold": Word("Bifold", "对折"),
    "baseball": Word("Baseball", "棒球"), "trucker": Word("Trucker", "网眼"), "pompom": Word("Pompom", "毛球"),
    "cuffed": Word("Cuffed", "翻边"), "fringed": Word("Fringed", "流苏"), "folded": Word("Folded", "叠折"),
    "bow": Word("Bow", "蝴蝶结"), "wide-brim": Word("Wide-Brim", "宽檐"), "fedora": Word("Fedora", "礼帽"),
    "round": Word("Round", "圆形"), "square": Word("Square", "方形"), "rectangular": Word("Rectangular", "长方形"),
    "oval": Word("Oval", "椭圆形"), "aviator": Word("Aviator", "飞行员"), "cat-eye": Word("Cat-Eye", "猫眼"),
    "solitaire": Word("Solitaire", "单钻"), "band": Word("Band", "素圈"), "cluster": Word("Halo", "群镶"),
    "pendant": Word("Pendant", "吊坠"), "beaded": Word("Beaded", "串珠"), "open": Word("Open", "长柄"),
    "closed": Word("Folded", "收拢"), "spinner": Word("Four-Wheel", "万向轮"), "ribbed": Word("Ribbed", "竖纹"),
    # home and kitchen
    "tall": Word("Tall", "高款"), "bulbous": Word("Bulbous", "圆肚"), "cylinder": Word("Cylinder", "直筒"),
    "bottle": Word("Bottle-Neck", "细颈"), "cone": Word("Cone-Shade", "锥形灯罩"), "dome": Word("Dome-Shade", "圆顶灯罩"),
    "drum": Word("Drum-Shade", "圆筒灯罩"), "globe": Word("Globe", "球形"), "arm": Word("Swing-Arm", "摇臂"),
    "straight-arm": Word("Track-Arm", "直扶手"), "spindle": Word("Spindle-Back", "温莎"), "panel": Word("Panel-Back", "靠背"), "shell": Word("Shell", "贝壳"),
    "two-seat": Word("Two-Seater", "双人"), "three-seat": Word("Three-Seater", "三人"), "rolled": Word("Rolled-Arm", "卷扶手"),
    "tripod": Word("Three-Legged", "三脚"), "four-leg": Word("Four-Legged", "四脚"), "drawers": Word("Drawer", "抽屉"),
    "ladder": Word("Ladder", "梯形"), "arched": Word("Arched", "拱形"), "footed": Word("Footed", "高脚"),
    "hanging": Word("Hanging", "吊挂"), "tapered": Word("Tapered", "收口"), "jar": Word("Jar", "杯装"),
    "pillar": Word("Pillar", "柱形"), "wide-mug": Word("Wide", "大口"), "espresso": Word("Espresso", "浓缩"),
    "travel": Word("Travel", "随行"), "deep": Word("Deep", "深"), "shallow": Word("Shallow", "浅"),
    "gooseneck": Word("Gooseneck", "细嘴"), "whistling": Word("Whistling", "鸣笛"), "chef": Word("Chef's", "主厨"),
    "bread": Word("Bread", "面包"), "paring": Word("Paring", "水果"), "cleaver": Word("Cleaver", "中式"),
    "stemmed": Word("Stemmed", "高脚"), "tumbler": Word("Tumbler", "平底"), "handled": Word("Handled", "带把手"),
    "lidded": Word("Lidded", "带盖"),
    # electronics
    "over-ear": Word("Over-Ear", "头戴式"), "on-ear": Word("On-Ear", "贴耳式"), "triple-camera": Word("Triple-Camera", "三摄"),
    "dual-camera": Word("Dual-Camera", "双摄"), "compact": Word("Compact", "便携"), "retro": Word("Retro", "复古"),
    "full-size": Word("Full-Size", "全尺寸"), "tenkeyless": Word("Tenkeyless", "87键"), "thin": Word("Ultra-Thin", "轻薄"),
    "gaming": Word("Gaming", "电竞"), "ergonomic": Word("Ergonomic", "人体工学"), "bookshelf": Word("Bookshelf", "书架"),
    "portable": Word("Portable", "便携式"), "smart": Word("Smart", "智能"), "classic": Word("Classic", "经典"),
    "chronograph": Word("Chronograph", "多功能计时"), "digital": Word("Digital", "数显"),
    # toys, sport, stationery, beauty
    "football": Word("Football", "足球"), "basketball": Word("Basketball", "篮球"), "tennis": Word("Tennis", "网球"),
    "volleyball": Word("Volleyball", "排球"), "sitting": Word("Sitting", "坐姿"), "standing": Word("Standing", "站姿"),
    "tower": Word("Tower", "塔形"), "castle": Word("Castle", "城堡"), "race": Word("Racing", "赛车"),
    "truck": Word("Pick-Up", "皮卡"), "vintage": Word("Vintage", "老爷车"), "cruiser": Word("Cruiser", "长板"),
    "street": Word("Street", "双翘"), "road": Word("Road", "公路"), "urban": Word("Urban", "城市"),
    "hexagonal": Word("Hexagonal", "六角"), "kettlebell": Word("Kettlebell", "壶铃"), "spiral": Word("Spiral", "线圈"),
    "bound": Word("Hardcover", "精装"), "ballpoint": Word("Ballpoint", "圆珠"), "fountain": Word("Fountain", "钢"),
    "spray": Word("Spray", "喷雾"), "pump": Word("Pump", "按压"), "tube": Word("Tube", "管装"), "bullet": Word("Bullet", "子弹头"),
    "gloss": Word("Gloss", "唇釉"), "flask": Word("Flask", "保温"), "straw-lid": Word("Straw-Lid", "吸管"),
    "sport-cap": Word("Sports", "运动"), "badminton": Word("Badminton", "羽毛球"), "table-tennis": Word("Table Tennis", "乒乓球"), "thick": Word("Extra-Thick", "加厚"), "paddle": Word("Paddle", "气垫"),
}  # fmt: skip

AUDIENCES: Mapping[str, Word] = {
    "women": Word("Women's", "女"),
    "men": Word("Men's", "男"),
    "unisex": Word("Unisex", "男女同款"),
    "kids": Word("Kids'", "儿童"),
}

BRANDS: tuple[Word, ...] = (
    Word("Marlowe & Finch", "马洛与雀"), Word("Nordhaven", "北港"), Word("Linden Row", "椴树街"), Word("Kestrel", "红隼"),
    Word("Ombra", "欧布拉"), Word("Juniper Lane", "杜松巷"), Word("Tallis", "塔利斯"), Word("Hazelwick", "榛屋"),
    Word("Solvei", "索薇"), Word("Pelican Yard", "鹈鹕庭"), Word("Quillon", "奎隆"), Word("Aster & Oak", "紫菀与橡"),
    Word("Velora", "薇罗拉"), Word("Brightwater", "明水"), Word("Corvane", "柯梵"), Word("Mistral Works", "西风工坊"),
    Word("Ferrow", "菲罗"), Word("Lumenary", "流明纳"), Word("Okomori", "奥古森"), Word("Sandpiper", "矶鹬"),
    Word("Tidewell", "潮井"), Word("Wrenfield", "鹪鹩原"), Word("Zephyra", "泽菲拉"), Word("Yunqi", "云栖"),
    Word("Qingmu", "青木集"), Word("Shanlan", "山岚"), Word("Banxia", "半夏"), Word("Nanfeng", "南风里"),
)  # fmt: skip
"""All invented."""

SELLERS: tuple[str, ...] = (
    "Harbour Street Goods", "Aisle Direct", "Little Lantern Shop", "Northlight Outlet", "云朵生活馆", "拾光百货", "The Corner Cabinet",
    "Maple & Co. Store", "木几良品", "Bluebird Trading", "春风里旗舰店", "Everyday Depot",
)  # fmt: skip
