"""Held-out catalogs and queries, encoded as the engine would: calibration is fitted on them, figures are read there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aisle.indexing import product_text
from aisle.models.runtime import Model, resize
from aisle.types import Product
from training.augment import PhotoShape, customer_photo, foreground
from training.lexicon import Lexicon
from training.sources import Picture
from training.views import decode


@dataclass(frozen=True, slots=True)
class Catalog:
    """Products with ``images`` (n, dim), ``texts`` (n, dim) and the ``pictures`` they come from."""

    pictures: Sequence[Picture]
    images: np.ndarray
    texts: np.ndarray

    def vectors(self, image: float, text: float) -> np.ndarray:
        """(n, dim) unit rows: the normalised mean by which a product is indexed."""
        mean = image * self.images + text * self.texts  # (n, dim)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def catalog(pictures: Sequence[Picture], model: Model) -> Catalog:
    products = [
        Product(p.product, p.titles["en"], attributes={k: v for k, v in p.facts.items() if k != "item"})
        for p in pictures
    ]
    texts = model.encode_texts([product_text(product) for product in products])
    return Catalog(pictures, model.encode_images([decode(p.path) for p in pictures]), texts)


def phone_photos(pictures: Sequence[Picture], scenes: np.ndarray, seed: int) -> list[np.ndarray]:
    """One drawn phone photo of each picture."""
    made = []
    for index, picture in enumerate(pictures):
        image = decode(picture.path)
        image = image if max(image.shape) <= 256 else resize(image, 256)
        cover = None if picture.photo else foreground(image)
        made.append(customer_photo(image, cover, scenes, np.random.default_rng([seed, index]), PhotoShape(size=160)))
    return made


def phrase(picture: Picture, kinds: Sequence[str], language: str, lexicon: Lexicon) -> str:
    """The canonical names of its facts of these kinds, as a shopper would type them."""
    entries = [lexicon.find(kind, picture.facts[kind]) for kind in kinds if kind in picture.facts]
    names = [entry.names[language][0] for entry in entries if entry]
    return " ".join(names).lower() if language == "en" else "".join(names)


def top(queries: np.ndarray, products: np.ndarray, k: int) -> np.ndarray:
    """(q, dim) and (n, dim) unit rows → (q, k) rows of the nearest products, best first."""
    scores = queries @ products.T  # (q, n)
    best = np.argpartition(-scores, min(k, scores.shape[1] - 1), axis=1)[:, :k]  # (q, k)
    order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1, kind="stable")
    return np.take_along_axis(best, order, 1)
