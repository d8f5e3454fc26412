"""Networks that fuse the parts of a query into one vector, trained on the vectors of towers that stay as they are."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aisle.learning.towers import Attention


@dataclass(frozen=True, slots=True)
class FusionShape:
    """``kinds`` counts the modalities (0 pads); ``tokens`` is the width of the tokens that deep fusion looks at."""

    dim: int = 256
    width: int = 160
    layers: int = 2
    heads: int = 4
    kinds: int = 7
    tokens: int = 256


class Parts(nn.Module):
    """(vector, modality, weight and its sign, quality) of each part → (batch, parts, width)."""

    def __init__(self, shape: FusionShape) -> None:
        super().__init__()
        self.vector = nn.Linear(shape.dim, shape.width)
        self.kind = nn.Embedding(shape.kinds, shape.width)
        self.facts = nn.Linear(3, shape.width)

    def forward(self, parts: Tensor, kinds: Tensor, weights: Tensor, quality: Tensor) -> Tensor:
        sure = torch.stack([weights.sign(), weights.abs().clamp(1e-3, 1e3).log(), quality], dim=2)  # (batch, parts, 3)
        return self.vector(parts) * 4.0 + self.kind(kinds) + self.facts(sure)  # (batch, parts, width)


class Mix(nn.Module):
    """How much each part counts, and what the parts say together that none says alone.

    The vector is the mean under attention, each part with its sign, plus a correction that starts at nothing: an untrained
    network averages.
    """

    def __init__(self, shape: FusionShape) -> None:
        super().__init__()
        score, correction = nn.Linear(shape.width, 1), nn.Linear(shape.width, shape.dim)
        for layer in (score, correction):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        self.score = nn.Sequential(nn.LayerNorm(shape.width), score)
        self.correction = nn.Sequential(nn.LayerNorm(shape.width), correction)

    def forward(
        self, x: Tensor, parts: Tensor, weights: Tensor, quality: Tensor, real: Tensor
    ) -> tuple[Tensor, Tensor]:
        prior = (weights.abs() * quality).clamp(min=1e-6).log()  # (batch, parts)
        logits = self.score(x)[..., 0] + prior + (1.0 - real) * -1e4  # (batch, parts)
        attention = logits.softmax(1)  # (batch, parts)
        mean = (parts * (attention * weights.sign())[..., None]).sum(1)  # (batch, dim)
        said = self.correction((x * attention[..., None]).sum(1))  # (batch, dim)
        return F.normalize(mean + said, dim=1), attention


class AttentionFusion(nn.Module):
    """Self-attention over the parts: any subset of modalities, in any order.

    parts (batch, n, dim) unit vectors, kinds (batch, n) modality numbers (0 pads), weights (batch, n) of either sign,
    quality (batch, n) in [0, 1] → unit vectors (batch, dim), attention (batch, n) that sums to 1.
    """

    def __init__(self, shape: FusionShape) -> None:
        super().__init__()
        self.shape = shape
        self.parts = Parts(shape)
        self.layers = nn.ModuleList(Attention(shape.width, shape.heads) for _ in range(shape.layers))
        self.mix = Mix(shape)

    def forward(self, parts: Tensor, kinds: Tensor, weights: Tensor, quality: Tensor) -> tuple[Tensor, Tensor]:
        real = (kinds != 0).float()  # (batch, n)
        bias = (1.0 - real)[:, None, None, :] * -1e4  # (batch, 1, 1, n)
        x = self.parts(parts, kinds, weights, quality)  # (batch, n, width)
        for layer in self.layers:
            x = layer(x, bias)
        return self.mix(x, parts, weights, quality, real)


class CrossAttention(nn.Module):
    """Parts look at the tokens of all parts: a pre-norm block whose keys and values come from elsewhere."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.query, self.pair, self.out = nn.Linear(width, width), nn.Linear(width, 2 * width), nn.Linear(width, width)

    def forward(self, x: Tensor, tokens: Tensor, bias: Tensor) -> Tensor:
        batch, length, width = x.shape
        head = width // self.heads
        q = self.query(self.norm(x)).view(batch, length, self.heads, head).transpose(1, 2)  # (batch, heads, n, head)
        pair = self.pair(tokens).view(batch, tokens.shape[1], 2, self.heads, head)
        k, v = pair.permute(2, 0, 3, 1, 4)  # (batch, heads, tokens, head)
        seen = (q @ k.transpose(-1, -2) * head**-0.5 + bias).softmax(-1) @ v  # (batch, heads, n, head)
        return x + self.out(seen.transpose(1, 2).reshape(batch, length, width))


class DeepFusion(nn.Module):
    """Deep joint fusion: parts look at each other and at the tokens that the towers saw (places of a picture, words).

    Beside what ``AttentionFusion`` takes: tokens (batch, places, width of the towers) and owners (batch, places), the modality
    number of the part each belongs to (0 pads).
    """

    def __init__(self, shape: FusionShape) -> None:
        super().__init__()
        self.shape = shape
        self.parts = Parts(shape)
        self.tokens = nn.Sequential(nn.LayerNorm(shape.tokens), nn.Linear(shape.tokens, shape.width))
        self.owner = nn.Embedding(shape.kinds, shape.width)
        self.cross = nn.ModuleList(CrossAttention(shape.width, shape.heads) for _ in range(shape.layers))
        self.layers = nn.ModuleList(Attention(shape.width, shape.heads) for _ in range(shape.layers))
        self.mix = Mix(shape)

    def forward(
        self, parts: Tensor, kinds: Tensor, weights: Tensor, quality: Tensor, tokens: Tensor, owners: Tensor
    ) -> tuple[Tensor, Tensor]:
        real = (kinds != 0).float()  # (batch, n)
        bias = (1.0 - real)[:, None, None, :] * -1e4  # (batch, 1, 1, n)
        unseen = (owners == 0).float()[:, None, None, :] * -1e4  # (batch, 1, 1, places)
        known = self.tokens(tokens) + self.owner(owners)  # (batch, places, width)
        x = self.parts(parts, kinds, weights, quality)  # (batch, n, width)
        for cross, layer in zip(self.cross, self.layers, strict=True):
            x = layer(cross(x, known, unseen), bias)
        return self.mix(x, parts, weights, quality, real)
