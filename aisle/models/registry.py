"""Which models there are and how one is opened. A new kind of model is one class and one line in FORMATS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from aisle.errors import InvalidRequest, NotFound
from aisle.models.runtime import Model, OnnxModel, read_card

DEFAULT = "aisle-small"

SHIPPED: Mapping[str, Path] = MappingProxyType({DEFAULT: Path(__file__).parent / DEFAULT})
"""Models that come with the package."""

FORMATS: Mapping[str, Callable[[Path, Mapping[str, Any], int], Model]] = MappingProxyType({"onnx": OnnxModel})
"""``format`` of model.json → what opens it."""


def load(name_or_path: str | Path = DEFAULT, threads: int = 2) -> Model:
    """A shipped model by name, or any model by the path of its folder. Raises NotFound, InvalidRequest."""
    folder = SHIPPED.get(str(name_or_path), Path(name_or_path))
    if not folder.is_dir():
        raise NotFound(
            f"There is no model {str(name_or_path)!r}.",
            field="model",
            hint=f"Name one of {', '.join(SHIPPED)} or the folder of a model.",
        )
    card = read_card(folder)
    if card["format"] not in FORMATS:
        raise InvalidRequest(
            f"A model of format {card['format']!r} can't be opened.",
            field="model",
            hint=f"Known formats: {', '.join(FORMATS)}.",
        )
    model = FORMATS[card["format"]](folder, card, threads)
    model.folder = folder
    return model
