"""Queries drawn from the lexicon, catalogs' brands and wordings of our own, with what each of their parts says and what they ask of the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aisle.types import Intent, SlotKind
from aisle.understanding.lexicon import Entry, Lexicon

KINDS: Mapping[str, SlotKind] = {
    "type": SlotKind.TYPE, "item": SlotKind.TYPE, "brand": SlotKind.BRAND, "color": SlotKind.COLOR,
    "material": SlotKind.MATERIAL, "pattern": SlotKind.PATTERN, "gender": SlotKind.AUDIENCE,
    "usage": SlotKind.OCCASION, "season": SlotKind.OCCASION, "quality": SlotKind.FEATURE, "shape": SlotKind.FEATURE,
}  # fmt: skip
"""The lexicon's kinds → those of slots."""
STYLES = frozenset(
    ("Vintage", "Modern", "Minimalist", "Elegant", "Cute", "Luxury", "Fashionable", "Retro", "Classic", "Casual", "Formal",
     "Ethnic", "Bohemian", "Rustic", "Industrial")
)  # fmt: skip
NO_FEATURES = frozenset(("New", "Cheap", "Discount", "Gift", "Set", "Medium", "Luxury"))
"""Qualities that are wishes of the shop or too many things at once."""
LARGE = frozenset(("Large", "Small", "Mini", "Compact", "Full-Size"))
"""Qualities and shapes that are sizes."""

SIZES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "xs", "s", "m", "l", "xl", "xxl", "2xl", "3xl", "small", "medium", "large", "extra large", "plus size", "size |8", "size |10|",
        "size |42", "size |m", "size |xl", "petite", "king size", "queen size", "twin", "full size", "king", "queen", "one size", "us |9",
        "eu |38", "uk |6", "34x32", "32d", "kids size |3", "mini", "compact", "oversized", "55 inch", "32\"", "15.6 inch", "128gb", "1tb", "64 gb",
        "5x7", "8x10", "12 oz", "2 person", "6 feet", "3 ft", "24 inch", "10\"", "90x200", "tall", "double", "full", "50 inch",
    ),
    "zh": (
        "S|码", "M|码", "L|码", "XL", "XXL", "大码", "小码", "加大码", "均码", "42|码", "38|码", "xl|码", "特大号", "大号", "小号", "中号", "加肥加大", "1.8m|床", "迷你", "大",
        "小", "55寸", "128g", "500ml", "1.5米", "15.6英寸", "双人", "单人", "大容量", "32寸", "8寸", "超大", "1米8", "20寸",
    ),
}  # fmt: skip
"""What lies between bars is said of no size."""
AUDIENCES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "men", "men|'s", "mens", "women", "women|'s", "womens", "ladies", "lady", "girls", "boys", "kids", "children", "baby", "toddler",
        "teens", "unisex", "my |wife", "my |husband", "my |mom", "dad", "grandma", "girlfriend", "boyfriend", "newborn", "my |son",
        "my |daughter", "3 year old", "seniors", "dogs", "cats", "pets", "beginners", "students", "kid|'s", "girl|'s", "boy|'s", "dog", "cat", "nurses",
        "teachers", "girl", "boy", "child", "adults", "adult", "men s", "10 year old boy", "puppy", "infants",
    ),
    "zh": (
        "男", "女", "男|士", "女|士", "男|款", "女|款", "女生", "男生", "儿童", "男童", "女童", "婴儿", "宝宝", "孕妇", "老人", "中老年", "学生", "小孩",
        "妈妈", "爸爸", "情侣", "老婆", "老公", "女朋友", "男朋友", "狗狗", "猫咪", "新生儿", "青少年", "成人", "女士", "男士", "女孩", "男孩", "小学生", "幼儿园",
    ),
}  # fmt: skip
DEVICES = (
    "iphone {}", "iphone", "ipad", "ipad mini", "ipad air {}", "macbook pro", "macbook air", "galaxy s{}", "galaxy note {}", "kindle fire", "kindle", "ps{}",
    "xbox 360", "xbox one", "nintendo switch", "wii", "nintendo ds", "airpods pro", "apple watch", "gopro hero {}", "ipod touch", "nook", "surface pro {}", "thinkpad",
    "苹果{}", "华为mate{}", "小米{}", "红米note{}", "oppo r{}", "vivo x{}", "荣耀{}",
)  # fmt: skip
"""Devices that everybody calls by their line: things by themselves, and what other things must fit."""
BEFORE: Mapping[str, tuple[str, ...]] = {
    "en": (
        "", "", "", "", "", "", "i'm looking for ", "looking for a ", "show me ", "i need ", "need a ", "find ", "buy ", "do you have ",
        "i want ", "want to buy a ", "any ", "a ", "can you find me ", "best ", "where can i get ", "good ", "please show ", "got any ",
        "search ", "cheap ", "something like a ",
    ),
    "zh": (
        "", "", "", "", "", "", "我想买", "有没有", "找一个", "推荐一款", "帮我找", "求购", "想要", "买", "想买一件", "来一双", "哪里有", "请问有", "给我看看", "我要",
        "搜", "便宜的", "好看的",
    ),
}  # fmt: skip
AFTER: Mapping[str, tuple[str, ...]] = {
    "en": (
        "", "", "", "", "", " please", " on sale", " under $50", " under 100", " below 30 dollars", " less than 200", " between 20 and 40",
        " around $80", " cheapest first", " with good reviews", " 4 stars and up", " in stock", " for sale", " free shipping",
        " pack of 6", " 2 pieces", " 500 ml", " from 50 to 80 euros", " over 4 stars", "?", " online",
    ),
    "zh": (
        "", "", "", "", "", "多少钱", "吗", "有吗", " 100元以内", "三百以内", "200块左右", "包邮", " 价格", "推荐", "哪个好", "两件", "一套", "50到100元", "最便宜的",
        "评分高的", "不超过500", "四星以上", "新款", "正品", "现货",
    ),
}  # fmt: skip
PHRASES: Mapping[str, Mapping[SlotKind, tuple[str, ...]]] = {
    "en": {
        SlotKind.AUDIENCE: (" for {}",),
        SlotKind.OCCASION: (" for {}", " for a {}", " to wear to a {}", " for my {}"),
        SlotKind.FEATURE: (" with {}", " that is {}", ", {}", " which are {}"),
        SlotKind.COLOR: (" in {}", ", {}", " {}", " in {} color"),
        SlotKind.MATERIAL: (" made of {}", " in {}", ", {}"),
        SlotKind.PATTERN: (" with {} pattern", ", {}", " {} print"),
        SlotKind.BRAND: (" by {}", " from {}", " {}"),
        SlotKind.SIZE: (" {}", " in {}", ", {}"),
        SlotKind.STYLE: (", {}", " {} style"),
    },
    "zh": {
        SlotKind.AUDIENCE: (" {}", "适合{}的", "给{}", "送{}"),
        SlotKind.OCCASION: ("{}用", "{}穿", "适合{}", " {}"),
        SlotKind.FEATURE: (" {}", "要{}的", "{}"),
        SlotKind.COLOR: (" {}", "要{}的", "{}"),
        SlotKind.MATERIAL: (" {}", "{}的"),
        SlotKind.PATTERN: (" {}", "{}图案"),
        SlotKind.BRAND: (" {}", "{}的"),
        SlotKind.SIZE: (" {}", "{}"),
        SlotKind.STYLE: ("{}风", " {}"),
    },
}  # fmt: skip
NEGATIONS: Mapping[str, tuple[str, ...]] = {
    "en": (
        " not {}",
        " no {}",
        " without {}",
        " but not {}",
        ", not {}",
        " except {}",
        " anything but {}",
        " non {}",
        " other than {}",
    ),
    "zh": (" 不要{}", "不要{}的", "非{}", " 除了{}", "别{}", "不是{}的", "无{}", "不带{}", "不含{}"),
}
NEGATABLE = (SlotKind.COLOR, SlotKind.MATERIAL, SlotKind.PATTERN, SlotKind.FEATURE, SlotKind.BRAND)
LEADING = (
    SlotKind.BRAND,
    SlotKind.STYLE,
    SlotKind.FEATURE,
    SlotKind.COLOR,
    SlotKind.MATERIAL,
    SlotKind.PATTERN,
    SlotKind.AUDIENCE,
    SlotKind.OCCASION,
    SlotKind.SIZE,
)
RATES = {
    SlotKind.BRAND: 0.22, SlotKind.STYLE: 0.12, SlotKind.FEATURE: 0.28, SlotKind.COLOR: 0.32, SlotKind.MATERIAL: 0.2,
    SlotKind.PATTERN: 0.1, SlotKind.AUDIENCE: 0.25, SlotKind.OCCASION: 0.18, SlotKind.SIZE: 0.12,
}  # fmt: skip

FURTHER = ("es", "fr", "de", "ja", "ko", "pt", "ar")
FURTHER_JOINTS: Mapping[str, tuple[str, ...]] = {
    "es": (" ", " ", " de ", " para ", " en "),
    "fr": (" ", " ", " en ", " pour ", " de "),
    "pt": (" ", " ", " de ", " para ", " em "),
    "de": (" ", " ", " für ", " aus "),
    "ja": ("", "の", " "),
}
"""What stands between the parts of a query in further languages."""

SAID: Mapping[Intent, tuple[str, ...]] = {
    Intent.BROWSE: (
        "show me what's new", "what do you sell", "just browsing", "gift ideas", "what's popular", "new arrivals", "any deals today", "what have you got",
        "surprise me", "some ideas please", "what's trending", "browse", "show me everything", "your bestsellers", "i'm just looking around", "new in",
        "need some inspiration", "what's on sale", "all categories", "recommend something", "look around", "what's new this week", "clearance", "top sellers",
        "show me the collection", "something nice for summer", "presents for her", "i don't know what i want", "随便看看", "有什么新品", "有什么推荐", "新品",
        "最近流行什么", "看看有啥", "都有什么", "热销榜", "有啥好东西", "今天有什么优惠", "新品上市", "逛逛", "推荐点东西", "有什么好的推荐", "所有商品", "有哪些分类",
        "送礼有什么建议", "爆款有哪些", "hot items", "what's hot right now", "什么值得买", "novedades", "was gibt es neues", "nouveautés", "送什么礼物好",
    ),
    Intent.COMPARE: (
        "compare {} and {}", "{} vs {}", "{} or {}", "difference between {} and {}", "which is better, {} or {}", "is {} better than {}",
        "compare the first two", "how does {} compare to {}", "{} versus {}", "compare these", "which of these is best", "what's the difference between the first and the third",
        "对比{}和{}", "{}和{}哪个好", "{}还是{}好", "{}跟{}有什么区别", "比较一下{}和{}", "这两个哪个好", "比较前两个", "第一个和第二个有什么不同", "{}与{}对比", "{}和{}的区别",
    ),
    Intent.ORDER_STATUS: (
        "where is my order", "track my package", "when will my order arrive", "order status", "has my parcel shipped yet", "where's my stuff", "my delivery is late",
        "track order 12345", "i haven't received my {}", "when does my {} arrive", "cancel my order", "change the address of my order", "tracking number",
        "is my {} on its way", "my package didn't come", "我的订单到哪了", "快递什么时候到", "查物流", "订单状态", "我的包裹怎么还没到", "什么时候发货", "帮我查一下订单",
        "取消订单", "修改收货地址", "我买的{}发货了吗", "物流信息", "怎么还不发货", "订单号12345", "我的快递呢", "催一下发货",
    ),
    Intent.POLICY: (
        "what is your return policy", "can i return {}", "how long does shipping take", "do you ship to canada", "refund policy", "is there a warranty on {}",
        "do you accept paypal", "how much is delivery", "can i exchange for another size", "free returns?", "what payment methods do you take", "do you price match",
        "how do i get a refund", "is shipping free", "do you deliver on sundays", "can i pay in instalments", "student discount?", "how to use a coupon", "opening hours",
        "退货政策是什么", "可以退货吗", "怎么退款", "运费多少", "支持货到付款吗", "保修多久", "可以开发票吗", "能用微信支付吗", "七天无理由退换吗", "怎么换货", "发什么快递", "{}保修吗",
        "满多少包邮", "有优惠券吗怎么用", "能分期吗", "几天能到货", "售后怎么联系", "{}可以退吗",
    ),
    Intent.SMALL_TALK: (
        "hello", "hi", "hey there", "good morning", "thanks", "thank you so much", "how are you", "who are you", "are you a robot", "bye", "lol", "ok", "tell me a joke",
        "what's your name", "nice", "you're great", "i love you", "good night", "never mind", "what can you do", "are you human", "cool", "what time is it", "happy new year",
        "你好", "您好", "谢谢", "再见", "在吗", "你是谁", "你是机器人吗", "哈哈", "好的", "早上好", "辛苦了", "讲个笑话", "你叫什么名字", "晚安", "没事了", "你真棒", "嗯嗯", "今天天气怎么样",
    ),
}  # fmt: skip
"""What isn't a search, as people say it; {} is a product."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query, its parts as (start, end, kind), what it asks of the shop (None: not known), and the kinds that are marked in it
    wherever they occur: of the others nothing is known. ``counted``: its labels are among those that ``training.phrases`` counts."""

    text: str
    spans: tuple[tuple[int, int, SlotKind], ...]
    intent: Intent | None = Intent.FIND
    marked: frozenset[SlotKind] = frozenset(SlotKind)
    counted: bool = False


def kind_of(entry: Entry) -> SlotKind | None:
    """What a concept of the lexicon is as a slot."""
    if entry.key in STYLES and entry.kind in ("quality", "shape", "usage"):
        return SlotKind.STYLE
    if entry.key in LARGE and entry.kind in ("quality", "shape"):
        return SlotKind.SIZE
    return None if entry.key in NO_FEATURES else KINDS.get(entry.kind)


Names = Mapping[tuple[str, SlotKind], Sequence[str]]
"""(language, kind) → what there is."""


class Asker:
    """Draws Questions; everything comes from the generator it is given. ``more`` are names beside the lexicon's."""

    def __init__(self, lexicon: Lexicon, more: Names, carriers: Mapping[str, Sequence[str]] | None = None) -> None:
        """``carriers`` by language are words that name nothing."""
        self.carriers = carriers or {}
        self.names: dict[tuple[str, SlotKind], list[tuple[str, ...]]] = {}
        for entry in lexicon.entries:
            kind = kind_of(entry)
            if kind is not None:
                for language, names in entry.names.items():
                    self.names.setdefault((language, kind), []).append(names)
        for place, found in more.items():
            self.names.setdefault(place, []).extend((name,) for name in found)
        for language in ("en", "zh"):
            self.names[language, SlotKind.SIZE] = [(size,) for size in SIZES[language]]
            self.names.setdefault((language, SlotKind.AUDIENCE), []).extend((name,) for name in AUDIENCES[language])
        self.intents = [intent for intent, texts in SAID.items() for _ in texts]
        self.said = [text for texts in SAID.values() for text in texts]

    def name(self, language: str, kind: SlotKind, rng: np.random.Generator) -> str:
        of_kind = self.names[language, kind]
        names = of_kind[rng.integers(len(of_kind))]
        name = (names[0] if rng.random() < 0.5 else names[rng.integers(len(names))]).lower()
        if name.startswith("with "):
            name = f"with |{name.removeprefix('with ')}"
        if language == "en" and kind is SlotKind.TYPE and rng.random() < 0.4:
            name = name.removesuffix("s") if name.endswith("s") and not name.endswith("ss") else name + "s"
        return name

    def draw(self, rng: np.random.Generator) -> Question:
        language = "zh" if rng.random() < 0.45 else "en"
        kind = rng.random()
        if kind < 0.2:
            return self.request(rng)
        return self.foreign(rng) if kind < 0.27 else self.search(language, rng)

    def foreign(self, rng: np.random.Generator) -> Question:
        """A plain query in one of the lexicon's further languages."""
        language = FURTHER[rng.integers(len(FURTHER))]
        told = [k for k in (SlotKind.COLOR, SlotKind.MATERIAL, SlotKind.AUDIENCE) if (language, k) in self.names]
        said = [kind for kind in told if rng.random() < 0.4]
        said.insert(0 if language in ("es", "fr", "pt", "ar") else len(said), SlotKind.TYPE)
        gap = "" if language == "ja" and rng.random() < 0.6 else " "
        joints = FURTHER_JOINTS.get(language, (gap,))
        parts: list[tuple[str, SlotKind | None]] = []
        for place, kind in enumerate(said):
            parts += [(_pick(joints, rng), None)] if place else []
            parts.append((self.name(language, kind, rng), kind))
        return _joined(parts, Intent.FIND, language, rng)

    def request(self, rng: np.random.Generator) -> Question:
        """Something that isn't a search."""
        chosen = int(rng.integers(len(self.said)))
        parts: list[tuple[str, SlotKind | None]] = []
        said = self.said[chosen]
        own = "zh" if any("\u4e00" <= c <= "\u9fff" for c in said) else "en"
        for i, piece in enumerate(said.split("{}")):
            if i:  # what is asked about an order or a rule is no slot
                compared = self.intents[chosen] is Intent.COMPARE
                kind = SlotKind.BRAND if compared and rng.random() < 0.3 else SlotKind.TYPE
                name = device(rng) if rng.random() < 0.2 else self.name(own, kind, rng)
                parts.append((name, kind if compared else None))
            parts.append((piece, None))
        return _joined(parts, self.intents[chosen], own, rng)

    def search(self, language: str, rng: np.random.Generator) -> Question:
        spaced = language != "zh"
        chosen = [kind for kind in SlotKind if kind in RATES and rng.random() < RATES[kind]]
        if len(chosen) > 4:
            chosen = [chosen[i] for i in rng.permutation(len(chosen))[:4]]
        has_type = rng.random() < 0.88 or not chosen
        behind = [kind for kind in chosen if kind in PHRASES[language] and rng.random() < 0.4]
        ahead = [kind for kind in chosen if kind not in behind]
        ahead = (
            sorted(ahead, key=LEADING.index) if rng.random() < 0.6 else [ahead[i] for i in rng.permutation(len(ahead))]
        )
        parts: list[tuple[str, SlotKind | None]] = [(self._before(language, rng), None)]
        gap = " " if spaced else ("" if rng.random() < 0.75 else " ")
        for kind in ahead:
            if language == "zh" and kind is SlotKind.SIZE:
                behind.append(kind)
                continue
            parts.append((self.name(language, kind, rng), kind))
            parts.append(("的" if language == "zh" and rng.random() < 0.2 else gap, None))
        if has_type:
            other = "en" if language == "zh" and rng.random() < 0.05 else language
            thing = device(rng) if rng.random() < 0.06 else self.name(other, SlotKind.TYPE, rng)
            if rng.random() < 0.07:  # for a device, or of a model
                fits = device(rng) if rng.random() < 0.6 else code(rng)
                if language == "zh" or rng.random() < 0.5:
                    parts += [(fits, SlotKind.FEATURE), (gap, None), (thing, SlotKind.TYPE)]
                else:
                    parts += [
                        (thing, SlotKind.TYPE),
                        (_pick((" for ", " for ", " ", " fits "), rng), None),
                        (fits, SlotKind.FEATURE),
                    ]
            else:
                parts.append((thing, SlotKind.TYPE))
            if rng.random() < 0.05:
                parts += [(" ", None), (code(rng), SlotKind.FEATURE)]
            if rng.random() < 0.06:  # two products at once, or a product for a product
                parts.append((_pick((" and ", " for ", " with ") if spaced else ("和", "配", " "), rng), None))
                parts.append((self.name(language, SlotKind.TYPE, rng), SlotKind.TYPE))
        for kind in behind:
            _fill(parts, _pick(PHRASES[language][kind], rng), self.name(language, kind, rng), kind)
        if rng.random() < 0.15:
            kind = NEGATABLE[rng.integers(len(NEGATABLE))]
            _fill(parts, _pick(NEGATIONS[language], rng), self.name(language, kind, rng), kind)
        parts.append((_pick(AFTER[language], rng), None))
        if language in self.carriers and rng.random() < 0.15:
            parts.append((" " + _pick(self.carriers[language], rng), None))
        return _joined(parts, Intent.FIND, language, rng)

    def _before(self, language: str, rng: np.random.Generator) -> str:
        if language in self.carriers and rng.random() < 0.3:
            return _pick(self.carriers[language], rng) + (" " if language == "en" or rng.random() < 0.3 else "")
        return _pick(BEFORE[language], rng)


def _pick(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[rng.integers(len(choices))]


def _fill(parts: list[tuple[str, SlotKind | None]], phrase: str, name: str, kind: SlotKind) -> None:
    before, _, after = phrase.partition("{}")
    parts += [(before, None), (name, kind), (after, None)]


def _joined(
    parts: Sequence[tuple[str, SlotKind | None]], intent: Intent, language: str, rng: np.random.Generator
) -> Question:
    text, spans = "", []
    for piece, kind in parts:
        if kind is not None and "|" in piece:
            before, said, after = _barred(piece)
        else:
            before, said, after = "", piece, ""
        if kind is not None and language == "en" and rng.random() < 0.08:
            said = slip(said, rng)
        text += before
        if kind is not None and said.strip():
            spans.append((len(text), len(text) + len(said), kind))
        text += said + after
    if rng.random() < 0.1:
        text = text.upper() if rng.random() < 0.3 else text.title()
    return Question(text, tuple(spans), intent)


def _barred(piece: str) -> tuple[str, str, str]:
    """What is said of nothing, what is said, and what follows: "size |8", "42|码"."""
    first, _, rest = piece.partition("|")
    if first.endswith(" "):
        said, _, after = rest.partition("|")
        return first, said, after
    return "", first, rest


def device(rng: np.random.Generator) -> str:
    return _pick(DEVICES, rng).format(rng.integers(3, 16))


def code(rng: np.random.Generator) -> str:
    """A model number: "nx430", "wh-1000", "dv6 4c"."""
    letters = "".join(rng.choice(list("abcdefghjklmnprstvwxz"), size=rng.integers(1, 4)))
    digits = str(rng.integers(10 ** int(rng.integers(1, 4)), 10**4))
    tail = "".join(rng.choice(list("abcdklstx"), size=rng.integers(0, 3)))
    return letters + _pick(("", "", "-", " "), rng) + digits + tail


def slip(word: str, rng: np.random.Generator) -> str:
    """A slip of the finger: a letter left out, doubled, or swapped with the next."""
    if len(word) < 5:
        return word
    at = int(rng.integers(1, len(word) - 1))
    if " " in word[at : at + 2]:
        return word
    return (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    )[rng.integers(3)]
