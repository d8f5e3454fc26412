"""The network that hears: log-mel frames of 10 ms → scores of syllables every 40 ms, looking at most 0.27 s ahead."""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aisle.speech.mel import BANDS

NARROW, WIDTH, INNER, BLOCKS = 96, 192, 256, 7
KERNEL, AHEAD = 9, 1
"""Frames of 40 ms that a block looks at, and how many of them lie ahead (in the last six blocks)."""
STRIDE = 4


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
    """(batch, frames, bands) → (batch, frames / 4, syllables + 1) logarithms of probabilities; 0 is the blank.

    A syllable's weights are those of its initial, plus those of its final, plus its own: rare syllables learn from their
    relatives.
    """

    def __init__(self, syllables: Sequence[str]) -> None:
        super().__init__()
        self.first = nn.Conv1d(BANDS, NARROW, 5, stride=2, bias=False)
        self.first_norm = nn.BatchNorm1d(NARROW)
        self.second = nn.Conv1d(NARROW, WIDTH, 3, stride=2, bias=False)
        self.second_norm = nn.BatchNorm1d(WIDTH)
        self.blocks = nn.ModuleList(Block(AHEAD if number else 0) for number in range(BLOCKS))
        self.drop = nn.Dropout(0.1)
        parts = [split(syllable) for syllable in syllables]
        initials, finals = sorted({one for one, _ in parts}), sorted({one for _, one in parts})
        self.initials = nn.Parameter(torch.randn(len(initials), WIDTH) * 0.05)
        self.finals = nn.Parameter(torch.randn(len(finals), WIDTH) * 0.05)
        self.own = nn.Parameter(torch.zeros(len(syllables) + 1, WIDTH))
        self.bias = nn.Parameter(torch.zeros(len(syllables) + 1))
        self.register_buffer("initial_of", torch.tensor([initials.index(one) for one, _ in parts]), persistent=False)
        self.register_buffer("final_of", torch.tensor([finals.index(one) for _, one in parts]), persistent=False)

    def output(self) -> Tensor:
        """(syllables + 1, width): what each output weighs."""
        assert isinstance(self.initial_of, Tensor) and isinstance(self.final_of, Tensor)
        composed = self.initials[self.initial_of] + self.finals[self.final_of]
        return self.own + F.pad(composed, (0, 0, 1, 0))

    def states(self, features: Tensor) -> Tensor:
        x = features.transpose(1, 2)  # (batch, bands, frames)
        x = F.relu(self.first_norm(self.first(F.pad(x, (2, 2)))))  # (batch, narrow, frames / 2)
        x = F.relu(self.second_norm(self.second(F.pad(x, (1, 1)))))  # (batch, width, frames / 4)
        x = x.transpose(1, 2)  # (batch, frames / 4, width)
        for block in self.blocks:
            x = block(x)
        return x

    def forward(self, features: Tensor) -> Tensor:
        x = self.drop(self.states(features))  # (batch, frames / 4, width)
        return F.log_softmax(F.linear(x, self.output(), self.bias), dim=-1)


def split(syllable: str) -> tuple[str, str]:
    """ "shuang" → ("sh", "uang"); what is written y, w and after j, q, x in short is written out: yan → ("", "ian")."""
    if syllable.startswith("y"):
        rest = syllable[1:]
        rest = "v" + rest[1:] if rest.startswith("u") else rest if rest.startswith("i") else "i" + rest
        return "", rest
    if syllable.startswith("w"):
        return "", syllable[1:] if syllable[1:].startswith("u") else "u" + syllable[1:]
    found = re.match(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcs]?)(.+)", syllable)
    assert found
    initial, final = found.groups()
    if initial in ("j", "q", "x") and final.startswith("u"):
        final = "v" + final[1:]
    if final == "i" and initial in ("zh", "ch", "sh", "r"):
        final = "ir"
    elif final == "i" and initial in ("z", "c", "s"):
        final = "iz"
    return initial, final


def lengths(frames: Tensor) -> Tensor:
    """How many outputs so many frames have."""
    half = (frames - 1) // 2 + 1
    return (half - 1) // 2 + 1
