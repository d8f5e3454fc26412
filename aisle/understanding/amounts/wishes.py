"""Sort wishes: what one wishes to see first ("cheapest", 销量最高), named as the API names sorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from aisle.understanding.amounts.words import NOT_FOLLOWED, needs_space, split
from aisle.understanding.language import Normalized

_SORTS = {
    "price": """cheapest|lowest price|lowest priced|least expensive|cheapest first|price low to high|low to high|most affordable|lowest cost|by price|price ascending
        |más barato|más barata|más baratos|más baratas|más económico|más económica|menor precio|precio más bajo
        |le moins cher|la moins chère|les moins chers|les moins chères|moins cher|moins chère|prix le plus bas|prix croissant
        |billigste|billigster|billigstes|billigsten|günstigste|günstigster|günstigstes|günstigsten|niedrigster preis
        |mais barato|mais barata|mais baratos|mais baratas|menor preço|mais em conta
        |按价格|价格排序|最便宜|价格最低|最低价|价格从低到高|从便宜到贵|价格升序|最实惠|便宜的排前面|最划算
        |最安|最安値|一番安い|最も安い|安い順|価格が安い順|가장 싼|제일 싼|최저가|가장 저렴한|제일 저렴한|낮은 가격순|가격 낮은
        |الأرخص|أرخص|الأقل سعرا|أقل سعر|الأقل ثمنا""",
    "price:desc": """price descending|按价格降序|价格降序|从高到低|从贵到便宜|most expensive|priciest|highest price|highest priced|price high to low|high to low|más caro|más cara|más caros|mayor precio|le plus cher|la plus chère
        |les plus chers|prix décroissant|teuerste|teuerster|teuerstes|teuersten|mais caro|mais cara|mais caros|maior preço|最贵|价格最高|价格从高到低|最高价|从贵到便宜
        |一番高い|最も高い|高い順|価格が高い順|가장 비싼|제일 비싼|높은 가격순|الأغلى|أغلى|الأعلى سعرا""",
    "rating:desc": """by rating|by ratings|by reviews|best rated|top rated|highest rated|best reviewed|highest rating|best reviews|best rating|best-rated|top-rated|highest-rated|best ratings|top reviewed
        |mejor valorado|mejor valorada|mejor valorados|mejor valoradas|mejores valoraciones|mejor calificado|mejor calificados|mejor puntuados
        |mieux noté|mieux notée|mieux notés|mieux notées|meilleures notes|meilleurs avis|meilleure note
        |bestbewertet|bestbewertete|bestbewerteten|beste bewertung|besten bewertungen|beste bewertungen|am besten bewertet|am besten bewertete|am besten bewerteten
        |mais bem avaliado|mais bem avaliada|mais bem avaliados|melhor avaliado|melhor avaliada|melhor avaliados|melhores avaliações|melhor avaliação
        |按评分|评分排序|按好评|评分最高|评价最好|好评最多|口碑最好|最高评分|好评率最高|评价最高|评分高的排前
        |高評価|評価が高い|評価の高い|評価順|一番評価|평점 높은|별점 높은|평점순|가장 평점|평가 좋은|리뷰 좋은
        |الأعلى تقييما|الأفضل تقييما|أعلى تقييم|أفضل تقييم""",
    "newest": """what's new|whats new|newest|latest|new arrivals|most recent|newly released|just released|just arrived|más nuevo|más nueva|más nuevos|más reciente|más recientes|últimas novedades|novedades
        |lo último|plus récent|plus récente|plus récents|plus récentes|nouveautés|dernières nouveautés|neueste|neuester|neuestes|neuesten|neuheiten|neu eingetroffen
        |mais novo|mais nova|mais novos|mais recente|mais recentes|lançamentos|novidades|什么新品|啥新品|哪些新品|有新品|新品有|新到的|上新了|按上架时间|最新|最近上架|刚上架|新品上市|最近上新|新着|新着順|新発売|최신|신상|신상품|가장 최근|최근 출시
        |الأحدث|أحدث|آخر إصدار|وصل حديثا""",
    "reviews:desc": """best selling|best-selling|bestselling|best sellers|best seller|bestsellers|bestseller|most popular|top selling|most reviewed|most sold
        |más vendido|más vendida|más vendidos|más vendidas|más popular|más populares|plus vendu|plus vendue|plus vendus|plus vendues|meilleures ventes|plus populaire|plus populaires
        |meistverkauft|meistverkaufte|meistverkauften|beliebteste|beliebtesten|am beliebtesten|mais vendido|mais vendida|mais vendidos|mais vendidas|mais popular|mais populares
        |销量最高|销量最好|卖得最好|最热卖|最畅销|最受欢迎|销量第一|最火|人气最高|评论最多|按销量|売れ筋|人気順|一番人気|ベストセラー|가장 인기|인기순|베스트셀러|제일 잘 팔리는|판매순
        |الأكثر مبيعا|الأكثر شعبية|الأكثر رواجا""",
}  # fmt: skip
"""Wishes as the API names sorts. What sells best isn't known to a catalog; the number of reviews is what comes nearest."""
_UNDIRECTED = frozenset(("by price", "按价格", "价格排序", "by rating", "by ratings", "by reviews"))
"""Of them those that another may follow and tell the way of."""


@cache
def _sorts() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """The first two characters of phrases → (phrase, wish), long phrases first."""
    found = {word: wish for wish, words in _SORTS.items() for word, _ in split(words)}
    begun: dict[str, list[tuple[str, str]]] = {}
    for phrase, wish in sorted(found.items(), key=lambda row: (-len(row[0]), row[0])):
        begun.setdefault(phrase[:2], []).append((phrase, wish))
    return {start: tuple(phrases) for start, phrases in begun.items()}


def read_wish(query: Normalized, taken: Sequence[tuple[int, int]]) -> tuple[str, tuple[int, int]] | None:
    """The wish that stands first, and where. A wish inside an amount ("cheaper than") is none."""
    text, phrases = query.text, _sorts()
    named: tuple[str, tuple[int, int]] | None = None
    for at in range(len(text) - 1):
        for phrase, wish in phrases.get(text[at : at + 2], ()):
            end = at + len(phrase)
            if not text.startswith(phrase, at) or _goes_on(text, at) or _goes_on(text, end):
                continue
            if text[end : end + 1] and text[end] in NOT_FOLLOWED.get(phrase, ""):
                continue
            span = query.span(at, end)
            if any(start < span[1] and span[0] < stop for start, stop in taken):
                continue
            if phrase not in _UNDIRECTED:
                return wish, span
            named = named or (wish, span)  # "by price, high to low"
    return named


def _goes_on(text: str, at: int) -> bool:
    """Whether a place is inside a word of a script that parts its words."""
    return 0 < at < len(text) and needs_space(text[at - 1]) and needs_space(text[at])
