"""A classifier as an ONNX file: (batch, length) token ids → (batch, labels) logits, float or dynamically quantised.

Dynamic quantisation keeps weights as int8 and scales activations as they come; unlike the shipped model's weights-only
int8, a row's scale is its batch's, so answers may differ in the last digits between batches.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from aisle.errors import InvalidRequest
from aisle.learning.heads.classifier import Classifier

if TYPE_CHECKING:
    from aisle.learning.heads.training import Kept


class _Logits(nn.Module):
    """The classifier as it is served: ids and which of them are real, as integers."""

    def __init__(self, head: Classifier) -> None:
        super().__init__()
        self.head = head

    def forward(self, ids: Tensor, real: Tensor) -> Tensor:
        return self.head(ids, real != 0)  # (batch, labels)


def export(kept: Kept, folder: Path, int8: bool = False) -> Path:
    """Write head.onnx, labels.json and tokenizer.json to ``folder``; the worn adapter is in the file. Raises InvalidRequest."""
    head = kept.head
    if not isinstance(head, Classifier):
        raise InvalidRequest(f"A head of task {head.task} can't be exported.", field="head", hint="Classifiers can.")
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / "head.onnx"
    tokens = head.backbone.tokenize(["one text", "another, longer text"])
    axes = {
        0: torch.export.Dim("batch", min=1, max=4096),
        1: torch.export.Dim("length", min=2, max=head.backbone.length),
    }
    program = torch.onnx.export(
        _Logits(head).eval(),
        (tokens.ids, tokens.real.long()),
        input_names=["ids", "real"],
        output_names=["logits"],
        dynamic_shapes=(axes, axes),
        verbose=False,
    )
    assert program is not None
    program.save(str(whole))
    if int8:
        quantise(whole)
    (folder / "labels.json").write_text(json.dumps(head.labels, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "tokenizer.json").write_text(head.backbone.tokenizer_json(), encoding="utf-8")
    return whole


def quantise(path: Path) -> None:
    """Replace the file by one with int8 matrices and embeddings."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    small = path.with_suffix(".int8")
    # Seven bits: with eight, sums of two products overflow their 16 bits on processors without VNNI (measured on one: a
    # tenth of the logits' size on a narrow tower, a hundredth with seven). One scale a tensor: on aisle-small's tower
    # logits stray half as far as with one a channel.
    quantize_dynamic(path, small, weight_type=QuantType.QInt8, reduce_range=True)
    small.replace(path)
