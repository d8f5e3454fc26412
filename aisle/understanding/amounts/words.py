"""The words that amounts are read by: what bounds a number, what it counts, which measure is meant.

Tables are written as people write and folded once, when they are first asked for: accents and traditional forms need no rows.
A trailing ``?`` marks a word that also means something else ("air max 90", "um 8"): it bounds only a number that has a unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from aisle.perception.text import fold


class Side(StrEnum):
    """What a word says of the number beside it."""

    MAXIMUM = "maximum"
    MINIMUM = "minimum"
    ABOUT = "about"
    BETWEEN = "between"
    FIELD = "field"
    EXTENT = "extent"
    FILLER = "filler"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class Unit:
    """``name`` as a Quantity bears it; ``factor`` leads to ``si``, which a Range of ``field`` bears. Currencies are units of
    "price", measure words of "count"; what is no amount at all (per cent, days) of ""."""

    name: str
    field: str
    factor: float = 1.0
    si: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """One word's meaning. ``weak``: only beside a unit. ``field``: what a Side.FIELD or EXTENT names; of a bound, what alone it bounds."""

    side: Side
    weak: bool = False
    field: str = ""
    unit: Unit | None = None


_MAXIMUM_BEFORE = """
under|below|less than|lower than|cheaper than|up to|at most|at the most|within|for less than
|max?|max.|maximum?|maximum of|max of|<|<=|≤|beneath|budget|my budget is|budget of
|menos de|por menos de|hasta|máximo|máximo de|como máximo|no más de|inferior a|por debajo de|bajo?|más barato que|presupuesto de
|moins de|à moins de|jusqu'à|au maximum|au plus|pas plus de|inférieur à|en dessous de|en-dessous de|sous?|moins cher que
|unter|bis?|bis zu|höchstens|maximal|weniger als|nicht mehr als|nicht über|günstiger als|billiger als|bis maximal
|abaixo de|até|no máximo|não mais de|não mais que|mais barato que
|低于|不到|少于|小于|最多|至多|便宜过|控制在|上限|预算|预算是|预算在
|最大?|上限は|予算|최대|예산|많아도
|أقل من|تحت|حتى|لا يزيد عن|لا تزيد عن|بحد أقصى|دون|أرخص من|بأقل من|لا يتجاوز|ميزانية
"""
_MINIMUM_BEFORE = """
over|above|more than|greater than|higher than|exceeding|exceeds|exceed|at least|from?|starting at|starting from|min?|min.
|minimum?|minimum of|min of|upwards of|>|>=|≥|better than
|más de|desde|a partir de|mínimo|mínimo de|como mínimo|al menos|por lo menos|por encima de|superior a
|plus de|à partir de|dès?|au moins|au minimum|supérieur à|au-dessus de|au dessus de
|über|ab?|mindestens|mind.|mehr als|nicht unter|nicht weniger als
|mais de|acima de|pelo menos|no mínimo
|高于|超过|超出|至少|大于|最少|起码|多于
|最低|少なくとも|최소|적어도
|أكثر من|فوق|على الأقل|لا يقل عن|لا تقل عن|ابتداء من|أعلى من|بدءا من
"""
_ABOUT_BEFORE = """
around|about|approximately|approx|roughly|circa|ca?|ca.?|~|near?|close to|something like
|alrededor de|unos?|unas?|cerca de|aproximadamente|sobre?
|environ|autour de|vers?|à peu près
|um?|um die|etwa|ungefähr|rund?
|por volta de|em torno de|mais ou menos|uns?
|大约|大概|约|差不多|約|およそ|だいたい|약|대략|한?|حوالي|تقريبا|نحو
"""
_BETWEEN_BEFORE = "between|from|in the range of|entre|de|desde|von|zwischen|在|介于|من|بين|ما بين"
_MAXIMUM_AFTER = """
or less|or under|or below|or cheaper|or lower|and under|and below|and less|max?|maximum?|tops?|at most|or fewer
|o menos|como máximo|máximo?|ou moins|au maximum|au plus|oder weniger|oder günstiger|oder darunter|höchstens|maximal|ou menos|no máximo
|より安い|以内|以下|之内|之下|内|封顶|及以下|或以下|未満|まで|이하|미만|이내|까지|아래|밑으로|안으로|أو أقل|كحد أقصى|فأقل|وأقل|على الأكثر
"""
_MINIMUM_AFTER = """
or more|or above|or higher|or over|or better|or up|and up|& up|and above|and over|and higher|and more|and better|plus?|+?|minimum?|min?|at least|upwards
|o más|en adelante|como mínimo|mínimo?|y más|ou plus|et plus|au minimum|au moins|et au-dessus|oder mehr|und mehr|oder höher|und höher|aufwärts|mindestens
|oder besser|und besser|ou mais|para cima|e acima|no mínimo|ou superior|e mais
|より高い|以上|起|之上|往上|及以上|或以上|以上的|超|より上|이상|초과|부터|넘는|أو أكثر|فأكثر|فما فوق|وأكثر|على الأقل|أو أعلى|وما فوق
"""
_ABOUT_AFTER = "ish?|or so|左右|上下|前后|来|多|前後|くらい|ぐらい|程度|ほど|정도|쯤|안팎|내외|تقريبا|environ|aproximadamente|más o menos|mais ou menos"
_COMPARED = {
    (Side.MAXIMUM, "length"): "smaller than|shorter than",
    (Side.MINIMUM, "length"): "bigger than|larger than|thicker than|longer than",
    (Side.MAXIMUM, "width"): "narrower than|thinner than|slimmer than",
    (Side.MINIMUM, "width"): "wider than|broader than",
    (Side.MINIMUM, "height"): "taller than",
    (Side.MAXIMUM, "depth"): "shallower than",
    (Side.MINIMUM, "depth"): "deeper than",
    (Side.MAXIMUM, "weight"): "lighter than|sub",
    (Side.MINIMUM, "weight"): "heavier than",
}
"""Before a measure alone: "bigger than 8" is no price."""
_COMPARED_AFTER = {
    (Side.MAXIMUM, "length"): "or smaller|or shorter|or narrower",
    (Side.MINIMUM, "length"): "or bigger|or larger|or longer|or taller|or wider",
    (Side.MAXIMUM, "weight"): "or lighter",
    (Side.MINIMUM, "weight"): "or heavier",
}
_BETWEEN_AFTER = "之间|间?|的之间|の間|の間で|사이|사이의"
_FILLERS = "of|a|an|is|the|to be|de|d'|von|mit|com|con|avec|with|at|le|der|为|是|在|的|:|のが|は|が|を|은|는|이|가"
_FIELDS = {
    "price": """price|priced|priced at|price range|cost|costs|costing|precio|precios|prix|preis|preise|preço|preços|价格|价钱|价位|价格在|预算|预算在|预算是
        |単価|価格|値段|予算|가격|가격대|예산|سعر|سعره|بسعر|السعر|budget|presupuesto|orçamento""",
    "rating": """rated|rating|ratings|rating of|review score|score of|stars|评分|评分在|评价|评星|星级|打分|口碑|valoración|valorado|valorados|calificación
        |puntuación|note|notes|noté|notée|notés|notées|notation|bewertung|bewertungen|bewertet|bewertet mit|avaliação|avaliado|avaliados|nota|classificação
        |評価|評価が|レビュー|星|★|평점|별점|평가|별|تقييم|تقييمه|بتقييم|التقييم|تقييمها""",
    "count": """pack of|set of|box of|case of|bundle of|lot of|carton of|pack de|paquete de|juego de|set de|lot de|boîte de|paquet de|pacote com|pacote de|kit com|conjunto de
        |caixa com|packung mit|set mit|طقم من|عبوة من""",
    "size": "size|sizes|talla|tallas|taille|pointure|größe|tamanho|numeração|尺码|码数|尺寸|サイズ|사이즈|مقاس|eu|uk|us",
}
_EXTENTS = {
    # field: (before a measure, after it)
    "width": ("width|wide|breite|ancho|anchura|largeur|largura|宽|宽度|幅|横幅|폭|너비|العرض|بعرض",
              "wide|width|in width|across|breit|de ancho|de anchura|de large|de largeur|de largura|宽"),
    "height": ("height|höhe|alto|altura|hauteur|高|高度|身高|高さ|높이|الارتفاع|بارتفاع",
               "tall|high|height|in height|hoch|de alto|de altura|de haut|de hauteur|高"),
    "length": ("length|länge|largo|longitud|longueur|comprimento|长|长度|丈|長さ|길이|الطول|بطول",
               "long|length|in length|lang|de largo|de long|de longueur|de comprimento|长"),
    "depth": ("depth|tiefe|fondo|profundidad|profondeur|profundidade|深|深度|进深|奥行|奥行き|깊이|العمق|بعمق",
              "deep|depth|in depth|tief|de fondo|de profondeur|de profundidade|深"),
    "weight": ("weight|weighing|weighs?|gewicht|peso|poids|重|重量|体重|自重|重さ|무게|الوزن|بوزن", "in weight|schwer|重"),
}  # fmt: skip
"""Which measure is bounded."""
_FIELDS_AFTER = {"rating": "rating|ratings|rated|评分|评价|valoración|bewertung|avaliação|評価|평점|تقييم|review score"}

_CURRENCIES = {
    "USD": "$|us$|usd|usd$|dollar|dollars|bucks?|buck?|美元|美金|美刀|刀|dólar|dólares|달러|ドル|دولار|دولارا|دولارات",
    "EUR": "€|eur|euro|euros|欧元|欧|유로|ユーロ|يورو",
    "GBP": "£|gbp|quid|sterling|英镑|파운드|ポンド",
    "CNY": "¥|cn¥|cny|rmb|yuan|yuans|元|块|块钱|元钱|人民币|圆|위안|يوان",
    "JPY": "jpy|jp¥|yen|円|日元|日圆|엔|ين",
    "KRW": "₩|krw|won|원|韩元|ウォン",
    "BRL": "r$|brl|real|reais",
    "INR": "₹|inr|rs|rs.|rupees|rupee|卢比",
    "HKD": "hk$|hkd|港币|港元",
    "TWD": "nt$|twd|台币|新台币",
    "CAD": "c$|ca$|cad", "AUD": "a$|au$|aud", "CHF": "chf", "MXN": "mx$|mxn|pesos|peso",
    "SAR": "sar|ريال|ريالات|ر.س", "AED": "aed|درهم|دراهم|د.إ", "EGP": "egp|جنيه|جنيها|جنيهات",
}  # fmt: skip
_MEASURES = {
    # name: (field, factor, SI unit, words)
    "mm": ("length", 0.001, "m", "mm|millimeter|millimeters|millimetre|millimetres|milímetros|millimètres|毫米|ミリ|밀리미터|ملم|مم"),
    "cm": ("length", 0.01, "m", "cm|cms|centimeter|centimeters|centimetre|centimetres|centímetros|centimètres|zentimeter|厘米|公分|センチ|센티|센치|سم"),
    "m": ("length", 1, "m", "m|meter|meters|metre|metres|metro|metros|mètre|mètres|米|メートル|미터|متر|أمتار"),
    "km": ("length", 1000, "m", "km|kilometers|kilometres|公里|千米|كم"),
    "in": ("length", 0.0254, "m", "in|inch|inches|\"|''|英寸|寸|吋|pulgada|pulgadas|pouce|pouces|zoll|polegada|polegadas|インチ|인치|بوصة|بوصه"),
    "ft": ("length", 0.3048, "m", "ft|feet|foot|'|英尺|尺|pies|pieds|fuß|pés|フィート|피트|قدم|أقدام"),
    "yd": ("length", 0.9144, "m", "yd|yds|yard|yards"),
    "mg": ("weight", 1e-6, "kg", "mg|毫克|milligrams"),
    "g": ("weight", 0.001, "kg", "g|gr|gram|grams|gramme|grammes|gramos|gramas|gramm|克|グラム|그램|جرام|غرام|جم"),
    "kg": ("weight", 1, "kg", "kg|kgs|kilo|kilos|kilogram|kilograms|kilogramm|kilogramo|kilogramos|公斤|千克|キロ|킬로|كيلو|كغ|كجم|كيلوغرام"),
    "oz": ("weight", 0.028349523125, "kg", "oz|ounce|ounces|盎司|onzas|onces|أونصة"),
    "lb": ("weight", 0.45359237, "kg", "lb|lbs|pound|pounds|磅|libras|livres"),
    "ml": ("volume", 0.001, "L", "ml|milliliter|milliliters|millilitre|millilitres|mililitros|毫升|ミリリットル|밀리리터|مل"),
    "cl": ("volume", 0.01, "L", "cl|centiliter|centilitre"),
    "L": ("volume", 1, "L", "l|lt|ltr|liter|liters|litre|litres|litro|litros|升|公升|リットル|리터|لتر"),
    "fl oz": ("volume", 0.0295735295625, "L", "fl oz|fl. oz|fluid ounces|floz"),
    "qt": ("volume", 0.946352946, "L", "qt|qts|quart|quarts"),
    "gal": ("volume", 3.785411784, "L", "gal|gallon|gallons|加仑|galones"),
    "MB": ("storage", 0.001, "GB", "mb|megabytes|megabyte"),
    "GB": ("storage", 1, "GB", "gb|gig|gigs|gigabyte|gigabytes|giga|ギガ|기가|جيجا|جيجابايت|غيغا"),
    "TB": ("storage", 1000, "GB", "tb|terabyte|terabytes|tera|テラ|테라|تيرا|تيرابايت"),
    "W": ("power", 1, "W", "w|watt|watts|vatios|瓦|ワット|와트|واط"),
    "kW": ("power", 1000, "W", "kw|kilowatt|kilowatts|千瓦"),
    "V": ("voltage", 1, "V", "v|volt|volts|伏|伏特|ボルト|볼트|فولت"),
    "mAh": ("charge", 1, "mAh", "mah|毫安|毫安时"),
    "Wh": ("energy", 1, "Wh", "wh"),
    "Hz": ("frequency", 1, "Hz", "hz|hertz|赫兹|헤르츠"),
    "MHz": ("frequency", 1e6, "Hz", "mhz"),
    "GHz": ("frequency", 1e9, "Hz", "ghz"),
    "MP": ("resolution", 1, "MP", "mp|megapixel|megapixels|万像素|メガピクセル"),
    "lm": ("light", 1, "lm", "lm|lumen|lumens|流明"),
    "°C": ("temperature", 1, "°C", "°c|摄氏度"),
    "year": ("age", 1, "year", """year|years|yr|yrs|year old|years old|year olds|yo|岁|周岁|años|año|ans|an|jahre|jahren|jahr|anos|ano|歳|才|살|세|سنة|سنوات
        |years of age"""),
    "month": ("age", 1 / 12, "year", "month|months|months old|month old|mo|mos|个月|月龄|meses|mois|monate|monaten|ヶ月|か月|カ月|개월|شهر|أشهر|شهور"),
}  # fmt: skip
_KG_OF_JIN = 0.5
_DOZEN = "dozen|dozens|打|docena|docenas|douzaine|douzaines|dutzend|dúzia|dúzias|ダース|다스|دزينة"
_COUNTS = {
    "pair": "pair|pairs|双|对|par|pares|paire|paires|paar|足|켤레|쌍|زوج|أزواج|ازواج",
    "box": "box|boxes|箱|盒|caja|cajas|boîte|boîtes|caisse|caisses|kiste|kisten|karton|kartons|schachtel|schachteln|caixa|caixas|ケース|박스|상자|صندوق|صناديق|علبة|علب",
    "pack": "packs|包装|packet|packets|package|packages|包|paquete|paquetes|paquet|paquets|packung|packungen|päckchen|pacote|pacotes|パック|팩|봉지|عبوة|عبوات",
    "bag": "bags|袋|bolsas|sachets|beutel|sacos|봉",
    "bottle": "bottle|bottles|瓶|瓶装|botella|botellas|bouteille|bouteilles|flasche|flaschen|garrafa|garrafas|ボトル|병|زجاجة|زجاجات",
    "can": "can|cans|tins|罐|听|lata|latas|canette|canettes|dose|dosen|缶|캔",
    "jar": "jar|jars|tarros|bocaux|potes",
    "carton": "carton|cartons",
    "tube": "tubes",
    "bar": "bars",
    "ream": "ream|reams",
    "pad": "pads",
    "panel": "panels",
    "sheet": "sheets",
    "roll": "roll|rolls|卷|rollo|rollos|rouleau|rouleaux|rolle|rollen|rolo|rolos|ロール|롤",
    "set": "sets|套|juegos|conjuntos|ensembles|セット|세트|أطقم",
    "bucket": "桶|buckets",
    "bunch": "束|bunches|ramos|bouquets|다발",
    "piece": """piece|pieces|pcs|pc|pièce|pièces|pieza|piezas|unidad|unidades|unité|unités|stück|stücke|peça|peças|units|items|个|件|只|条|张|支|把|片|枚|顶
        |台|部|本|颗|粒|根|個|つ|點|개|장|자루|벌|대|권|قطعة|قطع|حبة|حبات
        |of them|of these|of those|-pack|pack|ct|count|pk|-count|-er pack|er-pack|er pack|er-set|er set|个装|只装|片装|支装|件装|粒装|枚入り|個入り|本入り|個セット|枚セット|개입|개 세트|본입""",
}  # fmt: skip
_STARS = "star|stars|-star|星|颗星|星级|estrella|estrellas|étoile|étoiles|stern|sterne|sternen|estrela|estrelas|つ星|★|نجوم|نجمة|نجمات|별"
_POINTS = "分|点|점|つ|개|点数|points|point|puntos|punkte|pontos|درجات"
"""What a rating is counted in where it is clear that one is meant."""
_SIZES = "码|号码|号サイズ|사이즈"
_NOTHING = "%|％|percent|day|days|hour|hours|hrs|minute|minutes|min walk|pages|page|people|person|persons|players|miles|mile|times|colors|colours|天|小时|分钟|页|人|次|折|日|時間|分間|일|시간|días|horas|jours|heures|tage|stunden|dias|p|x|fps|k?"  # fmt: skip

NOT_FOLLOWED = {
    "个": "月人性体头子", "件": "套", "元": "素旦宵气", "块": "状", "双": "人肩层面十卡频头", "对": "于比讲联", "支": "付架持撑", "部": "分队落",
    "包": "邮臀子头装", "条": "纹形码件悟", "片": "式", "套": "装餐头", "打": "底折印火", "张": "力", "台": "灯布历", "把": "手", "只": "要有是",
    "星": "空期巴球座光", "内": "存裤衣胆置部搭", "来": "自", "多": "少", "最新": "版", "宽": "度松版边", "高": "度跟腰领帮さ", "长": "度款袖裤裙さ", "深": "度色蓝灰绿棕さ", "起": "球", "本": "子田", "片装": "", "尺": "码寸", "斤": "顶", "升": "降级", "瓦": "罐",
    "克": "罗", "束": "腰", "卷": "发", "分": "体钟", "天": "鹅", "根": "雕", "粒": "度", "颗": "粒", "间": "谍", "刀": "具", "圆": "棒管桌形柱筒盘头环领凳椅珠", "欧": "美式洲", "超": "薄大小",
}  # fmt: skip
"""Characters that make another word of a unit or bound in a text without spaces."""

CONNECTORS = {
    word: strong
    for strong, words in (
        (True, "-|~|〜|--|to|till|bis|到|至|から|에서|부터|الى|إلى|ate|até|à|..|…"),
        (False, "and|&|y|a|et|und|e|و|和|と"),
    )
    for word in words.split("|")
}
"""Between two numbers: whether the word makes a range of them by itself, or only after "between" or "from"."""

SCALES = {
    "k": 1e3, "thousand": 1e3, "mil": 1e3, "mille": 1e3, "tausend": 1e3, "hundred": 1e2, "万": 1e4, "千": 1e3, "百": 1e2, "亿": 1e8, "만": 1e4,
    "천": 1e3, "백": 1e2, "ألف": 1e3, "آلاف": 1e3,
}  # fmt: skip
SPOKEN = {
    word: float(value)
    for value, words in {
        0.5: "half", 1: "one واحد واحدة", 2: "two couple dos deux zwei dois duas اثنين اثنان", 3: "three tres trois drei três ثلاثة ثلاث",
        4: "four cuatro quatre vier quatro أربعة أربع", 5: "five cinco cinq fünf خمسة خمس", 6: "six seis sechs ستة ست", 7: "seven siete sept sieben sete سبعة سبع",
        8: "eight ocho huit acht oito ثمانية ثماني", 9: "nine nueve neuf neun nove تسعة تسع", 10: "ten diez dix zehn dez عشرة عشر", 11: "eleven elf onze",
        12: "twelve doce douze zwölf doze", 13: "thirteen", 14: "fourteen", 15: "fifteen quince quinze fünfzehn", 16: "sixteen", 17: "seventeen",
        18: "eighteen", 19: "nineteen", 20: "twenty veinte vingt zwanzig vinte عشرين عشرون", 25: "veinticinco", 30: "thirty treinta trente dreißig trinta ثلاثين ثلاثون",
        40: "forty cuarenta quarante vierzig quarenta أربعين", 50: "fifty cincuenta cinquante fünfzig cinquenta خمسين خمسون", 60: "sixty sesenta soixante sechzig sessenta ستين",
        70: "seventy setenta siebzig سبعين", 80: "eighty ochenta achtzig oitenta ثمانين", 90: "ninety noventa neunzig تسعين", 100: "cien cem hundert cent cento مئة مائة مية",
        200: "doscientos duzentos zweihundert مئتين مائتين", 300: "trescientos trezentos dreihundert", 400: "cuatrocientos quatrocentos vierhundert",
        500: "quinientos quinhentos fünfhundert خمسمئة خمسمائة", 1000: "tausend ألف",
    }.items()
    for word in words.split()
}  # fmt: skip
MULTIPLIERS = {"hundred": 1e2, "thousand": 1e3, "mil": 1e3, "mille": 1e3, "cents": 1e2, "cent": 1e2}

BRANDS = (
    "三只松鼠",
    "六个核桃",
    "五个女博士",
    "千斤顶",
    "三个爸爸",
    "三顿半",
    "一次性",
    "一片式",
    "两件套",
    "三件套",
    "四件套",
    "七匹狼",
    "九阳",
    "百元裤",
    "一条龙",
    "半斤八两",
)
"""Names that begin like an amount."""


def needs_space(char: str) -> bool:
    """A letter of a script that parts its words: ASCII, Latin, Greek, Cyrillic, Arabic."""
    return char.isalpha() and char < "\u0e00"


def split(words: str) -> Iterator[tuple[str, bool]]:
    """Each folded word of a table, and whether it is weak."""
    for word in words.split("|"):
        word = word.strip()
        yield fold(word.removesuffix("?")), word.endswith("?") and len(word) > 1


def _put(table: dict[str, Mark], side: Side, words: str, field: str = "") -> None:
    for word, weak in split(words):
        for said in {word, word.replace(" than", " then")}:
            table.setdefault(said, Mark(side, weak, field))


@cache
def before() -> Mapping[str, Mark]:
    """What may stand before a number."""
    table: dict[str, Mark] = {}
    _put(table, Side.MAXIMUM, _MAXIMUM_BEFORE)
    _put(table, Side.MINIMUM, _MINIMUM_BEFORE)
    _put(table, Side.ABOUT, _ABOUT_BEFORE)
    for (side, field), words in _COMPARED.items():
        _put(table, side, words, field)
    for field, words in _FIELDS.items():
        _put(table, Side.FIELD, words, field)
    for field, (words, _) in _EXTENTS.items():
        _put(table, Side.EXTENT, words, field)
    _put(table, Side.BETWEEN, _BETWEEN_BEFORE)
    _put(table, Side.FILLER, _FILLERS)
    return table


@cache
def dozens() -> frozenset[str]:
    return frozenset(word for word, _ in split(_DOZEN))


@cache
def openers() -> frozenset[str]:
    """What opens a range: "between", "from"."""
    return frozenset(word for word, _ in split(_BETWEEN_BEFORE))


@cache
def after() -> Mapping[str, Mark]:
    """What may stand behind a number."""
    table: dict[str, Mark] = {}
    _put(table, Side.MAXIMUM, _MAXIMUM_AFTER)
    _put(table, Side.MINIMUM, _MINIMUM_AFTER)
    _put(table, Side.ABOUT, _ABOUT_AFTER)
    for (side, field), words in _COMPARED_AFTER.items():
        _put(table, side, words, field)
    _put(table, Side.BETWEEN, _BETWEEN_AFTER)
    for field, words in _FIELDS_AFTER.items():
        _put(table, Side.FIELD, words, field)
    for field, (_, words) in _EXTENTS.items():
        _put(table, Side.EXTENT, words, field)
    for word, unit in units().items():
        table.setdefault(word, Mark(Side.UNIT, unit=unit))
    return table


@cache
def units() -> Mapping[str, Unit]:
    """Every unit by its words."""
    table: dict[str, Unit] = {}
    rows = [
        *((words, Unit(code, "price", 1.0, code)) for code, words in _CURRENCIES.items()),
        *((words, Unit(name, field, factor, si)) for name, (field, factor, si, words) in _MEASURES.items()),
        ("斤|市斤", Unit("kg", "weight", _KG_OF_JIN, "kg")),
        (_DOZEN, Unit("piece", "count", 12.0)),
        *((words, Unit(name, "count")) for name, words in _COUNTS.items()),
        (_STARS, Unit("star", "rating")),
        (_SIZES, Unit("size", "size")),
        (_POINTS, Unit("point", "point")),
        (_NOTHING, Unit("", "")),
    ]
    for words, unit in rows:
        for word, _ in split(words):
            table.setdefault(word, unit)
    return table


@cache
def currencies() -> Mapping[str, Unit]:
    """Currencies that may stand before a number."""
    return {word: unit for word, unit in units().items() if unit.field == "price"}


@cache
def spoken() -> Mapping[str, float]:
    return {fold(word): value for word, value in SPOKEN.items()}


@cache
def scales() -> Mapping[str, float]:
    return {fold(word): value for word, value in SCALES.items()}


@cache
def connectors() -> Mapping[str, bool]:
    return {fold(word): strong for word, strong in CONNECTORS.items()}
