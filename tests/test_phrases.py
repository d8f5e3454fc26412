"""Phrases that shoppers say: found however they are written, counted without the query that is learnt from, and heard by the tagger
where no catalog says a word."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.types import Product, SlotKind
from aisle.understanding.compound import Understander
from aisle.understanding.graph import Graph
from aisle.understanding.lexicon import fold
from aisle.understanding.tagging.phrases import KINDS, NAMED, TOLD, Phrases
from aisle.understanding.tagging.stretches import LONGEST, key, stretches
from aisle.understanding.tagging.tagger import Tagger
from aisle.understanding.tagging.units import units
from training.labelled import parse
from training.ngrams import CountedNgrams
from training.phrases import Counted, names
from training.questions import Question

SHOES = [Product(str(i), "Running shoes", attributes={"type": "Sports Shoes", "brand": "Alder"}) for i in range(5)]
TYPE, BRAND, COLOR = (KINDS.index(kind) for kind in (SlotKind.TYPE, SlotKind.BRAND, SlotKind.COLOR))
PARTS = 3 * NAMED
"""Numbers that the names tell of a unit; the labelled queries' come after them."""


@pytest.fixture(scope="module")
def understander() -> Understander:
    return Understander(Graph.build(SHOES), Tagger())


def question(marked: str) -> Question:
    return replace(parse(marked), counted=True)


QUERIES = [
    question(q)
    for q in (
        "{red|color} {tv stand|type}",
        "{tv stand|type} {oak|material}",
        "{phone|type} stand",
        "{椰子|brand}{手机壳|type}",
    )
]
NOTHING = Phrases(np.zeros(0, np.uint64), np.zeros((0, NAMED), np.uint8), np.zeros((0, len(KINDS)), np.uint8))
SMALL = Counted(QUERIES, [(SlotKind.TYPE, "stand")]).kept()


def test_the_names_are_well_formed() -> None:
    found = list(names())
    assert {kind for kind, _ in found} == {*SlotKind, None}
    assert all(name == " ".join(name.split()) and 0 < len(name) <= 40 for _, name in found)
    assert found == sorted(set(found), key=lambda row: (row[0] or "work", row[1].casefold()))


@pytest.mark.parametrize("written", ["t-shirt", "T-Shirts", "t shirt", "tshirts", "Ｔ－ＳＨＩＲＴ"])
def test_a_phrase_is_one_however_it_is_written(written: str) -> None:
    assert key(written) == key("tshirt")
    assert key("t short") != key("tshirt")


@pytest.mark.parametrize(
    ("one", "other"), [("1.5 l", "15 l"), ("5-7", "57"), ("3,5mm", "35mm"), ("iphone 1 4", "iphone 14")]
)
def test_numbers_are_told_apart(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_names_are_told_apart() -> None:
    """Every eighth name, and each character alone, has a key of its own but for how it is written."""
    found = {name for _, name in islice(names(), 0, None, 8)} | {chr(code) for code in range(0x4E00, 0x9FA6)}
    written = {"".join(char for unit in units(name) for char in fold(unit.text) if char.isalnum()) for name in found}
    assert len({key(name) for name in found}) >= len(written - {""}) - 2


def test_nothing_and_what_is_too_long_has_no_key() -> None:
    assert key("") is key("?!") is None
    assert key("word " * LONGEST) is not None
    assert key("word " * (LONGEST + 1)) is None


@given(st.lists(st.sampled_from(["tv", "stand", "手", "机", "壳", "-", "red", "3"]), max_size=20))
def test_phrases_are_found_wherever_they_stand(words: list[str]) -> None:
    """Beside every stretch of units looked at by itself."""
    phrases, text = SMALL, " ".join(words)
    own = units(text)
    there = phrases.find(stretches(own))
    found = set(zip(there.firsts.tolist(), there.lasts.tolist(), strict=True))
    for first, unit in enumerate(own):
        for last in range(first, min(len(own), first + LONGEST)):
            said = any(char.isalnum() for char in unit.text) and any(char.isalnum() for char in own[last].text)
            assert ((first, last) in found) == (said and key(text[unit.start : own[last].end]) in phrases.keys)


def test_what_phrases_tell_of_units() -> None:
    phrases = Counted(QUERIES, [(SlotKind.TYPE, "stand"), (SlotKind.BRAND, "stand"), (None, "red")]).kept()
    told = phrases.tell(stretches(units("red tv stand")))
    assert told.shape == (3, TOLD)
    named, said = told[:, :PARTS].reshape(3, 3, NAMED), told[:, PARTS:].reshape(3, 3, len(KINDS))  # begins, on, ends
    assert named[2, 0, TYPE] == named[2, 0, BRAND] == pytest.approx(0.5, abs=0.01)  # a name of two kinds
    assert named[0, 0, -1] == 1.0 and named[0, 0, :-1].max() == 0.0  # a work
    assert said[0, 0, COLOR] == said[0, 2, COLOR] == pytest.approx(1 / 2, abs=0.01)  # once of once, and one more
    assert said[1, 0, TYPE] == said[2, 2, TYPE] == said[2, 1, TYPE] == pytest.approx(2 / 3, abs=0.01)
    assert said[1, 2].max() == 0.0


def test_a_query_is_not_told_what_it_says_itself() -> None:
    counted = Counted(QUERIES, [])
    generous = np.random.default_rng(0)

    def told(asked: Question) -> np.ndarray:
        own = units(asked.text)
        tries = [counted.tell(asked, own, stretches(own), generous)[:, PARTS:] for _ in range(40)]  # each has gaps
        return np.max(tries, axis=0).reshape(-1, 3, len(KINDS))

    own = told(QUERIES[0])
    assert own[0].max() == 0.0  # nobody else says "red"
    assert own[1, 0, TYPE] == pytest.approx(1 / 2)  # one other says "tv stand"
    stranger = told(parse("{red|color} {tv stand|type}"))  # it was never counted
    assert stranger[0, 0, COLOR] == pytest.approx(1 / 2) and stranger[1, 0, TYPE] == pytest.approx(2 / 3)
    twice = told(question("{tv stand|type} {tv stand|type}"))
    assert not twice.any()  # the two that were counted might be its own


def test_phrases_outlive_their_file(tmp_path: Path) -> None:
    phrases = Counted(QUERIES, list(names())[1000:1500]).kept()
    phrases.save(tmp_path / "phrases.npz")
    again = Phrases.load(tmp_path / "phrases.npz")
    assert all(
        np.array_equal(a, b)
        for a, b in ((phrases.keys, again.keys), (phrases.named, again.named), (phrases.said, again.said))
    )
    assert again.is_name("Newborns") and not again.is_name("tv stool")


def test_an_empty_table_says_nothing() -> None:
    assert not NOTHING.is_name("stand")
    assert not NOTHING.tell(stretches(units("red tv stand"))).any()
    assert NOTHING.tell(stretches([])).shape == (0, TOLD)


MAKERS = (
    "southwire",
    "denso",
    "wahoo",
    "glossier",
    "tissot",
    "hasbro",
    "imation",
    "kraft",
    "露得清",
    "野田珐琅",
    "认养一头牛",
    "黑鲨",
    "红牛",
    "当贝",
    "六神",
)


def test_makers_that_the_shop_does_not_sell_are_known_by_them_and_filter_nothing(understander: Understander) -> None:
    def heard(maker: str) -> float:
        """How sure it is of the maker; 0 where it hears another or none."""
        text = f"{maker} toaster" if maker.isascii() else f"{maker}热水器"
        slots = [slot for slot in understander.understand(text).compound.slots if slot.kind is SlotKind.BRAND]
        assert not any(slot.hard for slot in slots)
        return slots[0].confidence if [slot.text for slot in slots] == [maker] else 0.0

    known = [heard(maker) for maker in MAKERS]
    assert sum(sure > 0 for sure in known) >= 12
    tagger = understander.tagger
    kept = tagger.phrases, tagger.ngrams
    tagger.__dict__.update(phrases=NOTHING, ngrams=CountedNgrams([]).kept())
    try:
        unknown = [heard(maker) for maker in MAKERS]  # by their letters and what stands behind them
    finally:
        tagger.__dict__.update(phrases=kept[0], ngrams=kept[1])
    assert sum(a > b for a, b in zip(known, unknown, strict=True)) >= 10
