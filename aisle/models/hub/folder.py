"""From a folder of the hub to a Model: which architecture it is, whether it is whole, and the card of what it doesn't say."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from aisle.errors import InvalidRequest, NotFound
from aisle.models.hub import marqo
from aisle.models.hub.families import FAMILIES
from aisle.models.hub.family import Config, Family, recipe
from aisle.models.hub.onnx_model import OnnxExport, exports
from aisle.models.hub.pictures import FILES as PROCESSORS
from aisle.models.hub.pictures import Recipe, read_processor
from aisle.models.hub.torch_model import TorchModel
from aisle.models.hub.words import FILES as TOKENIZERS
from aisle.models.hub.words import check_tokenizer
from aisle.models.runtime import Model

TRANSFORMERS, ONNX_EXPORT = "transformers", "onnx-export"
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
KNOWN_MODULES = ("Transformer", "Pooling", "Normalize")
POOLINGS: Mapping[str, str] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "first",
    "pooling_mode_lasttoken": "last",
}
"""sentence-transformers' names → ours."""
SAMPLES, SAMPLE = 1024, 16 << 10


def is_hub_folder(folder: Path) -> bool:
    """Whether it looks like what the hub holds, rather than what Aisle exports."""
    return (folder / "config.json").is_file() or (folder / marqo.CONFIG).is_file()


def card(folder: Path) -> dict[str, Any]:
    """model.json as it would be, overlaid by what the folder's own says. Raises NotFound, InvalidRequest."""
    config = read_config(folder)
    family = family_of(folder, config)
    own = _read(folder / "model.json") if (folder / "model.json").is_file() else {}
    cached = folder.parent.name == "snapshots"  # hub cache: models--OWNER--NAME/snapshots/REVISION
    modalities = own.get("modalities", list(family.modalities))
    native = family.dim(config)
    made: dict[str, Any] = {
        "name": folder.parent.parent.name.rpartition("--")[2] if cached else folder.resolve().name,
        "version": folder.name[:8] if cached else "0",
        "format": own.get("format") or _format(folder, own, family),
        "dim": native,
        "modalities": modalities,
        "calibration": {kind: list(each.pair()) for kind, each in family.likely(folder, config).items()},
        "product_weights": {kind: 1 / len(modalities) if kind in modalities else 0.0 for kind in ("image", "text")},
        "prompts": dict(family.prompts(folder, config)),
        "architecture": family.label,
    }
    if "image" in modalities:
        made["image"] = {"size": _side(folder, family, config)}
    if "text" in modalities:
        made["text"] = {"length": _length(folder, family, config)}
    whole = {**made, **own}
    for key in ("image", "text", "prompts", "calibration"):
        if key in made and key in own:
            whole[key] = {**made[key], **own[key]}
    if not 0 < whole["dim"] <= native:
        raise InvalidRequest(
            f"{folder / 'model.json'} wants {whole['dim']} numbers a vector; the model gives {native}.",
            field="dim",
            hint="A model trained for it (Qwen3-Embedding, e.g.) may be cut to fewer, none to more.",
        )
    return whole


def open_torch(folder: Path, card: Mapping[str, Any], threads: int, device: str) -> Model:
    """By transformers. Raises NotFound, InvalidRequest."""
    config = read_config(folder)
    family = _pooled(folder, family_of(folder, config))
    _check(folder, card)
    for package in ("torch", "transformers"):
        if importlib.util.find_spec(package) is None:
            raise InvalidRequest(
                f"{folder} needs {package} to run.",
                field="model",
                hint="pip install 'aisle[hub]', or put an ONNX export into the folder (onnx/model.onnx).",
            )
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        _refuse_weights(folder)
    return TorchModel(folder, _stamped(card, folder, weights), config, family, threads, device)


def open_onnx(folder: Path, card: Mapping[str, Any], threads: int, device: str) -> Model:
    """By ONNX Runtime; ``device`` is the CPU whatever it says. Raises NotFound, InvalidRequest."""
    config = read_config(folder)
    family = _pooled(folder, family_of(folder, config))
    _check(folder, card)
    files = exports(folder, card, family)
    for modality in card["modalities"]:
        if modality not in files:
            raise NotFound(
                f"The model in {folder} has no ONNX export of its {modality} tower.",
                field="model",
                hint="Looked for model.onnx, vision_model.onnx and text_model.onnx, there and in onnx/.",
            )
    graphs = sorted({path for file in files.values() for path in file.parent.glob(f"{file.name}*")})
    return OnnxExport(folder, _stamped(card, folder, graphs), config, family, threads, files)


def read_config(folder: Path) -> Config:
    """config.json; open_clip_config.json where that is all that tells sizes. Raises NotFound, InvalidRequest."""
    path = folder / "config.json"
    config = _read(path) if path.is_file() else {}
    if "vision_config" not in config and (folder / marqo.CONFIG).is_file():
        found = _read(folder / marqo.CONFIG)
        kind = "siglip" if "siglip" in json.dumps(found).lower() else "clip"
        return {**found, "model_type": f"open_clip/{kind}"}
    if not path.is_file():
        raise NotFound(f"{folder} holds no model: config.json is missing.", field="model")
    return config


def family_of(folder: Path, config: Config) -> Family:
    """Raises InvalidRequest for an architecture that isn't in the table."""
    kind = str(config.get("model_type", ""))
    if kind not in FAMILIES:
        raise InvalidRequest(
            f"{folder} holds a model of type {kind!r}, which isn't known here.",
            field="model",
            hint=f"Known types: {', '.join(FAMILIES)}. A new one is one file in aisle/models/hub/ and one line.",
        )
    for module in _modules(folder):
        if module not in KNOWN_MODULES:
            raise InvalidRequest(
                f"{folder} puts a {module} layer behind its encoder, which isn't known here.",
                field="modules.json",
                hint=f"Known are {', '.join(KNOWN_MODULES)}.",
            )
    return FAMILIES[kind]


def _modules(folder: Path) -> list[str]:
    """Kinds of the layers that sentence-transformers would build."""
    if not (folder / "modules.json").is_file():
        return []
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    return [str(module.get("type", "")).rpartition(".")[2] for module in modules]


def _pooled(folder: Path, family: Family) -> Family:
    """With the pooling that 1_Pooling/config.json tells, if there is one."""
    path = folder / "1_Pooling" / "config.json"
    if not path.is_file() or family.text is None or family.image is not None:
        return family
    said = _read(path)
    pooling = next((ours for theirs, ours in POOLINGS.items() if said.get(theirs)), None)
    if pooling is None:
        raise InvalidRequest(f"{path} asks for a pooling that isn't known here.", field="model")
    exported = tuple(
        (name, known if known not in POOLINGS.values() else pooling) for name, known in family.text.exported
    )
    return replace(family, text=replace(family.text, pooling=pooling, exported=exported))


def _length(folder: Path, family: Family, config: Config) -> int:
    """Tokens of the longest text: the architecture's, or fewer where sentence-transformers was told so."""
    path = folder / "sentence_bert_config.json"
    said = _read(path).get("max_seq_length") if path.is_file() else None
    return min(family.length(config), said or family.length(config))


def _side(folder: Path, family: Family, config: Config) -> int:
    """Pixels of the longer side; of models that keep proportions, what their configuration calls the size."""
    if family.pictures is recipe and any((folder / name).is_file() for name in PROCESSORS):
        return Recipe.of(read_processor(folder)).side
    return int((config.get("vision_config") or {}).get("image_size") or config.get("image_size") or 224)


def _format(folder: Path, own: Mapping[str, Any], family: Family) -> str:
    """Weights where they can be run, else an export where there is one."""
    runs = importlib.util.find_spec("torch") is not None and importlib.util.find_spec("transformers") is not None
    if runs and any(folder.glob("*.safetensors")):
        return TRANSFORMERS
    return ONNX_EXPORT if exports(folder, own, family) else TRANSFORMERS


def _check(folder: Path, card: Mapping[str, Any]) -> None:
    if "text" in card["modalities"]:
        check_tokenizer(folder)
    if "image" in card["modalities"]:
        read_processor(folder)


def _refuse_weights(folder: Path) -> None:
    if any(path for kind in PICKLES for path in folder.glob(kind)):
        raise InvalidRequest(
            f"The weights in {folder} are pickles, which can run code when they are opened.",
            field="model",
            hint="Fetch the model's safetensors, or convert them: python -m aisle.models.hub.convert FOLDER",
        )
    raise NotFound(
        f"The model in {folder} has no weights.", field="model", hint="Expected *.safetensors, or an ONNX export."
    )


def _stamped(card: Mapping[str, Any], folder: Path, weights: Iterable[Path]) -> dict[str, Any]:
    """The card with a version that tells everything apart that makes other vectors."""
    files = [*weights, *(folder / name for name in ("config.json", *TOKENIZERS, *PROCESSORS))]
    whole = hashlib.blake2b(digest_size=4)
    for path in files:
        if path.is_file():
            _sample(path, whole)
    said = [card["dim"], card["modalities"], card.get("text", {}), card["prompts"]]
    whole.update(json.dumps(said, sort_keys=True).encode())
    return {**card, "version": f"{card['version']}+{whole.hexdigest()}"}


def _sample(path: Path, into: Any) -> None:
    """All of a small file; of a large one its size and a thousand places: other weights differ nearly everywhere."""
    size = path.stat().st_size
    into.update(str(size).encode())
    with path.open("rb") as file:
        if size <= SAMPLES * SAMPLE:
            into.update(file.read())
            return
        for i in range(SAMPLES):
            file.seek((size - SAMPLE) * i // (SAMPLES - 1))
            into.update(file.read(SAMPLE))


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise InvalidRequest(f"{path} can't be read: {error}.", field="model") from None
    if not isinstance(found, dict):
        raise InvalidRequest(f"{path} isn't a JSON object.", field="model")
    return found
