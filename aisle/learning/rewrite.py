"""Other weights in a model's own files: a tuned model has its parent's graphs, so nothing is exported anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from torch import nn

from aisle.learning.checkpoint import INT8, PREFIX, SCALE, TURNED
from aisle.learning.towers import Towers


def rewrite(towers: Towers, parent: Path, folder: Path) -> None:
    """Write ``folder``/image.onnx and text.onnx: the graphs of ``parent`` with the weights of ``towers``, in the precision
    that the parent keeps each in. ``towers`` are as ``load_towers`` gave them, trained since. Raises KeyError for others."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, tower in (("image.onnx", towers.image), ("text.onnx", towers.text)):
        model = onnx.load(parent / name)
        _replace(model, tower)
        onnx.save(model, str(folder / name))


def _replace(model: onnx.ModelProto, tower: nn.Module) -> None:
    weights = {name: tensor.detach().cpu().numpy() for name, tensor in tower.state_dict().items()}
    kept = {tensor.name: tensor for tensor in model.graph.initializer}
    for name, tensor in kept.items():
        if not name.startswith(PREFIX) or name.endswith(SCALE):
            continue
        plain = name.removesuffix(INT8)
        own = plain.removeprefix(PREFIX).removesuffix(TURNED)
        values = weights[own].T if plain.endswith(TURNED) else weights[own]
        if name.endswith(INT8):
            half = kept[plain + SCALE]
            shape = numpy_helper.to_array(half).shape
            axes = tuple(axis for axis, length in enumerate(shape) if length == 1)
            scale = np.maximum(np.abs(values).max(axis=axes, keepdims=True), 1e-12) / np.float32(127)
            half.CopyFrom(numpy_helper.from_array(scale.astype(np.float32).reshape(shape), half.name))
            values = np.rint(values / scale).astype(np.int8)
        tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), name))
