"""The two towers of aisle-small: a convnet for pictures, a small transformer for texts, into one unit space.

Both are sized for one CPU core: dense 3×3 convolutions at low width run near the peak of a core and train three times
as fast as depthwise ones of the same size (measured, see training/README.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class ImageShape:
    """Widths and blocks per stage; the first works at a quarter of ``size``, each next one at half of the last."""

    size: int = 128
    widths: tuple[int, ...] = (32, 64, 128, 256)
    blocks: tuple[int, ...] = (1, 2, 2, 1)
    dim: int = 256


@dataclass(frozen=True, slots=True)
class TextShape:
    vocabulary: int = 12000
    length: int = 64
    width: int = 256
    layers: int = 2
    heads: int = 4
    dim: int = 256


def convolution(inner: int, outer: int, kernel: int, stride: int = 1) -> nn.Sequential:
    padding = (kernel - stride + 1) // 2 if kernel > stride else 0
    return nn.Sequential(nn.Conv2d(inner, outer, kernel, stride, padding, bias=False), nn.BatchNorm2d(outer))


class Residual(nn.Module):
    """relu(x + f(x)) with two 3×3 convolutions, as in He et al. 2016 (arXiv:1512.03385)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = convolution(width, width, 3)
        norm = nn.BatchNorm2d(width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), norm)
        nn.init.zeros_(norm.weight)  # starts as the identity

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))  # (batch, width, h, w)


class ImageTower(nn.Module):
    """(batch, size, size, 3) uint8 or float in 0…255 → features (batch, 2·width) and unit vectors (batch, dim)."""

    def __init__(self, shape: ImageShape) -> None:
        super().__init__()
        self.shape = shape
        layers: list[nn.Module] = [convolution(3, shape.widths[0], 8, 4), nn.ReLU()]
        for stage, (width, blocks) in enumerate(zip(shape.widths, shape.blocks, strict=True)):
            if stage:
                layers += [convolution(shape.widths[stage - 1], width, 3, 2), nn.ReLU()]
            layers += [Residual(width) for _ in range(blocks)]
        self.body = nn.Sequential(*layers)
        self.features = 2 * shape.widths[-1]
        self.head = nn.Sequential(nn.BatchNorm1d(self.features), nn.Linear(self.features, shape.dim))

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        x = pixels.permute(0, 3, 1, 2).float() / 63.75 - 2.0  # (batch, 3, size, size), about unit variance
        x = self.body(x)  # (batch, width, size / 32, size / 32)
        # The mean says what fills the picture, the maximum what is anywhere in it.
        x = torch.cat([x.mean((2, 3)), x.amax((2, 3))], dim=1).float()  # (batch, 2·width)
        return x, F.normalize(self.head(x), dim=1)  # (batch, 2·width), (batch, dim)


class Attention(nn.Module):
    """A pre-norm transformer block (Vaswani et al. 2017, arXiv:1706.03762; norm first as in arXiv:2002.04745)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm_feed = nn.LayerNorm(width)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, length, width = x.shape
        qkv = self.qkv(self.norm_attention(x))  # (batch, length, 3·width)
        q, k, v = qkv.view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5 + bias  # (batch, heads, length, length)
        mixed = scores.softmax(-1) @ v  # (batch, heads, length, width / heads)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))  # (batch, length, width)
        return x + self.feed(self.norm_feed(x))  # (batch, length, width)


class TextTower(nn.Module):
    """(batch, length) token ids, 0 pads → unit vectors (batch, dim): the mean over the tokens, projected."""

    def __init__(self, shape: TextShape) -> None:
        super().__init__()
        self.shape = shape
        self.tokens = nn.Embedding(shape.vocabulary, shape.width)
        self.positions = nn.Embedding(shape.length, shape.width)
        self.layers = nn.ModuleList(Attention(shape.width, shape.heads) for _ in range(shape.layers))
        self.head = nn.Sequential(nn.LayerNorm(shape.width), nn.Linear(shape.width, shape.dim))
        nn.init.normal_(self.tokens.weight, std=0.02)
        nn.init.normal_(self.positions.weight, std=0.005)

    def forward(self, ids: Tensor) -> Tensor:
        real = (ids != 0).float()  # (batch, length)
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1], device=ids.device))  # (batch, length, width)
        bias = (1.0 - real)[:, None, None, :] * -1e4  # (batch, 1, 1, length)
        for layer in self.layers:
            x = layer(x, bias)
        mean = (x * real[..., None]).sum(1) / real.sum(1, keepdim=True).clamp(min=1.0)  # (batch, width)
        return F.normalize(self.head(mean.float()), dim=1)  # (batch, dim)


class Towers(nn.Module):
    """Both towers and the learned temperatures (in logs) of the contrastive losses."""

    def __init__(self, image: ImageShape, text: TextShape) -> None:
        super().__init__()
        self.image = ImageTower(image)
        self.text = TextTower(text)
