"""Writes the demo shop: feed, pictures, reviews, customer photos and the split."""

from __future__ import annotations

import datetime
import io
import json
import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aisle.catalog.demo.canvas import Canvas, Look
from aisle.catalog.demo.kinds import Stance
from aisle.catalog.demo.photos import customer_photo
from aisle.catalog.demo.plan import Good, Split, plan, random_look
from aisle.catalog.demo.range import KINDS, UNSEEN_TYPES
from aisle.catalog.demo.studio import studio
from aisle.catalog.demo.vocabulary import COLORS, MATERIALS, PATTERNS
from aisle.catalog.demo.words import DEPARTMENTS, copy_of, review_of

PER_KIND = 20
FEW = 4
"""Products of a type in a small shop."""

PHOTO_SHARE = {Split.TRAIN: 0.16, Split.UNSEEN_PRODUCT: 0.45, Split.UNSEEN_TYPE: 0.8}
"""The share of products that have a customer photo."""

OPENED = datetime.date(2024, 3, 1)
DAYS = 600
WORDS, PICTURES, REVIEWS, PHOTOS = range(4)
"""Streams of random numbers: what is drawn for one never changes another."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class DemoSummary:
    """What was written. ``splits`` counts products by side; ``size`` is bytes on disk."""

    folder: Path
    products: int
    types: int
    pictures: int
    reviews: int
    customer_photos: int
    splits: dict[str, int]
    size: int


@dataclass(frozen=True)
class _Picture:
    """A picture to draw. ``clutter`` is None for the shop's own; ``view`` 1 is the second, at another angle."""

    name: str
    kind: int
    look: Look
    stream: tuple[int, ...]
    view: int = 0
    clutter: tuple[tuple[int, Look], ...] | None = None


def _draw(job: tuple[Path, _Picture, bool]) -> int:
    """Draw and write one picture, whole or not at all, unless one that is there is to stay; its size in bytes. Runs in a worker."""
    folder, picture, stays = job
    target = folder / picture.name
    if not (stays and target.exists()):
        unfinished = target.with_suffix(".part")
        unfinished.write_bytes(_drawing(picture))
        unfinished.replace(target)
    return target.stat().st_size


def _drawing(picture: _Picture) -> bytes:
    """JPEG."""
    kind, rng = KINDS[picture.kind], np.random.default_rng(picture.stream)
    if picture.clutter is not None:
        return customer_photo(kind, picture.look, [(KINDS[i], look) for i, look in picture.clutter], rng)
    canvas = Canvas(picture.look)
    kind.draw(canvas)
    if picture.view:
        _turn(canvas, float(rng.uniform(5, 11)) * (1 if rng.random() < 0.5 else -1), kind.stance)
    drawn = io.BytesIO()
    Image.fromarray(studio(canvas, kind.stance, rng)).save(drawn, "JPEG", quality=86)
    return drawn.getvalue()


def _turn(canvas: Canvas, degrees: float, stance: Stance) -> None:
    """Another view of the drawing in place: turned where it lies, or nearer and from the other side where it stands."""
    layers = np.dstack([canvas.rgb, canvas.alpha])
    image = Image.fromarray((np.clip(layers, 0, 1) * 255 + 0.5).astype(np.uint8), "RGBa")
    if stance is Stance.LIES:
        image = image.rotate(degrees, Image.Resampling.BICUBIC)
    else:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize(
            image.size, Image.Resampling.LANCZOS, (16, 22, 368, 374)
        )
    layers = np.asarray(image, dtype=np.float32) / np.float32(255)
    canvas.rgb, canvas.alpha = layers[:, :, :3].copy(), layers[:, :, 3].copy()


def _date(rng: np.random.Generator, after: datetime.date = OPENED, days: int = DAYS) -> datetime.date:
    return after + datetime.timedelta(days=int(rng.integers(days)))


def _lines(rows: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _images(good: Good) -> list[str]:
    return [f"images/{good.id}{'' if view == 0 else f'-{view + 1}'}.jpg" for view in range(good.views)]


def _reviews(goods: list[Good], seed: int) -> list[dict[str, Any]]:
    rows = []
    for good in goods:
        rng = np.random.default_rng((seed, REVIEWS, good.number))
        for _ in range(int(min(9, rng.geometric(0.38) - 1))):
            review = review_of(good, rng)
            date = _date(rng, OPENED + datetime.timedelta(days=DAYS), 120).isoformat()
            rows.append(
                {
                    "product": good.id,
                    "rating": review.rating,
                    "text": review.text,
                    "language": review.language,
                    "date": date,
                }
            )
    return rows


def _product(good: Good, ratings: list[int], seed: int) -> dict[str, Any]:
    """A line of the feed; columns without a value are left out."""
    rng = np.random.default_rng((seed, WORDS, good.number))
    copy, look, kind = copy_of(good, rng), good.look, good.kind
    row: dict[str, Any] = {
        "id": good.id,
        "title": copy.title,
        "title_zh": copy.title_zh,
        "description": copy.description,
        "description_zh": copy.description_zh,
        "type": kind.en,
        "type_zh": kind.zh,
        "department": kind.department,
        "department_zh": DEPARTMENTS[kind.department],
        "brand": good.brand.en,
        "color": COLORS[look.color].en,
        "secondary_color": COLORS[look.second].en if look.second else None,
        "material": MATERIALS[look.material].en,
        "pattern": PATTERNS[look.pattern].en,
        "gender": good.audience,
        "size": list(kind.sizes) or None,
        "price": good.price,
        "currency": "USD",
        "stock": good.stock,
        "seller": good.seller,
        "rating": round(sum(ratings) / len(ratings), 1) if ratings else None,
        "reviews_count": len(ratings),
        "item_group_id": good.group_id,
        "images": _images(good),
        "created": _date(rng).isoformat(),
    }
    return {name: value for name, value in row.items() if value is not None}


def _shop_pictures(goods: list[Good], seed: int) -> Iterator[_Picture]:
    for good in goods:
        for view, name in enumerate(_images(good)):
            yield _Picture(name, KINDS.index(good.kind), good.look, (seed, PICTURES, good.number, view), view)


def _photos(goods: list[Good], seed: int) -> Iterator[tuple[Good, _Picture]]:
    for good in goods:
        rng = np.random.default_rng((seed, PHOTOS, good.number))
        if rng.random() >= PHOTO_SHARE[good.split]:
            continue
        own = KINDS.index(good.kind)
        others = [place for place in range(len(KINDS)) if place != own]
        chosen = [int(place) for place in rng.choice(others, min(len(others), int(rng.integers(1, 3))), replace=False)]
        clutter = tuple((place, random_look(KINDS[place], rng)) for place in chosen)
        yield (
            good,
            _Picture(f"customer_photos/{good.id}.jpg", own, good.look, (seed, PHOTOS, good.number, 1), clutter=clutter),
        )


def generate(
    folder: Path, seed: int = 7, progress: Progress | None = None, workers: int = 2, limit: int | None = None
) -> DemoSummary:
    """Draw the demo shop into ``folder``: the same bytes for the same seed, whatever the number of workers.

    Pictures that an earlier run for the same products left there are kept: a drawing that was cut off goes on. ``progress`` is called with (done, total, what). ``limit`` makes a small shop of about as many products, of
    fewer types. Files: products.jsonl and images/, reviews.jsonl, customer_photos.jsonl and customer_photos/, splits.jsonl
    (product → train, unseen_product or unseen_type; search never reads it).
    """
    kinds = KINDS if limit is None else KINDS[:: max(1, len(KINDS) * FEW // limit)]
    per_kind = PER_KIND if limit is None else max(1, round(limit / len(kinds)))
    goods = plan(kinds, UNSEEN_TYPES, seed, per_kind)
    reviews = _reviews(goods, seed)
    ratings: dict[str, list[int]] = {}
    for review in reviews:
        ratings.setdefault(review["product"], []).append(review["rating"])
    photos = list(_photos(goods, seed))
    products = _lines(_product(good, ratings.get(good.id, []), seed) for good in goods)
    listed = folder / "products.jsonl"
    goes_on = listed.exists() and listed.read_bytes() == products
    for part in ("images", "customer_photos"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    listed.write_bytes(products)
    (folder / "reviews.jsonl").write_bytes(_lines(reviews))
    (folder / "splits.jsonl").write_bytes(_lines({"product": good.id, "split": good.split.value} for good in goods))
    (folder / "customer_photos.jsonl").write_bytes(
        _lines({"photo": picture.name, "product": good.id, "split": good.split.value} for good, picture in photos)
    )
    pictures = list(_shop_pictures(goods, seed))
    jobs = [(folder, picture, goes_on) for picture in [*pictures, *(picture for _, picture in photos)]]
    size = 0
    for done, written in enumerate(_drawn(jobs, workers), start=1):
        size += written
        if progress is not None:
            progress(done, len(jobs), "drawing pictures" if done <= len(pictures) else "drawing customer photos")
    size += sum(path.stat().st_size for path in folder.glob("*.jsonl"))
    sides = {side.value: sum(good.split is side for good in goods) for side in Split}
    return DemoSummary(folder, len(goods), len(kinds), len(pictures), len(reviews), len(photos), sides, size)


def _drawn(jobs: list[tuple[Path, _Picture, bool]], workers: int) -> Iterator[int]:
    if workers <= 1:
        yield from map(_draw, jobs)
        return
    # Spawned, not forked: the caller may hold threads (a server, a BLAS) that a fork would freeze half-way.
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(_draw, jobs, chunksize=16)
