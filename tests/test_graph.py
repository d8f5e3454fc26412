"""The knowledge graph: built from a small catalog, edited, exchanged, and read by its dictionary."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle import cli
from aisle.app.graph import build_graph, rows
from aisle.app.views import document
from aisle.errors import InvalidRequest
from aisle.index.embedded import EmbeddedIndex
from aisle.store import GraphEdit, Record, Store
from aisle.store.graph import RELATIONS
from aisle.types import Product, SlotKind
from aisle.understanding.graph import Graph, Origin, Relation, knowledge
from aisle.understanding.graph.concepts import Key
from aisle.understanding.graph.exchange import FORMATS, news, read, statements
from aisle.understanding.graph.rules import parse, rulebook

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
def graph() -> Graph:
    return Graph.build(CATALOG)


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
            ("미니 카멜", []),
            ("미니 카를", [("미니 카", "type", "Toy Cars")]),
            ("가죽가방", [("가죽", "material", "Leather"), ("가방", "type", "Handbags")]),
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
    def test_every_name_in_the_files_is_known_and_canonical(self) -> None:
        draft = knowledge.named()
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
    def test_holds(self, text: str, language: str, said: str, expected: tuple[str, str]) -> None:
        slots = Graph.build([]).apply_rules(text, language)
        assert expected in [(str(slot.kind), slot.value) for slot in slots]
        assert said in [slot.text for slot in slots]
        assert all(not slot.hard and slot.span is None and 0 < slot.confidence <= 1 for slot in slots)

    def test_types_that_arent_sold_are_left_out(self, graph: Graph) -> None:
        types = [slot.value for slot in graph.apply_rules("gift for a runner") if slot.kind is TYPE]
        assert types == ["Sports Shoes"]

    def test_who_names_a_type_gets_no_other(self) -> None:
        slots = Graph.build([]).apply_rules("camping chair")
        assert [(str(slot.kind), slot.value) for slot in slots] == [("occasion", "Camping")]

    @given(st.text(alphabet=st.sampled_from("gift for runerמ送跑步的人开学ßÀ'- "), max_size=40) | st.text(max_size=80))
    def test_never_fails(self, graph: Graph, text: str) -> None:
        assert all(slot.text in text for slot in graph.apply_rules(text, "zh"))

    @pytest.mark.parametrize("line", ["gift for runner", "a => nokind:Shoes", "* => Shoes", "a => Shoes @x"])
    def test_a_line_that_cant_be_read(self, line: str) -> None:
        with pytest.raises(ValueError):
            parse(line)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store") as opened, opened.write() as writer:
        writer.put([Record(each, each.id, None) for each in CATALOG])
    with Store.open(tmp_path / "store") as opened:
        yield opened


class TestEdits:
    def test_names_and_edges_survive_a_build(self, store: Store) -> None:
        store.graph.put(
            [
                GraphEdit("type", "Zorblaxes", "name", "en", "blaxer"),
                GraphEdit("type", "Zorblaxes", "broader", "type", "Toys", weight=0.5),
                GraphEdit("type", "Sports Shoes", "made_by", "brand", "Nike", removed=True),
                GraphEdit("color", "Orange", "concept", removed=True),
                GraphEdit("type", "Sports Shoes", "name", "en", "trainers", removed=True),
            ]
        )
        graph = build_graph(store)
        assert found(graph, "blaxers") == [("blaxers", "type", "Zorblaxes")]
        assert "Toys" in graph.broader(TYPE, "Zorblaxes")
        assert graph.targets(Key(TYPE, "Sports Shoes"), Relation.MADE_BY) == []
        assert graph.dictionary.find("orange")[0].candidates[0].kind is TYPE
        assert graph.dictionary.find("trainers")[0].candidates[0].value == "Sneakers"
        (edge,) = graph.targets(Key(TYPE, "Zorblaxes"), Relation.BROADER)
        assert edge.origin is Origin.PERSON and edge.weight == 0.5

    def test_the_last_word_counts_and_can_be_taken_back(self, store: Store) -> None:
        said = GraphEdit("type", "Shoes", "complements", "type", "Toys")
        before = store.graph.seq
        store.graph.put([said])
        store.graph.put([replace(said, removed=True)])
        assert store.graph.list() == [replace(said, removed=True)]
        assert store.graph.forget([said]) == 1 and store.graph.list() == [] and store.graph.seq > before

    @pytest.mark.parametrize(
        ("edit", "field"),
        [
            (GraphEdit("nokind", "a", "concept"), "kind"),
            (GraphEdit("type", " ", "concept"), "value"),
            (GraphEdit("type", "a", "likes", "type", "b"), "relation"),
            (GraphEdit("type", "a", "broader", "en", "b"), "target_kind"),
            (GraphEdit("type", "a", "broader", "type", "x" * 300), "target"),
            (GraphEdit("type", "a", "broader", "type", "b", weight=2.0), "weight"),
        ],
    )
    def test_what_cant_be_is_refused_and_nothing_kept(self, store: Store, edit: GraphEdit, field: str) -> None:
        with pytest.raises(InvalidRequest) as error:
            store.graph.put([GraphEdit("type", "fine", "concept"), edit])
        assert error.value.field == field and store.graph.list() == []

    def test_relations_are_the_graphs(self) -> None:
        assert ("name", "concept", *map(str, Relation)) == RELATIONS

    @pytest.mark.parametrize("form", ["json", "csv"])
    def test_export_and_import_come_round(self, store: Store, form: str) -> None:
        graph = build_graph(store)
        edits = read(FORMATS[form](statements(graph)), f"graph.{form}")
        assert news(graph, edits) == []
        taken = news(bare := Graph.build([]), edits)
        assert 0 < len(taken) < 60
        there = Graph.build([], taken)
        assert set(graph.concepts) == set(there.concepts) and len(graph.edges) == len(there.edges) > len(bare.edges)

    @pytest.mark.parametrize("text", ["{", "{}", "[1]", '[{"weight": "x"}]'])
    def test_a_file_that_cant_be_read(self, text: str) -> None:
        with pytest.raises(InvalidRequest):
            read(text, "graph.json")


def test_the_views_columns_make_the_same_graph_as_the_database(store: Store) -> None:
    index = EmbeddedIndex(None, 4, {"title": 1.0}, "none")
    index.apply(1, [document(each, None) for each in CATALOG[:3]], [])
    index.apply(2, [document(each, None) for each in CATALOG[3:]], ["1"])
    with store.write() as writer:
        writer.remove(["1"])
    made, read_again = build_graph(store, rows(index.snapshot)), build_graph(store)
    assert made.edges == read_again.edges and dict(made.concepts) == dict(read_again.concepts)


class TestCommands:
    @pytest.fixture
    def run(
        self, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> Callable[..., Any]:
        store.close()

        def run(*arguments: str) -> str:
            monkeypatch.setattr("sys.argv", ["aisle", "graph", *arguments, "--store", str(store.path)])
            capsys.readouterr()
            with pytest.raises(SystemExit) as end:
                cli.main()
                raise SystemExit(0)
            said = capsys.readouterr()
            return said.out if not end.value.code else f"failed: {said.err}"

        return run

    def test_add_link_show_export_import(self, run: Callable[..., str], tmp_path: Path) -> None:
        run("add", "type", "Gizmos", "--synonym", "gizmoz", "--broader", "toy")
        run("link", "Gizmos", "complements", "brand:acme", "--weight", "0.7")
        (shown,) = json.loads(run("show", "gizmoz", "--json"))
        assert shown["value"] == "Gizmos" and shown["origin"] == "person"
        edges = {(edge["relation"], edge["concept"], edge["weight"]) for edge in shown["edges"]}
        assert edges == {("broader", "type:Toys", 1.0), ("complements", "brand:Acme", 0.7)}
        assert "digraph" in run("export", "--format", "dot")
        file = tmp_path / "mine.json"
        run("export", "--mine", "--out", str(file))
        run("remove", "type", "Gizmos", "--synonym", "gizmoz")
        assert run("show", "gizmoz").startswith("failed: not_found")
        run("import", str(file))
        assert json.loads(run("show", "gizmoz", "--json"))
        run("unlink", "Gizmos", "broader", "Toys")
        run("remove", "type", "Gizmos")
        assert run("show", "Gizmos").startswith("failed: not_found")

    def test_what_cant_be_is_said(self, run: Callable[..., str]) -> None:
        assert "no kind" in run("add", "nokind", "x")
        assert "broader than" in run("link", "Shoes", "broader", "Sports Shoes")
        assert "There is no" in run("link", "Shoes", "broader", "Nosuchthing")
        assert "no format" in run("export", "--format", "xml")
        assert "Sports Shoes" in run("show", "--kind", "type") and "broader" in run("show")
