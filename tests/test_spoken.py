"""What may have been said, and how searching takes it: every transcript has its share, and what is unsure doesn't filter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aisle.app.shop import Shop
from aisle.perception.text import clauses
from aisle.types import Input, InputType, Query, Response, Transcript
from aisle.understanding.wording import with_alternatives

ROWS = [
    {"id": "dress", "title": "Linen summer dress", "type": "Dresses", "color": "Red", "price": 39.0},
    {"id": "blue-dress", "title": "Silk evening dress", "type": "Dresses", "color": "Blue", "price": 89.0},
    {"id": "kettle", "title": "Steel kettle", "type": "Kettles", "color": "Silver", "price": 25.0},
    {"id": "tent", "title": "Light trekking tent", "type": "Tents", "color": "Green", "price": 120.0},
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with Shop.open("shop", tmp_path_factory.mktemp("shop")) as opened:
        opened.put_products(ROWS)
        yield opened


def heard(shop: Shop, *transcripts: tuple[str, float], **more: object) -> Response:
    said = tuple(Transcript(*each) for each in transcripts)
    return shop.search(Query((Input(InputType.AUDIO, said),), **more))  # type: ignore[arg-type]


def lattice(said: str, instead: str, share: float = 0.5) -> list[dict[str, float]]:
    found = with_alternatives(clauses(said), clauses(instead), share)
    return [{way.term: round(way.weight, 3) for way in clause.alternatives} for clause in found]


def test_words_that_differ_stand_for_each_other() -> None:
    assert lattice("red metal", "red kettle") == [{"red": 1.0}, {"metal": 1.0, "kettl": 0.5}]
    assert lattice("red dress", "red dress") == [{"red": 1.0}, {"dress": 1.0}]


def test_what_only_one_has_stays_or_stays_away() -> None:
    assert lattice("red dress", "the red summer dress") == [{"red": 1.0}, {"dress": 1.0}]
    assert lattice("red summer dress", "red dress") == [{"red": 1.0}, {"summer": 1.0}, {"dress": 1.0}]


def test_two_words_for_one() -> None:
    assert lattice("track king tent", "trekking tent", 0.4)[:2] == [
        {"track": 1.0, "trekk": 0.4},
        {"king": 1.0, "trekk": 0.4},
    ]


def test_a_misheard_word_is_still_found(shop: Shop) -> None:
    assert [hit.id for hit in heard(shop, ("metal", 0.6), ("kettle", 0.3), relax=False).hits] == ["kettle"]
    assert heard(shop, ("metal", 0.6), relax=False, understand=False).hits[:1] == ()


def test_the_likeliest_is_what_is_searched_and_shown(shop: Shop) -> None:
    answer = heard(shop, ("bread dress", 0.1), ("red dress", 0.8))
    assert answer.hits[0].id == "dress"
    assert answer.interpretation.compound is not None and answer.interpretation.compound.text == "red dress"
    assert answer.interpretation.inputs[0].type is InputType.AUDIO


def test_what_is_sure_filters(shop: Shop) -> None:
    answer = heard(shop, ("red dress under fifty", 0.9), ("red dress under fifty", 0.05))
    assert [hit.id for hit in answer.hits] == ["dress"]
    assert all(bound.hard for bound in answer.interpretation.compound.ranges)  # type: ignore[union-attr]


def test_what_is_unsure_only_ranks(shop: Shop) -> None:
    answer = heard(shop, ("dress under fifty", 0.5), ("dress under ninety", 0.4))
    compound = answer.interpretation.compound
    assert compound is not None and not any(part.hard for part in (*compound.ranges, *compound.slots))
    assert {hit.id for hit in answer.hits} >= {"dress", "blue-dress"}


def test_what_all_say_is_sure_together(shop: Shop) -> None:
    """None of the transcripts is likely, all of them say the price."""
    answer = heard(shop, ("a dress under fifty", 0.4), ("the dress under fifty", 0.3), ("dress under fifty", 0.2))
    assert [bound.maximum for bound in answer.interpretation.compound.ranges if bound.hard] == [50.0]  # type: ignore[union-attr]


def test_what_may_be_none_of_them_filters_nothing(shop: Shop) -> None:
    answer = heard(shop, ("dress under fifty", 0.3))
    assert not any(bound.hard for bound in answer.interpretation.compound.ranges)  # type: ignore[union-attr]


def test_words_that_are_all_understood_leave_nothing_to_search_by(shop: Shop) -> None:
    answer = heard(shop, ("under fifty", 1.0))
    assert {hit.id for hit in answer.hits} == {"dress", "kettle"}
