"""Duplicates: the same thing said or shown in another way is found, the next thing on the shelf is not."""

from __future__ import annotations

import io
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from aisle.catalog.clean import clean
from aisle.catalog.fingerprints import SHARED, DuplicateFinder, DuplicateGroup, hamming, picture_hash, text_key
from aisle.catalog.read import open_feed
from aisle.types import Product, Value


def key(title: str, **attributes: Value) -> str:
    return text_key(Product("1", title, attributes=attributes))


def groups(*products: tuple[str, str, tuple[int, ...]]) -> list[DuplicateGroup]:
    finder = DuplicateFinder()
    for identifier, text, hashes in products:
        finder.add(identifier, text, hashes)
    return list(finder.groups())


def test_the_same_words_in_another_order_and_dress() -> None:
    assert key("Acme Red Mug, 300ml") == key("the red MUG 300 ml - acme") == key("Red Mug 300ml", brand="Acme")
    assert key("红色杯子") == key("红色杯子 ")
    assert key("") == "" == key("!!!")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Mug 300ml", {}), ("Mug 350ml", {})),
        (("Mug", {"color": ("Red",)}), ("Mug", {"color": ("Blue",)})),
        (("Mug", {"size": ("S",)}), ("Mug", {"size": ("M",)})),
        (("KURA", {"type": "Bed"}), ("KURA", {"type": "Tent"})),
    ],
)
def test_what_tells_variants_apart_counts(
    one: tuple[str, dict[str, Value]], other: tuple[str, dict[str, Value]]
) -> None:
    assert key(one[0], **one[1]) != key(other[0], **other[1])


def drawn(shape: str = "ellipse", color: str = "red", size: int = 200, at: int = 40) -> Image.Image:
    picture = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(picture)
    box = (at, at, size - at, size - at // 2)
    getattr(draw, shape)(box, fill=color)
    draw.line((at, at, size - at, size - at), fill="black", width=5)
    return picture


def hashed(picture: Image.Image) -> int:
    return picture_hash(np.asarray(picture.convert("RGB")))


def recompressed(picture: Image.Image, quality: int = 60) -> Image.Image:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=quality)
    return Image.open(data)


@pytest.mark.parametrize(
    "change",
    [recompressed, lambda p: p.resize((120, 120)), lambda p: p.crop((2, 2, 198, 198)), lambda p: p.resize((400, 400))],
    ids=["recompressed", "smaller", "cut", "larger"],
)
def test_a_changed_copy_of_a_picture_is_the_same_picture(change: object) -> None:
    original = drawn()
    assert groups(("a", "", (hashed(original),)), ("b", "", (hashed(change(original)),))) == [  # type: ignore[operator]
        DuplicateGroup(("a", "b"), "picture")
    ]


def test_another_shape_or_color_is_another_picture() -> None:
    pictures = [drawn(), drawn(color="blue"), drawn("rectangle"), drawn(color="black"), drawn(at=80)]
    assert groups(*((str(n), "", (hashed(picture),)) for n, picture in enumerate(pictures))) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (7, 9), (2000, 30)])
def test_pictures_of_any_shape_have_a_fingerprint(shape: tuple[int, int]) -> None:
    flat = np.full((*shape, 3), 255, np.uint8)
    assert picture_hash(flat) == picture_hash(flat)


@given(st.integers(0, 2**832 - 1), st.lists(st.integers(0, 831), max_size=30, unique=True))
@settings(max_examples=100)
def test_hamming_counts_flipped_bits(value: int, flipped: list[int]) -> None:
    other = value
    for bit in flipped:
        other ^= 1 << bit
    assert hamming(value, other) == len(flipped)


def test_groups_name_their_reason() -> None:
    one, other = hashed(drawn()), hashed(drawn("rectangle", "blue"))
    assert groups(("a", "x", (one,)), ("b", "x", (one,)), ("c", "y", (other,)), ("d", "z", (other,)), ("e", "w", ()),
    ("f", "w", ()), ("g", "", ())) == [
        DuplicateGroup(("a", "b"), "text and picture"), DuplicateGroup(("c", "d"),
        "picture"), DuplicateGroup(("e", "f"), "text"),
    ]  # fmt: skip


def test_a_picture_that_many_share_is_a_placeholder() -> None:
    found = groups(*((str(n), "", (7,)) for n in range(SHARED + 1)))
    assert [group.reason for group in found] == ["shared picture"]


def test_one_id_twice_is_no_group() -> None:
    assert groups(("a", "x", (1,)), ("a", "x", (1,))) == [] == groups()


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["", "x", "y", "z"])), max_size=30))
@settings(max_examples=100)
def test_text_groups_are_exactly_the_equal_keys(rows: list[tuple[str, str]]) -> None:
    by_key: dict[str, dict[str, None]] = {}
    for identifier, text in rows:
        by_key.setdefault(text, {})[identifier] = None
    expected = sorted(tuple(ids) for text, ids in by_key.items() if text and len(ids) > 1)
    assert sorted(group.ids for group in groups(*((i, t, ()) for i, t in rows))) == expected


def filled_finder(count: int) -> DuplicateFinder:
    random = np.random.default_rng(0)
    hashes = [int.from_bytes(random.bytes(104), "big") for _ in range(count)]
    hashes[count // 2 : count // 2 + 100] = hashes[:100]
    finder = DuplicateFinder()
    for number, value in enumerate(hashes):
        finder.add(f"id-{number}", f"thing {number % (count - 100)}", (value,))
    return finder


def test_a_hundred_thousand_products() -> None:
    found = list(filled_finder(100_000).groups())
    assert len(found) == 200 and {group.reason for group in found} == {"text", "picture"}


def test_a_product_takes_some_hundred_bytes() -> None:
    tracemalloc.start()
    finder = filled_finder(10_000)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert finder is not None and taken < 6_000_000


@pytest.mark.real
def test_real_pictures_find_their_recompressed_copies_and_few_others() -> None:
    data = os.environ.get("AISLE_DATA")
    if not data:
        pytest.skip("AISLE_DATA isn't set")
    finder, count = DuplicateFinder(), 400
    feed = open_feed(Path(data) / "fashion")
    for row, _ in zip(feed.rows(), range(count), strict=False):
        product = clean(row, feed.mapping, feed.base).product
        assert product
        picture = Image.open(product.images[0]).convert("RGB")
        finder.add(product.id, "", (hashed(picture),))
        finder.add(product.id + "-copy", "", (hashed(recompressed(picture)),))
    found = list(finder.groups())
    matched = sum(1 for group in found for each in group.ids if f"{each}-copy" in group.ids)
    mixed = [group for group in found if len({each.removesuffix("-copy") for each in group.ids}) > 1]
    assert matched >= 0.97 * count and len(mixed) <= 0.03 * count
