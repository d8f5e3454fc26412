"""Y, the result vector, beside the query's vector alone: on pictures that training never saw, by kind of query.

    python -m benchmarks.results [--model FOLDER] [--shop DEMO]

Queries are drawn from facts (see training/results.py) over held-out products of fashion and of a generated demo shop, edits worded as
training never words them; what is searched are the same held-out products, by their pictures alone. A figure is the share of queries
with an answer among the first five, with a 95 % bootstrap interval of the paired difference. Slots are what was said; in the row
"some unheard" 12 % of them are missing and 3 % mistaken, as in training.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
from rich.console import Console

from aisle.cli.options import table
from aisle.evaluation import bootstrap
from aisle.models.registry import DEFAULT, SHIPPED, load
from aisle.models.runtime import OnnxModel
from training.composing import UNSEEN_EDITS, Composer, Shelf
from training.held_out import phone_photos, top
from training.lexicon import Lexicon
from training.recipe import Codes
from training.results import RESULT_SHARES, fused_by, slot_tensors
from training.sources import pictures
from training.views import decode, scenery

FIRST = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--shop", type=Path, help="a generated demo shop")
    parser.add_argument("--model", type=Path, default=SHIPPED[DEFAULT])
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=19)
    args = parser.parse_args()
    model, lexicon, found = load(args.model, threads=2), Lexicon.load(), pictures(args.data, args.shop)
    assert isinstance(model, OnnxModel)
    held = [p for p in found if p.held and p.source in ("fashion", "demo")]
    pixels = [decode(p.path) for p in held]
    pixels += phone_photos(held, scenery(found, 100, args.seed), args.seed)
    views = model.encode_images(pixels)  # each picture, then a phone photo of each
    shelf = Shelf(held, Codes(held, lexicon), lexicon, [(i, len(held) + i) for i in range(len(held))], UNSEEN_EDITS)
    composer, rng = Composer(shelf, RESULT_SHARES), np.random.default_rng(args.seed)
    queries = [composer.draw(rng) for _ in range(args.queries)]
    answers = np.stack([shelf.answers(query) for query in queries])  # (queries, products)
    names = np.array([query.name for query in queries])
    fused = fused_by(model, queries, views)
    asked = {"query's vector": fused}
    for name, noise in (("Y", None), ("Y, some unheard", np.random.default_rng(args.seed))):
        asked[name] = model.fuse_many("result", slot_tensors(queries, fused, shelf, model.encode_texts, noise))[0]
    right = {
        name: np.take_along_axis(answers, top(vectors, views[: len(held)], FIRST), 1).any(1).astype(float)
        for name, vectors in asked.items()
    }
    rows = []
    for name, own in right.items():
        cells = []
        for part in (*RESULT_SHARES, None):
            chosen = np.ones(len(queries), bool) if part is None else names == part
            low, high = bootstrap((own - right["query's vector"])[chosen, None])
            gain = "" if name == "query's vector" else f" [{low[0]:+.3f}, {high[0]:+.3f}]"
            cells.append(f"{own[chosen].mean():.3f}{gain}")
        rows.append([name, *cells])
    heads = [f"{name} ({(names == name).sum()})" for name in RESULT_SHARES]
    Console(width=240).print(table("vector", *heads, "all", rows=rows))


if __name__ == "__main__":
    main()
