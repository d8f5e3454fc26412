"""Bottleneck adapters (Houlsby et al. 2019, arXiv:1902.00751): a narrow detour behind each sublayer.

The installed peft has none of the classic kind, only ones of its own that sit in attention (adaption prompt).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from aisle.learning.adapters.targets import family_of, named


class Bottleneck(nn.Module):
    """y + up(gelu(down(y))) with y = base(x); starts as the identity."""

    def __init__(self, base: nn.Module, narrow: int) -> None:
        super().__init__()
        self.base = base
        # A Linear knows its width as out_features, GPT-2's Conv1D as nf.
        width = int(getattr(base, "out_features", 0) or base.nf)  # type: ignore[arg-type]
        self.down = nn.Linear(width, narrow)
        self.up = nn.Linear(narrow, width)
        nn.init.normal_(self.down.weight, std=0.02)
        nn.init.zeros_(self.down.bias)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, x: Tensor) -> Tensor:
        y = self.base(x)  # (…, width)
        return y + self.up(F.gelu(self.down(y)))


def bottlenecks(network: nn.Module, narrow: int) -> dict[str, nn.Module]:
    """Path → what stands there instead, for the output of every sublayer."""
    return {path: Bottleneck(base, narrow) for path, base in named(network, family_of(network).outputs).items()}
