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
    """Widths and blocks per stage; the first works at a quarter of ``size``, each next one at half of the last.

    ``colors`` is the number of soft colour bins that are counted beside the convolutions.
    """

    size: int = 128
    widths: tuple[int, ...] = (32, 64, 128, 256)
    blocks: tuple[int, ...] = (1, 2, 2, 1)
    colors: int = 64
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
    """A convolution and its norm, which ``fold`` joins into one convolution with a bias."""
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


class Colors(nn.Module):
    """How much of each colour there is: in the whole picture, and where two learned gazes rest (the thing, its part).

    A histogram with soft, learned bins: convolutions of a small tower are nearly blind to colour, a count isn't.
    """

    GAZES = 2

    def __init__(self, bins: int, width: int) -> None:
        super().__init__()
        self.palette = nn.Sequential(nn.Conv2d(3, 32, 1), nn.GELU(), nn.Conv2d(32, bins, 1))
        self.gaze = nn.Conv2d(width, self.GAZES, 1)
        self.features = bins * (1 + self.GAZES)

    def forward(self, small: Tensor, seen: Tensor) -> Tensor:
        """A ``small`` picture (batch, 3, s, s) and a later stage's ``seen`` (batch, width, h, w) → (batch, features)."""
        bins = self.palette(small).softmax(1).flatten(2)  # (batch, bins, pixels)
        gaze = (
            F.interpolate(self.gaze(seen), small.shape[2:], mode="nearest").flatten(2).softmax(2)
        )  # (batch, 2, pixels)
        counts = torch.cat([bins.mean(2, keepdim=True), bins @ gaze.transpose(1, 2)], dim=2)  # (batch, bins, 3)
        return counts.clamp(min=1e-6).sqrt().flatten(1)  # (batch, features); roots compare like Hellinger


class ImageTower(nn.Module):
    """(batch, size, size, 3) uint8 or float in 0…255 → features (batch, ·) and unit vectors (batch, dim).

    ``lower`` (the first two stages) learns edges and textures that hold for any shop; ``upper`` and the head are what a
    fine-tuning on a small machine changes, on activations of ``lower`` that are computed once.
    """

    def __init__(self, shape: ImageShape) -> None:
        super().__init__()
        self.shape = shape
        first, second, third, fourth = shape.widths
        self.lower = nn.Sequential(
            convolution(3, first, 8, 4),
            nn.ReLU(),
            *(Residual(first) for _ in range(shape.blocks[0])),
            convolution(first, second, 3, 2),
            nn.ReLU(),
            *(Residual(second) for _ in range(shape.blocks[1])),
        )
        self.third = nn.Sequential(
            convolution(second, third, 3, 2), nn.ReLU(), *(Residual(third) for _ in range(shape.blocks[2]))
        )
        self.fourth = nn.Sequential(
            convolution(third, fourth, 3, 2), nn.ReLU(), *(Residual(fourth) for _ in range(shape.blocks[3]))
        )
        self.colors = Colors(shape.colors, third)
        self.features = 2 * third + 2 * fourth + self.colors.features
        self.width = fourth
        self.head = Head(self.features, shape.dim)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        features, vectors, _ = self.upper(*self.below(pixels))
        return features, vectors

    def below(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """→ the small picture that colours are counted in (batch, 3, s, s), and what ``lower`` sees (batch, ·, h, w)."""
        x = pixels.permute(0, 3, 1, 2).float() / 63.75 - 2.0  # (batch, 3, size, size), about unit variance
        return F.avg_pool2d(x, 4), self.lower(x)

    def upper(self, small: Tensor, lower: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What ``below`` answered → features (batch, ·), unit vectors (batch, dim), tokens (batch, places, width)."""
        third = self.third(lower)  # (batch, third, size / 16, size / 16)
        fourth = self.fourth(third)  # (batch, fourth, size / 32, size / 32)
        # The mean says what fills the picture, the maximum what is anywhere in it.
        pooled = [pool for x in (third, fourth) for pool in (x.mean((2, 3)), x.amax((2, 3)))]
        features = torch.cat([*pooled, self.colors(small, third)], dim=1).float()  # (batch, features)
        return features, F.normalize(self.head(features), dim=1), fourth.flatten(2).transpose(1, 2)


class Head(nn.Module):
    """Features → vector: a linear map, and a bent one beside it that starts at nothing."""

    def __init__(self, features: int, dim: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(features)
        self.straight = nn.Linear(features, dim)
        last = nn.Linear(2 * dim, dim)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.bent = nn.Sequential(nn.Linear(features, 2 * dim), nn.GELU(), last)

    def forward(self, features: Tensor) -> Tensor:
        x = self.norm(features)  # (batch, features)
        return self.straight(x) + self.bent(x)  # (batch, dim)


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
        return self.pooled(self.states(ids), ids)

    def states(self, ids: Tensor) -> Tensor:
        """What each token stands for in its text: (batch, length, width)."""
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1], device=ids.device))  # (batch, length, width)
        bias = (ids == 0).float()[:, None, None, :] * -1e4  # (batch, 1, 1, length)
        for layer in self.layers:
            x = layer(x, bias)
        return x

    def pooled(self, states: Tensor, ids: Tensor) -> Tensor:
        """``states`` (batch, length, width) of ``ids`` → unit vectors (batch, dim)."""
        real = (ids != 0).float()  # (batch, length)
        mean = (states * real[..., None]).sum(1) / real.sum(1, keepdim=True).clamp(min=1.0)  # (batch, width)
        return F.normalize(self.head(mean.float()), dim=1)  # (batch, dim)


class Towers(nn.Module):
    """Both towers and the learned temperatures (in logs) of the contrastive losses."""

    def __init__(self, image: ImageShape, text: TextShape) -> None:
        super().__init__()
        self.image = ImageTower(image)
        self.text = TextTower(text)


def fold(module: nn.Module) -> None:
    """Join every batch norm into the convolution before it: the same answers, fewer tensors, statistics frozen.

    The form in which a model is exported, and from which a shop goes on training. Norms of no convolution (the head's)
    are joined to nothing and stay.
    """
    for child in module.modules():
        if isinstance(child, nn.Sequential) and len(child) == 2 and isinstance(child[1], nn.BatchNorm2d):
            assert isinstance(child[0], nn.Conv2d)
            child[0] = nn.utils.fusion.fuse_conv_bn_eval(child[0].eval(), child[1].eval())
            child[1] = nn.Identity()
