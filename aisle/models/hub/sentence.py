"""Text-only encoders of BERT's kind: MiniLM, multilingual e5, BGE, GTE, mpnet and other sentence encoders."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from aisle.models.hub.family import AS_IT_IS, HIDDEN, Calibrated, Config, Family, Likely, Tower, part

LENGTH = 512
"""Tokens at most: what a product says is shorter, and time grows with the square."""
E5 = re.compile(r"(^|[-_/])e5([-_/]|$)")
E5_PROMPTS = MappingProxyType({"query": "query: ", "passage": "passage: "})
ROLES: Mapping[str, str] = MappingProxyType({"query": "query", "passage": "passage", "document": "passage"})


def prompts(folder: Path, config: Config) -> Mapping[str, str]:
    """Those of config_sentence_transformers.json; else e5's own (Wang et al. 2022) where a name says that it is e5."""
    said = folder / "config_sentence_transformers.json"
    if said.is_file():
        found = json.loads(said.read_text(encoding="utf-8")).get("prompts") or {}
        named = {ROLES[name]: text for name, text in found.items() if name in ROLES}
        if any(named.values()):
            return named
    own = folder.resolve()
    cached = own.parent.name == "snapshots"  # hub cache: models--OWNER--NAME/snapshots/REVISION
    names = (own.parent.parent.name.replace("--", "/") if cached else own.name, str(config.get("_name_or_path", "")))
    is_e5 = any(E5.search(name) and "instruct" not in name for name in names)
    return E5_PROMPTS if is_e5 else {}


def likely(folder: Path, config: Config) -> Calibrated:
    """e5's cosines lie between 0.7 and 1: it was trained with a low temperature."""
    one = Likely(0.82, 40.0) if prompts(folder, config) == E5_PROMPTS else Likely(0.40, 15.0)
    return {"text": one, "image": one}


def length(config: Config) -> int:
    """RoBERTa's kind counts positions from the padding token's id on."""
    offset = 2 if config.get("model_type") in ("roberta", "xlm-roberta", "mpnet", "camembert") else 0
    return min(LENGTH, int(part(config, "max_position_embeddings", 512)) - offset)


def states(*inputs: str, pooling: str) -> Tower:
    """The tower of a text encoder; exports may hold the pooled row as well as the tokens' states."""
    exported = (("sentence_embedding", AS_IT_IS), (HIDDEN, pooling), ("token_embeddings", pooling))
    return Tower(inputs, HIDDEN, pooling, exported=exported)


def sentence(label: str, network: str, *, pooler: bool = True) -> Family:
    """An encoder whose network is ``network``; ``pooler`` says that transformers would add a layer nobody trained."""
    return Family(
        label=label,
        network=network,
        dim=lambda config: part(config, "hidden_size", part(config, "dim", 768)),
        text=states("input_ids", "attention_mask", pooling="mean"),
        length=length,
        prompts=prompts,
        options=MappingProxyType({"add_pooling_layer": False} if pooler else {}),
        likely=likely,
    )


BERT = sentence("BERT", "BertModel")
ROBERTA = sentence("RoBERTa", "RobertaModel")
XLM_ROBERTA = sentence("XLM-RoBERTa", "XLMRobertaModel")
MPNET = sentence("MPNet", "MPNetModel")
DISTILBERT = sentence("DistilBERT", "DistilBertModel", pooler=False)
