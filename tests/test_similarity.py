"""Title to title: which of two candidates is the thing the query names."""

import numpy as np
import pytest

from aisle.ranking.similarity import WEIGHTS, Listing, code_similarity, compare, read, specificity

COMMON = {
    "camera": 400,
    "black": 300,
    "phone": 300,
    "usb": 300,
    "drive": 200,
    "canon": 60,
    "cordless": 80,
    "digit": 300,
}


def values(query: str, *titles: str | Listing) -> np.ndarray:
    listings = [read(title) if isinstance(title, str) else title for title in titles]
    return compare(read(query), listings, 1000, lambda term: COMMON.get(term, 1)).value


@pytest.mark.parametrize(
    ("query", "right", "wrong"),
    [
        ("panasonic dect cordless phone system kxtg9332t", "panasonic kx-tg9332t cordless phone", "panasonic dect cordless phone system kx-tg9333t"),
        ("pny flash drive 4gb usb mini stick", "pny usb flash drive mini 4 gb", "pny usb flash drive mini stick 16 gb"),
        ("canon powershot digital camera elph 100 blue", "canon powershot elph 100 digital camera blue", "canon powershot elph 100 digital camera silver"),
        ("linksys dual band gaming adapter wga600n", "linksys wga600n wireless gaming adapter", "linksys dual band adapter wusb600n"),
        ("logitech wireless mouse for small hands", "logitech wireless mouse small hands", "logitech wireless mouse small hands with keyboard tray lamp and pouch"),
    ],
)  # fmt: skip
def test_the_right_one_is_nearer(query: str, right: str, wrong: str) -> None:
    first, second = values(query, right, wrong)
    assert first > second


def test_fields_of_the_catalog_count() -> None:
    query = "hp 58 photo inkjet print cartridge c6658an"
    mine, other = values(
        query, read("hp 58 photo ink", "hp", ("C6658AN",)), read("58 photo ink", "compatible", ("c9999zz",))
    )
    assert mine > other


def test_two_words_arent_held_against_a_long_title() -> None:
    assert specificity(read("red dress")) == 0.0
    short, long = values(
        "cotton dress", "cotton dress", "cotton dress with long sleeves and pockets for summer parties"
    )
    assert short == long


def test_a_code_alone_speaks() -> None:
    right, wrong = values("kx-tg1032s", "Panasonic KXTG1032S phone", "Panasonic KX-TG1033S phone")
    assert right > 0 and wrong == 0


def test_explanations_sum_to_the_value() -> None:
    found = compare(
        read("canon powershot a3300 digital camera black"),
        [read("canon powershot a3300 camera red")],
        1000,
        lambda _: 5,
    )
    assert set(found.explain(0)) <= set(WEIGHTS)
    assert found.explain(0)["other_color"] < 0
    assert sum(found.explain(0).values()) == pytest.approx(float(found.value[0]), abs=1e-5)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("wga600n", "wga600n", 1.0), ("nnh965wh", "nnh965wf", 0.6), ("vx401", "nx501", 0.0), ("tg9332", "kxtg9332", 0.875), ("s7", "s710", 0.0)],
)  # fmt: skip
def test_codes(first: str, second: str, expected: float) -> None:
    assert code_similarity(first, second) == code_similarity(second, first) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "👟", "\ud800", "红色连衣裙 长款 夏季 新款", "a" * 5000])
def test_any_text_compares(text: str) -> None:
    found = compare(read(text), [read(text), read("")], 10, lambda _: 20).value
    assert found.dtype == np.float32 and ((found >= 0) & (found <= 1)).all()
    assert compare(read(text), [], 0, lambda _: 0).value.shape == (0,)


def test_a_listing_is_nearest_to_itself() -> None:
    titles = ["canon mp41dhii printing calculator", "canon mp41 two-color calculator", "casio printing calculator"]
    assert int(np.argmax(values(titles[0], *titles))) == 0
