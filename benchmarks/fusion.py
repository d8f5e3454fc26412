"""Ways to fuse the parts of a query, in one table: on pictures that training never saw, by kind of query.

    python -m benchmarks.fusion [--model FOLDER] [--shop DEMO]

Queries are drawn from facts (see training/composing.py) over held-out products of fashion and of a generated demo shop; what is
searched are the same held-out products, by their pictures alone; edits are worded as training never words them. A figure is the share of queries with an answer among the
first five, with a 95 % bootstrap interval; the last rows are single parts of the same queries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from rich.console import Console

from aisle.cli.options import table
from aisle.evaluation import bootstrap
from aisle.fusion import FUSIONS, Fusion, fusion_of
from aisle.models.runtime import Model
from aisle.types import InputType, Signal
from benchmarks.drawn import draw, options
from training.composing import NAMES, Composed
from training.held_out import top

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
    drawn = draw(options(__doc__, seed=17).parse_args())
    model, names = drawn.model, drawn.names
    ways: dict[str, tuple[Fusion, Callable[[list[Signal]], list[Signal]]]] = {
        name: (fusion_of(model, name), list) for name in FUSIONS if name == "averaging" or name in model.fusions
    }
    ways |= {name: (FUSIONS["averaging"](model), pick) for name, pick in SINGLE.items()}
    rows, drawn_kinds = [], [name for name in NAMES if (names == name).any()]
    given = [signals_of(query, drawn.views, drawn.pixels, model, "deep" in ways) for query in drawn.queries]
    for way, (fusion, pick) in ways.items():
        vectors = [fusion.mix(pick(signals)).vector for signals in given]
        asked = np.stack([np.zeros(model.dim, np.float32) if vector is None else vector for vector in vectors])
        right = (
            np.take_along_axis(drawn.answers, top(asked, drawn.products, FIRST), 1).any(1).astype(float)
        )  # (queries,)
        cells = []
        for part in (*drawn_kinds, None):
            own = right if part is None else right[names == part]
            low, high = bootstrap(own[:, None])
            cells.append(f"{own.mean():.3f} [{low[0]:.3f}, {high[0]:.3f}]")
        rows.append([way, *cells])
    Console(width=240).print(
        table("fusion", *(f"{name} ({(names == name).sum()})" for name in drawn_kinds), "all", rows=rows)
    )


if __name__ == "__main__":
    main()
