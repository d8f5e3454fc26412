"""The knowledge graph: built from a small catalog, edited, exchanged, and read by its dictionary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.types import Product, SlotKind
from aisle.understanding.graph import Graph, Origin, Relation, knowledge
from aisle.understanding.graph.concepts import Key
from aisle.understanding.graph.draft import Draft
from aisle.understanding.graph.rules import parse, rulebook
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


class TestKnowledge:
    def test_every_name_in_the_files_is_known_and_canonical(self, lexicon: Lexicon) -> None:
        draft = Draft()
        knowledge.add_lexicon(draft, lexicon)
        for entry in knowledge.concepts():
            draft.add(knowledge.KINDS[entry.kind], entry.key, Origin.RULES, entry.names)
        used = [
            key
            for file in knowledge.RELATIONS
            for line in knowledge.lines(file)
            for key in (line.head, *(k for k, _ in line.items))
        ]
        used += [key for rule in rulebook().rules for key, _ in rule.slots]
        assert [key for key in used if draft.resolve(*key) != key] == []

    def test_types_of_the_lexicon_have_a_place_in_the_taxonomy(self, graph: Graph) -> None:
        lone = [
            key.value
            for key, concept in graph.concepts.items()
            if key.kind is TYPE and concept.origin is Origin.LEXICON and not graph.broader(*key)
        ]  # fmt: skip
        assert len(lone) < 12, lone

    def test_weights_are_within_bounds(self, graph: Graph) -> None:
        assert all(0 < edge.weight <= 1 for edge in graph.edges)

    def test_complements_hold_both_ways_and_come_from_what_is_broader(self, graph: Graph) -> None:
        assert "Memory Cards" in [each.value for each in graph.complements("Cameras")]
        assert "Cameras" in [each.value for each in graph.complements("Memory Cards")]
        assert "Glasses Cases" in [each.value for each in graph.complements("Reading Glasses")]
        assert graph.complements("Sports Shoes")[0].value not in ("", "Sports Shoes") and graph.complements("?") == ()

    def test_a_concept_implies_others(self, graph: Graph) -> None:
        assert ("feature", "Waterproof") in [(str(s.kind), s.value) for s in graph.implied(TYPE, "raincoat")]


class TestRules:
    @pytest.mark.parametrize(
        ("text", "language", "said", "expected"),
        [
            ("gift for a runner", "en", "gift for a runner", ("type", "Running Shoes")),
            ("a nice present for my dear runner friend", "en", "present for my dear runner", ("occasion", "Running")),
            ("送跑步的人", "zh", "送跑步", ("type", "Sports Shoes")),
            ("送 跑步 的人", "zh", "送 跑步", ("type", "Sports Shoes")),
            ("what to wear as a WEDDING guest?", "en", "WEDDING guest", ("occasion", "Wedding")),
            ("Back-to-School!", "en", "Back-to-School", ("type", "School Bags")),
            ("开学要买什么", "zh", "开学", ("type", "Stationery")),
            ("baby shower", "en", "baby shower", ("audience", "Baby")),
            ("下雨天", "zh", "下雨", ("type", "Umbrellas")),
            ("camping", "en", "camping", ("type", "Tents")),
            ("露营", "en", "露营", ("type", "Tents")),
        ],
    )
    def test_holds(self, lexicon: Lexicon, text: str, language: str, said: str, expected: tuple[str, str]) -> None:
        slots = Graph.build([], lexicon).apply_rules(text, language)
        assert expected in [(str(slot.kind), slot.value) for slot in slots]
        assert said in [slot.text for slot in slots]
        assert all(not slot.hard and slot.span is None and 0 < slot.confidence <= 1 for slot in slots)

    def test_types_that_arent_sold_are_left_out(self, graph: Graph) -> None:
        types = [slot.value for slot in graph.apply_rules("gift for a runner") if slot.kind is TYPE]
        assert types == ["Sports Shoes"]

    def test_who_names_a_type_gets_no_other(self, lexicon: Lexicon) -> None:
        slots = Graph.build([], lexicon).apply_rules("camping chair")
        assert [(str(slot.kind), slot.value) for slot in slots] == [("occasion", "Camping")]

    @given(st.text(alphabet=st.sampled_from("gift for runerמ送跑步的人开学ßÀ'- "), max_size=40) | st.text(max_size=80))
    def test_never_fails(self, graph: Graph, text: str) -> None:
        assert all(slot.text in text for slot in graph.apply_rules(text, "zh"))

    @pytest.mark.parametrize("line", ["gift for runner", "a => nokind:Shoes", "* => Shoes", "a => Shoes @x"])
    def test_a_line_that_cant_be_read(self, line: str) -> None:
        with pytest.raises(ValueError):
            parse(line)
