"""The PyTorch towers of a model's folder: its ONNX files are the only copy of the weights, and training starts from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from aisle.errors import InvalidRequest
from aisle.learning.towers import ImageShape, TextShape, Towers, fold
from aisle.models.runtime import read_card


def load_towers(folder: Path) -> tuple[Towers, str]:
    """The towers of an exported folder, in training's form with frozen statistics, and its tokenizer's JSON.

    Raises NotFound, or InvalidRequest where the folder's model isn't of this architecture.
    """
    card = read_card(folder)
    shapes = card.get("towers")
    if shapes is None:
        raise InvalidRequest(
            f"The model in {folder} has no towers that can be trained here.",
            field="model",
            hint="Models exported by Aisle can; a hub model is fine-tuned with adapters.",
        )
    shape: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in shapes["image"].items()
    }
    towers = Towers(ImageShape(**shape), TextShape(**shapes["text"]))
    fold(towers)
    towers.image.load_state_dict(weights(folder / "image.onnx"))
    towers.text.load_state_dict(weights(folder / "text.onnx"))
    return towers.eval(), (folder / "tokenizer.json").read_text(encoding="utf-8")


def weights(path: Path) -> dict[str, torch.Tensor]:
    """Every weight of an exported file under its PyTorch name, int8 ones multiplied out."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    found = {}
    for name, values in stored.items():
        if not name.startswith(PREFIX) or name.endswith(SCALE):
            continue
        own = name.removeprefix(PREFIX)
        if own.endswith(INT8):
            own = own.removesuffix(INT8)
            values = values.astype(np.float32) * stored[PREFIX + own + SCALE]
        if own.endswith(TURNED):
            own, values = own.removesuffix(TURNED), values.T
        found[own] = torch.from_numpy(np.array(values))
    return found


PREFIX, TURNED, INT8, SCALE = "weight:", ":turned", ":int8", ":scale"
"""How an exported file names a module's weight: the prefix, its name in PyTorch, whether ONNX holds it transposed, and
whether it is one of the two halves of an int8 weight."""
