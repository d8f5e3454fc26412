"""A trained tower → an ONNX file whose weights are int8 with one scale an output channel.

The integers are turned back to float32 when the file is opened (ONNX Runtime folds the constants), so a file is a
quarter of its size, arithmetic stays float32, and a row never depends on the other rows of its batch.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from aisle.learning.checkpoint import INT8, PREFIX, SCALE, TURNED
from aisle.learning.towers import ImageTower, TextTower, Towers, fold

QUANTISE_FROM = 4096
"""Weights of fewer numbers stay float32: they cost nothing and steer much (norms, biases)."""
EIGHT_BITS, SEVEN_BITS = 127, 63
"""The largest int8 weight. Where integers are multiplied, sums of two products of eight bits overflow on processors without VNNI."""


class _Image(nn.Module):
    """The image tower as it is served: unit vectors, and the tokens that deep fusion looks at."""

    def __init__(self, tower: ImageTower) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        _, vectors, tokens = self.tower.upper(*self.tower.below(pixels))
        return vectors, tokens  # (batch, dim), (batch, places, width)


class _Text(nn.Module):
    """The text tower as it is served: unit vectors, and each token's state."""

    def __init__(self, tower: TextTower) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        states = self.tower.states(ids)
        return self.tower.pooled(states, ids), states  # (batch, dim), (batch, length, width)


def export(towers: Towers, tokenizer: Path | str, folder: Path, card: Mapping[str, Any]) -> None:
    """Write the model's folder: image.onnx, text.onnx, tokenizer.json (its text or its path), model.json."""
    folder.mkdir(parents=True, exist_ok=True)
    towers = copy.deepcopy(towers).cpu().eval()
    fold(towers)
    size, length = towers.image.shape.size, towers.text.shape.length
    pixels = torch.zeros(2, size, size, 3, dtype=torch.uint8)  # (batch, size, size, 3)
    ids = torch.ones(2, 8, dtype=torch.long)  # (batch, length)
    outputs = ("vectors", "tokens")
    write(_Image(towers.image), {"pixels": pixels}, outputs, [{0: "batch"}], folder / "image.onnx")
    write(_Text(towers.text), {"ids": ids}, outputs, [{0: "batch", 1: "length"}], folder / "text.onnx")
    text = tokenizer.read_text(encoding="utf-8") if isinstance(tokenizer, Path) else tokenizer
    (folder / "tokenizer.json").write_text(text, encoding="utf-8")
    fixed = {
        "format": "onnx",
        "dim": towers.image.shape.dim,
        "image": {"size": size, "resize": "squash", "normalisation": "in the graph: value / 63.75 - 2"},
        "text": {"length": length, "pad": 0},
        "towers": {"image": asdict(towers.image.shape), "text": asdict(towers.text.shape)},
    }
    (folder / "model.json").write_text(json.dumps({**card, **fixed}, indent=2, ensure_ascii=False) + "\n", "utf-8")


def write(
    module: nn.Module,
    inputs: Mapping[str, Tensor],
    outputs: Sequence[str],
    axes: Sequence[Mapping[int, str]],
    path: Path,
    *,
    integer: bool = False,
) -> None:
    """``module`` as an ONNX file, large weights as int8. ``axes`` names the free axes of each of ``inputs``; ``integer``: what is
    multiplied by such a weight is turned into int8 as it comes, so that a quarter of the bytes is read (for ONNX Runtime alone)."""
    names = dict.fromkeys(label for free in axes for label in free.values())
    free = {label: torch.export.Dim(label, min=1, max=4096) for label in names}
    program = torch.onnx.export(
        module.eval(),
        tuple(inputs.values()),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_shapes=tuple({axis: free[label] for axis, label in own.items()} for own in axes),
        verbose=False,
    )
    assert program is not None
    model = program.model_proto
    _name_weights(model, module)
    forget_sources(model)
    quantise(model, SEVEN_BITS if integer else EIGHT_BITS)
    if integer:
        multiply_integers(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def forget_sources(model: onnx.ModelProto) -> None:
    """Take out what the exporter notes of the code that made each node: paths of one machine."""
    for graph in (model.graph, *model.functions):
        del graph.metadata_props[:]
        for part in (*graph.node, *graph.value_info, *getattr(graph, "initializer", ())):
            del part.metadata_props[:]
            part.doc_string = ""
    for part in (*model.graph.input, *model.graph.output):
        del part.metadata_props[:]
    del model.metadata_props[:]


def _name_weights(model: onnx.ModelProto, module: nn.Module) -> None:
    """Call each weight by its PyTorch name again: the exporter turns some over and renames them."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    renamed: dict[str, str] = {}
    for name, weight in module.state_dict().items():
        if name.endswith("num_batches_tracked"):  # a count that only training needs
            continue
        own, values = PREFIX + name.removeprefix("tower."), weight.numpy()
        found, turned = _find(values, stored, renamed)
        if found is None or found in renamed:
            # Equal tensors are stored once, and what does nothing (a bias of zeros) is left out: training needs each.
            model.graph.initializer.append(numpy_helper.from_array(values, own))
        else:
            renamed[found] = own + (TURNED if turned else "")
    for tensor in model.graph.initializer:
        tensor.name = renamed.get(tensor.name, tensor.name)
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = renamed.get(name, name)


def _find(values: np.ndarray, stored: Mapping[str, np.ndarray], taken: Container[str]) -> tuple[str | None, bool]:
    """The stored tensor that equals ``values``, rather one not yet ``taken``, and whether it is turned over."""
    best: tuple[str | None, bool] = (None, False)
    for name, held in stored.items():
        for turned in (False, True) if values.ndim == 2 else (False,):
            if np.array_equal(held, values.T if turned else values):
                if name not in taken:
                    return name, turned
                best = (name, turned)
    return best


def quantise(model: onnx.ModelProto, largest: int = EIGHT_BITS) -> None:
    """Replace each large float32 weight by int8, symmetric, scale = max|w| / ``largest`` for each output channel."""
    kept, nodes = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < QUANTISE_FROM or values.ndim < 2:
            kept.append(tensor)
            continue
        outputs = values.ndim - 1 if tensor.name.endswith(TURNED) else 0
        axes = tuple(axis for axis in range(values.ndim) if axis != outputs)
        scale = np.maximum(np.abs(values).max(axis=axes, keepdims=True), 1e-12) / np.float32(
            largest
        )  # (out, 1, …) or (1, out)
        name = tensor.name
        kept.append(numpy_helper.from_array(np.rint(values / scale).astype(np.int8), name + INT8))
        kept.append(numpy_helper.from_array(scale.astype(np.float32), name + SCALE))
        nodes.append(helper.make_node("Cast", [name + INT8], [name + ".float"], to=onnx.TensorProto.FLOAT))
        nodes.append(helper.make_node("Mul", [name + ".float", name + SCALE], [name]))
    rest = list(model.graph.node)
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes + rest)


def multiply_integers(model: onnx.ModelProto) -> None:
    """Products (MatMul, not Gemm) with a quantised matrix (in, out) without a float copy of it."""
    made = {
        node.output[0]: node for node in model.graph.node if node.op_type == "Mul" and node.input[1].endswith(SCALE)
    }
    matrices = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes = list(model.graph.node)
    for place, node in enumerate(nodes):
        name = node.input[1] if node.op_type == "MatMul" else ""
        if name not in made or not name.endswith(TURNED):
            continue
        inputs = [node.input[0], name + INT8, name + SCALE]
        nodes[place] = helper.make_node("DynamicQuantizeMatMul", inputs, list(node.output), domain="com.microsoft")
        scale = numpy_helper.to_array(matrices[name + SCALE]).reshape(-1)  # (out,)
        matrices[name + SCALE].CopyFrom(numpy_helper.from_array(scale, name + SCALE))
    read = {name for node in nodes for name in node.input}
    copies = {name for name in made if name not in read}
    dead = copies | {made[name].input[0] for name in copies}
    del model.graph.node[:]
    model.graph.node.extend(node for node in nodes if node.output[0] not in dead)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
