"""The network that hears: log-mel frames of 10 ms → scores of a language's units (syllables, phones) every three or four of them,
looking at most 0.28 s ahead."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aisle.speech.mel import BANDS

NARROW, WIDTH, INNER, BLOCKS = 96, 192, 256, 7
KERNEL, AHEAD = 9, 1
"""Outputs that a block looks at, and how many of them lie ahead (in the last six blocks)."""
Parts = tuple[str, str]
"""What a unit's weights are summed of: a syllable's initial and final."""


class Block(nn.Module):
    """What each channel hears over time, then what the channels make of it together, added to what was there."""

    def __init__(self, ahead: int) -> None:
        super().__init__()
        self.ahead = ahead
        self.time = nn.Parameter(torch.randn(WIDTH, 1, 1, KERNEL) / KERNEL**0.5)
        self.time_norm = nn.BatchNorm1d(WIDTH)
        self.wide = nn.Linear(WIDTH, INNER)
        self.narrow = nn.Linear(INNER, WIDTH, bias=False)
        self.norm = nn.BatchNorm1d(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        near = F.pad(x, (0, 0, KERNEL - 1 - self.ahead, self.ahead))  # (batch, frames + kernel - 1, width)
        # As a picture of one row: the channels lie last in memory, which is what processors convolve fastest.
        near = F.conv2d(near.transpose(1, 2).unsqueeze(2), self.time, groups=WIDTH)  # (batch, width, 1, frames)
        near = self.time_norm(near.squeeze(2)).transpose(1, 2)  # (batch, frames, width)
        found = self.narrow(F.relu(self.wide(near)))
        return x + self.norm(found.transpose(1, 2)).transpose(1, 2)


class Hearing(nn.Module):
    """(batch, frames, bands) → (batch, frames / stride, units + 1) logarithms of probabilities; 0 is the blank.

    A unit's weights are those of both its ``parts``, plus its own: rare syllables learn from their relatives. ``strides`` of the two
    first layers.
    """

    def __init__(self, parts: Sequence[Parts], strides: tuple[int, int]) -> None:
        super().__init__()
        self.strides = strides
        self.first = nn.Conv1d(BANDS, NARROW, 5, stride=strides[0], bias=False)
        self.first_norm = nn.BatchNorm1d(NARROW)
        self.second = nn.Conv1d(NARROW, WIDTH, 3, stride=strides[1], bias=False)
        self.second_norm = nn.BatchNorm1d(WIDTH)
        self.blocks = nn.ModuleList(Block(AHEAD if number else 0) for number in range(BLOCKS))
        self.drop = nn.Dropout(0.1)
        initials, finals = sorted({one for one, _ in parts}), sorted({one for _, one in parts})
        self.initials = nn.Parameter(torch.randn(len(initials), WIDTH) * 0.05)
        self.finals = nn.Parameter(torch.randn(len(finals), WIDTH) * 0.05)
        self.own = nn.Parameter(torch.zeros(len(parts) + 1, WIDTH))
        self.bias = nn.Parameter(torch.zeros(len(parts) + 1))
        self.register_buffer("initial_of", torch.tensor([initials.index(one) for one, _ in parts]), persistent=False)
        self.register_buffer("final_of", torch.tensor([finals.index(one) for _, one in parts]), persistent=False)

    def output(self) -> Tensor:
        """(units + 1, width): what each output weighs."""
        assert isinstance(self.initial_of, Tensor) and isinstance(self.final_of, Tensor)
        composed = self.initials[self.initial_of] + self.finals[self.final_of]
        return self.own + F.pad(composed, (0, 0, 1, 0))

    def states(self, features: Tensor) -> Tensor:
        x = features.transpose(1, 2)  # (batch, bands, frames)
        x = F.relu(self.first_norm(self.first(F.pad(x, (2, 2)))))  # (batch, narrow, frames / first)
        x = F.relu(self.second_norm(self.second(F.pad(x, (1, 1)))))  # (batch, width, outputs)
        x = x.transpose(1, 2)  # (batch, outputs, width)
        for block in self.blocks:
            x = block(x)
        return x

    def forward(self, features: Tensor) -> Tensor:
        x = self.drop(self.states(features))  # (batch, outputs, width)
        return F.log_softmax(F.linear(x, self.output(), self.bias), dim=-1)

    def lengths(self, frames: Tensor) -> Tensor:
        """How many outputs so many frames have."""
        for stride in self.strides:
            frames = (frames - 1) // stride + 1
        return frames
