"""Ways to fuse the parts of a query, in one table: on pictures that training never saw, by kind of query.

    python -m benchmarks.fusion [--model FOLDER] [--shop DEMO]

Queries are drawn from facts (see training/composing.py) over held-out products of fashion and of a generated demo shop; what is
searched are the same held-out products, by their pictures alone; edits are worded as training never words them. A figure is the share of queries with an answer among the
first five, with a 95 % bootstrap interval; the last rows are single parts of the same queries.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from aisle.cli.options import table
from aisle.evaluation import bootstrap
from aisle.fusion import FUSIONS, Fusion, fusion_of
from aisle.models.registry import DEFAULT, SHIPPED, load
from aisle.models.runtime import Model
from aisle.types import InputType, Signal
from training.composing import NAMES, UNSEEN_EDITS, Composed, Composer, Shelf
from training.held_out import phone_photos, top
from training.lexicon import Lexicon
from training.recipe import Codes
from training.sources import pictures
from training.views import decode, scenery

FIRST = 5


def signals_of(
    query: Composed, views: np.ndarray, pixels: Sequence[np.ndarray], model: Model, deep: bool
) -> list[Signal]:
    """A drawn query as perception would hand it over; with ``deep``, with the tokens of its parts."""
    signals = []
    for part in query.parts:
        shares = np.array([1.0] if len(part.texts) < 2 else [part.quality, 1.0 - part.quality])
        rows = model.encode_texts(part.texts) if part.texts else views[list(part.views)]
        mean = shares @ rows if part.texts else rows.mean(axis=0)
        vector = (mean / np.linalg.norm(mean)).astype(np.float32)
        tokens = None
        if deep and part.kind != "context":
            seen = model.text_tokens(part.texts[:1]) if part.texts else model.image_tokens([pixels[part.views[0]]])
            tokens = seen[0]
        signals.append(Signal(InputType(part.kind), vector, " ".join(part.texts), part.weight, part.quality, tokens))
    return signals


def only(*kinds: str) -> Callable[[list[Signal]], list[Signal]]:
    return lambda signals: [replace(s, weight=1.0) for s in signals if s.type in kinds and s.weight > 0][:1]


SINGLE: Mapping[str, Callable[[list[Signal]], list[Signal]]] = {
    "first picture alone": only("image"),
    "words alone": only("text", "audio"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--shop", type=Path, help="a generated demo shop")
    parser.add_argument("--model", type=Path, default=SHIPPED[DEFAULT])
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=17)
    args = parser.parse_args()
    model, lexicon, found = load(args.model, threads=2), Lexicon.load(), pictures(args.data, args.shop)
    held = [p for p in found if p.held and p.source in ("fashion", "demo")]
    pixels = [decode(p.path) for p in held]
    pixels += phone_photos(held, scenery(found, 100, args.seed), args.seed)
    views = model.encode_images(pixels)  # each picture, then a phone photo of each
    shelf = Shelf(held, Codes(held, lexicon), lexicon, [(i, len(held) + i) for i in range(len(held))], UNSEEN_EDITS)
    composer, rng = Composer(shelf), np.random.default_rng(args.seed)
    queries = [composer.draw(rng) for _ in range(args.queries)]
    answers = np.stack([shelf.answers(query) for query in queries])  # (queries, products)
    products = views[: len(held)]
    names = np.array([query.name for query in queries])
    ways: dict[str, tuple[Fusion, Callable[[list[Signal]], list[Signal]]]] = {
        name: (fusion_of(model, name), list) for name in FUSIONS if name == "averaging" or name in model.fusions
    }
    ways |= {name: (FUSIONS["averaging"](model), pick) for name, pick in SINGLE.items()}
    rows = []
    given = [signals_of(query, views, pixels, model, "deep" in ways) for query in queries]
    for way, (fusion, pick) in ways.items():
        vectors = [fusion.mix(pick(signals)).vector for signals in given]
        asked = np.stack([np.zeros(model.dim, np.float32) if vector is None else vector for vector in vectors])
        right = np.take_along_axis(answers, top(asked, products, FIRST), 1).any(1).astype(float)  # (queries,)
        cells = []
        for part in (*NAMES, None):
            own = right if part is None else right[names == part]
            low, high = bootstrap(own[:, None])
            cells.append(f"{own.mean():.3f} [{low[0]:.3f}, {high[0]:.3f}]")
        rows.append([way, *cells])
    Console(width=240).print(
        table("fusion", *(f"{name} ({(names == name).sum()})" for name in NAMES), "all", rows=rows)
    )


if __name__ == "__main__":
    main()
