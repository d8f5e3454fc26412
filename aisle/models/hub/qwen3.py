"""Qwen3-Embedding (Zhang et al. 2025): a language model whose last token's state is the text's vector."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aisle.models.hub.family import Config, Family, Likely, always, part
from aisle.models.hub.sentence import LENGTH, prompts, states

INSTRUCTION = "Given a shopper's search query, retrieve the products that match it"


def instructed(folder: Path, config: Config) -> Mapping[str, str]:
    """Queries carry an instruction, products none. Ours rather than the folder's, which speaks of web pages."""
    return {**prompts(folder, config), "query": f"Instruct: {INSTRUCTION}\nQuery:"}


def without_marks(config: Config, text: str) -> str:
    """Nothing that a shopper or a feed wrote is a control token, such as <|im_end|>."""
    return text.replace("<|", "< |")


QWEN3 = Family(
    label="Qwen3-Embedding",
    network="Qwen3Model",
    dim=lambda config: part(config, "hidden_size", 1024),
    text=states("input_ids", "attention_mask", pooling="last"),
    length=lambda config: min(LENGTH, part(config, "max_position_embeddings", 32_768)),
    clean=without_marks,
    prompts=instructed,
    likely=always(Likely(0.45, 15.0), Likely(0.45, 15.0)),
)
