"""Spelling and synonyms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from aisle.errors import InvalidRequest
from aisle.perception.text import clauses
from aisle.understanding.spelling import Speller, allowed_distance, edit_cost, signatures
from aisle.understanding.synonyms import Synonyms, parse_lines

VOCABULARY = {
    "headphones": 700, "headphone": 190, "wireless": 1600, "samsung": 670, "camera": 1450, "television": 64, "backpack": 50, "back": 300,
    "pack": 400, "shoes": 800, "running": 300, "laptop": 1000, "cable": 900, "table": 80, "witless": 1, "connectro": 1, "connector": 500,
}  # fmt: skip
SPELLER = Speller.fit(VOCABULARY)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("headphnes", "headphones"), ("wirless", "wireless"), ("samsng", "samsung"), ("camra", "camera"), ("televsion", "television"), ("latpop", "laptop")],
)  # fmt: skip
def test_typing_mistakes(typed: str, meant: str) -> None:
    (correction,) = SPELLER.correct([typed])
    assert correction.words == (meant,) and correction.confidence > 0.9


@pytest.mark.parametrize("word", ["cable", "table", "headphone", "tv", "abc", "kxtg1032s", "红色连衣裙", "zzzzzzz", ""])
def test_known_short_and_strange_words_stay(word: str) -> None:
    (correction,) = SPELLER.correct([word])
    assert not correction.changed and correction.confidence == 1.0


def test_a_typo_of_the_catalog_gives_way_to_a_far_commoner_word() -> None:
    assert SPELLER.correct(["connectro"])[0].words == ("connector",)


def test_split_and_join() -> None:
    assert SPELLER.correct(["runningshoes"])[0].words == ("running", "shoes")
    assert [each.words for each in SPELLER.correct(["head", "phones"])] == [("headphones",)]
    assert SPELLER.joined("back", "pack") == "backpack"
    assert [each.words for each in SPELLER.correct(["back", "pack"])] == [("back",), ("pack",)]


def test_variants_are_within_distance_and_likeliest_first() -> None:
    found = SPELLER.variants("wirless")
    assert found[0] == ("wireless", 1, 1600)
    assert all(distance <= allowed_distance("wirless") for _, distance, _ in found)
    assert SPELLER.variants("wirless", limit=1) == found[:1]


def test_slips_cost_less() -> None:
    assert edit_cost("csmera", "camera") < edit_cost("cpmera", "camera")
    assert edit_cost("xamera", "camera") > edit_cost("csmera", "camera")


def test_nothing_to_learn_from() -> None:
    assert Speller.fit({}).variants("anything") == []
    assert Speller.fit({}).correct([]) == []


words = st.text(alphabet="abcdeé", min_size=4, max_size=12)


@given(st.dictionaries(words, st.integers(1, 1000), max_size=30), words)
@settings(max_examples=200)
def test_every_near_word_is_found(vocabulary: dict[str, int], term: str) -> None:
    found = {word: distance for word, distance, _ in Speller.fit(vocabulary).variants(term, limit=1000)}
    expected = {
        word: OSA.distance(term, word) for word in vocabulary if 0 < OSA.distance(term, word) <= allowed_distance(term)
    }
    assert found == expected


@given(words, words)
@settings(max_examples=200)
def test_signatures_bound_the_distance(first: str, second: str) -> None:
    a, b = signatures([first, second])
    assert int(a ^ b).bit_count() <= 2 * OSA.distance(first, second)


def expanded(synonyms: Synonyms, query: str) -> list[dict[str, float]]:
    return [{way.term: way.weight for way in clause.alternatives} for clause in synonyms.expand(clauses(query))]


def test_groups_mean_each_other_and_arrows_one_way() -> None:
    synonyms = Synonyms.parse([["sofa", "couch"]], ["trainers => sneakers  # British", "", "# nothing"])
    assert expanded(synonyms, "red sofas")[1]["couch"] < 1
    assert "sofa" in expanded(synonyms, "couch")[0]
    assert "sneaker" in expanded(synonyms, "trainers")[0]
    assert "trainer" not in expanded(synonyms, "sneakers")[0]


def test_phrases() -> None:
    synonyms = Synonyms.parse([["cell phone", "mobile phone", "smartphone"], ["连衣裙", "长裙"]])
    cell, phone, case = expanded(synonyms, "cell phone case")
    assert "mobil" in cell and "smartphon" in cell and "smartphon" in phone and set(case) == {"case"}
    assert "phone" in expanded(synonyms, "smartphone")[0]
    assert "mobil" not in expanded(synonyms, "cell")[0]


@pytest.mark.parametrize("line", ["sofa", "a =>", "=> b", ","])
def test_bad_lines_are_named(line: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        parse_lines(["a, b", line])
    assert error.value.field == "synonyms.2"
