"""Text as shops send it, made plain: markup, entities, mojibake, control characters and stray space are put right."""

from __future__ import annotations

import html
import re
import unicodedata

from ftfy import fix_encoding

_SUSPECT = re.compile(
    r"[<&\\\x00-\x1f\x7f-\xa0\xad\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\ufffd]|  |^\s|\s\Z"
)
"""Anything that could need work; most cells have none and leave at once."""
_CONTINUED = (
    "\x80-\xbf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013\u2014\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122"
)
_MOJIBAKE = re.compile(f"[\xc2-\xf4][{_CONTINUED}]")
"""UTF-8 read as Western: a lead byte's letter followed by a continuation byte's sign."""
_DROPPED = re.compile(
    r"<(script|style|iframe|object|svg|template)\b[^<>]{0,2000}>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>",
    re.I | re.S,
)
_BREAK = re.compile(
    r"<(?:br|/?(?:p|div|li|ul|ol|tr|h[1-6]|table|section|article|blockquote|dt|dd|hr))\b[^<>]{0,2000}>", re.I
)
_TAG = re.compile(r"</?[a-z!?][^<>]{0,4000}>", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});|&(?:amp|nbsp|quot|lt|gt)\b", re.I)
_CONTROL = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffd]"
)
_INCHES = re.compile(r'(?<=\d)\\+(?:"|\'\'|(?=[\s;,.)\]]|\Z))')
_ESCAPE = re.compile(r"\\+([\"'/])")
_NEWLINE = re.compile(r"\\[rn]+|\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_BLANK = re.compile(r"[ \t\xa0\u2000-\u200a\u202f\u205f\u3000]+")
_LINES = re.compile(r" ?\n ?")
_GAP = re.compile(r"\n{3,}")
_PLACEHOLDERS = frozenset({
    "", "-", "--", "---", "n/a", "n.a.", "na", "nan", "none", "null", "nil", "undefined", "#n/a", "(null)", "[null]",
    "\\n", "tbd",
    "?", "无", "暂无", "空", "未知",
})  # fmt: skip


def is_placeholder(text: str) -> bool:
    """Whether the text only says that there is nothing: N/A, null, 暂无 …"""
    return len(text) < 10 and text.strip().lower() in _PLACEHOLDERS


def tidy(text: str, *, lines: bool = False) -> tuple[str, tuple[str, ...]]:
    """(plain text, kinds of repair made). With ``lines`` paragraphs are kept, else everything is one line.

    Kinds: "markup", "entities", "mojibake", "control characters", "escapes", "whitespace".
    """
    if text.isascii():
        if not _SUSPECT.search(text):
            return text, ()
    elif not _SUSPECT.search(text) and not _MOJIBAKE.search(text):
        composed = unicodedata.normalize("NFC", text)
        return composed, ()
    kinds: list[str] = []
    if not text.isascii() and _MOJIBAKE.search(text):
        fixed = fix_encoding(text)
        if fixed != text:
            kinds.append("mojibake")
            text = fixed
    if "\\" in text:
        plain = _ESCAPE.sub(r"\1", _INCHES.sub('"', text))
        if plain != text and plain.endswith('"') and plain.count('"') > 1 and not plain[-2].isdigit():
            plain = plain[:-1]  # the quotation mark that once closed the cell
        if plain != text:
            kinds.append("escapes")
            text = plain
    text = _without_markup(text, kinds)
    if _NEWLINE.search(text):
        text = _NEWLINE.sub("\n", text)
    plain = _CONTROL.sub("", text)
    if plain != text:
        kinds.append("control characters")
        text = plain
    plain = _BLANK.sub(" ", text)
    plain = _GAP.sub("\n\n", _LINES.sub("\n", plain)) if lines else plain.replace("\n", " ")
    if not lines and "  " in plain:
        plain = _BLANK.sub(" ", plain)
    plain = plain.strip()
    if plain != text and not kinds:
        kinds.append("whitespace")
    return unicodedata.normalize("NFC", plain), tuple(kinds)


def _without_markup(text: str, kinds: list[str]) -> str:
    """Tags and entities undone, also where they were escaped twice; three rounds at most."""
    for _ in range(3):
        before = text
        if "<" in text:
            plain = _TAG.sub("", _BREAK.sub("\n", _DROPPED.sub(" ", text)))
            if plain != text:
                if "markup" not in kinds:
                    kinds.append("markup")
                text = plain
        if "&" in text:
            plain = _ENTITY.sub(lambda found: html.unescape(found.group().rstrip(";") + ";"), text)
            if plain != text:
                if "entities" not in kinds:
                    kinds.append("entities")
                text = plain
        if text == before:
            break
    return text
