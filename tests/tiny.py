"""A tiny shop that a test can know by heart: a model without weights and ninety-six products with drawn pictures.

The model's space has one axis for each word of ``WORDS``: a text lies where its words do, a picture where its colour does.
"""

from __future__ import annotations

import io
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aisle.app import Shop
from aisle.config import Config
from aisle.models.runtime import Model
from aisle.types import Input, InputType, Query, Response

COLORS: Mapping[str, tuple[int, int, int]] = {
    "red": (200, 20, 30),
    "blue": (20, 40, 200),
    "green": (20, 160, 40),
    "black": (10, 10, 10),
    "white": (250, 250, 250),
    "yellow": (230, 220, 20),
    "purple": (130, 20, 150),
    "orange": (240, 130, 20),
}
TYPES = ("Dress", "Lamp", "Mug", "Bag")
MATERIALS = ("cotton", "steel", "leather")
MEANINGS: Mapping[str, str] = {"红色": "red", "红": "red", "scarlet": "red", "台灯": "lamp", "gown": "dress"}
WORDS = (*COLORS, *(kind.lower() for kind in TYPES), *MATERIALS)
DIM = 256
CARD: Mapping[str, Any] = {
    "name": "tiny",
    "version": "1",
    "dim": DIM,
    "image": {"size": 8},
    "text": {"length": 16},
    "calibration": {"text": [20.0, -10.0], "image": [20.0, -10.0]},
    "product_weights": {"image": 0.5, "text": 0.5},
}


class TinyModel(Model):
    """Counts what it is asked to encode: ``images`` and ``texts``."""

    def __init__(self, **card: Any) -> None:
        super().__init__({**CARD, **card})
        self.images = self.texts = 0

    def _encode_pixels(self, pixels: np.ndarray) -> np.ndarray:
        self.images += len(pixels)
        rows = np.full((len(pixels), DIM), 1e-3, np.float32)
        for row, picture in zip(rows, pixels, strict=True):
            mean = picture.reshape(-1, 3).mean(axis=0)
            nearest = min(COLORS, key=lambda name: float(np.abs(mean - COLORS[name]).sum()))
            row[WORDS.index(nearest)] = 1.0
        return rows

    def _encode_strings(self, texts: list[str]) -> np.ndarray:
        self.texts += len(texts)
        rows = np.full((len(texts), DIM), 1e-3, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                word = MEANINGS.get(word, word)
                axis = zlib.crc32(word.encode("utf-8", "replace")) % (DIM - len(WORDS)) + len(WORDS)
                row[WORDS.index(word) if word in WORDS else axis] += 1.0
        return rows


def picture(*colors: str, size: int = 24) -> bytes:
    """A PNG of vertical stripes, one for each colour."""
    pixels = np.concatenate([np.full((size, size, 3), COLORS[color], np.uint8) for color in colors], axis=1)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def rows() -> list[dict[str, Any]]:
    """Ninety-six products: every type in every colour and material. Those of one type and material are variants."""
    made: list[dict[str, Any]] = []
    for kind in TYPES:
        for material in MATERIALS:
            for color in COLORS:
                number = len(made)
                row: dict[str, Any] = {
                    "id": f"{kind.lower()}-{material}-{color}",
                    "title": f"{color.capitalize()} {material} {kind.lower()}",
                    "description": f"A {kind.lower()} for every day, number {number}.",
                    "type": f"{kind}s" if kind != "Dress" else "Dresses",
                    "brand": ("Alder", "Birch", "Cedar")[number % 3],
                    "color": color.capitalize(),
                    "material": material.capitalize(),
                    "price": 10 + number * 1.5,
                    "stock": number % 4,
                    "group": f"{kind.lower()}-{material}",
                    "created": f"2026-01-{1 + number % 28:02d}",
                }
                if number % 5:
                    row["rating"] = 1 + number % 5
                    row["reviews"] = number
                made.append(row)
    return made


def feed(folder: Path, products: Iterable[Mapping[str, Any]], *, pictures: bool = True) -> Path:
    """A folder with products.jsonl and, unless told not to, a picture for every colour."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for row in products:
        if pictures and "color" in row and "image" not in row:
            name = f"{row['color'].lower()}.png"
            if not (folder / name).exists():
                (folder / name).write_bytes(picture(row["color"].lower()))
            row = {**row, "image": name}
        lines.append(json.dumps(row))
    (folder / "products.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def open_shop(store: Path, model: Model | None = None, **config: Any) -> Shop:
    """A shop with the tiny model."""
    return Shop.open("default", store, model=model or TinyModel(), config=Config(store=store, **config))


def words(text: str, weight: float = 1.0) -> Input:
    return Input(InputType.TEXT, text, weight)


def shown(*colors: str, weight: float = 1.0) -> Input:
    return Input(InputType.IMAGE, picture(*colors), weight)


def ask(shop: Shop, *inputs: Input | str, **options: Any) -> Response:
    """Search by words (as plain text) and other inputs."""
    parts = tuple(words(part) if isinstance(part, str) else part for part in inputs)
    return shop.search(Query(inputs=parts, **options))


def ids(response: Response) -> list[str]:
    return [hit.id for hit in response.hits]
