"""SigLIP (Zhai et al. 2023) and SigLIP 2 (Tschannen et al. 2025).

SigLIP 2 of one fixed resolution says ``siglip`` in its config.json; only the variants that keep a picture's proportions
(NaFlex) say ``siglip2``. Texts are padded to 64 tokens without a mask, as in training.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aisle.models.hub.family import AS_IT_IS, POOLED, Config, Family, Inputs, Likely, Pictures, Tower, always, part
from aisle.models.hub.pictures import read_processor

if TYPE_CHECKING:
    from aisle.models.hub.model import HubModel

GEMMA_VOCABULARY = 256_000
PUNCTUATION = str.maketrans("", "", string.punctuation)


def clean(config: Config, text: str) -> str:
    """As in training: SigLIP 2 in lower case; SigLIP also without ASCII punctuation and with single spaces."""
    if part(config, "text_config.vocab_size", 32_000) >= GEMMA_VOCABULARY:
        return text.lower()
    return re.sub(r"\s+", " ", text.lower().translate(PUNCTUATION)).strip()


def proportional(model: HubModel) -> Pictures:
    """Patches of a picture that keeps its proportions, by transformers' own processor."""
    from transformers import Siglip2ImageProcessorPil

    said = {name: value for name, value in read_processor(model.path).items() if not name.endswith("_type")}
    processor: Any = Siglip2ImageProcessorPil(**said)

    def pictures(images: Sequence[np.ndarray]) -> Inputs:
        found = processor([np.ascontiguousarray(i) for i in images], input_data_format="channels_last")
        values = {name: np.asarray(found[name]) for name in NAFLEX.inputs}
        return {**values, "pixel_values": values["pixel_values"].astype(np.float32)}  # (n, patches, patch values)

    return pictures


IMAGE = Tower(
    ("pixel_values",),
    POOLED,
    call="get_image_features",
    exported=(("image_embeds", AS_IT_IS), (POOLED, AS_IT_IS)),
)
NAFLEX = Tower(("pixel_values", "pixel_attention_mask", "spatial_shapes"), POOLED, call="get_image_features")
TEXT = Tower(("input_ids",), POOLED, call="get_text_features", exported=(("text_embeds", AS_IT_IS), (POOLED, AS_IT_IS)))


def dim(config: Config) -> int:
    """Both towers answer the width of the picture's."""
    return int(part(config, "text_config.projection_size", part(config, "vision_config.hidden_size", 768)))


def length(config: Config) -> int:
    return int(part(config, "text_config.max_position_embeddings", 64))


LIKELY = always(Likely(0.50, 20.0), Likely(0.55, 20.0))

SIGLIP = Family(
    label="SigLIP",
    network="SiglipModel",
    dim=dim,
    image=IMAGE,
    text=TEXT,
    length=length,
    padded=True,
    clean=clean,
    likely=LIKELY,
)

SIGLIP2 = Family(
    label="SigLIP 2 (NaFlex)",
    network="Siglip2Model",
    dim=dim,
    image=NAFLEX,
    text=TEXT,
    length=length,
    padded=True,
    clean=clean,
    pictures=proportional,
    likely=LIKELY,
)
