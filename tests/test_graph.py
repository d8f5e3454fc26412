"""The knowledge graph: built from a small catalog, edited, exchanged, and read by its dictionary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.types import Product, SlotKind
from aisle.understanding.graph import Graph, Relation
from aisle.understanding.graph.concepts import Key
from aisle.understanding.lexicon import Lexicon

TYPE, COLOR, BRAND = SlotKind.TYPE, SlotKind.COLOR, SlotKind.BRAND


def product(id: str, title: str, **attributes: str | tuple[str, ...]) -> Product:
    return Product(id, title, attributes=attributes)


CATALOG = [
    product("1", "Nike red running shoes", type="Sports Shoes", brand="Nike", color=("Red",), gender="Women",
            category=("Footwear", "Shoes")),
    product("2", "Nike blue trainers", type="Sports Shoes", brand="Nike", color=("Blue",), category=("Footwear", "Shoes")),
    product("3", "Coach bag", type="Handbags", brand="Coach", color=("Orange",), category=("Accessories",)),
    product("4", "Phone case for iPhone 15 Pro", type="Phone Cases", brand="Spigen"),
    product("5", "Zorblax 9", type="Zorblaxes", brand="Acme", color=("Navy",)),
]  # fmt: skip


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load()


@pytest.fixture(scope="module")
def graph(lexicon: Lexicon) -> Graph:
    return Graph.build(CATALOG, lexicon)


def found(graph: Graph, text: str) -> list[tuple[str, str, str]]:
    return [
        (match.text, str(match.candidates[0].kind), match.candidates[0].value) for match in graph.dictionary.find(text)
    ]


class TestDictionary:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("red running shoes", [("red", "color", "Red"), ("running shoes", "type", "Sports Shoes")]),
            ("NAVY T-Shirts", [("NAVY", "color", "Navy"), ("T-Shirts", "type", "Tshirts")]),
            ("t shirt", [("t shirt", "type", "Tshirts")]),
            ("tshirt", [("tshirt", "type", "Tshirts")]),
            ("zorblax", [("zorblax", "type", "Zorblaxes")]),
            ("运动鞋女款", [("运动鞋", "type", "Sports Shoes"), ("女款", "audience", "Women")]),
            ("儿童鞋子", [("儿童", "audience", "Kids"), ("鞋子", "type", "Shoes")]),
            ("女鞋", [("女", "audience", "Women"), ("鞋", "type", "Shoes")]),
            ("運動鞋", [("運動鞋", "type", "Sports Shoes")]),
            ("ＲＥＤ", [("ＲＥＤ", "color", "Red")]),
            ("大学", []),
            ("", []),
            ("!? ...", []),
        ],
    )
    def test_finds(self, graph: Graph, text: str, expected: list[tuple[str, str, str]]) -> None:
        assert found(graph, text) == expected

    def test_an_ambiguous_name_has_candidates_with_priors_from_the_catalog(self, graph: Graph) -> None:
        (match,) = graph.dictionary.find("orange")
        assert [(each.kind, each.value) for each in match.candidates[:2]] == [(COLOR, "Orange"), (TYPE, "Orange")]
        assert sum(each.prior for each in match.candidates) == pytest.approx(1)
        (apple,) = graph.dictionary.find("apple")
        assert {each.kind for each in apple.candidates} == {TYPE, BRAND}

    def test_the_form_counts(self, graph: Graph) -> None:
        (glasses,) = graph.dictionary.find("glasses")
        assert glasses.candidates[0].value == "Glasses"
        (glass, table) = graph.dictionary.find("glass table")
        assert glass.candidates[0].value == "Glass" and table.candidates[0].value == "Tables"

    @given(
        st.text(alphabet=st.sampled_from("ab redshoeTt-' 红大学鞋运动女衣裙,ÀéＲß١ال靴の"), max_size=40)
        | st.text(max_size=60)
    )
    def test_spans_are_inside_in_order_and_apart(self, graph: Graph, text: str) -> None:
        end = 0
        for match in graph.dictionary.find(text):
            assert end <= match.span[0] < match.span[1] <= len(text)
            assert match.text == text[slice(*match.span)] and match.candidates
            end = match.span[1]

    @given(st.data())
    def test_every_name_finds_its_concept(self, graph: Graph, data: st.DataObject) -> None:
        concept = data.draw(st.sampled_from(list(graph.concepts.values())))
        name = data.draw(st.sampled_from([concept.value, *graph.names(concept.kind, concept.value)]))
        assert concept.key in [Key(each.kind, each.value) for each in graph.dictionary.meanings(name)]
        (match,) = graph.dictionary.find(name.upper())
        assert concept.key in [Key(each.kind, each.value) for each in match.candidates]


class TestCatalog:
    def test_values_and_brands_of_types(self, graph: Graph) -> None:
        shoes = Key(TYPE, "Sports Shoes")
        assert {e.target.value: e.count for e in graph.targets(shoes, Relation.MADE_BY)} == {"Nike": 2}
        assert {e.target.value for e in graph.targets(shoes, Relation.HAS_VALUE)} == {"Red", "Blue", "Women"}

    def test_a_filter_on_what_is_broader_includes_what_is_narrower(self, graph: Graph) -> None:
        assert "Sports Shoes" in [each.value for each in graph.expand(TYPE, "Shoes")]
        assert graph.written(TYPE, "Shoes")["type"] == ("Sports Shoes",)
        assert graph.written(COLOR, "Blue") == {"color": ("Blue", "Navy")}
        assert graph.expand(TYPE, "no such") == (("no such", 1.0),)

    def test_categories_are_broader(self, graph: Graph) -> None:
        assert "Accessories" in graph.broader(TYPE, "Handbags")

    def test_compatibility_is_read_from_titles(self, graph: Graph) -> None:
        edges = graph.targets(Key(TYPE, "Phone Cases"), Relation.COMPATIBLE_WITH)
        assert [edge.target.value for edge in edges] == ["iPhone 15 Pro"]
