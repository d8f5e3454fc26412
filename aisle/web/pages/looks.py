"""How values look: money in its currency, colours as swatches, numbers without needless decimals."""

from __future__ import annotations

from collections.abc import Mapping

SYMBOLS: Mapping[str, str] = {
    "USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥", "INR": "₹", "KRW": "₩", "HKD": "HK$", "TWD": "NT$",
    "AUD": "A$", "CAD": "CA$", "SGD": "S$",
}  # fmt: skip
WHOLE = frozenset({"JPY", "KRW", "VND", "CLP", "IDR"})
"""Currencies that are written without decimals."""

SWATCHES: Mapping[str, str] = {
    "beige": "#e3d3b4", "black": "#1c1b1a", "blue": "#2f62b8", "bronze": "#8c6a3f", "brown": "#744a2b",
    "burgundy": "#6d1b2d", "charcoal": "#3b3f44", "copper": "#b4693c", "coral": "#f2795f", "cream": "#f3ead6",
    "gold": "#cda349", "gray": "#8d9094", "green": "#3f8f56", "grey": "#8d9094", "ivory": "#f6f1e3",
    "khaki": "#a79a6b", "lavender": "#b7a5dc", "lime": "#a5cf3a", "magenta": "#c2287e", "maroon": "#6b1f27",
    "mint": "#a5dcc2", "mustard": "#d4a02a", "navy": "#1f2f56", "navy blue": "#1f2f56", "nude": "#e2bda2",
    "off white": "#f4f1ea", "olive": "#6f7136", "orange": "#e9822b", "peach": "#f6b894", "pink": "#ec8fb0",
    "plum": "#6c3461", "purple": "#7a4aa8", "red": "#c8342f", "rose": "#d97f8f", "rust": "#a8492a",
    "sage": "#9db094", "sand": "#d9c6a0", "sea green": "#2f8f79", "silver": "#c3c7cb", "sky": "#8ec5ec",
    "sky blue": "#8ec5ec", "steel": "#71808f", "tan": "#c99e6d", "taupe": "#9a887a", "teal": "#1f7f82",
    "terracotta": "#c2603f", "turquoise": "#38b6b1", "violet": "#7f5bc4", "white": "#ffffff", "wine": "#6d1b2d",
    "yellow": "#f1c93b",
}  # fmt: skip
"""Colour names of catalogs → what to paint beside them."""


def money(amount: float, currency: str) -> str:
    """A price as text, for readers without scripts; scripts replace it with the browser's own formatting."""
    code = currency.upper()
    digits = 0 if code in WHOLE else 2
    number = f"{amount:,.{digits}f}"
    return f"{SYMBOLS[code]}{number}" if code in SYMBOLS else f"{number} {code}".strip()


def swatch(name: str) -> str | None:
    """The colour to paint for a colour's name: itself, or that of its last known word ("Dark Navy" → navy)."""
    folded = name.casefold().strip()
    if folded in SWATCHES:
        return SWATCHES[folded]
    return next((SWATCHES[word] for word in reversed(folded.replace("-", " ").split()) if word in SWATCHES), None)


def plain_number(value: float) -> str:
    """12.0 → 12, 12.50 → 12.5."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")
