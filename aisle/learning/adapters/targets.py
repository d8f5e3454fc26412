"""Where adapters go in a network, by the names that its family gives to its layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from torch import nn

from aisle.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Family:
    """Endings of layers' names: what makes queries and values, and what a sublayer puts out before the residual."""

    attention: tuple[str, ...]
    outputs: tuple[str, ...]


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "aisle": Family(("qkv",), ("out", "feed.2")),
        "bert": Family(("query", "value"), ("output.dense",)),  # RoBERTa, ELECTRA, XLM-R too
        "distilbert": Family(("q_lin", "v_lin"), ("out_lin", "lin2")),
        "clip": Family(("q_proj", "v_proj"), ("out_proj", "fc2")),  # SigLIP too
        "gpt2": Family(("c_attn",), ("c_proj",)),
        "llama": Family(("q_proj", "v_proj"), ("o_proj", "down_proj")),  # Qwen, Mistral, Gemma, SmolLM too
        "neox": Family(("query_key_value",), ("dense", "dense_4h_to_h")),  # Pythia, BLOOM
    }
)
"""Tried in order; the first of which every ending occurs is taken."""


def family_of(network: nn.Module) -> Family:
    """The family whose names the network uses. Raises InvalidRequest."""
    for family in FAMILIES.values():
        if all(named(network, (ending,)) for ending in (*family.attention, *family.outputs)):
            return family
    raise InvalidRequest(
        f"Adapters don't know where to go in a {type(network).__name__}.",
        field="backbone",
        hint=f"Known families: {', '.join(FAMILIES)}; another one is a line in aisle/learning/adapters/targets.py.",
    )


def named(network: nn.Module, endings: tuple[str, ...]) -> dict[str, nn.Module]:
    """Path → layer for every layer with one of these endings."""
    # nn.MultiheadAttention (SigLIP's pooling) reads its layers' weights itself: nothing can stand around them.
    closed = tuple(f"{path}." for path, module in network.named_modules() if isinstance(module, nn.MultiheadAttention))
    return {
        path: module
        for path, module in network.named_modules()
        if f".{path}".endswith(tuple(f".{ending}" for ending in endings)) and not path.startswith(closed or ("\0",))
    }
