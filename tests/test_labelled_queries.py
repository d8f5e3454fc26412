"""The queries labelled for training: well formed, apart from the test sets, and mixed without losing a label."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from aisle.types import Intent, SlotKind
from benchmarks.understanding import sets
from benchmarks.understanding.drawing import fold
from training.labelled import Mixed, asked, everything, held, parse, real, written
from training.questions import Question


def well_formed(question: Question) -> bool:
    end = 0
    for start, stop, _ in question.spans:
        said = question.text[start:stop]
        if not (end <= start < stop <= len(question.text) and said == said.strip()):
            return False
        end = stop
    return True


def test_marks_become_spans() -> None:
    question = parse("{wireless|feature} mouse {pad|type}?")
    assert question.text == "wireless mouse pad?"
    assert question.spans == ((0, 8, SlotKind.FEATURE), (15, 18, SlotKind.TYPE))
    with pytest.raises(ValueError, match="colour"):
        parse("{red|colour} shoes")


def test_written_ones_are_all_different_and_in_no_test() -> None:
    found = written()
    texts = {fold(question.text) for question in found}
    assert len(texts) == len(found) > 800 and all(map(well_formed, found))
    assert {kind for question in found for *_, kind in question.spans} == set(SlotKind)
    assert texts.isdisjoint(fold(turn) for example in sets.load("written") for turn in example.turns)
    assert 0.1 < sum(held(question.text) for question in found) / len(found) < 0.2


def test_asked_ones_say_every_intent_and_are_in_no_test() -> None:
    found = asked()
    texts = {fold(question.text) for question in found}
    assert len(texts) == len(found) > 1500 and all(map(well_formed, found))
    assert {question.intent for question in found} == set(Intent)
    assert texts.isdisjoint(fold(turn) for example in sets.load("written") for turn in example.turns)
    silent = (Intent.SMALL_TALK, Intent.POLICY, Intent.ORDER_STATUS)
    assert sum(bool(q.spans) for q in found if q.intent in silent) < 0.1 * len(found)


@pytest.mark.skipif("AISLE_DATA" not in os.environ, reason="the real queries are in $AISLE_DATA")
def test_real_ones_are_as_labelled_and_in_no_test() -> None:
    data = Path(os.environ["AISLE_DATA"])
    found = real(data)
    assert len(found) > 1500 and all(map(well_formed, found))
    texts = {fold(question.text) for question in found}
    assert texts.isdisjoint(fold(example.turns[0]) for example in sets.load("real", data))
    assert texts.isdisjoint(fold(turn) for example in sets.load("written") for turn in example.turns)
    held_back = sets.load(sets.DEVELOPMENT, data)
    assert {e.turns[0] for e in held_back} == {q.text for q in everything(data) if held(q.text)}


def test_mixing_exchanges_parts_for_others_of_their_kind() -> None:
    questions = [parse("{red|color} {wool hat|type}"), parse("{dark blue|color} {coat|type} 4"), parse("hello")]
    mixed, rng = Mixed(questions, exchanged=0.5), np.random.default_rng(0)
    drawn = [mixed.draw(rng) for _ in range(200)]
    assert all(map(well_formed, drawn))
    assert {"dark blue wool hat", "red coat 4", "hello", "red wool hat"} <= {question.text for question in drawn}
    assert all([kind for *_, kind in q.spans] in ([SlotKind.COLOR, SlotKind.TYPE], []) for q in drawn)
    assert {q.text for q in (Mixed(questions, 0.0).draw(rng) for _ in range(50))} == {q.text for q in questions}
