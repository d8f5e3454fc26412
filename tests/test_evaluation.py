"""Metrics against arithmetic done by hand, and the labelled-set reader against what people will feed it."""

import json
import math

import numpy as np
import pytest

from aisle.errors import InvalidRequest
from aisle.evaluation import (
    Labelled,
    bootstrap,
    evaluate,
    hit_at,
    ndcg_at,
    read_labelled,
    recall_at,
    reciprocal_rank,
)
from aisle.types import Input, InputType

RANKED = ["a", "b", "c", "d"]


def test_metrics_by_hand() -> None:
    relevant = {"b": 1.0, "d": 1.0, "z": 1.0}
    assert recall_at(RANKED, relevant, 2) == pytest.approx(1 / 2)
    assert recall_at(RANKED, relevant, 4) == pytest.approx(2 / 3)
    assert hit_at(RANKED, relevant, 1) == 0.0
    assert hit_at(RANKED, relevant, 2) == 1.0
    assert reciprocal_rank(RANKED, relevant) == pytest.approx(0.5)
    dcg = 1 / math.log2(3) + 1 / math.log2(5)
    ideal = 1 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg_at(RANKED, relevant, 10) == pytest.approx(dcg / ideal)


def test_graded_ndcg_prefers_the_better_grade_first() -> None:
    relevant = {"a": 2.0, "b": 1.0}
    assert ndcg_at(["a", "b"], relevant, 10) == pytest.approx(1.0)
    assert ndcg_at(["b", "a"], relevant, 10) == pytest.approx((1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3)))


def test_nothing_found_scores_nothing() -> None:
    assert reciprocal_rank([], {"a": 1.0}) == ndcg_at([], {"a": 1.0}, 10) == recall_at([], {"a": 1.0}, 5) == 0.0


def test_evaluate_reports_slices_and_intervals() -> None:
    labelled = [
        Labelled(str(n), (Input(InputType.TEXT, answer),), {answer: 1.0}, part)
        for n, (answer, part) in enumerate([("a", "seen"), ("b", "seen"), ("x", "unseen"), ("a", "unseen")])
    ]
    measured = evaluate(lambda query: RANKED, labelled)
    assert measured.metrics["R@1"] == pytest.approx(0.5)
    assert measured.metrics["MRR"] == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    assert measured.slices["seen"].metrics["MRR"] == pytest.approx(0.75)
    low, high = measured.interval["MRR"]
    assert low <= measured.metrics["MRR"] <= high
    json.dumps(measured.as_dict())


def test_bootstrap_interval_of_a_constant_is_the_constant() -> None:
    low, high = bootstrap(np.full((20, 1), 0.25))
    assert low[0] == high[0] == 0.25


def test_reads_every_accepted_shape(tmp_path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"picture")
    rows = [
        {"query": "red dress", "relevant": ["1", "2"]},
        {"title": "Kettle 1.5 l", "relevant": {"9": 2}},
        {"photo": "photo.jpg", "product": 7, "split": "unseen"},
        {"inputs": [{"type": "text", "value": "heels", "weight": -1}], "relevant": ["3"]},
    ]
    path = tmp_path / "queries.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    first, second, third, fourth = read_labelled(path)
    assert first.relevant == {"1": 1.0, "2": 1.0}
    assert second.relevant == {"9": 2.0}
    assert third.inputs == (Input(InputType.IMAGE, b"picture"),) and third.slice == "unseen"
    assert third.relevant == {"7": 1.0}
    assert fourth.inputs[0].weight == -1.0


@pytest.mark.parametrize("line", ["not json", "[1]", '{"query": "x"}', '{"relevant": ["1"]}'])
def test_a_bad_line_is_named(tmp_path, line) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text('{"query": "x", "relevant": ["1"]}\n' + line, encoding="utf-8")
    with pytest.raises(InvalidRequest) as caught:
        list(read_labelled(path))
    assert caught.value.field == "line 2"


def test_an_empty_set_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        evaluate(lambda query: RANKED, [])
