"""The two labelled sets of benchmarks/understanding are well-formed, and their scorer counts as arithmetic by hand does."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from aisle.types import CompoundQuery, Intent, Quantity, Range, Reference, Slot, SlotKind
from benchmarks.understanding import drawing, sets
from benchmarks.understanding.__main__ import UNDERSTANDINGS, report
from benchmarks.understanding.dictionary import Dictionary
from benchmarks.understanding.matching import overlap, pairs, same_quantity, same_range, same_reference, same_slot
from benchmarks.understanding.scoring import MEASURES, groups, judge, run, score
from benchmarks.understanding.sets import Example, LabelledQuantity, LabelledRange, LabelledSlot

SORTS = {None, "price", "price:desc", "rating:desc", "newest"}
FIELDS = {"price", "rating", "width", "height", "length", "weight"}
UNIT = re.compile(r"|[A-Z]{3}|mm|cm|m|in|ft|foot|g|kg|lb")


def data() -> Path:
    folder = os.environ.get("AISLE_DATA")
    if folder is None:
        pytest.skip("AISLE_DATA isn't set")
    return Path(folder)


@pytest.mark.parametrize(("name", "count"), [*((name, 300) for name in sets.NAMES), (sets.REHEARSAL, 639)])
def test_a_set_is_well_formed(name: str, count: int) -> None:
    rows = sets.rows(name)
    assert len(rows) == len({row["id"] for row in rows}) == count
    for row in rows:
        check(row)


def check(row: dict[str, Any]) -> None:
    where = {"text", "turns", "source"} & set(row)
    assert len(where) == 1, row["id"]
    Intent(row["intent"])
    assert re.fullmatch("[a-z]{2}", row["language"])
    assert row["sort"] in SORTS
    values = [(slot["kind"], slot["value"], slot["negated"]) for slot in row["slots"]]
    assert len(set(values)) == len(values), row["id"]
    for slot in row["slots"]:
        SlotKind(slot["kind"])
        assert slot["value"] == " ".join(slot["value"].split()) == slot["value"].lower() != ""
        assert (slot["span"] is None) == ("turns" in row)
    ends = sorted(slot["span"] for slot in row["slots"] if slot["span"])
    assert all(start < end for start, end in ends)
    assert all(first[1] <= second[0] for first, second in pairwise(ends)), row["id"]
    for bound in row["ranges"]:
        assert bound["field"] in FIELDS and UNIT.fullmatch(bound["unit"])
        low, high = bound["minimum"], bound["maximum"]
        assert ("about" in bound) == (low is None and high is None)
        assert low is None or high is None or low <= high
    for quantity in row["quantities"]:
        assert quantity["amount"] > 0 and quantity["unit"]
    if row["reference"] is not None:
        place, than = row["reference"]["place"], row["reference"]["than"]
        assert place is None or place == -1 or place >= 1
        assert set(than.values()) <= {"lower", "higher"}
    if "turns" in row:
        assert 2 <= len(row["turns"]) <= 4
    if "text" in row:
        assert_spans(row, row["text"])


def assert_spans(row: dict[str, Any], text: str) -> None:
    for slot in row["slots"]:
        start, end = slot["span"]
        assert 0 <= start < end <= len(text)
        assert " ".join(text[start:end].lower().split()) == slot["value"], row["id"]


def test_no_text_is_both_rehearsed_and_tested() -> None:
    rehearsed, tested = (
        {turn.casefold() for example in sets.load(name) for turn in example.turns}
        for name in (sets.REHEARSAL, "written")
    )
    assert all(len(text) <= 12 for text in rehearsed & tested)  # a turn such as "in black"


def test_the_written_set_covers_what_may_be_said() -> None:
    rows = sets.rows("written")
    assert {row["intent"] for row in rows} == set(Intent)
    assert {slot["kind"] for row in rows for slot in row["slots"]} == set(SlotKind)
    assert {row["sort"] for row in rows} == SORTS
    assert {row["language"] for row in rows} == {"en", "zh", "es", "fr", "de", "ja", "ko", "pt", "ar"}
    assert sum("turns" in row for row in rows) == 40


def test_the_real_set_is_the_draw_and_its_spans_fit() -> None:
    folder, rows = data(), sets.rows("real")
    drawn = drawing.draw(folder)
    assert [(row["source"], row["row"], row["sha256"]) for row in rows] == [(d.source, d.row, d.sha256) for d in drawn]
    for row, one in zip(rows, drawn, strict=True):
        assert_spans(row, one.text)
    assert len(sets.load("real", folder)) == 300


def test_no_text_of_the_real_set_is_stored() -> None:
    assert all(set(row) & {"source", "text"} == {"source"} for row in sets.rows("real"))


def test_a_query_that_is_not_the_labelled_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "electronics").mkdir()
    lines = [json.dumps({"query": f"query {n}"}) for n in range(1200)]
    (tmp_path / "electronics" / "queries_train.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "zh_queries").mkdir()
    (tmp_path / "zh_queries" / "queries.txt").write_text("x\n" * 101001, encoding="utf-8")
    (tmp_path / "product_queries").mkdir()
    (tmp_path / "product_queries" / "home_goods_en.tsv").write_text("query\n" + "x\n" * 500, encoding="utf-8")
    with pytest.raises(ValueError, match="isn't the query that was labelled"):
        sets.load("real", tmp_path)
    with pytest.raises(ValueError, match="AISLE_DATA"):
        sets.load("real")


def labelled(kind: str, value: str, span: tuple[int, int] | None = None, negated: bool = False) -> LabelledSlot:
    return LabelledSlot(SlotKind(kind), value, span, negated)


def understood(kind: str, text: str, span: tuple[int, int] | None = None, negated: bool = False) -> Slot:
    return Slot(SlotKind(kind), "canonical", text, span, negated)


@pytest.mark.parametrize(
    ("one", "other", "strict", "lenient"),
    [
        (labelled("color", "dark red"), understood("color", "Dark  RED"), True, True),
        (labelled("color", "red"), understood("color", "ｒｅｄ"), True, True),
        (labelled("color", "red"), understood("material", "red"), False, False),
        (labelled("color", "red"), understood("color", "red", negated=True), False, False),
        (labelled("type", "tv stand", (0, 8)), understood("type", "stand", (3, 8)), False, True),  # 5 of 8
        (labelled("type", "long tv stand", (0, 13)), understood("type", "stand", (8, 13)), False, False),  # 5 of 13
        (labelled("type", "coffe mug", (2, 11)), understood("type", "coffee mug", (2, 11)), True, True),
        (labelled("size", "65"), understood("size", "65 in"), False, False),  # 2 of 5 characters
        (labelled("type", "tv stand"), understood("type", "stand"), False, True),  # no spans: 5 of 8 characters
    ],
)
def test_a_slot_is_the_same(one: LabelledSlot, other: Slot, strict: bool, lenient: bool) -> None:
    assert (same_slot(one, other, False), same_slot(one, other, True)) == (strict, lenient)


@pytest.mark.parametrize(
    ("one", "other", "strict", "lenient"),
    [
        (LabelledRange("price", None, 50, "USD", None), Range("price", None, 50.0, "USD"), True, True),
        (LabelledRange("price", None, 50, "USD", None), Range("price", None, 50.0), False, True),
        (LabelledRange("price", None, 50, "USD", None), Range("price", None, 50.0, "EUR"), False, False),
        (LabelledRange("price", None, 50, "", None), Range("price", 50.0, None), False, False),
        (LabelledRange("width", None, 180, "cm", None), Range("width", None, 1.8, "m"), True, True),
        (LabelledRange("price", None, None, "", 300), Range("price", 270.0, 330.0), True, True),
        (LabelledRange("price", None, None, "", 300), Range("price", 100.0, 330.0), False, False),
        (LabelledRange("price", None, None, "", 300), Range("price", None, 300.0), False, False),
    ],
)
def test_a_range_is_the_same(one: LabelledRange, other: Range, strict: bool, lenient: bool) -> None:
    assert (same_range(one, other, False), same_range(one, other, True)) == (strict, lenient)


@pytest.mark.parametrize(
    ("one", "other", "strict", "lenient"),
    [
        (LabelledQuantity(10, "jin"), Quantity(5.0, "kg"), True, True),
        (LabelledQuantity(3, "piece"), Quantity(3.0, ""), True, True),
        (LabelledQuantity(2, "pack"), Quantity(2.0, "bag"), False, True),
        (LabelledQuantity(2, "kg"), Quantity(2.0, "bag"), False, False),
        (LabelledQuantity(2, "box"), Quantity(3.0, "box"), False, False),
    ],
)
def test_a_quantity_is_the_same(one: LabelledQuantity, other: Quantity, strict: bool, lenient: bool) -> None:
    assert (same_quantity(one, other, False), same_quantity(one, other, True)) == (strict, lenient)


def test_a_reference_is_the_same() -> None:
    assert same_reference(Reference(2), Reference(2, text="the second"), False)
    assert not same_reference(Reference(2), Reference(2, {"price": "lower"}), True)


def test_exact_pairs_go_first_and_nothing_is_used_twice() -> None:
    said = [labelled("type", "tv stand", (0, 8)), labelled("type", "stand", (3, 8))]
    found = [understood("type", "stand", (3, 8))]
    assert pairs(said, found, same_slot, True) == [(1, 0)]
    assert overlap((0, 8), (3, 8)) == 5 / 8 and overlap((0, 1), (1, 2)) == 0


RED_DRESS = Example(
    "1",
    "written",
    ("red dress under 50",),
    "en",
    Intent.FIND,
    (labelled("color", "red", (0, 3)), labelled("type", "dress", (4, 9))),
    (LabelledRange("price", None, 50, "", None),),
)
HELLO = Example("2", "written", ("hi", "hello"), "en", Intent.SMALL_TALK)


def test_scores_by_hand() -> None:
    half = CompoundQuery(slots=(understood("color", "red"), understood("type", "red"), understood("brand", "under")))
    judged = [judge(RED_DRESS, half), judge(HELLO, CompoundQuery(intent=Intent.SMALL_TALK))]
    assert score(judged, "slots strict").value == pytest.approx(2 / 5)  # 1 right of 2 labelled and 3 understood
    assert score(judged, "everything strict").value == pytest.approx(2 / 6)  # a range missed
    assert (score(judged, "ranges").value, score(judged, "sort").value) == (0.0, None)
    assert (score(judged, "color").value, score(judged, "brand").value) == (1.0, 0.0)
    assert (score(judged, "intent").value, score(judged, "whole query").value) == (1.0, 0.5)
    interval = score(judged, "whole query")
    assert interval.low <= 0.5 <= interval.high and interval == score(judged, "whole query")
    assert {name: len(ones) for name, ones in groups(judged).items()} == {
        "all": 2,
        "single": 1,
        "dialogues": 1,
        "other languages": 2,
    }


def test_all_right_is_one() -> None:
    answer = CompoundQuery(
        slots=(understood("type", "dress"), understood("color", "red")), ranges=(Range("price", None, 50.0),)
    )
    (judged,) = run(lambda turns: answer, [RED_DRESS])
    assert judged.is_right
    assert {score([judged], measure).value for measure in MEASURES} == {1.0, None}


def test_the_dictionary_finds_the_longest_names() -> None:
    look_up = Dictionary.load()
    assert [(slot.kind, slot.text) for slot in look_up(["Red Running Shoes"]).slots] == [
        (SlotKind.COLOR, "Red"),
        (SlotKind.TYPE, "Running Shoes"),
    ]
    assert [slot.text for slot in look_up(["红色连衣裙", "蓝色"]).slots] == ["连衣裙", "蓝色"]


def test_the_report_prints_no_query() -> None:
    examples = sets.load("written")[:40]

    def deaf(turns: Sequence[str]) -> CompoundQuery:
        return CompoundQuery(turns[-1])

    table = report("written", {"deaf": run(deaf, examples)})
    assert "| slots strict | 40 |" in table
    assert not any(example.turns[0] in table for example in examples)
    assert "dictionary" in UNDERSTANDINGS
