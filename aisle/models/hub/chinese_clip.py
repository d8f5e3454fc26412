"""Chinese-CLIP (Yang et al. 2022): CLIP's image tower, a Chinese RoBERTa for texts."""

from aisle.models.hub.clip import IMAGE, TEXT
from aisle.models.hub.family import Family, part

LENGTH = 52
"""Tokens that it was trained with; its position embeddings go further."""

CHINESE_CLIP = Family(
    label="Chinese-CLIP",
    network="ChineseCLIPModel",
    dim=lambda config: part(config, "projection_dim", 512),
    image=IMAGE,
    text=TEXT,
    length=lambda config: min(LENGTH, part(config, "text_config.max_position_embeddings", 512)),
)
