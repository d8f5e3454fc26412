"""Prices as shops write them → an amount and an ISO 4217 currency."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

MAX_AMOUNT = 1e12


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` None: the text names no price. ``currency`` None: it names no currency. A range gives its lower
    end."""

    amount: float | None
    currency: str | None = None


_SIGNS = {
    "US$": "USD", "USD$": "USD", "C$": "CAD", "CA$": "CAD", "CAD$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD",
    "HK$": "HKD",
    "NT$": "TWD", "S$": "SGD", "SG$": "SGD", "R$": "BRL", "MX$": "MXN", "CN¥": "CNY", "JP¥": "JPY", "$": "USD",
    "€": "EUR", "£": "GBP",
    "¥": "CNY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY", "฿": "THB", "₫": "VND", "₱": "PHP", "₪": "ILS",
    "₴": "UAH", "₦": "NGN",
    "zł": "PLN", "zl": "PLN", "Kč": "CZK", "Ft": "HUF", "lei": "RON", "лв": "BGN", "руб": "RUB", "Fr.": "CHF",
    "SFr": "CHF",
    "Rs.": "INR", "Rs": "INR", "kr": "SEK", "RM": "MYR", "Rp": "IDR", "RMB": "CNY", "CNH": "CNY", "euros": "EUR",
    "euro": "EUR",
    "dollars": "USD", "dollar": "USD", "pounds": "GBP", "yuan": "CNY", "人民币": "CNY", "人民幣": "CNY", "港币": "HKD",
    "港元": "HKD",
    "美元": "USD", "美金": "USD", "欧元": "EUR", "英镑": "GBP", "日元": "JPY", "台币": "TWD", "円": "JPY", "元": "CNY",
    "块": "CNY", "圆": "CNY",
}  # fmt: skip
_CODES = frozenset(
    [
        "USD",
        "EUR",
        "GBP",
        "CNY",
        "JPY",
        "KRW",
        "INR",
        "AUD",
        "CAD",
        "NZD",
        "CHF",
        "SEK",
        "NOK",
        "DKK",
        "PLN",
        "CZK",
        "HUF",
        "RON",
        "BGN",
        "RUB",
        "UAH",
        "TRY",
        "BRL",
        "MXN",
        "ARS",
        "CLP",
        "COP",
        "PEN",
        "HKD",
        "TWD",
        "SGD",
        "THB",
        "VND",
        "IDR",
        "MYR",
        "PHP",
        "ZAR",
        "NGN",
        "KES",
        "EGP",
        "AED",
        "SAR",
        "QAR",
        "KWD",
        "ILS",
    ]
)
_COMMA_DECIMAL = frozenset(
    [
        "EUR",
        "BRL",
        "TRY",
        "DKK",
        "NOK",
        "SEK",
        "PLN",
        "CZK",
        "HUF",
        "RON",
        "BGN",
        "RUB",
        "UAH",
        "IDR",
        "VND",
        "ARS",
        "CLP",
        "COP",
    ]
)
"""Currencies whose countries write 1.299 for a thousand and more."""
_SIGN = re.compile("|".join(re.escape(each) for each in sorted(_SIGNS, key=len, reverse=True)), re.IGNORECASE)
_CODE = re.compile(r"(?<![A-Za-z])(" + "|".join(sorted(_CODES)) + r")(?![A-Za-z])", re.IGNORECASE)
_SIGN_FOLDED = {sign.lower(): code for sign, code in _SIGNS.items()}
_NUMBER = re.compile(
    r"(?P<digits>\d[\d.,'’\s\u00a0]*)(?P<many>万|萬|千|k\b|mio\b|m\b)?",
    re.IGNORECASE,
)
_MINUS = re.compile(r"^\s*[-−]|[^\w\s][-−]\s?$")
"""A minus before the sign or right behind it; a dash between words is none."""
_MANY = {"万": 10_000.0, "萬": 10_000.0, "千": 1_000.0, "k": 1_000.0, "m": 1_000_000.0, "mio": 1_000_000.0}
_FREE = frozenset({"free", "gratis", "gratuit", "kostenlos", "免费", "免費", "赠品"})


def currency_code(text: str) -> str | None:
    """``usd``, ``$``, ``人民币`` → the ISO code; None when it is none."""
    text = unicodedata.normalize("NFKC", text).strip()
    if text.upper() in _CODES:
        return text.upper()
    return _SIGN_FOLDED.get(text.lower())


def parse_number(text: str, currency: str | None = None) -> float | None:
    """A number in any of the usual notations: ``1,299.00``, ``1.299,00``, ``1 299``, ``1'299``; None when it is
    none."""
    digits = re.sub(r"[\s\u00a0'’]", "", text).strip(".,")
    dot, comma = digits.rfind("."), digits.rfind(",")
    if dot >= 0 and comma >= 0:
        decimal, thousands = (".", ",") if dot > comma else (",", ".")
        digits = digits.replace(thousands, "")
        if digits.count(decimal) > 1:
            return None
        digits = digits.replace(decimal, ".")
    elif comma >= 0:
        tail = len(digits) - comma - 1
        digits = digits.replace(",", "") if digits.count(",") > 1 or tail == 3 else digits.replace(",", ".")
    elif digits.count(".") > 1 or (
        dot > 0 and len(digits) - dot - 1 == 3 and digits[0] != "0" and currency in _COMMA_DECIMAL
    ):
        digits = digits.replace(".", "")
    try:
        value = float(digits)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def parse_price(value: str | float | int, default: str | None = None) -> Money:
    """``"$1,299.00"``, ``"1.299,00 €"``, ``"88元"``, ``"19.99 USD"``, ``"from £5"``, ``"免费"`` … → amount and
    currency.

    ``default`` is the currency assumed where the text names none. A negative amount comes back negative.
    """
    if isinstance(value, bool):
        return Money(None, default)
    if isinstance(value, int | float):
        return Money(float(value) if abs(value) <= MAX_AMOUNT else None, default)
    try:
        return Money(_plain(value), default)
    except ValueError:
        pass
    text = unicodedata.normalize("NFKC", value).strip()
    if text.lower().rstrip("!. ") in _FREE:
        return Money(0.0, default)
    code = _CODE.search(text)
    sign = None if code else _SIGN.search(text)
    currency = code.group().upper() if code else _SIGN_FOLDED[sign.group().lower()] if sign else default
    found = _NUMBER.search(text)
    if not found:
        return Money(None, currency)
    amount = parse_number(found["digits"], currency)
    if amount is None:
        return Money(None, currency)
    if found["many"]:
        amount *= _MANY[found["many"].lower()]
    bracketed = text.startswith("(") and text.endswith(")")
    before = text[: found.start("digits")]
    if bracketed or _MINUS.search(before):
        amount = -amount
    return Money(amount if abs(amount) <= MAX_AMOUNT else None, currency)


_PLAIN = re.compile(r"\d{1,12}(?:\.\d{1,2})?\Z")


def _plain(text: str) -> float:
    """The quick way for ``12`` and ``12.5``. Raises ValueError for anything else."""
    if not _PLAIN.match(text):
        raise ValueError
    return float(text)
