"""A small shop for the browser tests: 72 products with drawn pictures, and a search that is simple and deterministic.

Words match as prefixes of a product's words, photos and products by colour. It stands in for ``aisle.app.App`` behind
the real web server.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from aisle.app.labelling import Labelling
from aisle.app.media import Seen, Watched
from aisle.config import Config, SearchSettings
from aisle.errors import NotFound
from aisle.perception.image import crop, decode, encode_jpeg
from aisle.perception.objects import Proposal
from aisle.perception.video import ClipLimits, read_clip
from aisle.store.database import Database
from aisle.store.judgements import Judgements, LabelQuery, Pick
from aisle.types import (
    Box,
    Came,
    CompoundQuery,
    Contribution,
    Effect,
    Explain,
    Facet,
    FacetValue,
    Hit,
    Input,
    InputReport,
    InputType,
    Interpretation,
    Product,
    Query,
    Response,
    Slot,
    SlotKind,
    Transcript,
)
from aisle.understanding.amounts import read_amounts
from aisle.understanding.compound import words_of
from aisle.understanding.dialogue import follow, numbers, resolved
from aisle.understanding.references import Taking, read_reference, read_taking
from aisle.understanding.suggesting.suggest import Scope

COLORS = {
    "Red": ("#c8342f", "红色"),
    "Blue": ("#2f62b8", "蓝色"),
    "Green": ("#3f8f56", "绿色"),
    "Mustard": ("#d4a02a", "姜黄色"),
    "Black": ("#23211f", "黑色"),
    "Pink": ("#ec8fb0", "粉色"),
}
SHAPES = {
    "Dress": "38,12 62,12 60,45 78,90 22,90 40,45",
    "Shirt": "36,15 64,15 90,40 78,50 70,42 70,88 30,88 30,42 22,50 10,40",
    "Sofa": "8,42 20,42 22,30 78,30 80,42 92,42 92,76 8,76",
    "Lamp": "36,14 64,14 78,48 53,48 53,82 68,88 32,88 47,82 47,48 22,48",
    "Mug": "25,25 68,25 68,36 84,40 84,62 66,68 64,80 29,80",
    "Backpack": "34,20 42,10 58,10 66,20 76,34 76,86 24,86 24,34",
}
"""Outlines in percent of width and height."""

KINDS = {
    "Dress": ("连衣裙", "Linden", 79.0),
    "Shirt": ("衬衫", "Northway", 39.0),
    "Sofa": ("沙发", "Fjell", 899.0),
    "Lamp": ("台灯", "Lumo", 59.0),
    "Mug": ("马克杯", "Kiln & Co", 14.0),
    "Backpack": ("双肩包", "Northway", 69.0),
}
MATERIALS = (("Linen", "亚麻"), ("Cotton", "棉"))
TYPOS = {"drss": "dress", "moog": "mug"}


def picture(kind: str, color: str, shade: float = 1.0, size: int = 400) -> bytes:
    """A JPEG of one thing on a light ground."""
    canvas = Image.new("RGB", (size * 2, size * 2), "#efebe4")
    draw = ImageDraw.Draw(canvas)
    draw.ellipse([size * 0.35, size * 1.66, size * 1.65, size * 1.88], fill="#e0dad0")
    corners = (corner.split(",") for corner in SHAPES[kind].split())
    points = [(int(x) * size / 50, int(y) * size / 50) for x, y in corners]
    base = np.array([int(COLORS[color][0][i : i + 2], 16) for i in (1, 3, 5)])
    draw.polygon(points, fill=tuple(int(c) for c in np.clip(base * shade, 0, 255)))
    canvas = canvas.resize((size, size), Image.Resampling.LANCZOS)
    data = io.BytesIO()
    canvas.save(data, "JPEG", quality=88)
    return data.getvalue()


def mean_color(pixels: np.ndarray) -> np.ndarray:
    """(3,) mean RGB in [0, 1] of the pixels that aren't the ground."""
    flat = pixels.reshape(-1, 3).astype(np.float32) / 255
    strong = flat[np.abs(flat - np.array([0.937, 0.922, 0.894])).sum(axis=1) > 0.25]
    return (strong if len(strong) else flat).mean(axis=0)


@dataclass(frozen=True)
class LittleSuggestion:
    text: str
    kind: str
    count: int | None
    scope: Scope | None = None
    image: str | None = None
    personal: bool = False


@dataclass
class LittleKeys:
    def list(self) -> list[Any]:
        return []

    def verify(self, secret: str) -> None:
        return None


@dataclass
class LittleStore:
    keys: LittleKeys = field(default_factory=LittleKeys)


@dataclass(frozen=True)
class Item:
    product: Product
    words: frozenset[str]
    color: np.ndarray


def understood(text: str, locale: str) -> CompoundQuery:
    """Kinds and colours as this shop has them, amounts, "not" before a material, and what points at the screen."""
    words = [word.strip(",.") for word in text.lower().split()]
    slots = [Slot(SlotKind.TYPE, w.title(), w) for w in words if w.title() in KINDS]
    slots += [Slot(SlotKind.COLOR, w.title(), w, hard=True) for w in words if w.title() in COLORS]
    slots += [Slot(SlotKind.MATERIAL, b.title(), b, negated=True, hard=True) for a, b in pairwise(words) if a == "not"]
    ranges = read_amounts(text, locale).ranges
    known = {slot.text for slot in slots} | {"no", "not", "in", "under", "cheaper", "the", "second", "one"}
    leftover = " ".join(w for w in words if w not in known and not w.isdigit())
    pointed = read_reference(text).reference
    return CompoundQuery(text, locale, slots=tuple(slots), ranges=ranges, reference=pointed, leftover=leftover)


def spoken(part: Input) -> str:
    """The words of a part; of speech, what was heard best."""
    return part.value[0].text if isinstance(part.value, tuple) else str(part.value)  # type: ignore[union-attr]


def allows(compound: CompoundQuery, product: Product) -> bool:
    """Whether a product is within the bounds of what was understood, and isn't what is unwanted."""
    numbered = numbers(product)
    unwanted = {slot.value for slot in compound.slots if slot.negated}
    within = (
        (bound.minimum is None or numbered[bound.field] >= bound.minimum)
        and (bound.maximum is None or numbered[bound.field] <= bound.maximum)
        for bound in compound.ranges
        if bound.hard
    )
    return product.attributes["material"] not in unwanted and all(within)


class LittleMedia:
    """Things stand beside each other with ground between them; clips are looked through in earnest; what is said in them is
    ``saying``."""

    saying: tuple[Transcript, ...] = ()

    def objects(self, data: bytes) -> tuple[Proposal, ...]:
        ground = np.array([239, 235, 228])
        strong = np.abs(decode(data).astype(np.int32) - ground).sum(axis=2) > 60  # (h, w)
        height, width = strong.shape
        columns = np.flatnonzero(np.diff(np.r_[False, strong.sum(axis=0) > height // 50, False]))
        found = []
        for left, right in columns.reshape(-1, 2):
            rows = np.flatnonzero(strong[:, left:right].any(axis=1))
            if right - left > width // 20:
                box = Box(left / width, rows[0] / height, right / width, (rows[-1] + 1) / height)
                found.append(Proposal(box, 0.9 - 0.1 * len(found)))
        return tuple(found)

    def picture(self, data: bytes) -> bytes:
        return encode_jpeg(decode(data), 1024)

    def frames(self, data: bytes) -> Watched:
        clip = read_clip(data, ClipLimits())
        seen = tuple(Seen(frame, self.objects(frame.picture)) for frame in clip.frames)
        return Watched(seen, len(seen) // 2, clip.seconds, clip.has_sound)

    def said_in(self, data: bytes, language: str) -> tuple[Transcript, ...]:
        return self.saying


class LittleShop:
    """``delays`` maps words to seconds that their search takes, to let answers overtake; ``asked`` is the log."""

    name = "default"

    def __init__(self, media: Path) -> None:
        self.store = LittleStore()
        self.settings = SearchSettings()
        self.folder = media
        self.media = LittleMedia()
        self.delays: dict[str, float] = {}
        self.asked: list[Query] = []
        self.database = Database(media / "labels.db")
        self.database.prepare()
        self.judgements = Judgements(self.database)
        kept = SimpleNamespace(judgements=self.judgements, products=self._products)
        self.labelling = Labelling(kept, lambda: None)  # type: ignore[arg-type, return-value]
        self.items = [self._make(*row) for row in enumerate(itertools.product(KINDS, COLORS, (0, 1)))]

    def _make(self, number: int, row: tuple[str, str, int]) -> Item:
        kind, color, form = row
        zh_kind, brand, price = KINDS[kind]
        material, zh_material = MATERIALS[form]
        data = picture(kind, color, 1.0 - 0.14 * form)
        name = f"{hashlib.sha256(data).hexdigest()[:16]}.jpg"
        (self.folder / name).write_bytes(data)
        title = f"{material} {kind} in {color}"
        attributes: dict[str, Any] = {
            "type": kind,
            "brand": brand,
            "color": (color,),
            "material": material,
            "price": price + 3 * (number % 7),
            "currency": "USD",
            "stock": 0 if number % 17 == 5 else 3 + number % 5,
            "rating": round(3.1 + (number * 7 % 19) / 10, 1),
            "reviews": number * 13 % 240,
        }
        if number % 9 == 2:
            attributes["list_price"] = attributes["price"] + 20
        product = Product(
            id=f"{kind.lower()}-{color.lower()}-{form}",
            title=title,
            description=f"{title}.\nMade to last, easy to care for.",
            attributes=attributes,
            images=(name,),
            group=f"{kind.lower()}-{color.lower()}",
            translations={
                "zh": {
                    "title": f"{zh_material}{COLORS[color][1]}{zh_kind}",
                    "description": f"{zh_material}材质的{COLORS[color][1]}{zh_kind}，经久耐用，容易打理。",
                }
            },
        )
        words = frozenset(f"{title} {brand} {product.translations['zh']['title']}".lower().split())
        return Item(product, words, mean_color(decode(data)))

    def _products(self, ids: Sequence[str]) -> dict[str, Product]:
        return {item.product.id: item.product for item in self.items if item.product.id in ids}

    def queue(self, raters: int = 2) -> str:
        """A round of six pairs, one with a photo of the query, one of a product that is gone; its id."""
        photo = f"{hashlib.sha256(b'query').hexdigest()[:16]}.jpg"
        (self.folder / photo).write_bytes(picture("Dress", "Pink"))
        asked = [
            (LabelQuery("red dress"), "dress-red-0", "uncertainty"),
            (LabelQuery("a mug like this, but blue", photo), "mug-blue-1", "disagreement"),
            (LabelQuery("comfortable sofa"), "sofa-green-0", "margin"),
            (LabelQuery("", photo), "dress-pink-1", "diversity"),
            (LabelQuery("亚麻台灯"), "lamp-mustard-0", "random"),
            (LabelQuery("black bag"), "gone", "random"),
        ]
        picks = [Pick(query, id, {"strategy": strategy}, raters) for query, id, strategy in asked]
        return self.judgements.add_round("mix", picks).id

    def fields(self) -> dict[str, str]:
        names = {"type": "text", "brand": "text", "color": "list", "material": "text", "group": "text"}
        return names | dict.fromkeys(("price", "rating", "stock", "reviews"), "number")

    def ready(self) -> bool:
        return True

    def stats(self) -> dict[str, int]:
        return {"products": len(self.items)}

    def media_path(self, name: str) -> Path:
        return self.folder / name

    def product(self, id: str) -> Product:
        for item in self.items:
            if item.product.id == id:
                return item.product
        raise NotFound(f"There is no product {id!r}.", field="id", hint="It may have been removed.")

    def suggest(self, prefix: str, *, locale: str, limit: int, **context: Any) -> Sequence[LittleSuggestion]:
        words = prefix.lower()
        kinds = [LittleSuggestion(k, "type", 6) for k in KINDS if k.lower().startswith(words)]
        if words in ("red", "red "):
            scoped = LittleSuggestion("red", "query", 1, Scope("type", "Mug"))
            return [LittleSuggestion("red", "query", 6), scoped]
        queries = [LittleSuggestion(f"{c.lower()} {k.lower()}", "query", 2) for k in KINDS for c in COLORS]
        return (kinds + [q for q in queries if q.text.startswith(words)])[:limit]

    def understand(
        self, text: str, locale: str = "en", history: Sequence[CompoundQuery] = (), shown: Sequence[str] = ()
    ) -> tuple[CompoundQuery, ...]:
        taking = read_taking(text)
        if taking:
            return tuple(history[:-1]) if taking is Taking.UNDO else ()
        said = understood(text, locale)
        if not history:
            return (said,)
        numbered = [numbers(item.product) for id in shown for item in self.items if item.product.id == id]
        return (*history, resolved(follow(history[-1], said), numbered))

    def search(self, query: Query, *, logged: bool = True) -> Response:
        if logged:
            self.asked.append(query)
        said = " ".join(spoken(i) for i in query.inputs if i.type.says_words and i.weight > 0).lower()
        for words, seconds in self.delays.items():
            if said == words:
                time.sleep(seconds)
        wanted = (words_of(query.compound).lower() if query.compound else said).split()
        corrected = [TYPOS.get(word, word) for word in wanted] if query.relax else wanted
        corrections = ((" ".join(wanted), " ".join(corrected)),) if corrected != wanted else ()
        scored = self._score(query.inputs, corrected)
        relaxed: tuple[str, ...] = ()
        weak = False
        if not scored and len(corrected) > 1 and query.relax:
            scored, relaxed, weak = self._score(query.inputs, corrected[:1]), ("words",), True
        kept = [(s, item) for s, item in scored if passes(item.product, query.filters)]
        if query.compound:
            kept = [(s, item) for s, item in kept if allows(query.compound, item.product)]
        kept.sort(key=sort_key(query.sort))
        groups: dict[str, list[tuple[float, Item]]] = {}
        for score, item in kept:
            groups.setdefault(str(item.product.group) if query.group else item.product.id, []).append((score, item))
        hits = [self._hit(g, corrected, weak and not relaxed) for g in groups.values()]
        if query.weak:
            listed = {item.product.group for _, item in kept}
            near = sorted(self._score(query.inputs, corrected, near=0.3), key=lambda each: -each[0])
            hits += [self._hit([each], corrected, True) for each in near if each[1].product.group not in listed]
        return Response(
            query_id=f"q{len(self.asked)}",
            hits=tuple(hits[query.offset : query.offset + query.limit]),
            total=len(hits),
            total_is_exact=True,
            facets={name: self._facet(name, scored, query) for name in query.facets},
            facets_are_exact=True,
            interpretation=Interpretation(
                " ".join(corrected),
                query.locale,
                corrections,
                relaxed,
                tuple(InputReport(i.type, i.weight, 1 / len(query.inputs), "") for i in query.inputs),
                query.compound or (understood(said, query.locale) if said and query.understand else None),
            ),
            timings_ms={"total": 1.0},
            counterfactual=self._effects(query, hits) if query.explain is Explain.COUNTERFACTUAL else (),
        )

    def _effects(self, query: Query, hits: Sequence[Hit]) -> tuple[Effect, ...]:
        """The first page without each part."""
        shown = [hit.id for hit in hits[: query.limit]]
        found = []
        for part, one in enumerate(query.inputs):
            rest = query.inputs[:part] + query.inputs[part + 1 :]
            then = self.search(replace(query, inputs=rest, explain=Explain.WHY)).hits
            came = tuple(
                Came(hit.id, hit.product.title, hit.product.images[0], rank)
                for rank, hit in enumerate(then, 1)
                if hit.id not in shown
            )
            left = tuple(id for id in shown if id not in {hit.id for hit in then})
            found.append(Effect(part, one.type, "", left, came, (), 0.5, len(then)))
        return tuple(found)

    def _score(self, inputs: Sequence[Input], words: Sequence[str], near: float = 0.75) -> list[tuple[float, Item]]:
        """What has the words and comes ``near`` in colour, with its score."""
        minus = [str(i.value).lower() for i in inputs if i.type is InputType.TEXT and i.weight < 0]
        shown = (InputType.IMAGE, InputType.PRODUCT, InputType.VIDEO)
        targets = [(i.weight, self._color(i)) for i in inputs if i.type in shown]
        found = []
        for item in self.items:
            matched = sum(any(own.startswith(word) for own in item.words) for word in words)
            if matched < len(words) or any(any(own.startswith(m) for own in item.words) for m in minus):
                continue
            alike = [(w, 1 - float(np.abs(item.color - color).mean()) * 2) for w, color in targets]
            if any(w > 0 and n < near for w, n in alike):
                continue
            found.append((matched + sum(w * n for w, n in alike), item))
        return found

    def _color(self, part: Input) -> np.ndarray:
        if part.type is InputType.PRODUCT:
            return next(item.color for item in self.items if item.product.id == part.value)
        if part.type is InputType.VIDEO:
            assert isinstance(part.value, tuple)
            return np.mean([mean_color(decode(frame)) for frame in part.value], axis=0)  # type: ignore[arg-type]
        assert isinstance(part.value, bytes)
        pixels = decode(part.value)
        return mean_color(crop(pixels, part.region) if part.region else pixels)

    def _hit(self, group: list[tuple[float, Item]], words: Sequence[str], weak: bool) -> Hit:
        score, item = group[0]
        title = " ".join(
            f"<mark>{escape(w)}</mark>" if any(w.lower().startswith(x) for x in words) else escape(w)
            for w in item.product.title.split()
        )
        rating = float(item.product.attributes["rating"])  # type: ignore[arg-type]
        why = (
            Contribution("lexical", score, round(score * 0.7, 3)),
            Contribution("dense", score, round(score * 0.3, 3)),
            Contribution("popularity", rating / 5, round(rating / 50, 3)),
            Contribution("stock", 0.0, -0.05),
        )
        return Hit(item.product.id, score, item.product, why, weak, len(group), {"title": title})

    def _facet(self, name: str, scored: list[tuple[float, Item]], query: Query) -> Facet:
        others = {k: v for k, v in query.filters.items() if k != name}
        products = [item.product for _, item in scored if passes(item.product, others)]
        if self.fields()[name] == "number":
            values = [float(p.attributes[name]) for p in products]  # type: ignore[arg-type]
            return Facet((), min(values, default=0.0), max(values, default=0.0))
        counts: dict[str, set[str]] = {}
        for product in products:
            held = product.attributes[name]
            for value in held if isinstance(held, tuple) else (str(held),):
                counts.setdefault(value, set()).add(str(product.group) if query.group else product.id)
        ranked = sorted(counts.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        return Facet(tuple(FacetValue(value, len(ids)) for value, ids in ranked))


def passes(product: Product, filters: Mapping[str, Any]) -> bool:
    """Lists of values, and ranges with gte and lte."""
    for name, wanted in filters.items():
        held = product.group if name == "group" else product.attributes.get(name)
        if isinstance(wanted, Mapping):
            if not isinstance(held, int | float):
                return False
            if held < wanted.get("gte", held) or held > wanted.get("lte", held):
                return False
        elif not set(held if isinstance(held, tuple) else (held,)) & set(wanted):
            return False
    return True


def sort_key(sort: str) -> Any:
    name, _, direction = sort.partition(":")
    sign = -1 if direction == "desc" else 1
    if name == "price" or name == "rating":
        return lambda pair: (sign * pair[1].product.attributes[name], pair[1].product.id)
    if name == "title":
        return lambda pair: pair[1].product.title
    return lambda pair: (-round(pair[0], 3), pair[1].product.id)


class LittleApp:
    def __init__(self, media: Path) -> None:
        self.config = Config(rate_limit=10_000, rate_burst=10_000)
        self.shop = LittleShop(media)
        self.shops = {"default": self.shop}
