"""Real texts of which some is known: titles with marked products, brands, attributes; requests with their intent; works; and what
names there are in them."""

from __future__ import annotations

import csv
import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from aisle.types import Intent, SlotKind
from training.questions import Names, Question
from training.sources import lines

SERVICE: Mapping[str, Intent] = {
    **dict.fromkeys(
        ("cancel_order", "change_order", "track_order", "delivery_period", "track_refund", "change_shipping_address", "set_up_shipping_address"),
        Intent.ORDER_STATUS,
    ),
    **dict.fromkeys(
        ("check_cancellation_fee", "check_payment_methods", "check_refund_policy", "delivery_options", "get_refund", "check_invoice", "get_invoice",
         "payment_issue"),
        Intent.POLICY,
    ),
}  # fmt: skip
"""Intents of customers' requests → those of a shop."""


ATTRIBUTES: Mapping[str, SlotKind] = {
    "Brand": SlotKind.BRAND, "Brand Name": SlotKind.BRAND, "Gender": SlotKind.AUDIENCE, "Color": SlotKind.COLOR, "Material": SlotKind.MATERIAL,
    "Fabric Type": SlotKind.MATERIAL, "Body Material": SlotKind.MATERIAL, "Pattern": SlotKind.PATTERN, "Size": SlotKind.SIZE, "Style": SlotKind.STYLE,
    "Shoe type": SlotKind.TYPE, "Age range": SlotKind.AUDIENCE, "Applicable People": SlotKind.AUDIENCE, "Feature": SlotKind.FEATURE, "Item": SlotKind.TYPE,
}  # fmt: skip
"""Attributes of titles that are slots."""


def tagged_titles(path: Path) -> list[Question]:
    """Chinese titles whose products (HC) and brands (HP) are marked, character by character."""
    found = []
    for row in lines(path):
        spans, start = [], 0
        for i, tag in enumerate(row["tags"]):
            place, _, kind = tag.partition("-")
            if place in ("B", "S"):
                start = i
            if place in ("E", "S"):
                spans.append((start, i + 1, SlotKind.TYPE if kind == "HC" else SlotKind.BRAND))
        found.append(Question(str(row["text"]), tuple(spans), None, frozenset((SlotKind.TYPE, SlotKind.BRAND))))
    return found


def held(title: str) -> bool:
    """Whether a title is among the fifth that figures are taken on."""
    return zlib.crc32(title.encode()) % 5 == 0


def attributed_titles(root: Path, *, test: bool = False) -> list[Question]:
    """English titles with values of attributes, those to learn from or those held out; a value that isn't in its title word for
    word is left out."""
    found = []
    for path in sorted((root / "en_attributes").glob("*.jsonl")):
        for row in lines(path):
            text, spans, marked = str(row["input"]), [], set()
            if held(text) != test:
                continue
            for attribute, values in row["target_scores"].items():
                kind = ATTRIBUTES.get(attribute)
                if kind is None:
                    continue
                marked.add(kind)
                for value in values:
                    at = text.lower().find(value.lower())
                    if value != "n/a" and at >= 0:
                        spans.append((at, at + len(value.removesuffix("'s")), kind))
            spans = _apart(spans)
            if marked:
                found.append(Question(text, tuple(spans), None, frozenset(marked)))
    return found


def _apart(spans: Sequence[tuple[int, int, SlotKind]]) -> list[tuple[int, int, SlotKind]]:
    """The longest of those that overlap, in order."""
    kept: list[tuple[int, int, SlotKind]] = []
    for span in sorted(spans, key=lambda s: s[0] - s[1]):
        if all(span[1] <= other[0] or other[1] <= span[0] for other in kept):
            kept.append(span)
    return sorted(kept)


def works(root: Path) -> list[Question]:
    """Titles of films, records and games: queries that name a work say nothing else."""
    found = []
    for row in lines(root / "electronics/products.jsonl"):
        name, _, form = str(row["title"]).partition(" - ")
        if form.strip().rsplit(" - ")[-1] in (
            "DVD",
            "CD",
            "Blu-ray Disc",
            "PlayStation 3",
            "Xbox 360",
            "Nintendo Wii",
            "Windows",
        ):
            found.append(Question(name.split("[")[0].split("(")[0].strip().lower(), (), Intent.FIND))
    return [question for question in found if 2 < len(question.text) < 50]


def branded(root: Path) -> list[Question]:
    """Beginnings of English titles whose brand is known."""
    found = []
    for row in lines(root / "electronics/products.jsonl"):
        brand, text = str(row["brand"]), " ".join(str(row["title"]).replace(" - ", " ").split()[:9])
        at = text.lower().find(brand.lower())
        if len(brand) > 1 and at >= 0:
            found.append(
                Question(text, ((at, at + len(brand), SlotKind.BRAND),), Intent.FIND, frozenset((SlotKind.BRAND,)))
            )
    return found


def dressed(root: Path) -> list[Question]:
    """Titles of clothes whose colour and audience are known where they say them."""
    found = []
    for row in lines(root / "fashion/products.jsonl"):
        text, spans = str(row["title"]), []
        for name, kind in (("color", SlotKind.COLOR), ("gender", SlotKind.AUDIENCE)):
            value = str(row.get(name) or "")
            at = f" {text.lower()} ".find(f" {value.lower()} ") if value else -1
            if at >= 0:
                spans.append((at, at + len(value), kind))
        if spans:
            found.append(Question(text, tuple(_apart(spans)), Intent.FIND, frozenset(kind for *_, kind in spans)))
    return found


def requests(root: Path) -> list[Question]:
    """What customers ask a service for: an intent, and nothing known of slots."""
    with (root / "service" / "intents_en.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [Question(r["utterance"], (), SERVICE[r["intent"]], frozenset()) for r in rows if r["intent"] in SERVICE]


def head_nouns(root: Path) -> list[str]:
    """What electronics are called: the last two words of what stands between brand and details of a title, where they are common."""
    counted: Counter[str] = Counter()
    for row in lines(root / "electronics/products.jsonl"):
        parts = [part.strip() for part in str(row["title"]).split(" - ")]
        if len(parts) < 2 or not row["brand"]:
            continue
        said = parts[1] if parts[0].lower() == str(row["brand"]).lower() else parts[0]
        words = re.findall(r"[a-z][a-z-]+", re.split(r" (?:for|with|and|in|by|of) |/|[(\[,]", said.lower())[0])
        counted[" ".join(words[-2:])] += len(words) > 1
    return [name for name, count in sorted(counted.items()) if count >= 10]


def carriers(
    root: Path, names: Callable[[str], bool], rng: np.random.Generator, count: int = 6000
) -> dict[str, list[str]]:
    """What people say that names nothing: pieces of reviews in which ``names`` finds no name."""
    english = [str(row["text"]) for row in lines(root / "reviews_en/train.jsonl")]
    chinese = [str(row["text"]) for row in lines(root / "reviews_zh/reviews.jsonl")]
    found: dict[str, list[str]] = {"en": [], "zh": []}
    while len(found["en"]) < count:
        words = re.findall(r"[a-z']+", english[rng.integers(len(english))].lower())
        start, length = int(rng.integers(max(1, len(words) - 6))), int(rng.integers(1, 6))
        piece = " ".join(words[start : start + length])
        if piece and not names(piece):
            found["en"].append(piece)
    while len(found["zh"]) < count:
        pieces = re.findall(r"[\u4e00-\u9fff]{2,7}", chinese[rng.integers(len(chinese))])
        piece = pieces[rng.integers(len(pieces))] if pieces else ""
        if piece and not names(piece):
            found["zh"].append(piece)
    return found


def names_in(root: Path) -> Names:
    """Brands of catalogs and marked titles, and what Chinese titles call their products."""
    english = Counter(str(row["brand"]) for row in lines(root / "electronics/products.jsonl") if row["brand"])
    for title in attributed_titles(root):
        english.update(title.text[s:e] for s, e, kind in title.spans if kind is SlotKind.BRAND)
    chinese: dict[SlotKind, Counter[str]] = {SlotKind.BRAND: Counter(), SlotKind.TYPE: Counter()}
    for title in tagged_titles(root / "zh_tags/train.jsonl"):
        for start, end, kind in title.spans:
            chinese[kind][title.text[start:end]] += 1
    return {
        ("en", SlotKind.TYPE): head_nouns(root),
        ("en", SlotKind.BRAND): [name for name, count in sorted(english.items()) if count >= 5 and len(name) <= 24],
        ("zh", SlotKind.BRAND): [name for name in sorted(chinese[SlotKind.BRAND]) if len(name) <= 12],
        ("zh", SlotKind.TYPE): [name for name in sorted(chinese[SlotKind.TYPE]) if 2 <= len(name) <= 8],
    }
