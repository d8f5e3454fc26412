"""A model that lacks a modality: what it can't encode is left out and said, never an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aisle.errors import InvalidMedia, InvalidRequest
from aisle.types import Input, InputType
from tests import tiny

ROWS = [row for row in tiny.rows() if row["material"] == "Cotton"][:12]


def shop(tmp_path: Path, **card: Any) -> Any:
    opened = tiny.open_shop(tmp_path / "store", tiny.TinyModel(**card))
    opened.index_feed(tiny.feed(tmp_path / "feed", [*ROWS, {"id": "bare", "title": "Red rope"}]))
    return opened


def test_only_words(tmp_path: Path) -> None:
    with shop(tmp_path, modalities=["text"]) as opened:
        opened.warm()
        assert opened.model.images == 0
        assert len(opened.store.vectors([row["id"] for row in ROWS])) == len(ROWS)
        seen = tiny.ask(opened, tiny.shown("red"))
        assert seen.degraded == ("perceive.image",)
        both = tiny.ask(opened, "red", tiny.shown("blue"))
        assert both.degraded == ("perceive.image",)
        assert all("red" in hit.product.title.lower() for hit in both.hits[:2])
        with pytest.raises(InvalidMedia):
            tiny.ask(opened, Input(InputType.IMAGE, b"no picture", 1.0))


def test_only_pictures(tmp_path: Path) -> None:
    with shop(tmp_path, modalities=["image"], dim=tiny.DIM) as opened:
        opened.warm()
        assert opened.model.texts == 0
        assert set(opened.store.vectors([*(row["id"] for row in ROWS), "bare"])) == {row["id"] for row in ROWS}
        words = tiny.ask(opened, "red")
        assert words.degraded == ("perceive.text",)
        assert words.hits and all("red" in hit.product.title.lower() for hit in words.hits)
        looks = tiny.ask(opened, tiny.shown("red"))
        assert looks.degraded == ()
        assert all("Red" in hit.product.title for hit in looks.hits)


def test_what_a_model_lacks_is_refused_with_a_hint() -> None:
    model = tiny.TinyModel(modalities=["text"])
    with pytest.raises(InvalidRequest, match="text only") as caught:
        model.encode_images([np.zeros((4, 4, 3), np.uint8)])
    assert caught.value.hint
    assert model.encode_images([]).shape == (0, tiny.DIM)


def test_queries_and_passages_have_their_own_prompts(tmp_path: Path) -> None:
    said: list[str] = []

    class Listening(tiny.TinyModel):
        def _encode_strings(self, texts: list[str]) -> np.ndarray:
            said.extend(texts)
            return super()._encode_strings(texts)

    prompts = {"query": "query: ", "passage": "passage: "}
    with tiny.open_shop(tmp_path / "store", Listening(prompts=prompts)) as opened:
        opened.index_feed(tiny.feed(tmp_path / "feed", ROWS, pictures=False))
        assert said and all(text.startswith("passage: ") for text in said)
        said.clear()
        tiny.ask(opened, "red dress")
        assert said == ["query: red dress"]
