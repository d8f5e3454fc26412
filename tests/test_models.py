"""Every registered model keeps the contract; a broken folder is refused with a hint."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import InvalidMedia, InvalidRequest, NotFound
from aisle.models.registry import SHIPPED, load
from aisle.models.runtime import Calibration, Model, resize

TEXTS = [
    "red summer dress",
    "红色连衣裙",
    "",
    " ",
    "🙂",
    "\ud800",
    "\x00\x07",
    "שמלה אדומה",
    "word " * 5000,
    "字" * 20000,
]


@pytest.fixture(scope="module", params=sorted(SHIPPED))
def model(request: pytest.FixtureRequest) -> Model:
    return load(request.param, threads=1)


def pictures(*shapes: tuple[int, int]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (h, w, 3), dtype=np.uint8) for h, w in shapes]


def assert_unit_rows(rows: np.ndarray, count: int, dim: int) -> None:
    assert rows.shape == (count, dim)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_pictures_of_any_size_become_unit_rows(model: Model) -> None:
    found = model.encode_images(pictures((1, 1), (3, 2000), (2000, 3), (64, 48), (1500, 2000)))
    assert_unit_rows(found, 5, model.dim)


def test_texts_of_any_kind_become_unit_rows(model: Model) -> None:
    assert_unit_rows(model.encode_texts(TEXTS), len(TEXTS), model.dim)


def test_nothing_becomes_no_rows(model: Model) -> None:
    assert model.encode_images([]).shape == model.encode_texts([]).shape == (0, model.dim)
    assert model.encode_images([]).dtype == model.encode_texts([]).dtype == np.float32


def test_a_row_does_not_depend_on_its_company_or_place(model: Model) -> None:
    images = pictures(*[(40 + i, 60 - i) for i in range(19)])
    together = model.encode_images(images)
    alone = np.concatenate([model.encode_images([image]) for image in images])
    assert np.abs(together - alone).max() < 1e-4
    words = [*TEXTS[:8], *(f"shoe {'very ' * (i % 40)}{i}" for i in range(120))]
    rows = model.encode_texts(words)
    assert np.abs(rows - np.concatenate([model.encode_texts([text]) for text in words])).max() < 1e-4


def test_the_same_input_gives_the_same_bits(model: Model) -> None:
    images = pictures((90, 70), (128, 128))
    assert np.array_equal(model.encode_images(images), model.encode_images(images))
    again = load(model.name, threads=1)
    assert np.array_equal(model.encode_texts(TEXTS), again.encode_texts(TEXTS))


def test_inputs_are_left_as_they_were(model: Model) -> None:
    (image,) = pictures((50, 40))
    image.flags.writeable = False
    model.encode_images([image, image[::2, ::-1]])


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((8, 8, 3), np.float32),
        np.zeros((0, 8, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(model: Model, image: np.ndarray) -> None:
    with pytest.raises(InvalidMedia) as caught:
        model.encode_images([image])
    assert caught.value.hint


def test_the_card_names_data_licences_and_calibration(model: Model) -> None:
    assert all(entry["name"] and entry["licence"] for entry in model.card["training_data"])
    assert model.card["license"]
    weights = model.product_weights
    assert set(weights) == {"image", "text"}
    assert sum(weights.values()) == pytest.approx(1)
    for slope, _ in (model.calibration.text, model.calibration.image):
        assert slope > 0


def test_shipped_folders_are_small(model: Model) -> None:
    assert sum(path.stat().st_size for path in SHIPPED[model.name].iterdir()) <= 16 << 20


def test_words_find_their_meaning_in_both_languages(model: Model) -> None:
    english = ["shoes", "watch", "banana", "red dress", "backpack", "milk"]
    chinese = ["鞋子", "手表", "香蕉", "红色连衣裙", "双肩包", "牛奶"]
    near = model.encode_texts(english) @ model.encode_texts(chinese).T  # (english, chinese)
    assert near.argmax(1).tolist() == list(range(len(english)))


def test_loading_does_not_import_torch_or_open_sessions() -> None:
    code = (
        "import sys; from aisle.models.registry import load; load(); "
        "assert not {'torch', 'onnxruntime', 'tokenizers'} & set(sys.modules), 'too eager'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_model_opens_from_its_folder(tmp_path: Path) -> None:
    copy = shutil.copytree(SHIPPED["aisle-small"], tmp_path / "mine")
    card = json.loads((copy / "model.json").read_text("utf-8"))
    (copy / "model.json").write_text(json.dumps(card | {"name": "mine"}), "utf-8")
    assert load(copy).name == "mine"
    assert np.array_equal(load(copy).encode_texts(["hat"]), load().encode_texts(["hat"]))


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no model 'nope'") as unknown:
        load("nope")
    assert "aisle-small" in str(unknown.value.hint)
    with pytest.raises(NotFound, match=r"model\.json"):
        load(tmp_path)
    card = json.loads((SHIPPED["aisle-small"] / "model.json").read_text("utf-8"))
    (tmp_path / "model.json").write_text(json.dumps(card), "utf-8")
    with pytest.raises(NotFound, match=r"image\.onnx"):
        load(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": "pickle"}'])
def test_a_card_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "model.json").write_text(text, "utf-8")
    with pytest.raises(InvalidRequest):
        load(tmp_path)


def test_calibration_by_hand() -> None:
    calibration = Calibration(text=(10.0, -4.0), image=(8.0, -4.0))
    assert calibration.probability("text", 0.4) == pytest.approx(0.5)
    assert calibration.probability("image", np.array([0.5, 1.0])) == pytest.approx([0.5, 1 / (1 + np.exp(-4))])
    assert calibration.cosine("image", 0.5) == pytest.approx(0.5)
    assert calibration.probability("text", calibration.cosine("text", 0.9)) == pytest.approx(0.9, abs=1e-5)


def test_resizing_squashes_and_averages() -> None:
    half = np.zeros((64, 256, 3), np.uint8)
    half[:, 128:] = 200
    small = resize(half, 16)
    assert small.shape == (16, 16, 3)
    assert small[:, :6].max() == 0
    assert small[:, 10:].min() == 200
    checks = np.indices((256, 256)).sum(0) % 2 * 255
    grey = resize(np.repeat(checks[..., None], 3, 2).astype(np.uint8), 16)
    assert np.abs(grey.astype(int) - 127).max() <= 3
