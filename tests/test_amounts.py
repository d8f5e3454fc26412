"""Amounts: prices, ratings, measures, how many and sort wishes in nine languages, and what is none of them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.types import Range
from aisle.understanding.amounts import Amounts, read_amounts
from aisle.understanding.amounts.numerals import chinese_number


def one(text: str, language: str) -> tuple[object, ...]:
    """(field, minimum, maximum, unit) of the only range."""
    found = read_amounts(text, language)
    assert len(found.ranges) == 1 and not found.quantities, found
    made = found.ranges[0]
    return made.field, made.minimum, made.maximum, made.unit


@pytest.mark.parametrize(
    ("language", "text", "low", "high", "currency"),
    [
        ("en", "red dress under 50", None, 50, ""),
        ("en", "red dress under $50", None, 50, "USD"),
        ("en", "shoes less than 1,299.99 usd", None, 1299.99, "USD"),
        ("en", "up to £25", None, 25, "GBP"),
        ("en", "max 50€", None, 50, "EUR"),
        ("en", "dress max price 80", None, 80, ""),
        ("en", "cheaper than 30 bucks", None, 30, "USD"),
        ("en", "50 dollars or less", None, 50, "USD"),
        ("en", "laptop between 500 and 1000 dollars", 500, 1000, "USD"),
        ("en", "from $20 to $50 shoes", 20, 50, "USD"),
        ("en", "headphones 50-100 usd", 50, 100, "USD"),
        ("en", "watch over 2k", 2000, None, ""),
        ("en", "at least 40 euros", 40, None, "EUR"),
        ("en", "around 200 dollars", 160, 240, "USD"),
        ("en", "under two hundred dollars", None, 200, "USD"),
        ("en", "laptop under 1.5k", None, 1500, ""),
        ("en", "501 jeans under 40 euros", None, 40, "EUR"),
        ("en", "4k tv under 500", None, 500, ""),
        ("en", "can't spend more than £150", None, 150, "GBP"),
        ("en", "nothing above 30 dollars", None, 30, "USD"),
        ("en", "i don't want to pay over 60", None, 60, ""),
        ("en", "not under $20", 20, None, "USD"),
        ("en", "refurbished tablet, 400 max", None, 400, ""),
        ("en", "gift for my wife between 100 and 150", 100, 150, ""),
        ("en", "nothing that costs more than $50", None, 50, "USD"),
        ("en", "20 dollars and under", None, 20, "USD"),
        ("es", "no quiero gastar más de 100 euros", None, 100, "EUR"),
        ("pt", "nada acima de 100", None, 100, ""),
        ("ja", "1万円より安い靴", None, 10000, "JPY"),
        ("ja", "5000円以上はダメ", None, 5000, "JPY"),
        ("ko", "5만원 넘는 거 말고", None, 50000, "KRW"),
        ("zh", "300以内，不要红色", None, 300, ""),
        ("zh", "手机2000以下不要华为", None, 2000, ""),
        ("zh", "200以上免邮", 200, None, ""),
        ("zh", "能不能300以内", None, 300, ""),
        ("zh", "两种分别500以下", None, 500, ""),
        ("zh", "价格别超过400", None, 400, ""),
        ("zh", "低于三百块的就不看了", 300, None, "CNY"),
        ("zh", "不要300以下的", 300, None, ""),
        ("zh", "女款跑鞋300-500，缓震", 300, 500, ""),
        ("zh", "预算八百", None, 800, ""),
        ("zh", "三百以内的连衣裙", None, 300, ""),
        ("zh", "一千五左右的手机", 1200, 1800, ""),
        ("zh", "手机壳 50块钱以下", None, 50, "CNY"),
        ("zh", "2万以下的钢琴", None, 20000, ""),
        ("zh", "不超过300", None, 300, ""),
        ("zh", "低于一百零五元", None, 105, "CNY"),
        ("zh", "100到200元的鞋子", 100, 200, "CNY"),
        ("zh", "两千到三千的电脑", 2000, 3000, ""),
        ("zh", "价格在100-200之间", 100, 200, ""),
        ("zh", "两三百块的鞋", 180, 330, "CNY"),
        ("zh", "九块九包邮", 8.91, 10.89, "CNY"),
        ("zh", "百元以内", None, 100, "CNY"),
        ("zh", "￥１００以上", 100, None, "CNY"),
        ("zh", "rmb100以内", None, 100, "CNY"),
        ("zh", "三百塊以內", None, 300, "CNY"),
        ("zh", "3万5千以下", None, 35000, ""),
        ("es", "zapatos por menos de 50 euros", None, 50, "EUR"),
        ("es", "entre 20 y 50 euros", 20, 50, "EUR"),
        ("es", "televisor hasta 1.500 €", None, 1500, "EUR"),
        ("es", "menos de cien euros", None, 100, "EUR"),
        ("es", "a partir de 30 dólares", 30, None, "USD"),
        ("fr", "robe entre 50 et 100 €", 50, 100, "EUR"),
        ("fr", "moins de cinquante euros", None, 50, "EUR"),
        ("fr", "jusqu'à 80 €", None, 80, "EUR"),
        ("fr", "plus de 20 euros", 20, None, "EUR"),
        ("de", "Kleid bis 80 Euro", None, 80, "EUR"),
        ("de", "Schuhe unter fünfzig Euro", None, 50, "EUR"),
        ("de", "über 1.299,50 €", 1299.5, None, "EUR"),
        ("de", "zwischen 20 und 50 Euro", 20, 50, "EUR"),
        ("de", "höchstens 40 €", None, 40, "EUR"),
        ("ja", "5000円以下のバッグ", None, 5000, "JPY"),
        ("ja", "3,000円から5,000円まで", 3000, 5000, "JPY"),
        ("ja", "三千円以内", None, 3000, "JPY"),
        ("ja", "¥5000以下", None, 5000, "JPY"),
        ("ko", "5만원 이하 운동화", None, 50000, "KRW"),
        ("ko", "3만원에서 5만원 사이", 30000, 50000, "KRW"),
        ("ko", "만 오천원 이하", None, 15000, "KRW"),
        ("pt", "vestido até 100 reais", None, 100, "BRL"),
        ("pt", "entre 20 e 50 reais", 20, 50, "BRL"),
        ("pt", "tênis abaixo de R$ 200", None, 200, "BRL"),
        ("ar", "حذاء أقل من 100 دولار", None, 100, "USD"),
        ("ar", "ساعة بين ٥٠ و ١٠٠ ريال", 50, 100, "SAR"),
        ("ar", "لا يزيد عن 200 درهم", None, 200, "AED"),
    ],
)
def test_prices(language: str, text: str, low: float | None, high: float | None, currency: str) -> None:
    field, minimum, maximum, unit = one(text, language)
    assert (field, unit) == ("price", currency)
    assert minimum == pytest.approx(low) and maximum == pytest.approx(high)


@pytest.mark.parametrize(
    ("language", "text", "low"),
    [
        ("en", "4 stars and up", 4),
        ("en", "4+ stars", 4),
        ("en", "rated above 4.5", 4.5),
        ("en", "headphones with at least 4 stars", 4),
        ("en", "minimum rating 4", 4),
        ("en", "at least 4 and a half stars", 4.5),
        ("zh", "至少四星半", 4.5),
        ("zh", "四星以上", 4),
        ("zh", "评分4.5以上", 4.5),
        ("zh", "4.5分以上", 4.5),
        ("zh", "评分高于4", 4),
        ("es", "4 estrellas o más", 4),
        ("fr", "4 étoiles et plus", 4),
        ("fr", "note 4 et plus", 4),
        ("de", "ab 4 Sternen", 4),
        ("ja", "星4つ以上", 4),
        ("ja", "評価4以上", 4),
        ("ko", "별점 4점 이상", 4),
        ("pt", "4 estrelas ou mais", 4),
        ("ar", "تقييم 4 فما فوق", 4),
    ],
)
def test_ratings(language: str, text: str, low: float) -> None:
    assert one(text, language) == ("rating", low, None, "")


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("15 inch laptop", 15, "in"), ('15.6" laptop', 15.6, "in"), ("15 in laptop", 15, "in"), ("500 ml bottle", 500, "ml"), ("2kg flour", 2, "kg"),
        ("128GB", 128, "GB"), ("iphone 15 pro max 256gb", 256, "GB"), ("1/2 inch drill", 0.5, "in"), ("5 feet rug", 5, "ft"), ("半斤茶叶", 0.25, "kg"),
        ("一斤半苹果", 0.75, "kg"), ("10升", 10, "L"), ("42码 运动鞋", 42, "size"), ("size 9 in black", 9, "size"), ("شاحن 20 واط", 20, "W"), ("两双袜子", 2, "pair"),
        ("三双", 3, "pair"), ("两箱牛奶", 2, "box"), ("2 boxes of tea", 2, "box"), ("two pairs of socks", 2, "pair"), ("pack of 6 socks", 6, "piece"),
        ("6-pack beer", 6, "piece"), ("12 ct", 12, "piece"), ("6 of them", 6, "piece"), ("tulip bulbs, two of them", 2, "piece"), ("3 jars of honey", 3, "jar"), ("a dozen eggs", 12, "piece"), ("2 dozen eggs", 24, "piece"), ("dos cajas de leche", 2, "box"),
        ("trois boîtes de thé", 3, "box"), ("zwei Paar Socken", 2, "pair"), ("três pares de meias", 3, "pair"), ("2足 靴下", 2, "pair"), ("세 켤레 양말", 3, "pair"),
        ("talla 38", 38, "size"), ("größe 42", 42, "size"), ("사이즈 270", 270, None), ("مقاس 42", 42, "size"),
    ],
)  # fmt: skip
def test_quantities(text: str, amount: float, unit: str | None) -> None:
    found = read_amounts(text)
    assert not found.ranges, found
    assert [(made.amount, made.unit) for made in found.quantities] == ([(amount, unit)] if unit else [])


@pytest.mark.parametrize(
    ("text", "field", "low", "high", "unit"),
    [
        ("at least 16gb ram", "storage", 16, None, "GB"),
        ("under 2 lbs", "weight", None, 0.90718474, "kg"),
        ("from 5 to 10 kg dumbbell", "weight", 5, 10, "kg"),
        ("5-10斤", "weight", 2.5, 5, "kg"),
        ("2 bis 5 kg", "weight", 2, 5, "kg"),
        ("toys for 3-6 years", "age", 3, 6, "year"),
        ("3岁以上儿童玩具", "age", 3, None, "year"),
        ("under 50 cm", "length", None, 0.5, "m"),
        ("max 70cm wide", "width", None, 0.7, "m"),
        ("150 cm tall max", "height", None, 1.5, "m"),
        ("max height 28 in", "height", None, 0.7112, "m"),
        ("weighing about 280 g", "weight", 0.224, 0.336, "kg"),
        ("between 48 and 55 inches wide", "width", 1.2192, 1.397, "m"),
        ("10 feet or longer", "length", 3.048, None, "m"),
        ("höchstens 60 cm breit", "width", None, 0.6, "m"),
        ("长度1米4以内", "length", None, 1.4, "m"),
        ("跟高不超过5厘米", "height", None, 0.05, "m"),
    ],
)
def test_bounded_measures_are_si(text: str, field: str, low: float | None, high: float | None, unit: str) -> None:
    assert one(text, "en") == (field, pytest.approx(low), pytest.approx(high), unit)


@pytest.mark.parametrize(
    "text",
    [
        "iphone 15",
        "wd40",
        "wd-40",
        "a4 paper",
        "501 jeans",
        "air max 90",
        "5g phone",
        "4k tv",
        "ps5",
        "三星手机",
        "三只松鼠",
        "六个核桃",
        "2 in 1 laptop",
        "iphone 15 in black",
        "90x200 cm bed sheet\n    ",
        "100% cotton",
        "under 30 minutes",
        "3m tape",
        "7up",
        "7 up",
        "24/7",
        "双11",
        "一体机",
        "四件套",
        "一次性杯子",
        "千层蛋糕",
        "百搭外套",
        "one piece swimsuit",
        "18k gold ring",
        "hp q6511x",
        "5w-30 oil",
        "iphone 15 max\n    ",
        "galaxy s24 plus",
        "gtx 560",
        "2024 calendar",
        "千斤顶",
        "半身裙",
        "万能充",
        "100000000000000000000 dollars",
        "under",
        "三",
        "",
        "   ",
        "buy 2 get 1 free",
        "chanel no 5",
        "第二个",
        "timer 60 min",
        "tv 55 max",
        "童装100-150",
        "充电宝 10000-20000",
        "zapatos de 36 a 42",
        "klipsch sub 12",
        "晚上新款睡衣",
        "一双袜子",
        "between 5 and 8",
        "forever 21",
        "under armour 5",
        "samsung galaxy note 2",
        "五条悟",
        "简约一点",
        "2520圆棒",
        "天狼星半音阶口琴",
    ],
)
def test_no_amount(text: str) -> None:
    assert read_amounts(text.strip()) == Amounts()


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("cheapest red shoes", "price"), ("best rated headphones", "rating:desc"), ("newest phones", "newest"), ("best selling books", "reviews:desc"),
        ("most expensive watch", "price:desc"), ("最便宜的耳机", "price"), ("最新手机", "newest"), ("销量最高", "reviews:desc"), ("评分最高的", "rating:desc"),
        ("las zapatillas más baratas", "price"), ("le casque le moins cher", "price"), ("günstigste Schuhe", "price"), ("am besten bewertet", "rating:desc"),
        ("一番安いバッグ", "price"), ("新着順", "newest"), ("가장 저렴한 운동화", "price"), ("mais barato", "price"), ("الأرخص", "price"), ("الأعلى تقييما", "rating:desc"),
        ("what's new this week", "newest"), ("sort by price", "price"), ("sort by price high to low", "price:desc"), ("按价格降序", "price:desc"), ("sort them by rating", "rating:desc"), ("今天有啥新品", "newest"),
        ("cheap shoes", None), ("cheaper than 30", None), ("más barato que 50 euros", None), ("便宜的鞋", None),
    ],
)  # fmt: skip
def test_sort_wishes(text: str, sort: str | None) -> None:
    assert read_amounts(text).sort == sort


def test_texts_and_spans_are_of_the_original() -> None:
    text = "  Ｒed  Ｄress   ｕｎｄｅｒ  ＄５０ , two pairs， 評分４.５以上 最便宜"
    found = read_amounts(text)
    said = [*(made.text for made in found.ranges), *(made.text for made in found.quantities)]
    assert said == ["ｕｎｄｅｒ  ＄５０", "評分４.５以上", "two pairs"]
    assert [text[start:end] for start, end in found.spans] == [*said, "最便宜"]


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("dress over $20 and under $50", [("price", 20, None), ("price", None, 50)]),
        ("headphones over 4 stars and under $50", [("rating", 4, None), ("price", None, 50)]),
        ("menos de 50 euros y más de 4 estrellas", [("price", None, 50), ("rating", 4, None)]),
        ("under 20 inches wide and over 30 inches tall", [("width", None, 0.508), ("height", 0.762, None)]),
        ("柜子宽不超过50cm高不超过90cm", [("width", None, 0.5), ("height", None, 0.9)]),
        ("高度在80cm以上宽度在60cm以下", [("height", 0.8, None), ("width", None, 0.6)]),
        ("width under 50 cm height under 90 cm", [("width", None, 0.5), ("height", None, 0.9)]),
        ("hard drive 500gb to 2tb", [("storage", 500, 2000)]),
        ("lighter than 3 pounds", [("weight", None, 1.36077711)]),
    ],
)
def test_each_bound_is_of_its_own_number(text: str, bounds: list[tuple[str, float | None, float | None]]) -> None:
    assert [(made.field, made.minimum, made.maximum) for made in read_amounts(text).ranges] == bounds


@pytest.mark.parametrize("text", ["数据线1米2条", "5米10个"])
def test_a_measure_takes_no_other_number(text: str) -> None:
    assert len(read_amounts(text).quantities) == 2


def test_certainty_tells_a_filter_from_a_wish() -> None:
    sure, bare, about = (read_amounts(text).ranges[0] for text in ("under $50", "under 50", "around $50"))
    assert sure.hard and bare.hard and not about.hard
    assert sure.confidence > bare.confidence


def test_the_ends_are_in_order() -> None:
    assert read_amounts("between 100 and 50 dollars").ranges == (
        Range("price", 50, 100, "USD", "between 100 and 50 dollars", 0.95, True),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [("三百", 300), ("一千五", 1500), ("一百零五", 105), ("十五", 15), ("两万三", 23000), ("二十", 20), ("半", 0.5), ("三百五十六", 356), ("一万两千", 12000)],
)  # fmt: skip
def test_chinese_numerals(text: str, value: float) -> None:
    assert chinese_number(text) == (value, value)


@pytest.mark.parametrize("text", ["三三", "百百", "十百", "零十", "半半", "一" * 20])
def test_chinese_characters_that_are_no_number(text: str) -> None:
    assert chinese_number(text) is None


PIECES = st.sampled_from(
    ["under", "50", "$", "€", "三百", "以内", "块", " ", "-", "to", "between", "and", "4", "stars", "kg", "1.5k", "２万", "최대", "만원", "أقل من", "٥٠", "半", "斤", "\u200b"]
)  # fmt: skip


@given(
    st.one_of(
        st.text(max_size=60), st.lists(PIECES, max_size=14).map("".join), st.lists(PIECES, max_size=10).map(" ".join)
    )
)
@settings(max_examples=600)
def test_any_text_is_read_within_its_bounds(text: str) -> None:
    found = read_amounts(text)
    assert found == read_amounts(text)
    made = (*found.ranges, *found.quantities)
    assert len(found.spans) == len(made) + (found.sort is not None)
    for amount, (start, end) in zip(made, found.spans, strict=False):
        assert 0 <= start < end <= len(text) and amount.text == text[start:end]
    for a in found.ranges:
        assert a.minimum is not None or a.maximum is not None
        assert a.minimum is None or a.maximum is None or a.minimum <= a.maximum
    taken = sorted(found.spans[: len(made)])
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(taken))


@pytest.mark.parametrize(
    "text", ["under 50 " * 1200, "1" * 10_000, "三百以内" * 2500, "半斤" * 5000, "5 " * 5000, "a" * 10_000]
)
def test_long_texts_are_read_to_a_bound(text: str) -> None:
    assert len(read_amounts(text).spans) <= 64
