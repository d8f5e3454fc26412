"""Prefix tuning (Li & Liang 2021, arXiv:2101.00190): trained keys and values that every token of a layer attends to.

peft hands its prefix to a model as a cache of past keys, which only decoders take. Here it enters where all of transformers'
models compute attention (their attention interface), so encoders, CLIP's and SigLIP's towers have it too; aisle's own
tower has its block stand-in. Keys enter after any rotation of positions, and tokens keep their own positions.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from aisle.errors import InvalidRequest
from aisle.learning.towers import Attention, TextTower

IMPLEMENTATION = "aisle_prefix"
"""The name under which transformers knows this attention."""

SLOT = "aisle_prefix"
"""The attribute of an attention layer that holds its prefix."""


class Prefix(nn.Module):
    """``key`` and ``value`` (heads, count, dim of a head)."""

    def __init__(self, heads: int, count: int, dim: int) -> None:
        super().__init__()
        self.key = nn.Parameter(torch.randn(heads, count, dim) * 0.5)
        self.value = nn.Parameter(torch.randn(heads, count, dim) * 0.02)


class PrefixedBlock(nn.Module):
    """A block of aisle's text tower whose tokens attend to a prefix as well."""

    def __init__(self, base: Attention, count: int) -> None:
        super().__init__()
        self.base = base
        self.prefix = Prefix(base.heads, count, base.qkv.out_features // 3 // base.heads)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        base, (batch, length, width) = self.base, x.shape
        qkv = base.qkv(base.norm_attention(x))  # (batch, length, 3·width)
        q, k, v = qkv.view(batch, length, 3, base.heads, width // base.heads).permute(2, 0, 3, 1, 4)
        k, v = _before(self.prefix, k, v)  # (batch, heads, count + length, width / heads)
        bias = torch.nn.functional.pad(bias, (k.shape[2] - length, 0))  # (batch, 1, 1, count + length)
        scores = q @ k.transpose(-1, -2) * (width // base.heads) ** -0.5 + bias
        mixed = scores.softmax(-1) @ v  # (batch, heads, length, width / heads)
        x = x + base.out(mixed.transpose(1, 2).reshape(batch, length, width))  # (batch, length, width)
        return x + base.feed(base.norm_feed(x))


def prefixes(network: nn.Module, count: int) -> dict[str, nn.Module]:
    """Path → what stands there: a prefix in the slot of each attention layer, or a block with one."""
    if isinstance(network, TextTower):
        blocks = network.named_modules()
        return {path: PrefixedBlock(one, count) for path, one in blocks if isinstance(one, Attention)}
    shapes = _shapes(network)
    return {
        f"{path}.{SLOT}": Prefix(*shapes[module][:1], count, *shapes[module][1:])
        for path, module in network.named_modules()
        if module in shapes
    }


def _before(prefix: Prefix, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    whole = lambda own, rest: torch.cat([own.to(rest.dtype).expand(len(rest), -1, -1, -1), rest], dim=2)  # noqa: E731
    return whole(prefix.key, key), whole(prefix.value, value)


_seen: dict[nn.Module, tuple[int, int]] | None = None


def attention(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, **options: Any
) -> tuple[Tensor, Tensor | None]:
    """What transformers calls: scaled dot-product attention, the prefix before the keys where the layer has one.

    query (batch, heads, length, dim), key and value (batch, key heads, past + length, dim); an additive or boolean mask.
    """
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    if _seen is not None:
        _seen[module] = (key.shape[1], key.shape[3])
    prefix = getattr(module, SLOT, None)
    if prefix is None:
        return sdpa_attention_forward(module, query, key, value, mask, **options)
    length, known = query.shape[2], key.shape[2]
    key, value = _before(prefix, key, value)
    causal = options.pop("is_causal", None)
    causal = getattr(module, "is_causal", False) if causal is None else causal
    if mask is None:
        seen = torch.ones(length, known, dtype=torch.bool, device=query.device)
        mask = (seen.tril(known - length) if causal else seen)[None, None]  # (1, 1, length, known)
    mask = mask[..., :known]
    open_ = torch.nn.functional.pad(mask, (key.shape[2] - known, 0), value=True if mask.dtype == torch.bool else 0.0)
    return sdpa_attention_forward(module, query, key, value, open_, is_causal=False, **options)


def _shapes(network: Any) -> dict[nn.Module, tuple[int, int]]:
    """Each attention layer's key heads and their dim, seen in a dry run; the network then computes attention here."""
    global _seen
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(IMPLEMENTATION, attention)
    AttentionMaskInterface.register(IMPLEMENTATION, sdpa_mask)
    if not hasattr(network, "set_attn_implementation"):
        raise InvalidRequest(
            f"A {type(network).__name__} takes no prefix.", field="method", hint="LoRA fits any network."
        )
    network.set_attn_implementation(IMPLEMENTATION)
    training, _seen = network.training, {}
    try:
        with torch.no_grad():
            network.eval()(**_nothing(network))
        return dict(_seen)
    finally:
        _seen = None
        network.train(training)


def _nothing(network: Any) -> dict[str, Tensor]:
    """The smallest input of a network."""
    config = network.config
    if network.main_input_name == "pixel_values":
        return {"pixel_values": torch.zeros(1, config.num_channels, config.image_size, config.image_size)}
    return {"input_ids": torch.zeros(1, 2, dtype=torch.long), "attention_mask": torch.ones(1, 2, dtype=torch.long)}
