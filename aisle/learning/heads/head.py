"""The contract of a head: examples → a batch of tensors → named losses, and texts → answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from aisle.learning.heads.backbone import Backbone
from aisle.learning.heads.data import Example

PREDICT_BATCH = 32


class Head(nn.Module, ABC):
    """A backbone and the layers of one task.

    ``config`` is what the head must know to be built again (its labels); it is kept as JSON. ``own`` names the layers
    that are the head's, not the backbone's. ``metric`` is the measure by which training picks its best moment.
    """

    task: ClassVar[str]
    metric: ClassVar[str]
    own: ClassVar[tuple[str, ...]]

    def __init__(self, backbone: Backbone, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.backbone = backbone
        self.config = dict(config)

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    @staticmethod
    @abstractmethod
    def read(row: Mapping[str, Any], text: str, target: str) -> Example:
        """The example of a row, by the names of its two fields. Raises InvalidRequest."""

    @classmethod
    @abstractmethod
    def learn_config(cls, examples: Sequence[Example]) -> dict[str, Any]:
        """The ``config`` that these training examples ask for. Raises InvalidRequest where they can't be learnt from."""

    @abstractmethod
    def collate(self, examples: Sequence[Example]) -> Mapping[str, Tensor]: ...

    @abstractmethod
    def loss(self, batch: Mapping[str, Tensor]) -> Mapping[str, Tensor]: ...

    @abstractmethod
    def answer(self, examples: Sequence[Example]) -> list[Any]:
        """One answer for each example, whose targets aren't looked at."""

    def predict(self, texts: Sequence[str]) -> list[Any]:
        """One answer for each text, as JSON would hold it."""
        return self.answer([Example(text) for text in texts])

    @abstractmethod
    def evaluate(self, examples: Sequence[Example]) -> dict[str, float]:
        """Measures in [0, 1] beside ``majority_…``, what the simplest answer would get."""
