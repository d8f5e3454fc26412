"""Words that point: at a hit on the screen ("the second one", "第二个"), at what is shown or was asked ("like this but…"), or beside
it ("cheaper", "再大一点"); and words that take back ("undo", "start over")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from aisle.types import Reference

_ORDINALS: Mapping[str, int] = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5, "sixth": 6, "6th": 6,
    "seventh": 7, "7th": 7, "eighth": 8, "8th": 8, "ninth": 9, "9th": 9, "tenth": 10, "10th": 10, "last": -1, "top": 1,
    "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "첫": 1, "두": 2, "세": 3, "네": 4, "다섯": 5,
    "primero": 1, "primera": 1, "segundo": 2, "segunda": 2, "tercero": 3, "tercera": 3, "premier": 1, "première": 1, "deuxième": 2,
    "troisième": 3, "erste": 1, "ersten": 1, "zweite": 2, "zweiten": 2, "dritte": 3, "dritten": 3, "primeiro": 1, "primeira": 1, "terceiro": 3, "terceira": 3,
}  # fmt: skip
_MEASURES = "个|件|款|双|条|只|张|台|部|瓶|把|种|套|顶|本|盒|支|项"
_PLACES = (
    re.compile(
        r"\b(?:the\s+|this\s+|that\s+)?(first|1st|second|2nd|third|3rd|fourth|4th|fifth|5th|sixth|6th|seventh|7th|eighth|8th|ninth|9th|tenth|10th|last|top)"
        r"\s+(?:one|item|product|result|picture|option|choice|hit)\b"
    ),
    re.compile(r"\b(?:number|option|item)\s+(one|two|three|four|five|six|seven|eight|nine|ten)\b(?!\s+(?!(?:but|in|with|only|and|or|please)\b)\w)"),
    re.compile(r"\b(?:number|no\.?|#|item|option|result)\s*(\d{1,2})\b(?!\s*(?:inch|cm|mm|gb|\"|%))"),
    re.compile(rf"第\s*([一二两三四五六七八九十]|\d{{1,2}})\s*(?:{_MEASURES})(?!(?![有是那这要能可多怎太换但和跟比呢吗我也还看的])[\u4e00-\u9fff])"),
    re.compile(rf"(最后)一?(?:{_MEASURES})"),
    re.compile(r"\b(?:el|la|le|der|die|das|o|a|den)\s+(primero|primera|segundo|segunda|tercero|tercera|première?|premier|deuxième|troisième|erste[nr]?|zweite[nr]?|dritte[nr]?|primeiro|primeira|terceir[oa])\b(?!\s+(?!(?:pero|mais|mas|aber|en|in|em|por)\b)\w+\s+\w)"),
    re.compile(r"(첫|두|세|네|다섯)\s*번째\s*(?:거|것|제품|상품)"),
    re.compile(r"([一二三四五六七八九十]|\d{1,2})\s*番目"),
    re.compile(r"\b(?:the|that)\s+(first|second|third|fourth|fifth|last)\b(?!\s+\w)"),
)  # fmt: skip
_SHOWN = re.compile(
    r"\b(?:(?:just|exactly|something|anything|one|more|similar|same|the same)\s+)*(?:like|as|to)\s+(?:this|that|these|those|it)(?:\s+one)?\b|\bsame\s+(?:thing|one|style|model|as\s+(?:this|before))\b"
    r"|\bthis(?:\s+one)?(?=\s*,?\s+(?:but|in|only)\b)|\bthat\s+one\b|\bthis\s+one\b|\bmore\s+like\s+(?:this|that|it)\b|\bsimilar\s+ones?\b"
    r"|(?:跟|和|像|与)?(?:这个|这款|这件|这双|这条|这种|那个|那款|那件|那双|刚才那个|(?<=[跟和像与比])它|^它)(?:一样|类似|差不多|相似)?的?|^\W*(?:有没有|有|找|要|求|来个)?同款|类似的|相似的|(?<![不面])一样的|差不多的"
    r"|\bcomo\s+est[aeo]s?\b|\b(?:comme\s+ça|celui-ci|celle-ci)\b|\bwie\s+(?:diese[rs]?|das)\b|これ|このような|이거|이런|مثل هذا"
)
_THAN_SO_MUCH = r"\s+th[ae]n\s+\d"
"""That is a bound."""
_THAN_ELSE = r"\s+th[ae]n(?!\s+(?:this|that|these|those|the|it)\b)"
_THAN: Mapping[str, tuple[str, str, re.Pattern[str]]] = {
    name: (field, way, re.compile(pattern))
    for name, field, way, pattern in (
        ("cheaper", "price", "lower", rf"\b(?:something\s+|anything\s+|a\s+bit\s+|much\s+)?(?:cheaper|less\s+expensive|more\s+affordable|lower\s+price)\b(?!{_THAN_ELSE})|(?:再)?便宜(?:一?点|些)|更便宜|(?<![要别算不])太贵了?|más\s+barat[oa]s?|moins\s+cher(?:e|s|es)?|billiger|günstiger|mais\s+barat[oa]s?|もっと安い|(?<=[れち])より安い|더\s*싼|(?<!\w)أرخص|(?<!not )too\s+expensive"),
        ("dearer", "price", "higher", r"\b(?:more\s+expensive|pricier|more\s+premium|higher\s+end)\b|(?:再)?贵一?点|更贵|更高档|高端一?点|más\s+car[oa]s?|plus\s+chère?s?|teurer"),
        ("bigger", "size", "higher", rf"\b(?:a\s+bit\s+|much\s+)?(?:bigger|larger)\b(?!{_THAN_SO_MUCH})|(?:再)?大(?:一?[点些]|一[号码])|再大[号码]|更大|más\s+grandes?|plus\s+grande?s?|größer|\bmaior(?:es)?\b"),
        ("smaller", "size", "lower", rf"\b(?:a\s+bit\s+|much\s+)?(?:smaller|more\s+compact)\b(?!{_THAN_SO_MUCH})|(?:再)?小(?:一?[点些]|一[号码])|再小[号码]|更小|más\s+pequeñ[oa]s?|plus\s+petite?s?|kleiner|\bmenor(?:es)?\b"),
        ("wider", "width", "higher", rf"\b(?:a\s+bit\s+|much\s+)?wider\b(?!{_THAN_SO_MUCH})|(?:再)?宽一?[点些]|更宽"),
        ("narrower", "width", "lower", rf"\b(?:a\s+bit\s+|much\s+)?narrower\b(?!{_THAN_SO_MUCH})|(?:再)?窄一?[点些]|更窄"),
        ("taller", "height", "higher", rf"\b(?:a\s+bit\s+|much\s+)?taller\b(?!{_THAN_SO_MUCH})(?!\s+(?:person|people|man|men|woman|women|guys?)\b)|(?:^|(?<=[再要身跟，, ]))高一[点些]"),
        ("longer", "length", "higher", rf"\b(?:a\s+bit\s+|much\s+)?(?<!lasts )longer\b(?!{_THAN_ELSE})|(?:再)?长(?:一[点些]|些)|更长|más\s+larg[oa]s?|plus\s+longue?s?|länger"),
        ("shorter", "length", "lower", rf"\b(?:a\s+bit\s+|much\s+)?shorter\b(?!{_THAN_SO_MUCH})|(?:再)?短(?:一[点些]|些)|更短|más\s+cort[oa]s?|plus\s+courte?s?|kürzer"),
        ("lighter", "weight", "lower", r"\b(?:a\s+bit\s+|much\s+)?lighter\b(?!\s+(?:th[ae]n\s+\d|colou?r|shade|blue|red|green|grey|gray|pink))|(?:再)?轻(?:一[点些]|些)|更轻"),
        ("heavier", "weight", "higher", rf"\b(?:heavier|sturdier)\b(?!{_THAN_SO_MUCH})|(?:再)?重(?:一[点些]|些)|更重"),
        ("better rated", "rating", "higher", r"\b(?:better\s+(?:rated|reviewed|reviews|rating)|higher\s+rat(?:ed|ing))\b|评[分价](?:更|再)?高一?[点些]|评价更好"),
        ("newer", "newest", "higher", r"\b(?:newer|more\s+recent)\b|更新一?[点些]的|新一[点些]"),
    )
}  # fmt: skip
"""What is compared with what is on the screen: a field and the way it should go."""


class Taking(StrEnum):
    """What is taken back: the last turn, or everything."""

    UNDO = "undo"
    RESTART = "restart"


_AGAIN = (
    r"start\s+(?:over|again|anew)|new\s+search|reset|clear\s+(?:all|everything)|重新(?:开始|搜索|来)|清空|从头(?:开始|来)"
    r"|empezar\s+de\s+nuevo|recommencer|neu\s+anfangen"
)
_ANEW = re.compile(rf"^\W*(?:{_AGAIN})\s*[.,;:!?。，；：！？]+\s*(?=\w)", re.IGNORECASE)
_BOUNDING = re.compile(r"\d\s*[\w\"']*\s+or\s+$")
"""Said before, it makes a bound of it: "10 feet or longer"."""
_TAKING = {
    Taking.UNDO: re.compile(r"^\W*(?:undo|go\s+back|back|previous|forget\s+(?:that|it)|take\s+that\s+back|撤销|退回|返回|上一步|还是刚才的?(?:吧)?|deshacer|annuler|zurück)\W*$"),
    Taking.RESTART: re.compile(rf"^\W*(?:{_AGAIN}|clear)(?:\W+(?:please|thanks?|谢谢|吧))?\W*$"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pointed:
    """What a text points at, and where it says so: spans [start, end) in the text."""

    reference: Reference | None
    spans: tuple[tuple[int, int], ...]


def read_reference(text: str) -> Pointed:
    """The text must be as it was typed; case doesn't count. At most one hit is pointed at: the first that is named."""
    low = text.lower()
    if len(low) != len(text):  # a letter whose small form is longer: offsets would drift
        low = text
    spans: list[tuple[int, int]] = []
    place: int | None = None
    for pattern in _PLACES:
        if place is None and (match := pattern.search(low)):
            said = match.group(1)
            place = (
                -1
                if said == "最后"
                else _ORDINALS.get(said) or (int(said) if said.isdigit() else _ORDINALS.get(said.rstrip("nr"), 1))
            )
            spans.append(match.span())
    than: dict[str, str] = {}
    for field, way, pattern in _THAN.values():
        if (match := pattern.search(low)) and not _BOUNDING.search(low, 0, match.start()):
            than.setdefault(field, way)
            spans.append(match.span())
    if place is None and (match := _SHOWN.search(low)):
        spans.append(match.span())
    if not spans:
        return Pointed(None, ())
    spans.sort()
    return Pointed(Reference(place, than, " ".join(text[s:e] for s, e in spans)), tuple(spans))


def read_taking(text: str) -> Taking | None:
    """Whether the whole text only takes back."""
    low = text.lower()
    return next((what for what, pattern in _TAKING.items() if pattern.match(low)), None)


def read_anew(text: str) -> str | None:
    """What is asked for after everything was taken back in the same breath: "start over. electric kettle"; None where nothing was."""
    begun = _ANEW.match(text)
    return text[begun.end() :] if begun else None
