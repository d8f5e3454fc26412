"""Disturbances: the same again by seed, each only where there is something to disturb, and what they cost a tiny shop."""

from pathlib import Path

import numpy as np
import pytest
from tiny import feed, ids, open_shop, picture, rows, shown, words

from aisle.evaluation import DISTURBANCES, Labelled, evaluate, robustness
from aisle.evaluation.robustness import TEXTS, disturbed, typo
from aisle.perception.image import decode
from aisle.types import Input, InputType

COMPOSED = Labelled("q", (Input(InputType.IMAGE, picture("red", "blue")), words("Leather dress")), {"a": 1.0})


@pytest.mark.parametrize("name", DISTURBANCES)
def test_a_disturbance_changes_its_query_and_is_the_same_again(name: str) -> None:
    ((position, changed),) = disturbed(name, [COMPOSED], seed=1)
    ((_, again),) = disturbed(name, [COMPOSED], seed=1)
    assert position == 0 and changed.inputs != COMPOSED.inputs and changed == again
    for part in changed.inputs:
        if part.type is InputType.IMAGE:
            assert decode(part.value).ndim == 3


def test_nothing_to_disturb_is_left_out() -> None:
    alone = Labelled("q", (words("裙"),), {"a": 1.0})
    changing = {name for name in DISTURBANCES if list(disturbed(name, [alone]))}
    assert not changing


def test_texts_by_hand() -> None:
    rng = np.random.default_rng(0)
    assert TEXTS["full width"]("A 1", rng) == "Ａ\u3000１"
    assert TEXTS["capitals"]("Red dress", rng) == "RED DRESS"
    assert TEXTS["dropped word"]("red dress", rng) in ("red", "dress")
    slips = {typo("dress", np.random.default_rng(seed)) for seed in range(60)}
    swapped, missing, doubled = {"derss", "drses"}, {"dess", "drss", "dres"}, {"drress", "dreess", "dresss"}
    assert swapped < slips and slips <= swapped | missing | doubled | {"dress"}  # two letters alike may be swapped


def test_robustness_of_a_tiny_shop(tmp_path: Path) -> None:
    with open_shop(tmp_path / "store", query_log_days=0) as shop:
        shop.index_feed(feed(tmp_path / "feed", rows()[:24]))
        labelled = [
            Labelled("photo", (shown("red"),), {row["id"]: 1.0 for row in rows()[:24] if row["color"] == "Red"}),
            Labelled("words", (words("red dress"),), {"dress-cotton-red": 1.0}),
        ]

        def rank(query: object) -> list[str]:
            return ids(shop.search(query))  # type: ignore[arg-type]

        clean = evaluate(rank, labelled)
        table = {each.name: each for each in robustness(rank, clean)}
        assert clean.metrics["hit@5"] == 1.0
        assert table["dark"].queries == 1 and table["dark"].change.difference < 0  # dark red is black to this model
        assert table["JPEG"].change.difference == 0.0 and table["capitals"].change.difference == 0.0
        assert "words missing" not in table
        assert table == {each.name: each for each in robustness(rank, clean)}
