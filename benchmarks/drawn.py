"""Queries drawn from facts over held-out products, in wordings that training never draws: what fusion and Y are measured on."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aisle.models.registry import DEFAULT, SHIPPED, load
from aisle.models.runtime import Model
from training.composing import UNSEEN_EDITS, Composed, Composer, Shares, Shelf
from training.held_out import phone_photos
from training.lexicon import Lexicon
from training.recipe import Codes
from training.sources import pictures
from training.views import decode, scenery


@dataclass(frozen=True, slots=True)
class Drawn:
    """``queries`` with their ``names`` and ``answers`` (queries, products); ``pixels`` and ``views`` (2·products, dim) are each product's
    picture, then a drawn phone photo of each."""

    model: Model
    shelf: Shelf
    pixels: Sequence[np.ndarray]
    views: np.ndarray
    queries: Sequence[Composed]
    names: np.ndarray
    answers: np.ndarray

    @property
    def products(self) -> np.ndarray:
        """(products, dim): what is searched, by pictures alone."""
        return self.views[: len(self.shelf.pictures)]


def options(about: str | None, seed: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--shop", type=Path, help="a generated demo shop")
    parser.add_argument("--model", type=Path, default=SHIPPED[DEFAULT])
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=seed)
    return parser


def draw(args: argparse.Namespace, shares: Shares | None = None) -> Drawn:
    """Read, see and draw; ``shares`` are fusion's where none are given."""
    model, lexicon, found = load(args.model, threads=2), Lexicon.load(), pictures(args.data, args.shop)
    held = [p for p in found if p.held and p.source in ("fashion", "demo")]
    pixels = [decode(p.path) for p in held]
    pixels += phone_photos(held, scenery(found, 100, args.seed), args.seed)
    shelf = Shelf(held, Codes(held, lexicon), lexicon, [(i, len(held) + i) for i in range(len(held))], UNSEEN_EDITS)
    composer, rng = Composer(shelf, shares), np.random.default_rng(args.seed)
    queries = [composer.draw(rng) for _ in range(args.queries)]
    answers = np.stack([shelf.answers(query) for query in queries])
    names = np.array([query.name for query in queries])
    return Drawn(model, shelf, pixels, model.encode_images(pixels), queries, names, answers)
