"""Y, the result vector, beside the query's vector alone: on pictures that training never saw, by kind of query.

    python -m benchmarks.results [--model FOLDER] [--shop DEMO]

Queries are drawn from facts (see training/results.py) over held-out products of fashion and of a generated demo shop, edits worded as
training never words them; what is searched are the same held-out products, by their pictures alone. A figure is the share of queries
with an answer among the first five, with a 95 % bootstrap interval of the paired difference. Slots are what was said; in the row
"some unheard" 12 % of them are missing and 3 % mistaken, as in training.
"""

from __future__ import annotations

import numpy as np
from rich.console import Console

from aisle.cli.options import table
from aisle.evaluation import bootstrap
from aisle.models.runtime import OnnxModel
from benchmarks.drawn import draw, options
from training.held_out import top
from training.results import RESULT_SHARES, fused_by, slot_tensors

FIRST = 5


def main() -> None:
    args = options(__doc__, seed=19).parse_args()
    drawn = draw(args, RESULT_SHARES)
    model, queries, names = drawn.model, drawn.queries, drawn.names
    assert isinstance(model, OnnxModel)
    fused = fused_by(model, queries, drawn.views)
    asked = {"query's vector": fused}
    for name, noise in (("Y", None), ("Y, some unheard", np.random.default_rng(args.seed))):
        asked[name] = model.fuse_many("result", slot_tensors(queries, fused, drawn.shelf, model.encode_texts, noise))[0]
    right = {
        name: np.take_along_axis(drawn.answers, top(vectors, drawn.products, FIRST), 1).any(1).astype(float)
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
