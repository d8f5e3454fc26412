"""A trained tower → an ONNX file whose weights are int8 with one scale an output channel.

The integers are turned back to float32 when the file is opened (ONNX Runtime folds the constants), so a file is a
quarter of its size, arithmetic stays float32, and a row never depends on the other rows of its batch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from aisle.learning.towers import Towers

QUANTISE_FROM = 4096
"""Weights of fewer numbers stay float32: they cost nothing and steer much (norms, biases)."""


class _Vectors(nn.Module):
    """The image tower as it is served: unit vectors only."""

    def __init__(self, tower: nn.Module) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, pixels: Tensor) -> Tensor:
        return self.tower(pixels)[1]  # (batch, dim)


def export(towers: Towers, tokenizer: Path | str, folder: Path, card: Mapping[str, Any]) -> None:
    """Write the model's folder: image.onnx, text.onnx, tokenizer.json (its text or its path), model.json."""
    folder.mkdir(parents=True, exist_ok=True)
    towers = towers.eval()
    size, length = towers.image.shape.size, towers.text.shape.length
    pixels = torch.zeros(2, size, size, 3, dtype=torch.uint8)  # (batch, size, size, 3)
    ids = torch.ones(2, 8, dtype=torch.long)  # (batch, length)
    _write(_Vectors(towers.image), pixels, "pixels", {0: "batch"}, folder / "image.onnx")
    _write(towers.text, ids, "ids", {0: "batch", 1: "length"}, folder / "text.onnx")
    text = tokenizer.read_text(encoding="utf-8") if isinstance(tokenizer, Path) else tokenizer
    (folder / "tokenizer.json").write_text(text, encoding="utf-8")
    fixed = {
        "format": "onnx",
        "dim": towers.image.shape.dim,
        "image": {"size": size, "resize": "squash", "normalisation": "in the graph: value / 63.75 - 2"},
        "text": {"length": length, "pad": 0},
    }
    (folder / "model.json").write_text(json.dumps({**card, **fixed}, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _write(module: nn.Module, example: Tensor, name: str, axes: dict[int, str], path: Path) -> None:
    dynamic = {axis: torch.export.Dim(label, min=1, max=4096) for axis, label in axes.items()}
    program = torch.onnx.export(
        module.eval(),
        (example,),
        input_names=[name],
        output_names=["vectors"],
        dynamic_shapes=(dynamic,),
        verbose=False,
    )
    assert program is not None
    model = program.model_proto
    quantise(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def quantise(model: onnx.ModelProto) -> None:
    """Replace each large float32 weight by int8, symmetric, scale = max|w| / 127 for each index of its first axis."""
    kept, nodes = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < QUANTISE_FROM or values.ndim < 2:
            kept.append(tensor)
            continue
        axes = tuple(range(1, values.ndim))
        scale = np.maximum(np.abs(values).max(axis=axes, keepdims=True), 1e-12) / np.float32(127)  # (out, 1, …)
        name = tensor.name
        kept.append(numpy_helper.from_array(np.rint(values / scale).astype(np.int8), name + ".int8"))
        kept.append(numpy_helper.from_array(scale.astype(np.float32), name + ".scale"))
        nodes.append(helper.make_node("Cast", [name + ".int8"], [name + ".float"], to=onnx.TensorProto.FLOAT))
        nodes.append(helper.make_node("Mul", [name + ".float", name + ".scale"], [name]))
    rest = list(model.graph.node)
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes + rest)
