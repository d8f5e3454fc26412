"""Stock, ratings, dates, flags and the few closed vocabularies, from the many ways in which feeds write them."""

from __future__ import annotations

import datetime
import email.utils
import re
import unicodedata

from aisle.catalog.money import parse_number

_STOCK = {
    0: "out of stock|outofstock|sold out|soldout|unavailable|not available|no|false|n|none|discontinued|out|oos|"
    "ausverkauft|无货|缺货|售罄|已售完|下架|断货|没货|無貨|否",
    1: "in stock|instock|available|yes|true|y|in store|instoreonly|in store only|onlineonly|online only|"
    "limited availability|limitedavailability|low stock|few left|preorder|pre order|"
    "presale|backorder|back order|made to order|in|auf lager|"
    "有货|现货|有貨|預購|预售|预定|在售|有库存|充足|库存充足|少量|是",
}  # fmt: skip
_STOCK_OF = {word: count for count, words in _STOCK.items() for word in words.split("|")}
_COUNT = re.compile(r"-?\d[\d,. ]*")
MAX_STOCK = 10**9


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).strip().lower().replace("_", " ").replace("-", " ").split())


def parse_stock(value: str | float | int | bool) -> int | None:
    """Pieces left: a number is itself (never under 0), "in stock" is 1, "售罄" is 0; None when it says neither."""
    if isinstance(value, bool | int | float):
        return min(max(int(value), 0), MAX_STOCK)
    text = _folded(value.rsplit("/", 1)[-1] if "schema.org" in value else value)
    if text in _STOCK_OF:
        return _STOCK_OF[text]
    if text.startswith("-") or value.strip().startswith("-"):
        return 0 if _COUNT.search(text) else None
    if found := _COUNT.search(text):
        count = parse_number(found.group())
        return None if count is None else min(max(int(count), 0), MAX_STOCK)
    return None


_OF = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:/|out of|of|von|sur)\s*(\d+(?:[.,]\d+)?)", re.IGNORECASE)


def parse_rating(value: str | float | int, best: float | None = None) -> float | None:
    """Stars from 0 to 5, to two places: ``4.5``, ``"9/10"``, ``"90%"``, ``"★★★★☆"``.

    ``best`` is the top of the scale where the feed says it; without it a value over 5 is taken as of 10, over 10 as
    of 100.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if "★" in value:
            return min(float(value.count("★")), 5.0)
        if scaled := _OF.search(value):
            number, best = float(scaled[1].replace(",", ".")), float(scaled[2].replace(",", "."))
        else:
            digits = re.search(r"-?\d+(?:[.,]\d+)?", value)
            if not digits:
                return None
            number = float(digits.group().replace(",", "."))
            best = 100.0 if "%" in value else best
    else:
        number = float(value)
    scale = best or (5.0 if number <= 5 else 10.0 if number <= 10 else 100.0)
    if not 0 <= number <= scale:
        return None
    return round(number / scale * 5, 2)


_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*(?:[-/.月]\s*(\d{1,2})\s*[日号]?)?月?(?:[T\s](.*))?\Z")
_DAY_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:\s.*)?\Z")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?[\s-]+)?([A-Za-z]{3})[a-z]*\.?[\s-]+(?:(\d{1,2})(?:st|nd|rd|th)?,?[\s-]+)?(\d{4})\Z"
)


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None


def _from_epoch(number: float) -> str | None:
    seconds = number / 1000 if number > 1e11 else number
    if not 1e8 < seconds < 1e10:
        return None
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(microsecond=0)
    return moment.isoformat().replace("+00:00", "Z")


def parse_date(value: str | float | int) -> str | None:
    """ISO 8601: a date, or a moment in UTC where the text has a time with a zone. ``3/4/2024`` is read month first,
    ``3.4.2024`` day first."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _iso(int(value), 1, 1) if 1000 <= value <= 2200 else _from_epoch(float(value))
    text = unicodedata.normalize("NFKC", value).strip()
    if re.fullmatch(r"\d{8}", text):
        return _iso(int(text[:4]), int(text[4:6]), int(text[6:]))
    if re.fullmatch(r"\d{9,13}", text):
        return _from_epoch(float(text))
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        if len(text) <= 10:
            return moment.date().isoformat()
        return _moment(moment)
    if found := _DATE.match(text):
        return _iso(int(found[1]), int(found[2]), int(found[3] or 1))
    if found := _DAY_FIRST.match(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        month, day = (first, second) if found[2] == "/" and first <= 12 else (second, first)
        return _iso(year, month, day)
    if (found := _NAMED.match(text)) and found[2].lower() in _MONTHS:
        return _iso(int(found[4]), _MONTHS.index(found[2].lower()) + 1, int(found[1] or found[3] or 1))
    try:
        return _moment(email.utils.parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _moment(moment: datetime.datetime) -> str:
    moment = moment.replace(microsecond=0)
    if moment.tzinfo is None:
        return moment.isoformat()
    try:
        return moment.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return moment.replace(tzinfo=None).isoformat()


_VOCABULARIES: dict[str, dict[str, str]] = {
    "gender": {
        "Women": "women woman womens women's female f ladies lady femme damen mujer donna 女 女士 女性 女款 女装",
        "Men": "men man mens men's male m gents homme herren hombre uomo 男 男士 男性 男款 男装",
        "Girls": "girls girl 女童 女孩",
        "Boys": "boys boy 男童 男孩",
        "Kids": "kids kid children child 儿童 童",
        "Unisex": "unisex all both 中性 通用 男女 男女通用 男女同款 不限",
    },
    "condition": {
        "new": "new newcondition brandnew 全新 新 新品",
        "refurbished": "refurbished refurbishedcondition renewed 翻新 官翻",
        "used": "used usedcondition pre-owned preowned secondhand second-hand damagedcondition 二手 旧 闲置",
    },
}
_WORD_OF = {
    field: {word: name for name, words in table.items() for word in words.split()}
    for field, table in _VOCABULARIES.items()
}


def parse_word(field: str, text: str) -> str | None:
    """The canonical word of a closed vocabulary ("gender", "condition"); None when the text isn't in it."""
    folded = unicodedata.normalize("NFKC", text).strip().lower()
    folded = folded.rsplit("/", 1)[-1] if "schema.org" in folded else folded
    return _WORD_OF[field].get(folded.replace(" ", ""))
