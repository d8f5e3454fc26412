"""What of a text was matched, as escaped HTML with <mark>."""

from __future__ import annotations

from collections.abc import Set
from html import escape

from aisle.perception.text.analysis import Purpose, analyze

_ELLIPSIS = "…"


def _spans(text: str, matched: Set[str]) -> list[tuple[int, int]]:
    """Merged (start, end) of the tokens whose term is in ``matched``."""
    hits = sorted(
        (token.start, token.end) for token in analyze(text, purpose=Purpose.INDEX).tokens if token.text in matched
    )
    merged: list[tuple[int, int]] = []
    for start, end in hits:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _marked(text: str, spans: list[tuple[int, int]], start: int, end: int) -> str:
    out, at = [], start
    for first, last in spans:
        first, last = max(first, start), min(last, end)
        if first < last:
            out += [escape(text[at:first]), "<mark>", escape(text[first:last]), "</mark>"]
            at = last
    out.append(escape(text[at:end]))
    return "".join(out).encode("utf-8", "replace").decode()


def highlight(text: str, matched: Set[str]) -> str:
    """The text as escaped HTML, every word with a term in ``matched`` inside <mark>."""
    return _marked(text, _spans(text, matched), 0, len(text))


def excerpt(text: str, matched: Set[str], *, length: int = 180) -> str:
    """The stretch of about ``length`` characters in which most is matched, as ``highlight`` gives it, with … where it was cut."""
    spans = _spans(text, matched)
    start = 0
    if len(text) > length and spans:
        covered = [sum(b - a for a, b in spans if first <= a and b <= first + length) for first, _ in spans]
        start = max(0, spans[covered.index(max(covered))][0] - length // 6)
    start = min(start, max(0, len(text) - length))
    end = min(len(text), start + length)
    while start and start < end and text[start - 1].isalnum() and text[start].isascii() and text[start].isalnum():
        start += 1
    while end < len(text) and end > start and text[end].isascii() and text[end].isalnum() and text[end - 1].isalnum():
        end -= 1
    if end == start:  # one endless word
        end = min(len(text), start + length)
    body = _marked(text, spans, start, end).strip()
    return f"{_ELLIPSIS if start else ''}{body}{_ELLIPSIS if end < len(text) else ''}"
