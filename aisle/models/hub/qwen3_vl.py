"""Qwen3-VL-Embedding (Li et al. 2026): texts and pictures through one language model; the last token's state is the vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aisle.models.hub.family import HIDDEN, Config, Family, Inputs, Likely, Pictures, Tower, always, part
from aisle.models.hub.pictures import read_processor
from aisle.models.hub.qwen3 import without_marks
from aisle.models.hub.sentence import LENGTH

if TYPE_CHECKING:
    from aisle.models.hub.model import HubModel

INSTRUCTIONS = {
    "query": "Retrieve images or text relevant to the user's query.",
    "passage": "Represent the user's input.",
}
"""Those the model was published with."""
OPENING = "<|im_start|>system\n{}<|im_end|>\n<|im_start|>user\n"
CLOSING = "<|im_end|>\n<|im_start|>assistant\n"
CELLS = (4, 1800)
"""Fewest and most tokens a picture may become; one token is a square of ``patch · merge`` pixels."""
LONGEST = 100
"""Long side over short side, beyond which only the middle is looked at: the processor refuses 200."""


def prompts(folder: Path, config: Config) -> Mapping[str, str]:
    """The chat template up to where the input begins, for each role."""
    return {role: OPENING.format(said) for role, said in INSTRUCTIONS.items()}


def in_conversation(model: HubModel) -> Pictures:
    """Pictures as the only thing a user says; each becomes as many tokens as its size needs."""
    from transformers import Qwen2VLImageProcessorPil

    said = {name: value for name, value in read_processor(model.path).items() if not name.endswith("_type")}
    cell = (said.get("patch_size", 16) * said.get("merge_size", 2)) ** 2
    size = {"shortest_edge": CELLS[0] * cell, "longest_edge": CELLS[1] * cell}
    said = {**said, "size": size, "min_pixels": None, "max_pixels": None}
    processor: Any = Qwen2VLImageProcessorPil(**said)
    token = part(model.config, "image_token_id", 151_655)

    def pictures(images: Sequence[np.ndarray]) -> Inputs:
        found = processor([_middle(i) for i in images], input_data_format="channels_last")
        grid = np.asarray(found["image_grid_thw"])  # (n, 3): frames, rows, columns of patches
        counts = grid.prod(axis=1) // processor.merge_size**2
        opening = model.prompts.get("passage", "")
        texts = [f"{opening}<|vision_start|>{'<|image_pad|>' * int(n)}<|vision_end|>" for n in counts]
        inputs = model.words(texts, cut=False)
        return {
            **inputs,
            "pixel_values": np.asarray(found["pixel_values"], dtype=np.float32),  # (patches of all, patch values)
            "image_grid_thw": grid,
            "mm_token_type_ids": (inputs["input_ids"] == token).astype(np.int64),
        }

    return pictures


def _middle(image: np.ndarray) -> np.ndarray:
    """(h, w, 3), neither side more than LONGEST times the other."""
    height, width = image.shape[:2]
    most = min(height, width) * LONGEST
    top, left = max(0, (height - most) // 2), max(0, (width - most) // 2)
    return np.ascontiguousarray(image[top : top + min(height, most), left : left + min(width, most)])


TEXT = ("input_ids", "attention_mask")

QWEN3_VL = Family(
    label="Qwen3-VL-Embedding",
    network="Qwen3VLModel",
    dim=lambda config: part(config, "text_config.hidden_size", 4096),
    image=Tower((*TEXT, "pixel_values", "image_grid_thw", "mm_token_type_ids"), HIDDEN, "last"),
    text=Tower(TEXT, HIDDEN, "last"),
    length=lambda config: LENGTH,
    clean=without_marks,
    tail=CLOSING,
    prompts=prompts,
    pictures=in_conversation,
    likely=always(Likely(0.45, 15.0), Likely(0.55, 15.0)),
)
