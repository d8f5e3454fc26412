"""Photo → product beside two classics: a colour histogram and a perceptual hash, over the same pictures and photos.

    python benchmarks/photos.py SHOP_FOLDER PHOTOS.jsonl STORE

``SHOP_FOLDER`` holds the feed with its pictures, ``STORE`` the same feed indexed by ``aisle index``. Each photo's answer is one
product; slices (a ``split`` column) are reported apart.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console

from aisle.app import Shop
from aisle.catalog.clean import clean
from aisle.catalog.read import open_feed
from aisle.cli.options import table
from aisle.config import Config
from aisle.evaluation import Labelled, Measured, evaluate, read_labelled
from aisle.perception.image import decode
from aisle.types import Query

BINS = 6


def histogram(picture: np.ndarray) -> np.ndarray:
    """(216,) float32: 6 × 6 × 6 RGB bins of the pixels, summing to 1."""
    bins = (picture.reshape(-1, 3).astype(np.int64) * BINS) // 256  # (pixels, 3)
    counts = np.bincount(bins @ np.array([BINS * BINS, BINS, 1]), minlength=BINS**3)
    return (counts / counts.sum()).astype(np.float32)


def difference_hash(picture: np.ndarray) -> np.ndarray:
    """(64,) bool: is each of 8 × 9 grey cells darker than its right neighbour (dHash, Krawetz 2013)?"""
    grey = np.asarray(Image.fromarray(picture).convert("L").resize((9, 8), Image.Resampling.BILINEAR), np.int16)
    return (grey[:, 1:] > grey[:, :-1]).ravel()


def by_intersection(query: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Histogram intersection (Swain & Ballard 1991) with each row."""
    return np.minimum(query, rows).sum(axis=1)


def by_agreement(query: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Bits in common with each row."""
    return (query == rows).sum(axis=1)


BASELINES: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray, np.ndarray], np.ndarray]]] = {
    "colour histogram": (histogram, by_intersection),
    "perceptual hash": (difference_hash, by_agreement),
}


def catalog(folder: Path) -> tuple[list[str], list[np.ndarray]]:
    """(ids, pictures): one entry for each picture of each product."""
    feed = open_feed(folder)
    ids, pictures = [], []
    for row in feed.rows():
        product = clean(row, feed.mapping, feed.base).product
        for reference in product.images if product else ():
            ids.append(product.id)
            pictures.append(decode(Path(reference).read_bytes()))
    return ids, pictures


def baseline(name: str, ids: Sequence[str], pictures: Sequence[np.ndarray]) -> Callable[[Query], list[str]]:
    """A ranking of product ids by the best of their pictures."""
    describe, compare = BASELINES[name]
    rows = np.stack([describe(picture) for picture in pictures])

    def rank(query: Query) -> list[str]:
        scores = compare(describe(decode(query.inputs[0].value)), rows)
        return list(dict.fromkeys(ids[i] for i in np.argsort(-scores, kind="stable")))

    return rank


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shop", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("store", type=Path)
    args = parser.parse_args()
    photos: list[Labelled] = list(read_labelled(args.photos))
    ids, pictures = catalog(args.shop)
    measured: dict[str, Measured] = {}
    with Shop.open("default", args.store, create=False, config=Config(query_log_days=0)) as opened:
        measured[opened.model.name] = evaluate(lambda query: [hit.id for hit in opened.search(query).hits], photos)
    for name in BASELINES:
        measured[name] = evaluate(baseline(name, ids, pictures), photos)
    rows = [
        [name, part, one.queries, one.metrics["hit@1"], one.metrics["hit@5"], one.metrics["hit@10"], one.metrics["MRR"]]
        for name, whole in measured.items()
        for part, one in {"all": whole, **whole.slices}.items()
    ]
    console = Console()
    console.print(table("", "photos", "n", "hit@1", "hit@5", "hit@10", "MRR", rows=rows))
    console.print(f"{platform.machine()}, {time.strftime('%Y-%m-%d')}; {len(set(ids))} products, {len(ids)} pictures")


if __name__ == "__main__":
    main()
