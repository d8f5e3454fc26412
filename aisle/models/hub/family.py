"""What one architecture is, in facts: which class of transformers, which of its outputs, which rules for texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from aisle.models.hub.model import HubModel

Config = Mapping[str, Any]
"""config.json of a folder."""
Inputs = dict[str, np.ndarray]
"""Arrays by the name under which the network takes them; the first axis is the batch."""
Pictures = Callable[[Sequence[np.ndarray]], Inputs]
"""(h, w, 3) uint8 pictures → what the image tower takes."""

AS_IT_IS = "as it is"
HIDDEN = "last_hidden_state"
POOLED = "pooler_output"


@dataclass(frozen=True, slots=True)
class Tower:
    """How rows come out of a network: ``call`` with ``inputs`` answers ``output``, (n, dim) or pooled to it by ``pooling``.

    ``exported`` names the outputs of ONNX exports that hold the same, best first, each with its pooling.
    """

    inputs: tuple[str, ...]
    output: str
    pooling: str = AS_IT_IS
    call: str = "forward"
    exported: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Likely:
    """Where matches begin for want of a calibration of one's own: ``even`` is the cosine of probability 0.5."""

    even: float
    slope: float

    def pair(self) -> tuple[float, float]:
        """(slope, bias) as ``Calibration`` takes them."""
        return self.slope, -self.slope * self.even


Calibrated = Mapping[str, Likely]
"""By the modality of the query: "text", and "image" for all that isn't text."""


def always(text: Likely, image: Likely) -> Callable[[Path, Config], Calibrated]:
    """The same for every folder of a family."""
    return lambda folder, config: {"text": text, "image": image}


dual = always(Likely(0.54, 20.0), Likely(0.58, 20.0))
"""Of CLIP's kind: see docs/models.md for the arithmetic."""


def no_prompts(folder: Path, config: Config) -> Mapping[str, str]:
    """Texts are read as they are."""
    return {}


def unchanged(config: Config, text: str) -> str:
    """The text as it is."""
    return text


def recipe(model: HubModel) -> Pictures:
    """Resize, crop and normalise as the folder's preprocessor_config.json says."""
    from aisle.models.hub.pictures import Recipe

    return Recipe.read(model.path)


@dataclass(frozen=True, slots=True)
class Family:
    """One architecture. A tower that is None is a modality it lacks."""

    label: str
    network: str
    """Class of transformers that is asked for the folder; no other code can come into play."""
    dim: Callable[[Config], int]
    image: Tower | None = None
    text: Tower | None = None
    length: Callable[[Config], int] = lambda config: 0
    """Tokens of the longest text."""
    padded: bool = False
    """Whether every text is padded to ``length``, as it was in training."""
    clean: Callable[[Config, str], str] = unchanged
    """What is done to a text before its prompt is put before it."""
    tail: str = ""
    """Put behind every text; never cut off."""
    prompts: Callable[[Path, Config], Mapping[str, str]] = no_prompts
    pictures: Callable[[HubModel], Pictures] = recipe
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Further arguments of ``from_pretrained``."""
    opener: Callable[[Path, Config, Any], Any] | None = None
    """Opens weights that ``from_pretrained`` can't read: (folder, config, torch dtype or "auto") → network."""
    likely: Callable[[Path, Config], Calibrated] = dual

    @property
    def modalities(self) -> tuple[str, ...]:
        """What it can encode."""
        return tuple(name for name, tower in (("image", self.image), ("text", self.text)) if tower is not None)

    def tower(self, modality: str) -> Tower:
        """The tower of "image" or "text"; it must have one."""
        tower = self.image if modality == "image" else self.text
        assert tower is not None
        return tower


def part(config: Config, path: str, default: Any) -> Any:
    """A value of config.json by its dotted path; configurations leave out what is as their class has it by default."""
    value: Any = config
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return default if value is None else value
