"""What every model of the hub does alike, however its networks are run."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from aisle.models.hub.family import Config, Family, Inputs, Pictures
from aisle.models.hub.words import Words
from aisle.models.runtime import Model, Role


class HubModel(Model):
    """A folder of the hub. Nothing is opened before the first text or picture; one batch runs at a time."""

    def __init__(self, folder: Path, card: Mapping[str, Any], config: Config, family: Family) -> None:
        super().__init__(card)
        self.path, self.config, self.family = folder, config, family
        self._lock = threading.RLock()

    @cached_property
    def words(self) -> Words:
        """The tokenizer."""
        family = self.family
        return Words(self.path, self.config, length=self.text_length, padded=family.padded, tail=family.tail)

    @cached_property
    def pictures(self) -> Pictures:
        """What prepares pictures."""
        return self.family.pictures(self)

    def encode_texts(self, texts: Sequence[str], role: Role = "query") -> np.ndarray:
        """As every model; the family's cleaning comes first."""
        return super().encode_texts([self.family.clean(self.config, text) for text in texts], role)

    def _encode_strings(self, texts: list[str]) -> np.ndarray:
        with self._lock:
            return self._run("text", self.words(texts))[:, : self.dim]

    def _encode_pictures(self, images: Sequence[np.ndarray]) -> np.ndarray:
        with self._lock:
            return self._run("image", self.pictures(images))[:, : self.dim]

    def _run(self, modality: str, inputs: Inputs) -> np.ndarray:
        """→ (n, native dim) float32. Written by each way of running."""
        raise NotImplementedError
