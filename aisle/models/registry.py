"""Which models there are and how one is opened. A new kind of model is one class and one line in FORMATS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from aisle.errors import InvalidRequest, NotFound
from aisle.models.hub import folder as hub
from aisle.models.hub.download import download, is_identifier
from aisle.models.runtime import Model, OnnxModel, read_card

DEFAULT = "aisle-small"

SHIPPED: Mapping[str, Path] = MappingProxyType({DEFAULT: Path(__file__).parent / DEFAULT})
"""Models that come with the package."""

FORMATS: Mapping[str, Callable[[Path, Mapping[str, Any], int, str], Model]] = MappingProxyType(
    {
        "onnx": lambda folder, card, threads, device: OnnxModel(folder, card, threads),
        hub.TRANSFORMERS: hub.open_torch,
        hub.ONNX_EXPORT: hub.open_onnx,
    }
)
"""``format`` of a card → what opens (folder, card, threads, device)."""


def load(name_or_path: str | Path = DEFAULT, threads: int = 2, device: str = "auto") -> Model:
    """A shipped model by name, any model by the path of its folder, or one of the hub by its id (owner/name).

    ``device`` is where PyTorch computes, for models of the hub: "auto", "cpu", "cuda". Raises NotFound, InvalidRequest.
    """
    folder = _folder(str(name_or_path))
    card = hub.card(folder) if hub.is_hub_folder(folder) else read_card(folder)
    if card["format"] not in FORMATS:
        raise InvalidRequest(
            f"A model of format {card['format']!r} can't be opened.",
            field="model",
            hint=f"Known formats: {', '.join(FORMATS)}.",
        )
    model = FORMATS[card["format"]](folder, card, threads, device)
    model.folder = folder
    return model


def _folder(name: str) -> Path:
    folder = SHIPPED.get(name, Path(name))
    if folder.is_dir():
        return folder
    if "," in name or "+" in name:
        raise InvalidRequest(
            f"{name!r} names two models. Each has a space of its own: a text of one lies nowhere near a picture of another.",
            field="model",
            hint="Choose one model that was trained on both, such as SigLIP or CLIP, or one modality.",
        )
    if is_identifier(name):
        return download(name)
    raise NotFound(
        f"There is no model {name!r}.",
        field="model",
        hint=f"Name one of {', '.join(SHIPPED)}, the folder of a model, or one of the hub as owner/name.",
    )
