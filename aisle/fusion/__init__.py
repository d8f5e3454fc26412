"""f_M: the parts of a query become one vector. Any subset of parts; each part's share is shown as attention.

Which fusion is a setting; a new one is a class with ``mix`` and a line in FUSIONS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from aisle.fusion.averaging import Averaging
from aisle.fusion.fused import Fused, unit
from aisle.fusion.learned import Learned
from aisle.models.runtime import Model
from aisle.types import Signal


class Fusion(Protocol):
    """Signals → one vector and the share of each; deterministic, whatever subset of modalities is there."""

    def mix(self, signals: Sequence[Signal]) -> Fused: ...


FUSIONS: Mapping[str, Callable[[Model], Fusion]] = MappingProxyType(
    {
        "attention": lambda model: Learned(model, "attention"),
        "deep": lambda model: Learned(model, "deep"),
        "averaging": lambda model: Averaging(),
    }
)
"""By the name that the setting ``fusion`` gives."""


def fusion_of(model: Model, name: str) -> Fusion:
    """The fusion of that name, or averaging where the model (one from a hub, say) has no network for it."""
    return FUSIONS[name](model) if name in model.fusions else Averaging()


__all__ = ["FUSIONS", "Fused", "Fusion", "fusion_of", "unit"]
