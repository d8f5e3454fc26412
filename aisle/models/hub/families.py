"""Which architectures there are: ``model_type`` of config.json → family. A new one is one file and one line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aisle.models.hub.chinese_clip import CHINESE_CLIP
from aisle.models.hub.clip import CLIP
from aisle.models.hub.dino import DINO_V2, DINO_V2_REGISTERS, DINO_V3, VIT
from aisle.models.hub.family import Family
from aisle.models.hub.marqo import OPEN_CLIP_SIGLIP
from aisle.models.hub.mobilenet import MOBILENET_V1, MOBILENET_V2
from aisle.models.hub.qwen3 import QWEN3
from aisle.models.hub.qwen3_vl import QWEN3_VL
from aisle.models.hub.sentence import BERT, DISTILBERT, MPNET, ROBERTA, XLM_ROBERTA
from aisle.models.hub.siglip import SIGLIP, SIGLIP2

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "clip": CLIP,
        "chinese_clip": CHINESE_CLIP,
        "siglip": SIGLIP,
        "siglip2": SIGLIP2,
        "open_clip/siglip": OPEN_CLIP_SIGLIP,
        "qwen3_vl": QWEN3_VL,
        "bert": BERT,
        "roberta": ROBERTA,
        "xlm-roberta": XLM_ROBERTA,
        "mpnet": MPNET,
        "distilbert": DISTILBERT,
        "qwen3": QWEN3,
        "vit": VIT,
        "dinov2": DINO_V2,
        "dinov2_with_registers": DINO_V2_REGISTERS,
        "dinov3_vit": DINO_V3,
        "mobilenet_v1": MOBILENET_V1,
        "mobilenet_v2": MOBILENET_V2,
    }
)
