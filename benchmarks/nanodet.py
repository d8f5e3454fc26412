"""NanoDet-m (Apache-2.0; weights beside the data, not shipped) by OpenVINO, as a detector to measure beside and to learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from aisle.perception.layouts import LAYOUTS, Boxes
from aisle.perception.objects import letterbox

SIDE = 320


class NanoDet:
    def __init__(self, model: Any) -> None:
        self._model = model
        self._layout = next(layout for layout in LAYOUTS if layout.name == "nanodet")

    @classmethod
    def beside(cls, data: Path) -> NanoDet | None:
        """The network in ../weights of the data's folder; None without it or without OpenVINO."""
        path = data.parent / "weights" / "nanodet_m.xml"
        try:
            import openvino
        except ImportError:
            return None
        if not path.is_file():
            return None
        core = openvino.Core()
        return cls(core.compile_model(core.read_model(str(path)), "CPU", {"INFERENCE_NUM_THREADS": 1}))

    def detect(self, image: np.ndarray) -> Boxes:
        canvas, place = letterbox(image, SIDE, SIDE, 0)
        # Scaling is part of this file: it takes blue, green, red in 0…255.
        pixels = np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1)[None], np.float32)
        answer = self._model(pixels)
        boxes = self._layout.decode([answer[output] for output in self._model.outputs], (SIDE, SIDE))
        return Boxes(place.back(boxes.corners), boxes.scores)
