"""A folder of the hub with ONNX exports, run by ONNX Runtime on the CPU. Needs neither torch nor transformers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from aisle.errors import InvalidRequest
from aisle.models.hub.family import Config, Family, Inputs, Tower
from aisle.models.hub.model import HubModel
from aisle.models.hub.pooling import POOLINGS
from aisle.models.runtime import open_session

PLACES = ("", "onnx")
EXPORTS: Mapping[str, tuple[str, ...]] = {
    "image": ("vision_model.onnx", "model.onnx"),
    "text": ("text_model.onnx", "model.onnx"),
}
TYPES: Mapping[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}


def exports(folder: Path, card: Mapping[str, Any], family: Family) -> dict[str, Path]:
    """The file of each modality: what model.json names as ``file``, or one of the names exports have on the hub."""
    found = {}
    for modality in family.modalities:
        named = card.get(modality, {}).get("file")
        for path in [Path(named)] if named else [Path(place, name) for name in EXPORTS[modality] for place in PLACES]:
            if (folder / path).is_file():
                found[modality] = folder / path
                break
    return found


class OnnxExport(HubModel):
    """One graph a modality, or one for both: then the other's inputs are given a stand-in."""

    def __init__(
        self,
        folder: Path,
        card: Mapping[str, Any],
        config: Config,
        family: Family,
        threads: int,
        files: dict[str, Path],
    ) -> None:
        super().__init__(folder, card, config, family)
        self._threads, self._files = threads, files

    @cached_property
    def _sessions(self) -> dict[Path, Any]:
        return {path: open_session(path, self._threads) for path in set(self._files.values())}

    def _run(self, modality: str, inputs: Inputs) -> np.ndarray:
        session, tower = self._sessions[self._files[modality]], self.family.tower(modality)
        output, pooling = self._output(session, tower, modality)
        given = {each.name: self._given(each, inputs) for each in session.get_inputs()}
        (answer,) = session.run([output], given)
        return POOLINGS[pooling](answer.astype(np.float32), inputs.get("attention_mask"))  # (n, native dim)

    def _output(self, session: Any, tower: Tower, modality: str) -> tuple[str, str]:
        names = [each.name for each in session.get_outputs()]
        for name, pooling in tower.exported:
            if name in names:
                return name, pooling
        raise InvalidRequest(
            f"{self._files[modality].name} answers {', '.join(names)}: no {modality} vector is among them.",
            field="model",
            hint=f"Export it for feature extraction: it should answer {tower.exported[0][0]}.",
        )

    def _given(self, wanted: Any, inputs: Inputs) -> np.ndarray:
        kind = TYPES.get(wanted.type, np.float32)
        if wanted.name in inputs:
            return inputs[wanted.name].astype(kind, copy=False)
        if wanted.name == "token_type_ids" and "input_ids" in inputs:
            return np.zeros_like(inputs["input_ids"]).astype(kind)
        if wanted.name == "pixel_values":  # of a graph for both modalities, whose text is asked for
            return np.zeros((1, 3, self.image_size, self.image_size), kind)
        if wanted.name in ("input_ids", "attention_mask", "token_type_ids"):  # likewise, where a picture is asked for
            return np.ones((1, self.text_length if self.family.padded else 2), kind)
        raise InvalidRequest(
            f"The ONNX export in {self.path} asks for {wanted.name}, which isn't known here.",
            field="model",
            hint="Export it for feature extraction, without a cache.",
        )
