"""The demo shop: enough goods, told apart by their looks, the same from the same seed, honestly split."""

import io
import json
import re
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aisle.catalog.demo import DemoSummary, generate
from aisle.catalog.demo.canvas import Canvas, Look
from aisle.catalog.demo.kinds import Kind
from aisle.catalog.demo.photos import customer_photo
from aisle.catalog.demo.plan import Good, Split, plan, random_look
from aisle.catalog.demo.range import KINDS, UNSEEN_TYPES
from aisle.catalog.demo.shop import PER_KIND
from aisle.catalog.demo.vocabulary import AUDIENCES, COLORS, MATERIALS, PATTERNS, SHAPES
from aisle.catalog.demo.words import DEPARTMENTS, STYLES, copy_of, review_of

HAN = re.compile(r"[\u4e00-\u9fff]")
LIMIT = 16


@pytest.fixture(scope="module")
def goods() -> list[Good]:
    """The whole shop as planned, nothing drawn."""
    return plan(KINDS, UNSEEN_TYPES, seed=7, per_kind=PER_KIND)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[DemoSummary, list[tuple[int, int, str]]]:
    """A small shop on disk, and the progress that was reported."""
    told: list[tuple[int, int, str]] = []
    summary = generate(
        tmp_path_factory.mktemp("shop"), progress=lambda *step: told.append(step), workers=1, limit=LIMIT
    )
    return summary, told


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def drawn(kind: Kind, look: Look) -> np.ndarray:
    canvas = Canvas(look)
    kind.draw(canvas)
    return np.dstack([canvas.rgb, canvas.alpha])


def test_the_shop_is_large_and_varied(goods: list[Good]) -> None:
    assert len(goods) >= 1200
    assert len({good.kind.key for good in goods}) >= 45
    assert len({good.kind.department for good in goods}) >= 10
    assert len({good.id for good in goods}) == len(goods)
    assert any(good.stock == 0 for good in goods) and any(good.views == 2 for good in goods)
    assert len({good.look.color for good in goods}) >= 16
    assert len({good.look.pattern for good in goods}) >= 10


def test_every_word_of_the_range_is_in_the_tables() -> None:
    assert len({kind.key for kind in KINDS}) == len({kind.en for kind in KINDS}) == len(KINDS)
    for kind in KINDS:
        assert {value for choices in kind.shapes.values() for value in choices} <= SHAPES.keys(), kind.key
        assert set(kind.colors) <= COLORS.keys() and len(set(kind.colors)) >= 4, kind.key
        assert set(kind.patterns) <= PATTERNS.keys() and set(kind.materials) <= MATERIALS.keys(), kind.key
        assert set(kind.audiences) <= AUDIENCES.keys() and kind.department in STYLES.keys() & DEPARTMENTS.keys()
        assert 0 < kind.prices[0] < kind.prices[1]


def test_no_two_products_of_a_type_look_alike(goods: list[Good]) -> None:
    looks = Counter(
        (g.kind.key, *sorted(g.look.shape.items()), g.look.color, g.look.second, g.look.pattern, g.look.material)
        for g in goods
    )
    assert max(looks.values()) == 1


def test_variants_share_design_brand_and_price(goods: list[Good]) -> None:
    groups = defaultdict(list)
    for good in goods:
        groups[good.group_id].append(good)
    assert sum(len(group) > 1 for group in groups.values()) > 200
    for group in groups.values():
        shared = {(g.kind.key, str(g.look.shape), g.look.seed, g.brand, g.price, g.seller, g.audience) for g in group}
        assert len(shared) == 1 and len(group) <= 4


def test_splits_are_whole_groups_in_the_promised_shares(goods: list[Good]) -> None:
    sides = defaultdict(set)
    for good in goods:
        sides[good.group_id].add(good.split)
    assert all(len(side) == 1 for side in sides.values())
    by_kind = defaultdict(Counter)
    for good in goods:
        by_kind[good.kind.key][good.split] += 1
    unseen = {key for key, counts in by_kind.items() if Split.UNSEEN_TYPE in counts}
    assert unseen == set(UNSEEN_TYPES) and len(unseen) == 5
    for key, counts in by_kind.items():
        if key in unseen:
            assert set(counts) == {Split.UNSEEN_TYPE}
        else:
            assert 0.08 <= counts[Split.UNSEEN_PRODUCT] / counts.total() <= 0.15, key
    seen = [good for good in goods if good.kind.key not in unseen]
    assert sum(good.split is Split.UNSEEN_PRODUCT for good in seen) / len(seen) == pytest.approx(0.15, abs=0.015)


def test_a_new_type_leaves_the_other_goods_as_they_were() -> None:
    some, more = plan(KINDS[:3], (), 7, 6), plan((KINDS[5], *KINDS[:3]), (), 7, 6)
    assert [good.look for good in some] == [good.look for good in more[6:]]


def test_titles_are_natural_and_tell_products_apart(goods: list[Good]) -> None:
    copies = [copy_of(good, np.random.default_rng((7, good.number))) for good in goods]
    for good, copy in zip(goods, copies, strict=True):
        assert good.kind.zh in copy.title_zh and good.kind.en in copy.title, copy
        assert HAN.search(copy.title_zh) and HAN.search(copy.description_zh)
        assert not HAN.search(copy.title) and not HAN.search(copy.description)
        for text in (copy.title, copy.title_zh, copy.description, copy.description_zh):
            assert text == text.strip() and "  " not in text and "{" not in text and 4 <= len(text) <= 320
            assert not re.search(r"\b(\w{4,}) \1\b|，，|。。| ,", text), text
    assert len({copy.title for copy in copies}) > 0.95 * len(copies)
    assert len({copy.title_zh for copy in copies}) > 0.80 * len(copies)
    assert len({copy.description for copy in copies}) > 0.98 * len(copies)


def test_reviews_come_in_both_languages_and_all_moods(goods: list[Good]) -> None:
    reviews = [review_of(good, np.random.default_rng(good.number)) for good in goods[:300]]
    assert {review.rating for review in reviews} == {1, 2, 3, 4, 5}
    assert all(bool(HAN.search(review.text)) == (review.language == "zh") for review in reviews)
    assert len({review.language for review in reviews}) == 2


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_pictures_follow_the_attributes(kind: Kind) -> None:
    rng = np.random.default_rng(5)
    look = replace(random_look(kind, rng), pattern=kind.patterns[0], color=kind.colors[0], second=None)
    first = drawn(kind, look)
    cover = first[:, :, 3]
    assert 0.01 < (cover > 0.5).mean() < 0.85 and first.min() >= 0 and first.max() <= 1.001
    assert np.array_equal(first, drawn(kind, look)), "the same look gives the same picture"
    recolored = drawn(kind, replace(look, color=kind.colors[1]))
    assert np.abs(first - recolored)[cover > 0.5].mean() > 0.004
    name, choices = next(iter(kind.shapes.items()))
    other = next((choice for choice in choices if choice != look.shape[name]), None)
    if other is not None:
        reshaped = drawn(kind, replace(look, shape={**look.shape, name: other}))
        assert np.abs(first - reshaped).mean() > 0.0003


def test_files_agree_with_each_other(shop: tuple[DemoSummary, list[tuple[int, int, str]]]) -> None:
    summary, told = shop
    products = lines(summary.folder / "products.jsonl")
    by_id = {row["id"]: row for row in products}
    assert summary.products == len(by_id) == LIMIT and summary.types == len({row["type"] for row in products})
    assert all("split" not in row for row in products)
    splits = {row["product"]: row["split"] for row in lines(summary.folder / "splits.jsonl")}
    assert splits.keys() == by_id.keys() and sum(summary.splits.values()) == len(splits)
    pictures = [name for row in products for name in row["images"]]
    photos = lines(summary.folder / "customer_photos.jsonl")
    assert summary.pictures == len(set(pictures)) and summary.customer_photos == len(photos)
    assert all(splits[photo["product"]] == photo["split"] for photo in photos)
    on_disk = {str(path.relative_to(summary.folder)) for path in summary.folder.rglob("*.jpg")}
    assert on_disk == {*pictures, *(photo["photo"] for photo in photos)}
    reviews = defaultdict(list)
    for review in lines(summary.folder / "reviews.jsonl"):
        reviews[review["product"]].append(review["rating"])
    for row in products:
        assert row["reviews_count"] == len(reviews[row["id"]])
        assert ("rating" in row) == bool(reviews[row["id"]])
        assert row["price"] > 0 and row["currency"] == "USD" and re.fullmatch(r"\d{4}-\d\d-\d\d", row["created"])
    assert summary.size == sum(path.stat().st_size for path in summary.folder.rglob("*") if path.is_file())
    assert [step[0] for step in told] == list(range(1, told[0][1] + 1))


def test_pictures_decode(shop: tuple[DemoSummary, list[tuple[int, int, str]]]) -> None:
    for path in (shop[0].folder / "images").iterdir():
        with Image.open(path) as image:
            image.load()
            assert image.format == "JPEG" and image.size == (384, 384) and image.mode == "RGB"
            edge = np.asarray(image)[:4, :4].mean()
            assert edge > 200, "the studio's background is light"


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_workers(
    shop: tuple[DemoSummary, list[tuple[int, int, str]]], tmp_path: Path
) -> None:
    first, second = shop[0].folder, generate(tmp_path / "again", workers=2, limit=LIMIT).folder
    names = sorted(str(path.relative_to(first)) for path in first.rglob("*") if path.is_file())
    assert names == sorted(str(path.relative_to(second)) for path in second.rglob("*") if path.is_file())
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_a_drawing_that_was_cut_off_goes_on(
    shop: tuple[DemoSummary, list[tuple[int, int, str]]], tmp_path: Path
) -> None:
    def stop(done: int, total: int, what: str) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path, progress=stop, workers=1, limit=LIMIT)
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "images").iterdir()}
    assert len(kept) == 5
    assert generate(tmp_path, workers=1, limit=LIMIT).size == shop[0].size
    assert kept == {path: path.stat().st_mtime_ns for path in kept}
    for path in shop[0].folder.rglob("*.jpg"):
        assert (tmp_path / path.relative_to(shop[0].folder)).read_bytes() == path.read_bytes()


def test_other_goods_are_drawn_anew(tmp_path: Path) -> None:
    generate(tmp_path, seed=8, workers=1, limit=1)
    before = {path: path.read_bytes() for path in (tmp_path / "images").iterdir()}
    generate(tmp_path, seed=9, workers=1, limit=1)
    assert all(path.read_bytes() != drawing for path, drawing in before.items())


def test_another_seed_gives_other_goods() -> None:
    one, two = plan(KINDS[:4], (), 7, 5), plan(KINDS[:4], (), 8, 5)
    assert [good.look for good in one] != [good.look for good in two]


def test_a_customer_photo_is_a_phone_picture() -> None:
    kind, other = KINDS[0], KINDS[-1]
    rng = np.random.default_rng(3)
    look, clutter = random_look(kind, rng), [(other, random_look(other, rng))]
    photos = [customer_photo(kind, look, clutter, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert photos[0] == photos[1] != photos[2]
    with Image.open(io.BytesIO(photos[0])) as image:
        image.load()
        assert sorted(image.size) == [288, 384]
