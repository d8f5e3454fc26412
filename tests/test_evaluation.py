"""Metrics and statistics against arithmetic done by hand, and labelled sets as people will write them."""

import base64
import json
import math

import numpy as np
import pytest

from aisle.errors import InvalidRequest
from aisle.evaluation import (
    METRICS,
    Labelled,
    average_precision,
    bootstrap,
    compare,
    evaluate,
    hit_at,
    ndcg_at,
    paired,
    permutation_p,
    precision_at,
    precision_within,
    read_labelled,
    read_trec,
    recall_at,
    reciprocal_rank,
    resolve,
)
from aisle.types import Box, Input, InputType

RANKED = ["a", "b", "c", "d"]


def text(words: str, weight: float = 1.0) -> Input:
    return Input(InputType.TEXT, words, weight)


# Metrics


def test_metrics_by_hand() -> None:
    relevant = {"b": 1.0, "d": 1.0, "z": 1.0}
    assert recall_at(RANKED, relevant, 2) == pytest.approx(1 / 3)
    assert recall_at(RANKED, relevant, 4) == pytest.approx(2 / 3)
    assert precision_at(RANKED, relevant, 2) == pytest.approx(1 / 2)
    assert precision_at(RANKED, relevant, 10) == pytest.approx(2 / 10)
    assert precision_within(RANKED, relevant, 10) == pytest.approx(1 / 3)
    assert precision_within(RANKED, relevant, 2) == pytest.approx(1 / 2)
    assert hit_at(RANKED, relevant, 1) == 0.0
    assert hit_at(RANKED, relevant, 2) == 1.0
    assert reciprocal_rank(RANKED, relevant) == pytest.approx(0.5)
    assert average_precision(RANKED, relevant) == pytest.approx((1 / 2 + 2 / 4) / 3)
    dcg = 1 / math.log2(3) + 1 / math.log2(5)
    ideal = 1 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg_at(RANKED, relevant, 10) == pytest.approx(dcg / ideal)


def test_graded_ndcg_prefers_the_better_grade_first() -> None:
    relevant = {"a": 2.0, "b": 1.0}
    assert ndcg_at(["a", "b"], relevant, 10) == pytest.approx(1.0)
    assert ndcg_at(["b", "a"], relevant, 10) == pytest.approx((1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3)))


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_1_for_the_ideal_and_0_for_nothing(name: str) -> None:
    relevant = dict.fromkeys(RANKED, 1.0)
    best = METRICS[name](RANKED, relevant)
    assert best == (pytest.approx(0.4) if name == "precision@10" else 1.0)
    assert METRICS[name]([], relevant) == METRICS[name](["x"], relevant) == 0.0


# Statistics


def test_bootstrap_interval_of_a_constant_is_the_constant() -> None:
    low, high = bootstrap(np.full((20, 1), 0.25))
    assert low[0] == high[0] == 0.25


def test_permutation_by_hand() -> None:
    # Of the 8 ways to sign 1, 1, 1 two are as far from 0 as all alike.
    assert permutation_p([1, 1, 1]) == pytest.approx(2 / 8)
    # |±3 ±1| ≥ 2 always, and |±3 ±1| ≥ 4 half of the time; a tie changes nothing.
    assert permutation_p([3, -1]) == 1.0
    assert permutation_p([3, 1, 0]) == pytest.approx(2 / 4)
    assert permutation_p([0, 0]) == 1.0


def test_permutation_drawn_agrees_with_the_sign_test() -> None:
    # 20 differences of one size, 15 up: P(at least 15 or at most 5 of 20) = 2 · 21700 / 2^20 = 0.0414.
    assert permutation_p([1.0] * 15 + [-1.0] * 5, rounds=20_000) == pytest.approx(0.0414, abs=0.005)


def test_paired_counts_and_is_the_same_again() -> None:
    first, other = [0.0, 0.5, 1.0, 0.2], [1.0, 0.5, 0.5, 0.4]
    result = paired(first, other)
    assert (result.wins, result.ties, result.losses) == (2, 1, 1)
    assert result.difference == pytest.approx((1.0 + 0.0 - 0.5 + 0.2) / 4)
    assert result.interval[0] <= result.difference <= result.interval[1]
    assert result == paired(first, other) and not result.significant


# Measuring


def test_evaluate_reports_slices_and_intervals() -> None:
    labelled = [
        Labelled(str(n), (text(answer),), {answer: 1.0}, {"split": part})
        for n, (answer, part) in enumerate([("a", "seen"), ("b", "seen"), ("x", "unseen"), ("a", "unseen")])
    ]
    measured = evaluate(lambda query: RANKED, labelled)
    assert measured.metrics["hit@1"] == pytest.approx(0.5)
    assert measured.metrics["MRR"] == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    assert measured.slices["split=seen"].metrics["MRR"] == pytest.approx(0.75)
    assert set(measured.slices) == {"split=seen", "split=unseen"}  # one language, length and modality: nothing to tell
    low, high = measured.interval["MRR"]
    assert low <= measured.metrics["MRR"] <= high
    assert measured.p50_ms <= measured.p95_ms <= measured.p99_ms and measured.per_second > 0
    json.dumps(measured.as_dict())
    assert measured.recall_curve()[0][:2] == (1, 0.5)


def test_slices_by_what_queries_tell() -> None:
    queries = [
        Labelled("1", (text("red dress"),), {"a": 1.0}),
        Labelled("2", (text("红色连衣裙"),), {"a": 1.0}),
        Labelled("3", (Input(InputType.IMAGE, b""), text("sleeves", -1.0)), {"a": 1.0}),
        Labelled("4", (Input(InputType.PRODUCT, "a"),), {"a": 1.0}, {"language": "none"}),
    ]
    sizes = {name: part.queries for name, part in evaluate(lambda query: RANKED, queries).slices.items()}
    assert sizes["language=zh"] == 1 and sizes["language=none"] == 1
    assert sizes["length=2–3 words"] == 2 and sizes["length=1 word"] == 1
    assert sizes["modality=image + minus text"] == 1
    assert set(evaluate(lambda query: RANKED, queries, by=["modality"]).slices) == {
        "modality=image + minus text",
        "modality=product",
        "modality=text",
    }


def test_compare_tells_what_changed_most() -> None:
    queries = [Labelled(i, (text(i),), {i: 1.0}) for i in "abcd"]
    first = evaluate(lambda query: RANKED, queries)
    other = evaluate(lambda query: RANKED[::-1], queries)
    comparison = compare(first, other)
    assert [each.query.id for each in comparison.changed] == ["a", "d", "b", "c"]
    assert comparison.metrics["MRR"].difference == pytest.approx(0.0)
    assert (comparison.metrics["MRR"].wins, comparison.metrics["MRR"].losses) == (2, 2)
    with pytest.raises(InvalidRequest):
        compare(first, evaluate(lambda query: RANKED, queries[:2]))


def test_an_empty_set_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        evaluate(lambda query: RANKED, [])


# Labelled sets


def write(path, *rows) -> None:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")


def test_reads_every_accepted_shape(tmp_path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"picture")
    data = "data:image/png;base64," + base64.b64encode(b"other").decode()
    path = tmp_path / "queries.jsonl"
    composed = [
        {"type": "image", "value": "photo.jpg", "weight": 2, "region": [0, 0, 0.5, 1]},
        {"type": "image", "value": data},
        {"type": "product", "value": "5"},
        {"type": "text", "value": "heels", "weight": -1},
    ]
    write(
        path,
        {"query": "red dress", "relevant": ["1", "2"]},
        {"title": "Kettle 1.5 l", "relevant": {"9": 2, "8": 0}},
        "",
        {"photo": "photo.jpg", "product": 7, "split": "unseen", "labels": {"language": "en"}},
        {"id": "q4", "inputs": composed, "relevant": ["3"]},
        {"query": "a shirt", "where": {"type": "Shirts"}, "relevant": {"s9": 3}},
    )
    first, second, third, fourth, fifth = read_labelled(path)
    assert first.relevant == {"1": 1.0, "2": 1.0} and first.id == "1"
    assert second.relevant == {"9": 2.0}
    assert third.inputs == (Input(InputType.IMAGE, b"picture"),) and third.relevant == {"7": 1.0}
    assert third.labels == {"split": "unseen", "language": "en"}
    assert fourth.id == "q4" and fourth.inputs[0] == Input(InputType.IMAGE, b"picture", 2.0, Box(0, 0, 0.5, 1))
    assert fourth.inputs[1].value == b"other" and fourth.inputs[3].weight == -1.0
    (resolved,) = resolve([fifth], lambda where: ["s1", "s9"] if where == {"type": "Shirts"} else [])
    assert resolved.relevant == {"s1": 1.0, "s9": 3.0}
    with pytest.raises(InvalidRequest, match=r"line 6.*no product matches"):
        list(resolve([Labelled("q", (text("x"),), {}, where={"type": "x"}, line=6)], lambda where: []))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("not json", "not JSON"),
        ("[1]", "not an object"),
        ('{"query": "x"}', "no answer"),
        ('{"relevant": ["1"]}', "no query"),
        ('{"query": "x", "relevant": {"1": "high"}}', "grade of '1'"),
        ('{"query": "x", "relevant": [null]}', "list of ids"),
        ('{"query": "x", "where": []}', "isn't a filter"),
        ('{"photo": "gone.jpg", "relevant": ["1"]}', "can't be read"),
        ('{"inputs": [{"type": "smell", "value": "x"}], "relevant": ["1"]}', "not a part"),
        ('{"inputs": [{"type": "text", "value": ""}], "relevant": ["1"]}', "no value"),
        ('{"inputs": [{"type": "text", "value": "x", "weight": "1"}], "relevant": ["1"]}', "weight isn't a number"),
        ('{"id": "a", "query": "x", "relevant": ["1"]}', "taken"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line: str, told: str) -> None:
    path = tmp_path / "queries.jsonl"
    write(path, {"id": "a", "query": "x", "relevant": ["1"]}, line)
    with pytest.raises(InvalidRequest, match=told) as caught:
        list(read_labelled(path))
    assert caught.value.field == "line 2" and "queries.jsonl, line 2" in caught.value.message


def test_reads_trec(tmp_path) -> None:
    qrels, queries = tmp_path / "qrels.txt", tmp_path / "queries.tsv"
    write(qrels, "1 0 d1 2", "1 0 d2 0", "2 0 d1 0")
    write(queries, "1\tred dress", "2\tnothing judged relevant", "3\tnot judged")
    (only,) = read_trec(qrels, queries)
    assert only.id == "1" and only.relevant == {"d1": 2.0} and only.inputs == (text("red dress"),)
    write(queries, "1 red dress")
    with pytest.raises(InvalidRequest, match=r"queries\.tsv, line 1"):
        list(read_trec(qrels, queries))
    write(qrels, "1 0 d1 2", "1 0 d1")
    with pytest.raises(InvalidRequest, match=r"qrels\.txt, line 2"):
        list(read_trec(qrels, queries))
    write(qrels, "7 0 d1 2")
    write(queries, "1\tred dress")
    with pytest.raises(InvalidRequest, match="'7'"):
        list(read_trec(qrels, queries))
