"""Labelling: the queue and its judgements, how pairs are picked, agreement by hand, labels nobody gave, and the files."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import ask, feed, open_shop, picture, rows

from aisle.app import Shop
from aisle.app.labelling import read_clicks
from aisle.errors import InvalidRequest, NotFound
from aisle.labelling import strategies
from aisle.labelling.agreement import agreements, cohen_kappa, disagreements, settled_grade, weighted_kappa
from aisle.labelling.export import labelled_lines, pseudo_lines, qrels, settled, topics
from aisle.labelling.pseudo import PseudoLabel, Shown, click_rates, from_agreement, from_clicks, surely_more
from aisle.labelling.queries import from_catalog, from_file, from_log
from aisle.labelling.strategies import Pool, select
from aisle.store import Store
from aisle.store.judgements import Judgement, Judgements, LabelQuery, Pick
from aisle.types import Product, QueryEvent

RED = LabelQuery("red dress")


def picks(*raters: int) -> list[Pick]:
    return [Pick(RED, f"p{i}", {"strategy": "random"}, n) for i, n in enumerate(raters)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "shop") as store:
        yield store


@pytest.fixture
def said(store: Store) -> Judgements:
    return store.judgements


class TestQueue:
    def test_pairs_come_in_order_the_latest_round_first(self, said: Judgements) -> None:
        said.add_round("random", picks(1, 1))
        later = said.add_round("mix", [Pick(LabelQuery("mug", "a.jpg"), "m", {"value": 0.5})], {"model": "tiny@1"})
        first, *rest = said.next("Ann", 5)
        assert (first.round, first.query, first.product, first.why) == (
            later.id,
            LabelQuery("mug", "a.jpg"),
            "m",
            {"value": 0.5},
        )
        assert [pair.product for pair in rest] == ["p0", "p1"]
        assert [each.detail for each in said.rounds()] == [{"model": "tiny@1"}, {}]
        assert [pair.product for pair in said.pairs()] == ["p0", "p1", "m"]

    def test_one_rater_is_enough_unless_two_are_wanted(self, said: Judgements) -> None:
        said.add_round("random", picks(1, 2))
        single, double = said.next("Ann", 5)
        said.judge(single.id, "Ann", 3)
        said.judge(double.id, "Ann", 2)
        assert said.next("Ann", 5) == []
        assert said.next("Bo", 5) == [double]
        assert said.progress("Bo").left == 1 and said.progress("Bo").done == 1
        said.judge(double.id, "Bo", 2)
        assert said.next("Cleo", 5) == [] and said.progress().done == 2

    def test_a_pair_in_one_raters_hands_is_kept_from_the_others_for_a_while(
        self, said: Judgements, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said.add_round("random", picks(1, 1, 1))
        assert [pair.product for pair in said.next("Ann", 2)] == ["p0", "p1"]
        assert [pair.product for pair in said.next("Bo", 2)] == ["p2"]
        assert [pair.product for pair in said.next("Ann", 2)] == ["p0", "p1"]
        later = time.time() + 3600
        monkeypatch.setattr(time, "time", lambda: later)
        assert len(said.next("Bo", 3)) == 3

    def test_raters_who_differ_call_for_a_third(self, said: Judgements) -> None:
        said.add_round("random", picks(2))
        (pair,) = said.next("Ann")
        said.judge(pair.id, "Ann", 3)
        said.judge(pair.id, "Bo", 1)
        assert said.progress().done == 0 and said.next("Ann") == said.next("Bo") == []
        assert said.next("Cleo") == [pair]
        said.judge(pair.id, "Cleo", 2)
        assert said.progress().done == 1 and said.next("Dan") == []

    def test_a_skip_leaves_the_pair_to_others(self, said: Judgements) -> None:
        said.add_round("random", picks(1))
        (pair,) = said.next("Ann")
        said.judge(pair.id, "Ann", None)
        assert said.next("Ann") == [] and said.progress("Ann").skipped == 1 and said.progress().done == 0

    def test_undo_gives_the_pair_back_and_keeps_the_history(self, said: Judgements) -> None:
        said.add_round("random", picks(1, 1))
        one, two = said.next("Ann", 2)
        said.judge(one.id, "Ann", 0)
        said.judge(two.id, "Ann", 1)
        assert said.undo("Ann").pair == two.id
        assert said.next("Ann", 5) == [two]
        said.judge(two.id, "Ann", 3)
        said.judge(one.id, "Ann", 2)
        assert said.undo("Ann", two.id).grade == 3
        assert [(j.pair, j.grade) for j in said.standing()] == [(one.id, 2)]
        assert [(j.grade, j.undone is None) for j in said.history()] == [
            (0, False),
            (1, False),
            (3, False),
            (2, True),
        ]
        said.undo("Ann")
        with pytest.raises(NotFound):
            said.undo("Ann")

    def test_saying_the_same_again_changes_nothing(self, said: Judgements) -> None:
        said.add_round("random", picks(1))
        (pair,) = said.next(" Ann  Lee ")
        assert said.judge(pair.id, "Ann Lee", 2) == said.judge(pair.id, "Ann  Lee", 2)
        assert len(said.history()) == 1

    def test_what_makes_no_sense_is_refused(self, said: Judgements) -> None:
        made = said.add_round("random", picks(1))
        (pair,) = said.next("Ann")
        for rater in ("", "  ", "x" * 81):
            with pytest.raises(InvalidRequest):
                said.judge(pair.id, rater, 1)
        for grade in (-1, 4):
            with pytest.raises(InvalidRequest):
                said.judge(pair.id, "Ann", grade)
        with pytest.raises(NotFound):
            said.judge(pair.id + 1, "Ann", 1)
        with pytest.raises(NotFound):
            said.next("Ann", round=made.id + "x")
        with pytest.raises(InvalidRequest):
            said.add_round("random", [])
        with pytest.raises(InvalidRequest):
            said.add_round("random", [*picks(1), *picks(1)])

    @settings(max_examples=12)
    @given(
        st.lists(
            st.tuples(st.sampled_from("ABC"), st.integers(0, 3), st.sampled_from([0, 1, 2, 3, None, "undo", "last"])),
            max_size=16,
        )
    )
    def test_any_history_stands_as_a_dictionary_would(self, steps: list[tuple[str, int, object]]) -> None:
        """Every standing judgement is the last one said and not taken back; nothing said ever leaves the history."""
        with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "shop") as store:
            said = store.judgements
            said.add_round("random", picks(1, 2, 1, 2))
            ids = [pair.id for pair in said.pairs()]
            stands: dict[tuple[str, int], object] = {}
            spoken = 0
            for rater, place, what in steps:
                key = (rater, ids[place])
                if what in ("undo", "last"):
                    mine = [each for each in stands if each[0] == rater]
                    gone = key if what == "undo" else mine[-1] if mine else None
                    if gone in stands:
                        assert said.undo(rater, gone[1] if what == "undo" else None).pair == gone[1]
                        del stands[gone]
                    else:
                        with pytest.raises(NotFound):
                            said.undo(rater, ids[place] if what == "undo" else None)
                elif key not in stands or stands[key] != what:
                    said.judge(ids[place], rater, what)  # type: ignore[arg-type]
                    stands.pop(key, None)
                    stands[key] = what
                    spoken += 1
            assert {(j.rater, j.pair): j.grade for j in said.standing()} == stands
            assert len(said.history()) == spoken
            for rater in "ABC":
                left = said.next(rater, 9)
                assert not {(rater, pair.id) for pair in left} & set(stands)
                assert len(left) <= said.progress(rater).left


WRITER = """
import sys
from aisle.store import Store
with Store.open(sys.argv[1]) as store:
    pairs = [pair.id for pair in store.judgements.pairs()]
    for number in range(1_000_000):
        rater = f"{sys.argv[2]}-{number}"
        store.judgements.judge(pairs[number % len(pairs)], rater, number % 4)
        print(rater, flush=True)
"""


def test_a_judgement_that_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    with Store.open(tmp_path / "shop") as store:
        store.judgements.add_round("random", picks(1, 2, 1))
    for trial in range(2):
        command = [sys.executable, "-c", WRITER, str(tmp_path / "shop"), str(trial)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            acknowledged = [process.stdout.readline().strip()]
            time.sleep(0.05 * trial)
            process.kill()
            acknowledged += process.stdout.read().split("\n")[:-1]
        with Store.open(tmp_path / "shop") as store:
            standing = {judgement.rater: judgement.grade for judgement in store.judgements.standing()}
            assert all(standing[rater] == int(rater.split("-")[1]) % 4 for rater in acknowledged)
            assert store.check() == []


class TestAgreement:
    def test_kappa_by_hand(self) -> None:
        """Cohen (1960): 35 of 50 agreed, p_e = 0.5 · 0.6 + 0.5 · 0.4 = 0.5, so κ = (0.7 − 0.5) / (1 − 0.5) = 0.4."""
        assert cohen_kappa(np.array([[20, 5], [10, 15]])) == pytest.approx(0.4)

    def test_weighted_kappa_by_hand(self) -> None:
        """Three pairs, graded (0, 0), (3, 3), (1, 2): the cost seen is (1/9) / 3; by chance, with rows {0, 1, 3} and
        columns {0, 2, 3}, the nine squares 0 4 9 · 1 1 4 · 9 1 0 over 9, so 29/9 / 9."""
        table = np.zeros((4, 4), int)
        table[0, 0] = table[3, 3] = table[1, 2] = 1
        assert weighted_kappa(table) == pytest.approx(1 - (1 / 27) / (29 / 81))
        assert cohen_kappa(table) == pytest.approx((2 / 3 - 2 / 9) / (1 - 2 / 9))

    def test_perfect_reversed_and_undefined(self) -> None:
        assert cohen_kappa(np.diag([3, 2, 1, 1])) == weighted_kappa(np.diag([3, 2, 1, 1])) == pytest.approx(1.0)
        assert cohen_kappa(np.array([[0, 5], [5, 0]])) == pytest.approx(-1.0)
        assert cohen_kappa(np.diag([5, 0])) is None and cohen_kappa(np.zeros((2, 2))) is None

    def test_pairs_of_raters_and_their_disputes(self) -> None:
        given = [
            (1, "Ann", 3),
            (1, "Bo", 3),
            (2, "Ann", 0),
            (2, "Bo", 2),
            (3, "Ann", 1),
            (3, "Bo", None),
            (4, "Cleo", 1),
        ]
        given += [(5, "Ann", 1), (5, "Bo", 2), (5, "Cleo", 2)]
        said = [Judgement(i, pair, rater, grade, 0.0) for i, (pair, rater, grade) in enumerate(given)]
        first = agreements(said)[0]
        assert (first.first, first.second, first.pairs, first.agreed) == ("Ann", "Bo", 3, pytest.approx(1 / 3))
        assert first.table[0][2] == first.table[3][3] == 1
        assert [(each.pair, each.spread, each.settled) for each in disagreements(said)] == [(2, 2, False), (5, 1, True)]

    def test_the_grade_of_several_raters(self) -> None:
        assert [settled_grade(grades) for grades in ([2], [3, 2], [0, 2], [0, 3, 2], [])] == [2, 2, None, 2, None]


def pool(n: int = 60, queries: int = 6, seed: int = 0) -> Pool:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(queries + n, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Pool(
        np.arange(n) % queries,
        [f"p{i}" for i in range(n)],
        rng.random(n),
        rng.random(n),
        rng.random(n),
        vectors[:queries],
        vectors[queries:],
    )


class TestStrategies:
    @pytest.mark.parametrize("name", strategies.NAMES)
    def test_contract(self, name: str) -> None:
        made = pool()
        chosen = select(made, 20, name, per_query=4, taken=[0, 1], seed=3)
        places = [each.place for each in chosen]
        assert len(set(places)) == 20 and not {0, 1} & set(places)
        assert max(np.bincount(made.query[places])) <= 4
        assert chosen == select(made, 20, name, per_query=4, taken=[0, 1], seed=3)
        assert len(select(made, 1000, name)) == len(made)
        assert select(pool(0, 1), 5, name) == []

    def test_an_unknown_strategy_is_refused(self) -> None:
        with pytest.raises(InvalidRequest) as told:
            select(pool(), 5, "guess")
        assert "mix, uncertainty" in str(told.value.hint)

    def test_uncertainty_and_disagreement_go_by_what_they_say(self) -> None:
        made = pool()
        assert select(made, 1, "uncertainty")[0].place == np.abs(made.probability - 0.5).argmin()
        assert select(made, 1, "disagreement")[0].place == np.abs(made.lexical - made.probability).argmax()

    def test_margin_takes_neighbours_near_the_top(self) -> None:
        scores = np.array([0.9, 0.6, 0.59, 0.3, 0.29, 0.1])
        made = Pool(np.zeros(6, int), list("abcdef"), scores, scores, scores, np.eye(1, 4), np.eye(6, 4))
        assert {each.place for each in select(made, 2, "margin")} == {1, 2}

    def test_diversity_is_k_centre_greedy(self) -> None:
        """On a line 0, 1, 2, 10 with 0 taken: the furthest is 10, then 2 (2 from 0), then 1."""
        line = np.array([[0.0], [1.0], [2.0], [10.0]])
        flat = np.zeros(4)
        made = Pool(np.zeros(4, int), list("abcd"), flat, flat, flat, np.zeros((1, 1)), line)
        chosen = select(made, 3, "diversity", taken=[0])
        assert [(each.place, each.value) for each in chosen] == [(3, 10.0), (2, 2.0), (1, 1.0)]

    def test_the_mix_lets_each_choose_as_often_as_it_says(self) -> None:
        names = [each.strategy for each in select(pool(200), 20, "mix")]
        assert {name: names.count(name) for name in strategies.MIX} == {k: 2 * v for k, v in strategies.MIX.items()}


class TestPseudo:
    def test_rates_fall_with_the_position(self) -> None:
        lists = [Shown(RED, ("a", "b", "c"), frozenset({"a"} if i % 2 else {"c"})) for i in range(10)]
        rates = click_rates(lists)
        assert np.all(np.diff(rates) <= 1e-12)
        assert rates[0] == pytest.approx((5 + 1 / 3) / 11)
        assert rates[1] == rates[2] == pytest.approx(((1 / 3) / 11 + (5 + 1 / 3) / 11) / 2)

    def test_the_posterior_by_hand(self) -> None:
        """Q(1, x) = e^−x and Q(2, x) = e^−x (1 + x)."""
        assert surely_more(0, 3) == pytest.approx(math.exp(-4))
        assert surely_more(1, 0) == pytest.approx(2 * math.exp(-1))

    def test_a_low_click_says_more_than_a_high_one(self) -> None:
        """ "top" is clicked as its position is; "low" as often, from where hardly anything is; "never" is passed over."""
        plain = [Shown(LabelQuery(f"q{i}"), [f"{i}-{k}" for k in range(10)], frozenset({f"{i}-0"})) for i in range(60)]
        shown = ["top", "never", *(f"x{k}" for k in range(7)), "low"]
        ours = [Shown(RED, shown, frozenset({"top"} if i % 2 else {"low"})) for i in range(20)]
        labels = {label.product: label for label in from_clicks([*plain, *ours]) if label.query == RED}
        assert labels["low"].grade == 3 and labels["low"].weight > 0.95
        assert "top" not in labels or labels["top"].grade == 0
        assert all(0.8 <= label.weight <= 1 for label in labels.values())

    def test_only_where_both_are_sure(self) -> None:
        made = Pool(
            np.array([0, 0, 0, 0, 1]),
            ["both", "words", "vectors", "neither", "picture"],
            np.array([1.0, 1.0, 0.0, 0.0, 0.0]),
            np.array([0.99, 0.5, 0.99, 0.01, 0.0]),
            np.zeros(5),
            np.zeros((2, 2)),
            np.zeros((5, 2)),
        )
        labels = from_agreement(made, [RED, LabelQuery("", "photo.jpg")])
        assert [(label.product, label.grade, round(label.weight, 2)) for label in labels] == [
            ("both", 2, 0.99),
            ("neither", 0, 0.99),
        ]


class TestFiles:
    def test_queries_of_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "photo.png").write_bytes(picture("red"))
        path = tmp_path / "queries.txt"
        path.write_text('red  dress\n\n{"query": "mug", "image": "photo.png"}\n', encoding="utf-8")
        assert next(from_file(path, lambda data: "kept.jpg")) == RED
        assert list(from_file(path, lambda data: "kept.jpg"))[1] == LabelQuery("mug", "kept.jpg")
        for bad in ("{", '{"image": "none.png"}', '{"rows": 1}'):
            path.write_text(f"fine\n{bad}\n", encoding="utf-8")
            with pytest.raises(InvalidRequest, match="line 2"):
                list(from_file(path, lambda data: ""))

    def test_queries_of_the_log_are_those_asked_most(self) -> None:
        def event(text: str, offset: int = 0, kind: str = "text") -> QueryEvent:
            return QueryEvent("q", 0.0, None, {"inputs": [{"type": kind, "value": text}]}, (), offset, 0, "p", 1.0)

        log = [event("mug"), event("mug"), event(" red dress"), event("x", 24), event("id", kind="product")]
        assert from_log(log, 9) == [LabelQuery("mug"), RED]
        assert from_log(log, 1) == [LabelQuery("mug")]

    def test_queries_of_the_catalog_in_its_languages(self) -> None:
        product = Product(
            "a", "Red dress", attributes={"type": "Dresses", "color": ("Red", "Blue"), "type_zh": "连衣裙"}
        )
        made = {query.text for query in from_catalog([product] * 3, 50)}
        assert {"red dresses", "dresses", "连衣裙"} <= made and from_catalog([], 5) == []

    def test_exports(self, said: Judgements) -> None:
        asked = [LabelQuery("mug", "m.jpg"), LabelQuery("红色 连衣裙")]
        said.add_round("random", [Pick(asked[0], "a b", {}), Pick(asked[1], "c", {}, 2), Pick(asked[1], "d", {}, 2)])
        one, two, three = said.pairs()
        for pair, rater, grade in ((one, "A", 3), (two, "A", 1), (two, "B", 2), (three, "A", 0), (three, "B", 3)):
            said.judge(pair.id, rater, grade)
        labels = settled(said.pairs(), said.standing())
        lines = [line.split() for line in qrels(labels)]
        assert [line[1:] for line in lines] == [["0", "a%20b", "3"], ["0", "c", "1"]]
        named = dict(line.split("\t", 1) for line in topics(labels, lambda name: f"/m/{name}"))
        assert [named[line[0]] for line in lines] == ["mug\t/m/m.jpg", "红色 连衣裙"]
        assert [json.loads(line) for line in labelled_lines(labels, lambda name: f"/m/{name}")] == [
            {"query": "mug", "photo": "/m/m.jpg", "product": "a b", "grade": 3},
            {"query": "红色 连衣裙", "product": "c", "grade": 1},
        ]
        (line,) = pseudo_lines([PseudoLabel(RED, "x", 2, 0.91, "clicks")], str)
        assert json.loads(line) == {
            "query": "red dress",
            "product": "x",
            "grade": 2,
            "weight": 0.91,
            "source": "clicks",
        }

    def test_clicks_name_the_line_that_is_wrong(self, tmp_path: Path) -> None:
        path = tmp_path / "clicks.jsonl"
        path.write_text('{"query_id": "q", "product": "a"}\n\n{"query_id": "q"}\n', encoding="utf-8")
        with pytest.raises(InvalidRequest, match="line 3"):
            read_clicks(path)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("labelled")
    with open_shop(folder / "store") as shop:
        shop.index_feed(feed(folder / "feed", rows()[:32]))
        yield shop


class TestOnAShop:
    def test_a_queue_holds_what_words_and_vectors_find(self, shop: Shop) -> None:
        desk = shop.labelling
        asked = [RED, LabelQuery("blue lamp"), LabelQuery("gown")]
        pool = desk.pool(asked, depth=6)
        found = {pool.product[i] for i in np.flatnonzero(pool.query == 2)}
        assert any(product.startswith("dress") for product in found)  # by meaning alone: no title has the word
        assert pool.probability.max() > 0.9 and pool.lexical.max() == pytest.approx(1.0)
        made = desk.queue(asked, 10, per_query=4, overlap=0.3, seed=1)
        tasks = desk.next("Ann", 20, made.id)
        assert len(tasks) == 10 and all(task.product for task in tasks)
        assert sum(task.pair.raters == 2 for task in tasks) == 3
        assert all(task.pair.why["strategy"] in strategies.STRATEGIES for task in tasks)
        assert made.detail["model"] == "tiny@1"
        again = desk.queue(asked, 1000, per_query=1000)
        pairs = [(p.query, p.product) for p in shop.store.judgements.pairs()]
        assert len(pairs) == len(set(pairs)) and again.id != made.id
        with pytest.raises(InvalidRequest, match="nothing to queue"):
            desk.queue(asked, 10)

    def test_queries_come_from_the_log_and_the_catalog(self, shop: Shop) -> None:
        assert len(shop.labelling.queries("catalog", 10)) == 10
        with pytest.raises(InvalidRequest):
            shop.labelling.queries("nowhere")
        assert shop.labelling.queries("log") == []

    def test_a_photo_is_a_query_too(self, shop: Shop, tmp_path: Path) -> None:
        (tmp_path / "photo.png").write_bytes(picture("blue"))
        (tmp_path / "queries.jsonl").write_text('{"image": "photo.png"}\n', encoding="utf-8")
        (query,) = shop.labelling.queries_in(tmp_path / "queries.jsonl")
        assert query.image is not None and shop.store.media_path(query.image).is_file()
        pool = shop.labelling.pool([query], depth=4)
        assert "blue" in pool.product[int(pool.probability.argmax())]
        (tmp_path / "photo.png").write_bytes(b"no picture")
        with pytest.raises(InvalidRequest, match="line 1"):
            shop.labelling.queries_in(tmp_path / "queries.jsonl")

    def test_labels_from_agreement_leave_out_what_people_said(self, shop: Shop) -> None:
        asked = [LabelQuery("green leather dress"), LabelQuery("purple steel dress")]
        before = {(label.query, label.product) for label in shop.labelling.pseudo(asked, confidence=0.5)}
        assert before
        query, product = next(iter(before))
        made = shop.store.judgements.add_round("random", [Pick(query, product, {})])
        (pair,) = shop.store.judgements.pairs(made.id)
        shop.labelling.judge(pair.id, "Ann", 0)
        after = {(label.query, label.product) for label in shop.labelling.pseudo(asked, confidence=0.5)}
        assert after == before - {(query, product)}
        assert ask(shop, "green leather dress").hits  # the shop is as before
