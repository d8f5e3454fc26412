"""Names that shoppers use whatever the shop: the list is well formed, and the tagger hears what no catalog says."""

from __future__ import annotations

import pytest

from aisle.types import Product, SlotKind
from aisle.understanding import compound
from aisle.understanding.compound import Understander
from aisle.understanding.gazetteer import gazetteer, rows
from aisle.understanding.graph import Dictionary, Graph
from aisle.understanding.lexicon import Lexicon
from aisle.understanding.tagger import Tagger

SHOES = [Product(str(i), "Running shoes", attributes={"type": "Sports Shoes", "brand": "Alder"}) for i in range(5)]


@pytest.fixture(scope="module")
def understander() -> Understander:
    return Understander(Graph.build(SHOES, Lexicon.load()), Tagger())


def test_the_list_is_well_formed() -> None:
    found = list(rows())
    assert {kind for kind, _ in found} == set(SlotKind)
    assert all(name == " ".join(name.split()) and 0 < len(name) <= 40 for _, name in found)
    assert found == sorted(set(found), key=lambda row: (row[0], row[1].casefold()))


def test_a_name_is_found_in_any_case_and_number() -> None:
    (match,) = gazetteer().find("EXTERNAL hard drives")
    assert match.candidates[0].kind is SlotKind.TYPE


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


def test_makers_that_the_shop_does_not_sell_are_known_by_it_and_filter_nothing(
    understander: Understander, monkeypatch: pytest.MonkeyPatch
) -> None:
    def heard(maker: str) -> bool:
        text = f"{maker} toaster" if maker.isascii() else f"{maker}热水器"
        slots = [slot for slot in understander.understand(text).compound.slots if slot.kind is SlotKind.BRAND]
        assert not any(slot.hard for slot in slots)
        return [slot.text for slot in slots] == [maker]

    known = sum(map(heard, MAKERS))
    assert known >= 12
    monkeypatch.setattr(compound, "gazetteer", lambda: Dictionary(()))
    assert sum(map(heard, MAKERS)) <= known - 3  # the others are known from labelled queries
