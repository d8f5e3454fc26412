"""What neighbouring units were part of in labelled queries, and that a query isn't told what it says itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aisle.types import SlotKind
from aisle.understanding.tagging.ngrams import LONGEST, STATES, TOLD, Ngrams
from aisle.understanding.tagging.phrases import KINDS
from aisle.understanding.tagging.stretches import stretches
from aisle.understanding.tagging.units import units
from training.labelled import parse
from training.ngrams import CountedNgrams
from training.questions import Question

TYPE = 2 * KINDS.index(SlotKind.TYPE)
FEATURE = 2 * KINDS.index(SlotKind.FEATURE)
QUERIES = [parse(q) for q in ("{牛肉料理包|type}", "{方便|feature}{料理包|type}", "好吃的{料理包|type}")]


def told(counted: Ngrams, text: str) -> np.ndarray:
    """(units, first or last, size − 1, STATES)"""
    return counted.tell(stretches(units(text))).reshape(-1, 2, LONGEST, STATES)


def test_the_end_of_an_unknown_compound_is_known() -> None:
    own = told(CountedNgrams(QUERIES).kept(), "鸡块料理包")
    assert own[4, 1, 2, TYPE] == pytest.approx(
        3 / 4, abs=0.01
    )  # 料理包 ended a type three times of three, and one more
    assert own[2, 0, 2, TYPE] == pytest.approx(2 / 4, abs=0.01)  # and began one twice
    assert own[2, 0, 2, TYPE + 1] == pytest.approx(1 / 4, abs=0.01)
    assert not own[:2].any()


def test_words_outside_of_anything_are_known_as_such() -> None:
    counted = CountedNgrams([parse(q) for q in ("show me {lamps|type}", "show me {rugs|type}")]).kept()
    assert told(counted, "show me")[1, 1, 1, STATES - 1] == pytest.approx(2 / 3, abs=0.01)


def test_a_query_is_not_told_what_it_says_itself() -> None:
    counted, rng = CountedNgrams(QUERIES), np.random.default_rng(0)

    def heard(asked: Question) -> np.ndarray:
        said = units(asked.text)
        tries = [counted.tell(asked, said, stretches(said), rng) for _ in range(40)]  # each has gaps
        return np.max(tries, axis=0).reshape(-1, 2, LONGEST, STATES)

    own = heard(replace(QUERIES[1], counted=True))
    assert own[4, 1, 2, TYPE] == pytest.approx(2 / 3)  # the two others
    assert own[2, 0, 2, TYPE] == pytest.approx(1 / 3)
    assert not own[0].any()  # 方 was met here alone
    assert heard(QUERIES[1])[4, 1, 2, TYPE] == pytest.approx(3 / 4)  # as if it had never been counted
    twice = replace(parse("{料理包|type} {料理包|type}"), counted=True)
    assert not heard(twice)[2, 1, 2].any()  # only one other is left: too few


def test_what_was_met_once_is_left_out() -> None:
    assert not told(CountedNgrams(QUERIES).kept(), "牛肉").any()


def test_n_grams_outlive_their_file(tmp_path: Path) -> None:
    counted = CountedNgrams(QUERIES).kept()
    counted.save(tmp_path / "ngrams.npz")
    again = Ngrams.load(tmp_path / "ngrams.npz")
    assert np.array_equal(told(counted, "方便料理包"), told(again, "方便料理包"))


def test_nothing_is_known_of_nothing() -> None:
    nothing = CountedNgrams([]).kept()
    assert not nothing.tell(stretches(units("red dress"))).any()
    assert nothing.tell(stretches([])).shape == (0, TOLD)
