"""Text analysis: what a word is, where it stood, what a query asks for, and that nothing breaks it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.perception.text import (
    Kind,
    Purpose,
    analyze,
    clauses,
    detect_language,
    excerpt,
    fold,
    highlight,
    normalize,
    terms,
)
from aisle.perception.text.measures import sizes

HOSTILE = [
    "",
    "   ",
    "👟🔥",
    "\x00\x07a\u200bb",
    "\ud800red\udfff",
    "שלום עולם",
    "a" * 10_000,
    "红" * 5_000,
    "1" * 10_000,
    "'-./&" * 50,
]


def meets(query: str, title: str) -> bool:
    """Every word of the query is in the title in one of its forms."""
    held = set(terms(title))
    return all(any(way.term in held for way in clause.alternatives) for clause in clauses(query))


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("t-shirt", "Red T Shirt"),
        ("tshirt", "Red T-Shirts"),
        ("t shirt", "red tshirt"),
        ("wifi", "Wi-Fi router"),
        ("wi-fi", "wifi router"),
        ("256gb", "SSD 256 GB"),
        ("256 GB", "SSD 256-gb"),
        ("15.6 inch", 'laptop 15.6"'),
        ("15.6in", "laptop 15.6-inch"),
        ("0.5 l", "bottle 500ml"),
        ("1 TB", "disk 1000GB"),
        ("1.5 kg", "1500 克 大米"),
        ("90x200", "2 x 90x200 cm"),
        ("90 x 200 cm", "Bed 90x200cm"),
        ("$49.99", "for 49.99 USD"),
        ("100元", "¥100"),
        ("kx-tg1032s", "Panasonic KXTG1032S phone"),
        ("tg1032s", "Panasonic KX-TG1032S phone"),
        ("DVD-2930CI", "denon dvd2930ci"),
        ("gtx560", "GTX 560 card"),
        ("2-in-1", "2 in 1 laptop"),
        ("men's shoes", "Mens Running Shoe"),
        ("womens", "dress for women"),
        ("shelves", "wall shelf"),
        ("laser", "HP LaserJet"),
        ("h&m", "H&M dress"),
        ("cafe", "Café crème"),
        ("zapatos rojos", "zapato rojo de mujer"),
        ("連衣裙", "红色连衣裙"),
        ("裙", "连衣裙"),
        ("红裙", "红色连衣裙 红裙"),
        ("史黛丝", "史黛丝蛇纹网衣"),
        ("кроссовками", "Детские кроссовки"),
    ],
)
def test_ways_of_writing_meet(query: str, title: str) -> None:
    assert meets(query, title)


@pytest.mark.parametrize(
    ("query", "title"), [("256gb", "128 GB"), ("kx-tg1032s", "kx-tg1033s"), ("4gb", "4 ports"), ("500 ml", "500 g")]
)
def test_different_things_stay_apart(query: str, title: str) -> None:
    assert not any(way.term in terms(title) for way in clauses(query)[0].alternatives[:1])


def test_tokens_point_into_the_original() -> None:
    text = "ＲＥＤ Größe\u200b 256 GB 紅色 T‑Shirt"
    found = {token.text: text[token.start : token.end] for token in analyze(text).tokens}
    assert found["red"] == "ＲＥＤ"
    assert found["256gb"] == "256 GB"
    assert found["红色"] == "紅色"
    assert found["tshirt"] == "T‑Shirt"


def test_kinds() -> None:
    kinds = {token.text: token.kind for token in analyze("shirt 12 kx-tg1032s 5kg 花呢线 t-shirt").tokens}
    assert kinds["12"] is Kind.NUMBER
    assert kinds["kxtg1032s"] is Kind.CODE
    assert kinds["5000g"] is Kind.UNIT
    assert kinds["tshirt"] is Kind.COMPOUND
    assert Kind.BIGRAM in kinds.values()


def test_forms_share_a_position_and_words_follow_each_other() -> None:
    at = {token.text: token.position for token in analyze("red t-shirt blue").tokens}
    assert at == {"red": 0, "tshirt": 1, "t": 1, "shirt": 2, "blue": 3}


def test_sizes() -> None:
    assert [term for term, _, _ in sizes("50 x 70 cm")] == ["50x70", "500mm", "700mm"]
    assert [term for term, _, _ in sizes("2 x 90x200 cm")] == ["90x200", "2", "900mm", "2000mm"]


def test_stop_words_fall_out_unless_nothing_is_left() -> None:
    assert [clause.word for clause in clauses("the shoes for men")] == ["shoes", "men"]
    assert [clause.word for clause in clauses("the of")] == ["the", "of"]
    assert [clause.word for clause in clauses("我想买红色的鞋")][-1] == "鞋"
    assert [clause.word for clause in clauses("big shoes", stop_words=["Big"])] == ["shoes"]


def test_a_code_weighs_more_and_common_parts_are_no_alternatives() -> None:
    (clause,) = clauses("hp-q6511x")
    assert clause.weight > 1
    assert clause.alternatives[0].term == "hpq6511x"
    assert "hp" not in {way.term for way in clause.alternatives}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("wireless charger for iphone", "en"),
        ("红色连衣裙", "zh"),
        ("iPhone 15 手机壳", "zh"),
        ("赤いワンピース", "ja"),
        ("빨간 드레스", "ko"),
        ("zapatos rojos de mujer", "es"),
        ("robe rouge pour femme", "fr"),
        ("rotes Kleid für Damen", "de"),
        ("vestido vermelho com bolsa", "pt"),
        ("красное платье", "ru"),
        ("فستان أحمر", "ar"),
        ("xqzt 42", "und"),
        ("", "und"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_normalize() -> None:
    assert normalize("  ＲＥＤ\u200b “Shoe”—\x00紅色  É ") == 'red "shoe"- 红色 é'
    assert len(normalize("x" * 9_000)) == 4_000


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text(text: str) -> None:
    assert analyze(text).tokens == analyze(text).tokens
    assert len(clauses(text)) <= 64
    highlight(text, {"red"}).encode()
    excerpt(text, {"red"}).encode()
    assert not any(0xD800 <= ord(char) <= 0xDFFF for term in terms(text) for char in term)


@given(st.text(max_size=80))
@settings(max_examples=300)
def test_any_text_is_analysed_within_its_bounds(text: str) -> None:
    tokens = analyze(text, purpose=Purpose.QUERY).tokens
    assert sorted(token.text for token in tokens) == sorted(terms(text))
    for token in tokens:
        assert token.text and 0 <= token.start < token.end <= len(text)
    for clause in clauses(text):
        assert clause.alternatives and all(0 < way.weight <= 1 for way in clause.alternatives)


@given(st.text(max_size=80))
@settings(max_examples=200)
def test_a_title_meets_itself(text: str) -> None:
    assert meets(text, text)


@given(st.text(alphabet="abc <>&\"'红鞋-1", max_size=60))
@settings(max_examples=200)
def test_highlights_are_escaped_and_keep_the_text(text: str) -> None:
    marked = highlight(text, set(terms(text)))
    assert not re.search(r"<(?!/?mark>)", marked)
    plain = re.sub(r"</?mark>", "", marked)
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")):
        plain = plain.replace(entity, char)
    assert plain == text


def test_highlight_marks_what_was_matched() -> None:
    assert highlight("<b>Red T-Shirt", {"tshirt"}) == "&lt;b&gt;Red <mark>T-Shirt</mark>"


def test_excerpt_shows_the_matched_part() -> None:
    text = "lorem ipsum " * 60 + "waterproof jacket" + " dolor sit" * 60
    found = excerpt(text, {"jacket"}, length=80)
    assert "<mark>jacket</mark>" in found
    assert found.startswith("…") and found.endswith("…") and len(found) < 120


def test_fold_is_stable() -> None:
    assert fold(fold("Ｃａｆé 臺灣")) == fold("Ｃａｆé 臺灣")
