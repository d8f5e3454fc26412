"""Folders of the hub as they are found: exports, OpenCLIP's names, cards beside them, and what is wrong with broken ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs the [hub] extra")

import onnx
import torch
import transformers
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import load_file, save_file

from aisle.errors import InvalidRequest, NotFound
from aisle.models.hub.convert import convert
from aisle.models.registry import load
from tests import tiny_hub
from tests.test_models import assert_unit_rows, pictures

RNG = np.random.default_rng(3)
TABLE = RNG.normal(size=(300, 6)).astype(np.float32)
MIXING = RNG.normal(size=(3, 6)).astype(np.float32)


def graph(path: Path, *modalities: str, hidden: bool = False) -> None:
    """An export that looks each token up (``text_embeds``: their sum) and mixes a picture's mean colour."""
    nodes, inputs, outputs = [], [], []
    if "text" in modalities:
        for name in ("input_ids", "attention_mask", "token_type_ids"):
            inputs.append(helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"]))
        looked_up = "last_hidden_state" if hidden else "states"
        nodes.append(helper.make_node("Gather", ["table", "input_ids"], [looked_up]))
        if hidden:
            outputs.append(helper.make_tensor_value_info(looked_up, TensorProto.FLOAT, ["texts", "tokens", 6]))
        else:
            nodes.append(helper.make_node("ReduceSum", ["states", "one"], ["text_embeds"], keepdims=0))
            outputs.append(helper.make_tensor_value_info("text_embeds", TensorProto.FLOAT, ["texts", 6]))
    if "image" in modalities:
        inputs.append(helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["images", 3, "h", "w"]))
        nodes.append(helper.make_node("ReduceMean", ["pixel_values", "sides"], ["colour"], keepdims=0))
        nodes.append(helper.make_node("MatMul", ["colour", "mixing"], ["image_embeds"]))
        outputs.append(helper.make_tensor_value_info("image_embeds", TensorProto.FLOAT, ["images", 6]))
    constants = {"table": TABLE, "mixing": MIXING, "one": np.array([1]), "sides": np.array([2, 3])}
    kept = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    made = helper.make_graph(nodes, "tiny", inputs, outputs, kept)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)


def clip_folder(folder: Path) -> Path:
    """All of a CLIP folder but its weights."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "clip", "projection_dim": 6}))
    special = tiny_hub.CLIP_SPECIAL
    tiny_hub.save_tokenizer(folder, tiny_hub.tokenizer(special, before=special[0], after=special[1]), special[1])
    square = {"height": 32, "width": 32}
    transformers.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=square).save_pretrained(folder)
    return folder


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("layout", ["two files", "two files in onnx", "one file", "named"])
def test_exports_in_the_layouts_of_the_hub(tmp_path: Path, layout: str) -> None:
    folder = clip_folder(tmp_path / "exported")
    if layout == "one file":
        graph(folder / "onnx" / "model.onnx", "text", "image")
    elif layout == "named":
        graph(folder / "small" / "vision.onnx", "image")
        graph(folder / "small" / "text.onnx", "text")
        said = {"image": {"file": "small/vision.onnx"}, "text": {"file": "small/text.onnx"}}
        (folder / "model.json").write_text(json.dumps(said))
    else:
        place = folder / "onnx" if layout.endswith("onnx") else folder
        graph(place / "vision_model.onnx", "image")
        graph(place / "text_model.onnx", "text")
    model = load(folder, threads=1)
    assert model.card["format"] == "onnx-export"
    images = pictures((32, 32), (50, 80))
    assert_unit_rows(model.encode_images(images), 2, 6)
    prepared = model.pictures(images[:1])["pixel_values"]  # type: ignore[attr-defined]
    assert np.allclose(model.encode_images(images[:1]), unit(prepared.mean(axis=(2, 3)) @ MIXING), atol=1e-5)
    ids = model.words(["red"])["input_ids"]  # type: ignore[attr-defined]
    assert np.allclose(model.encode_texts(["red"]), unit(TABLE[ids].sum(axis=1)), atol=1e-5)


def test_states_of_an_export_are_pooled_over_real_tokens(tmp_path: Path) -> None:
    folder = tmp_path / "minilm"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", "hidden_size": 6}))
    tiny_hub.save_tokenizer(folder, tiny_hub.tokenizer(("[PAD]", "[UNK]")), "[PAD]")
    graph(folder / "onnx" / "model.onnx", "text", hidden=True)
    model = load(folder, threads=1)
    assert model.modalities == {"text"}
    ids = model.words(["hat"])["input_ids"]  # type: ignore[attr-defined]
    alone = model.encode_texts(["hat"])
    assert np.allclose(alone, unit(TABLE[ids].mean(axis=1)), atol=1e-5)
    assert np.allclose(model.encode_texts(["hat", "a much longer hat"])[:1], alone, atol=1e-6)


def test_what_an_export_lacks_is_said(tmp_path: Path) -> None:
    folder = clip_folder(tmp_path / "half")
    graph(folder / "vision_model.onnx", "image")
    with pytest.raises(NotFound, match="text tower"):
        load(folder)
    (folder / "model.json").write_text(json.dumps({"modalities": ["image"]}))
    assert load(folder).encode_images(pictures((9, 9))).shape == (1, 6)
    graph(folder / "vision_model.onnx", "text")
    with pytest.raises(InvalidRequest, match="image vector"):
        load(folder).encode_images(pictures((9, 9)))


# OpenCLIP's names


def to_open_clip(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """SiglipModel's tensors as timm and OpenCLIP name them, written down apart from what reads them."""
    made: dict[str, torch.Tensor] = {
        "visual.trunk.patch_embed.proj.weight": tensors["vision_model.embeddings.patch_embedding.weight"],
        "visual.trunk.patch_embed.proj.bias": tensors["vision_model.embeddings.patch_embedding.bias"],
        "visual.trunk.pos_embed": tensors["vision_model.embeddings.position_embedding.weight"][None],
        "visual.trunk.attn_pool.latent": tensors["vision_model.head.probe"],
        "text.token_embedding.weight": tensors["text_model.embeddings.token_embedding.weight"],
        "text.positional_embedding": tensors["text_model.embeddings.position_embedding.weight"],
        "logit_scale": tensors["logit_scale"].reshape(()),
        "logit_bias": tensors["logit_bias"].reshape(()),
    }
    for kind in ("weight", "bias"):
        made[f"visual.trunk.norm.{kind}"] = tensors[f"vision_model.post_layernorm.{kind}"]
        made[f"text.ln_final.{kind}"] = tensors[f"text_model.final_layer_norm.{kind}"]
        made[f"text.text_projection.{kind}"] = tensors[f"text_model.head.{kind}"]
        head, pool = "vision_model.head", "visual.trunk.attn_pool"
        q, k, v = tensors[f"{head}.attention.in_proj_{kind}"].chunk(3)
        made[f"{pool}.q.{kind}"], made[f"{pool}.kv.{kind}"] = q, torch.cat([k, v])
        made[f"{pool}.proj.{kind}"] = tensors[f"{head}.attention.out_proj.{kind}"]
        made[f"{pool}.norm.{kind}"] = tensors[f"{head}.layernorm.{kind}"]
        for layer in ("fc1", "fc2"):
            made[f"{pool}.mlp.{layer}.{kind}"] = tensors[f"{head}.mlp.{layer}.{kind}"]
        for i in range(2):
            for tower, block, qkv, out, norms, mlp in (
                ("vision", f"visual.trunk.blocks.{i}", "qkv.", "attn.proj", ("norm1", "norm2"), ("mlp.fc1", "mlp.fc2")),
                (
                    "text", f"text.transformer.resblocks.{i}", "in_proj_", "attn.out_proj", ("ln_1", "ln_2"),
                    ("mlp.c_fc", "mlp.c_proj"),
                ),
            ):  # fmt: skip
                ours = f"{tower}_model.encoder.layers.{i}"
                made[f"{block}.attn.{qkv}{kind}"] = torch.cat(
                    [tensors[f"{ours}.self_attn.{n}_proj.{kind}"] for n in "qkv"]
                )
                made[f"{block}.{out}.{kind}"] = tensors[f"{ours}.self_attn.out_proj.{kind}"]
                for theirs, number in zip(norms, "12", strict=True):
                    made[f"{block}.{theirs}.{kind}"] = tensors[f"{ours}.layer_norm{number}.{kind}"]
                for theirs, name in zip(mlp, ("fc1", "fc2"), strict=True):
                    made[f"{block}.{theirs}.{kind}"] = tensors[f"{ours}.mlp.{name}.{kind}"]
    return {name: tensor.clone().contiguous() for name, tensor in made.items()}


@pytest.mark.parametrize("prefix", ["", "model."])
def test_open_clips_names_make_the_same_model(tmp_path: Path, prefix: str) -> None:
    plain, folder = tmp_path / "siglip", tmp_path / "marqo-ecommerce"
    plain.mkdir()
    tiny_hub.siglip(plain)
    folder.mkdir()
    for path in plain.iterdir():
        if path.name not in ("config.json", "model.safetensors"):
            (folder / path.name).write_bytes(path.read_bytes())
    tensors = to_open_clip(load_file(plain / "model.safetensors"))
    save_file({prefix + name: tensor for name, tensor in tensors.items()}, folder / "model.safetensors")
    auto = {"AutoModel": "marqo_fashionSigLIP.MarqoFashionSigLIP"}
    (folder / "config.json").write_text(json.dumps({"auto_map": auto, "model_type": "siglip"}))
    (folder / "marqo_fashionSigLIP.py").write_text("raise SystemExit('code of a model was run')")
    vision = {"timm_model_name": "vit_base_patch16_siglip_224", "image_size": 32, "heads": 2}
    said = {"embed_dim": 16, "vision_cfg": vision, "text_cfg": {"heads": 2, "context_length": 64, "vocab_size": 300}}
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": said}))
    one, other = load(plain, threads=1, device="cpu"), load(folder, threads=1, device="cpu")
    assert (other.dim, other.text_length, other.card["architecture"][:6]) == (16, 64, "SigLIP")
    images = pictures((32, 32), (40, 90))
    assert np.allclose(one.encode_images(images), other.encode_images(images), atol=1e-5)
    texts = ["Red dress!", "lamp"]
    assert np.allclose(one.encode_texts(texts), other.encode_texts(texts), atol=1e-5)
    assert np.allclose(other.encode_texts(["red dress"]), other.encode_texts(["Red, dress!"]), atol=1e-6)
    save_file({**tensors, "visual.other": torch.ones(1)}, folder / "model.safetensors")
    with pytest.raises(InvalidRequest, match=r"visual\.other"):
        load(folder, device="cpu").encode_texts(["hat"])


# Cards, and what is wrong


@pytest.fixture
def minilm(tmp_path: Path) -> Path:
    folder = tmp_path / "minilm"
    folder.mkdir()
    tiny_hub.bert(folder)
    return folder


def written(folder: Path, **card: Any) -> Path:
    (folder / "model.json").write_text(json.dumps(card))
    return folder


def test_a_card_beside_it_says_more(minilm: Path) -> None:
    plain = load(minilm, device="cpu")
    own = load(
        written(
            minilm,
            name="ours", dim=8, prompts={"query": "find: "}, calibration={"text": [9, -3]}, text={"length": 8},
        ),
        device="cpu",
    )  # fmt: skip
    assert (own.name, own.dim, own.text_length, own.calibration.text) == ("ours", 8, 8, (9, -3))
    assert own.calibration.image == plain.calibration.image
    assert own.version != plain.version
    assert_unit_rows(own.encode_texts(["hat"]), 1, 8)
    assert not np.allclose(own.encode_texts(["hat"]), own.encode_texts(["hat"], role="passage"))
    with pytest.raises(InvalidRequest, match="17 numbers"):
        load(written(minilm, dim=17))


def test_other_weights_have_another_version(minilm: Path) -> None:
    before = load(minilm).version
    weights = load_file(minilm / "model.safetensors")
    save_file({name: tensor + 1 for name, tensor in weights.items()}, minilm / "model.safetensors", {"format": "pt"})
    assert load(minilm).version != before


def test_e5_is_known_by_its_name_or_by_its_prompts(minilm: Path) -> None:
    assert load(minilm).prompts == {}
    e5 = minilm.rename(minilm.parent / "e5-small-v2")
    assert load(e5).prompts == {"query": "query: ", "passage": "passage: "}
    (e5 / "config_sentence_transformers.json").write_text(json.dumps({"prompts": {"query": "q: ", "document": "d: "}}))
    assert load(e5).prompts == {"query": "q: ", "passage": "d: "}


def test_a_missing_tokenizer_is_named(minilm: Path) -> None:
    (minilm / "tokenizer.json").unlink()
    with pytest.raises(NotFound, match="no tokenizer") as caught:
        load(minilm)
    assert "save_pretrained" in str(caught.value.hint)


def test_pickles_are_refused_and_can_be_converted(minilm: Path) -> None:
    expected = load(minilm, device="cpu").encode_texts(["hat"])
    torch.save(load_file(minilm / "model.safetensors"), minilm / "pytorch_model.bin")
    (minilm / "model.safetensors").unlink()
    with pytest.raises(InvalidRequest, match="pickles") as caught:
        load(minilm)
    assert "convert" in str(caught.value.hint)
    convert(minilm)
    assert np.allclose(load(minilm, device="cpu").encode_texts(["hat"]), expected)
    (minilm / "model.safetensors").unlink()
    (minilm / "pytorch_model.bin").unlink()
    with pytest.raises(NotFound, match="no weights"):
        load(minilm)


def test_weights_of_another_model_are_refused(minilm: Path) -> None:
    weights = load_file(minilm / "model.safetensors")
    weights.pop("encoder.layer.1.output.dense.weight")
    save_file(weights, minilm / "model.safetensors", {"format": "pt"})
    with pytest.raises(InvalidRequest, match="1 tensors are missing"):
        load(minilm, device="cpu").encode_texts(["hat"])


def test_an_unknown_type_or_layer_is_named(minilm: Path) -> None:
    modules = [{"type": "sentence_transformers.models.Dense"}]
    (minilm / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(InvalidRequest, match="Dense layer"):
        load(minilm)
    (minilm / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(InvalidRequest, match="'gpt2'") as caught:
        load(minilm)
    assert "siglip" in str(caught.value.hint)
    (minilm / "config.json").write_text("{")
    with pytest.raises(InvalidRequest, match=r"config\.json"):
        load(minilm)


def test_a_missing_preprocessor_is_named(tmp_path: Path) -> None:
    folder = clip_folder(tmp_path / "clip")
    graph(folder / "model.onnx", "text", "image")
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(NotFound, match="preprocessor_config"):
        load(folder)


def test_an_id_says_how_to_get_the_folder_when_the_network_is_off() -> None:
    with pytest.raises(NotFound, match="nobody/nothing") as caught:
        load("nobody/nothing")
    assert "hf download nobody/nothing --local-dir FOLDER" in str(caught.value.hint)


def test_two_models_are_never_mixed() -> None:
    with pytest.raises(InvalidRequest, match="space of its own"):
        load("dinov2-small,multilingual-e5-small")


def test_a_device_that_is_not_there_is_named(minilm: Path) -> None:
    with pytest.raises(InvalidRequest, match="nowhere"):
        load(minilm, device="nowhere").encode_texts(["hat"])
