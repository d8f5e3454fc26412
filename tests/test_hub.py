"""Every architecture of the hub keeps the contract, and agrees with transformers' own road, with the network off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs the [hub] extra")

import torch
import transformers

from aisle.errors import InvalidMedia, InvalidRequest
from aisle.models.hub.families import FAMILIES
from aisle.models.registry import load
from aisle.models.runtime import Model
from tests import tiny, tiny_hub
from tests.test_models import TEXTS, assert_unit_rows, pictures

PROMPTS = {
    "multilingual-e5-tiny": {"query": "query: ", "passage": "passage: "},
    "qwen3-tiny": {"query": "Instruct: Given a shopper's search query, retrieve the products that match it\nQuery:"},
}
KINDS = list(tiny_hub.ARCHITECTURES)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a folder of every architecture."""
    whole = tmp_path_factory.mktemp("hub")
    for name, architecture in tiny_hub.ARCHITECTURES.items():
        (whole / name).mkdir()
        architecture.make(whole / name)
    return whole


@pytest.fixture(scope="module")
def opened(shelf: Path) -> dict[str, Model]:
    return {name: load(shelf / name, threads=1, device="cpu") for name in KINDS}


@pytest.fixture(params=KINDS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def model(opened: dict[str, Model], name: str) -> Model:
    return opened[name]


def sees(model: Model) -> None:
    if "image" not in model.modalities:
        pytest.skip("knows no pictures")


def reads(model: Model) -> None:
    if "text" not in model.modalities:
        pytest.skip("knows no texts")


# The contract


def test_what_it_says_of_itself(model: Model, name: str) -> None:
    expected = tiny_hub.ARCHITECTURES[name]
    assert (model.name, model.dim, model.modalities) == (name, expected.dim, expected.modalities)
    assert sum(model.product_weights.values()) == pytest.approx(1)
    assert {kind for kind, weight in model.product_weights.items() if weight} == model.modalities
    assert all(slope > 0 and slope + bias > 0 for slope, bias in (model.calibration.text, model.calibration.image))


def test_pictures_of_any_size_become_unit_rows(model: Model) -> None:
    sees(model)
    odd = pictures((1, 1), (3, 200), (2000, 3), (64, 48), (90, 60))
    assert_unit_rows(model.encode_images(odd), len(odd), model.dim)


def test_texts_of_any_kind_become_unit_rows(model: Model) -> None:
    reads(model)
    for role in ("query", "passage"):
        assert_unit_rows(model.encode_texts(TEXTS, role=role), len(TEXTS), model.dim)  # type: ignore[arg-type]


def test_nothing_becomes_no_rows(model: Model) -> None:
    assert model.encode_images([]).shape == model.encode_texts([]).shape == (0, model.dim)


def test_a_row_does_not_depend_on_its_company(model: Model) -> None:
    if "image" in model.modalities:
        images = pictures(*[(30 + 3 * i, 70 - 2 * i) for i in range(6)])
        alone = np.concatenate([model.encode_images([image]) for image in images])
        assert np.abs(model.encode_images(images) - alone).max() < 1e-4
    if "text" in model.modalities:
        words = ["a", "red dress", "红色连衣裙", "shoe " * 40, *(f"item {'x' * i}" for i in range(5))]
        alone = np.concatenate([model.encode_texts([text]) for text in words])
        assert np.abs(model.encode_texts(words) - alone).max() < 1e-4


def test_the_same_input_gives_the_same_bits_and_others_others(model: Model) -> None:
    if "image" in model.modalities:
        images = pictures((50, 40), (40, 50))
        images[1][:] = 250
        rows = model.encode_images(images)
        assert np.array_equal(rows, model.encode_images(images))
        assert np.abs(rows[0] - rows[1]).max() > 1e-3
    if "text" in model.modalities:
        rows = model.encode_texts(["red dress", "blue lamp"])
        assert np.array_equal(rows, model.encode_texts(["red dress", "blue lamp"]))
        assert np.abs(rows[0] - rows[1]).max() > 1e-3


def test_what_is_no_picture_is_refused(model: Model) -> None:
    sees(model)
    with pytest.raises(InvalidMedia):
        model.encode_images([np.zeros((8, 8), np.uint8)])


def test_what_it_lacks_is_refused(model: Model) -> None:
    if "image" not in model.modalities:
        with pytest.raises(InvalidRequest, match="text only"):
            model.encode_images(pictures((8, 8)))
    if "text" not in model.modalities:
        with pytest.raises(InvalidRequest, match="image only"):
            model.encode_texts(["hat"])


def test_every_architecture_of_the_table_is_tried() -> None:
    tried = {json.loads(json.dumps(kind)) for kind in FAMILIES} - {
        "roberta", "mpnet", "distilbert", "dinov2_with_registers", "open_clip/siglip",
    }  # fmt: skip
    assert len(tried) == len(KINDS)


# Parity with transformers' own road


def unit(rows: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.normalize(rows.float(), dim=-1).numpy()


def tokens(folder: Path, texts: list[str], length: int, **options: Any) -> Any:
    kind = "PreTrainedTokenizerFast" if (folder / "tokenizer.json").is_file() else "AutoTokenizer"
    tokenizer = getattr(transformers, kind).from_pretrained(folder)
    tokenizer.padding_side = "right"
    return tokenizer(texts, truncation=True, max_length=length, return_tensors="pt", **{"padding": True, **options})


def reference_texts(name: str, folder: Path, texts: list[str]) -> np.ndarray:
    """Rows by transformers alone, as the models' cards show it."""
    with torch.inference_mode():
        if name == "clip-tiny":
            network = transformers.CLIPModel.from_pretrained(folder)
            return unit(network.get_text_features(**tokens(folder, texts, 20)).pooler_output)
        if name == "chinese-clip-tiny":
            network = transformers.ChineseCLIPModel.from_pretrained(folder)
            return unit(network.get_text_features(**tokens(folder, texts, 52)).pooler_output)
        if name.startswith("siglip"):
            network = transformers.AutoModel.from_pretrained(folder)
            found = tokens(folder, [text.lower() for text in texts], 64, padding="max_length")
            return unit(network.get_text_features(input_ids=found["input_ids"]).pooler_output)
        if name in ("minilm-tiny", "multilingual-e5-tiny"):
            network = transformers.AutoModel.from_pretrained(folder)
            found = tokens(folder, texts, 32 if name == "minilm-tiny" else 40)
            weights = found["attention_mask"].unsqueeze(-1)
            return unit((network(**found).last_hidden_state * weights).sum(1) / weights.sum(1))
        network = transformers.AutoModel.from_pretrained(folder)
        rows = []
        for text in texts:
            if name == "qwen3-vl-tiny":
                system = "<|im_start|>system\nRepresent the user's input.<|im_end|>\n"
                text = f"{system}<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n"
            found = tokens(folder, [text], 512)
            rows.append(network(**{k: found[k] for k in ("input_ids", "attention_mask")}).last_hidden_state[:, -1])
        return unit(torch.cat(rows))


def test_texts_agree_with_transformers(model: Model, name: str, shelf: Path) -> None:
    reads(model)
    texts = ["red dress", "Blue lamp of steel", "dress", "a very long text about shoes that goes on and on"]
    passage = {"multilingual-e5-tiny": "passage: "}.get(name, "")
    expected = reference_texts(name, shelf / name, [passage + text for text in texts])
    assert np.abs(model.encode_texts(texts, role="passage") - expected).max() < 1e-5
    for role, prompt in PROMPTS.get(name, {}).items():
        expected = reference_texts(name, shelf / name, [prompt + text for text in texts])
        assert np.abs(model.encode_texts(texts, role=role) - expected).max() < 1e-5  # type: ignore[arg-type]


PROCESSORS = {
    "clip-tiny": "CLIPImageProcessorPil",
    "chinese-clip-tiny": "ChineseCLIPImageProcessorPil",
    "siglip-tiny": "SiglipImageProcessorPil",
    "siglip2-tiny": "Siglip2ImageProcessorPil",
    "dinov2-tiny": "BitImageProcessorPil",
    "dino-tiny": "ViTImageProcessorPil",
    "dinov3-tiny": "ViTImageProcessorPil",
    "mobilenet-v2-tiny": "MobileNetV2ImageProcessorPil",
    "mobilenet-v1-tiny": "MobileNetV1ImageProcessorPil",
}


@pytest.mark.parametrize("name", PROCESSORS)
def test_pictures_agree_with_transformers(name: str, shelf: Path, opened: dict[str, Model]) -> None:
    from PIL import Image

    images = pictures((32, 32), (64, 48), (37, 91), (20, 20), (200, 150))
    processor = getattr(transformers, PROCESSORS[name]).from_pretrained(shelf / name)
    found = processor([Image.fromarray(image) for image in images], return_tensors="pt")
    prepared = opened[name].pictures(images)["pixel_values"]  # type: ignore[attr-defined]
    assert np.abs(prepared - found["pixel_values"].numpy()).max() < 1e-5
    network = transformers.AutoModel.from_pretrained(shelf / name)
    with torch.inference_mode():
        if name in ("clip-tiny", "chinese-clip-tiny", "siglip-tiny", "siglip2-tiny"):
            rows = network.get_image_features(**found).pooler_output
        elif name.startswith("mobilenet"):
            rows = network(**found).pooler_output
        else:
            rows = network(**found).last_hidden_state[:, 0]
    assert np.abs(opened[name].encode_images(images) - unit(rows)).max() < 1e-5


def test_pictures_in_a_conversation_agree_with_transformers(shelf: Path, opened: dict[str, Model]) -> None:
    folder = shelf / "qwen3-vl-tiny"
    image = pictures((40, 64))[0]
    processor = transformers.Qwen2VLImageProcessorPil.from_pretrained(folder)
    found = processor([image], size={"shortest_edge": 4 * 64, "longest_edge": 1800 * 64}, return_tensors="pt")
    count = int(found["image_grid_thw"].prod()) // 4
    text = (
        "<|im_start|>system\nRepresent the user's input.<|im_end|>\n<|im_start|>user\n<|vision_start|>"
        f"{'<|image_pad|>' * count}<|vision_end|><|im_end|>\n<|im_start|>assistant\n"
    )
    ids = tokens(folder, [text], 4096)["input_ids"]
    network = transformers.AutoModel.from_pretrained(folder)
    with torch.inference_mode():
        kinds = (ids == network.config.image_token_id).int()
        rows = network(input_ids=ids, mm_token_type_ids=kinds, **found).last_hidden_state[:, -1]
    assert (count, np.abs(opened["qwen3-vl-tiny"].encode_images([image]) - unit(rows)).max() < 1e-5) == (40, True)


# A little shop


def test_a_shop_is_indexed_and_searched_with_a_folder_of_the_hub(tmp_path: Path, shelf: Path) -> None:
    from aisle.app import Shop
    from aisle.config import Config

    rows = [row for row in tiny.rows() if row["material"] == "Cotton"][:8]
    config = Config(store=tmp_path / "store", model=str(shelf / "clip-tiny"), device="cpu", threads=1)
    with Shop.open("default", tmp_path / "store", config=config) as shop:
        report = shop.index_feed(tiny.feed(tmp_path / "feed", rows))
        assert report.complete
        assert shop.stats()["model"].startswith("clip-tiny@0+")
        assert len(shop.store.vectors([row["id"] for row in rows])) == 8
        assert tiny.ids(tiny.ask(shop, "green dress"))[0] == "dress-cotton-green"
        seen = tiny.ask(shop, tiny.shown("red"))
        assert seen.degraded == () and seen.hits
        assert tiny.ask(shop, "dress", tiny.shown("blue")).hits
