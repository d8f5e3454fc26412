"""Marqo-Ecommerce, and other SigLIP models in OpenCLIP's format: their tensors take transformers' names as they are read.

Such a folder brings code of its own that wraps OpenCLIP. None of it runs here: open_clip_config.json tells the sizes,
the tensors' shapes the rest, and transformers' own SiglipModel computes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from aisle.errors import InvalidRequest
from aisle.models.hub.family import Config, part
from aisle.models.hub.siglip import SIGLIP

CONFIG = "open_clip_config.json"
FILES = ("open_clip_model.safetensors", "model.safetensors")
HEADS: Mapping[str, int] = {"base": 12, "large": 16, "so400m": 16}
"""Attention heads of timm's ViT-SigLIP towers; the tensors' shapes don't tell."""

BLOCK = {"attn.proj": "self_attn.out_proj", "norm1": "layer_norm1", "norm2": "layer_norm2", "mlp": "mlp"}
TEXT_BLOCK = {
    "attn.out_proj": "self_attn.out_proj",
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}
RENAMED: tuple[tuple[str, str], ...] = (
    (r"visual\.trunk\.patch_embed\.proj\.", "vision_model.embeddings.patch_embedding."),
    (r"visual\.trunk\.pos_embed$", "vision_model.embeddings.position_embedding.weight"),
    (r"visual\.trunk\.norm\.", "vision_model.post_layernorm."),
    (r"visual\.trunk\.attn_pool\.latent$", "vision_model.head.probe"),
    (r"visual\.trunk\.attn_pool\.proj\.", "vision_model.head.attention.out_proj."),
    (r"visual\.trunk\.attn_pool\.norm\.", "vision_model.head.layernorm."),
    (r"visual\.trunk\.attn_pool\.mlp\.", "vision_model.head.mlp."),
    *(
        (rf"visual\.trunk\.blocks\.(\d+)\.{re.escape(a)}\.", rf"vision_model.encoder.layers.\1.{b}.")
        for a, b in BLOCK.items()
    ),
    (r"text\.token_embedding\.", "text_model.embeddings.token_embedding."),
    (r"text\.positional_embedding$", "text_model.embeddings.position_embedding.weight"),
    (r"text\.ln_final\.", "text_model.final_layer_norm."),
    (r"text\.text_projection\.", "text_model.head."),
    *(
        (rf"text\.transformer\.resblocks\.(\d+)\.{re.escape(a)}\.", rf"text_model.encoder.layers.\1.{b}.")
        for a, b in TEXT_BLOCK.items()
    ),
    (r"(logit_scale|logit_bias)$", r"\1"),
)
JOINED = re.compile(
    r"(?:visual\.trunk\.blocks|text\.transformer\.resblocks)\.(\d+)\.attn\.(?:qkv\.|in_proj_)(weight|bias)$"
)
"""Query, key and value in one tensor, which SiglipModel keeps apart."""
POOL = "visual.trunk.attn_pool."
"""The pooling head has query and key-and-value apart, which SiglipModel keeps joined."""


def renamed(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """OpenCLIP's tensors → SiglipModel's. Raises InvalidRequest for one that has no place there."""
    import torch

    given = {name.removeprefix("model."): tensor for name, tensor in tensors.items()}
    found: dict[str, Any] = {}
    for kind in ("weight", "bias"):
        query, rest = given.pop(f"{POOL}q.{kind}", None), given.pop(f"{POOL}kv.{kind}", None)
        if query is not None and rest is not None:
            found[f"vision_model.head.attention.in_proj_{kind}"] = torch.cat([query, rest])
    for name, tensor in given.items():
        if joined := JOINED.match(name):
            layer = f"{'vision' if name.startswith('visual') else 'text'}_model.encoder.layers.{joined[1]}.self_attn"
            for part_name, chunk in zip("qkv", tensor.chunk(3), strict=True):
                found[f"{layer}.{part_name}_proj.{joined[2]}"] = chunk
            continue
        for pattern, target in RENAMED:
            if re.match(pattern, name):
                found[re.sub(pattern, target, name, count=1)] = tensor
                break
        else:
            raise InvalidRequest(
                f"{name} has no place in a SigLIP model.",
                field="model",
                hint="Only OpenCLIP's SigLIP models are known.",
            )
    for name, size in (
        ("vision_model.embeddings.position_embedding.weight", -2),
        ("logit_scale", 1),
        ("logit_bias", 1),
    ):
        if name in found:  # (1, patches, dim) → (patches, dim); () → (1,)
            found[name] = found[name].reshape(*(found[name].shape[-2:] if size == -2 else (1,)))
    return found


def sizes(tensors: Mapping[str, Any], said: Config) -> dict[str, Any]:
    """SiglipConfig's arguments from SiglipModel's tensors and what open_clip_config.json says."""
    patches = tensors["vision_model.embeddings.patch_embedding.weight"]  # (hidden, 3, patch, patch)
    words = tensors["text_model.embeddings.token_embedding.weight"]  # (vocabulary, hidden)
    timm = str(part(said, "model_cfg.vision_cfg.timm_model_name", ""))
    heads = next((number for name, number in HEADS.items() if name in timm), patches.shape[0] // 64)
    return {
        "vision_config": {
            "hidden_size": patches.shape[0],
            "patch_size": patches.shape[-1],
            "image_size": part(said, "model_cfg.vision_cfg.image_size", 224),
            "num_attention_heads": part(said, "model_cfg.vision_cfg.heads", heads),
            **_depth(tensors, "vision_model"),
        },
        "text_config": {
            "hidden_size": words.shape[1],
            "vocab_size": words.shape[0],
            "max_position_embeddings": tensors["text_model.embeddings.position_embedding.weight"].shape[0],
            "num_attention_heads": part(said, "model_cfg.text_cfg.heads", 12),
            "projection_size": tensors["text_model.head.weight"].shape[0],
            **_depth(tensors, "text_model"),
        },
    }


def _depth(tensors: Mapping[str, Any], tower: str) -> dict[str, int]:
    layers = {name.split(".")[3] for name in tensors if name.startswith(f"{tower}.encoder.layers.")}
    width = tensors[f"{tower}.encoder.layers.0.mlp.fc1.weight"].shape[0]
    return {"num_hidden_layers": len(layers), "intermediate_size": width}


def read_config(folder: Path) -> Config:
    """open_clip_config.json."""
    return json.loads((folder / CONFIG).read_text(encoding="utf-8"))


def opened(folder: Path, config: Config, dtype: Any) -> Any:
    """SiglipModel with the folder's tensors. Raises InvalidRequest when they don't fill it."""
    import torch
    from safetensors.torch import load_file
    from transformers import SiglipConfig, SiglipModel

    tensors = renamed(load_file(next(folder / name for name in FILES if (folder / name).is_file())))
    network: Any = SiglipModel(SiglipConfig(**sizes(tensors, read_config(folder))))
    try:
        network.load_state_dict(tensors, strict=True)
    except RuntimeError as error:
        raise InvalidRequest(f"The weights in {folder} don't make a SigLIP model: {error}", field="model") from None
    return network.to(dtype if isinstance(dtype, torch.dtype) else next(iter(tensors.values())).dtype)


OPEN_CLIP_SIGLIP = replace(
    SIGLIP,
    label="SigLIP of OpenCLIP (Marqo-Ecommerce)",
    dim=lambda config: part(config, "model_cfg.embed_dim", 768),
    length=lambda config: part(config, "model_cfg.text_cfg.context_length", 64),
    clean=lambda config, text: SIGLIP.clean(
        {"text_config": {"vocab_size": part(config, "model_cfg.text_cfg.vocab_size", 32_000)}}, text
    ),
    opener=opened,
)
