"""Train the network of the result vector Y: the query's vector and what was understood of its words → what is sold.

Cross-entropy over the whole training catalog, against everything else that is sold (in-batch and hard negatives alike are in it). Queries
are drawn as fusion's are, more of them denied and of several turns; what is understood of them is now and then missing or wrong. Minutes
on two cores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from aisle.fusion.result import KINDS, QUERY
from aisle.learning.fusion_nets import AttentionFusion, FusionShape
from aisle.learning.trainer import Batch
from aisle.models.runtime import OnnxModel
from training import composing
from training.composing import (
    COLOR,
    GENDER,
    MATERIAL,
    PATTERN,
    TYPE,
    USAGE,
    Composed,
    Composer,
    Part,
    Shares,
    Shelf,
    tensors,
)
from training.fuse import FusionTask, material, options, train
from training.questions import KINDS as SLOTS
from training.recipe import KINDS as FACTS

MISSED, MISTAKEN = 0.12, 0.03
"""Shares of what was said that isn't understood, and that is understood as another value."""


def _words(composer: Composer, picture: int, rng: np.random.Generator) -> Composed | None:
    """Several things said in words, now and then one that is unwanted: what the words name is searched by, the rest is understood."""
    language = "zh" if rng.random() < 0.4 else "en"
    kinds = [
        kind
        for kind in (USAGE, MATERIAL, PATTERN, GENDER, COLOR)
        if composer.fact(picture, kind) >= 0 and rng.random() < 0.4
    ]
    wanted = composer.same(picture, *kinds, TYPE)
    unwanted: tuple[tuple[int, int, bool], ...] = ()
    if COLOR not in kinds and rng.random() < 0.5:
        other = composer.other(picture, COLOR, rng)
        if other is not None:
            unwanted = ((COLOR, other, False),)
    text = (" " if language == "en" else "").join(
        composer.name(kind, value, language, rng) for kind, value, _ in wanted
    )
    return Composed("", (Part("text", texts=(text,)),), (*wanted, *unwanted), said=(*wanted, *unwanted))


def _unlike(composer: Composer, picture: int, rng: np.random.Generator) -> Composed | None:
    """A picture, and of words only that its colour is unwanted: nothing is left to search by but the picture."""
    color = composer.fact(picture, COLOR)
    if color < 0 or composer.other(picture, COLOR, rng) is None:
        return None
    unwanted = ((COLOR, color, False),)
    shown = Part("image", (composer.view(picture, rng),))
    return Composed("", (shown,), (*composer.same(picture, TYPE, GENDER), *unwanted), said=unwanted)


def _turns(composer: Composer, picture: int, rng: np.random.Generator) -> Composed | None:
    """A picture, then two turns: another colour and another use, material or pattern."""
    color = composer.other(picture, COLOR, rng)
    kind = (USAGE, MATERIAL, PATTERN)[rng.integers(3)]
    value = composer.other(picture, kind, rng)
    if color is None or value is None:
        return None
    said = ((COLOR, color, True), (kind, value, True))
    language = "zh" if rng.random() < 0.4 else "en"
    text = (" " if language == "en" else "").join(composer.name(k, v, language, rng) for k, v, _ in said)
    parts = (Part("image", (composer.view(picture, rng),)), Part("text", texts=(text,)))
    return Composed("", parts, (*composer.same(picture, TYPE, GENDER), *said), said=said)


OF_FUSION = {
    "picture + other colour": 0.25,
    "picture + other material, pattern or use": 0.08,
    "picture + its own words": 0.12,
}
RESULT_SHARES: Shares = {
    **{name: (share, composing.SHARES[name][1]) for name, share in OF_FUSION.items()},
    "words": (0.15, _words),
    "picture, not in this colour": (0.12, _unlike),
    "picture + two turns": (0.28, _turns),
}


def slot_kind(kind: int) -> int:
    """A kind of facts as the network knows it."""
    return KINDS[SLOTS[FACTS[kind]]]


def slot_tensors(
    queries: Sequence[Composed],
    fused: np.ndarray,
    shelf: Shelf,
    texts: Callable[[Sequence[str]], np.ndarray],
    rng: np.random.Generator | None = None,
) -> dict[str, np.ndarray]:
    """Queries as the network takes them: their ``fused`` vectors (batch, dim) and a part for each thing said. With ``rng`` what is
    understood has gaps and mistakes; without, it is what was said."""
    rows: list[list[tuple[int, str, float, float]]] = []
    for query in queries:
        own = []
        for kind, value, wanted in query.said:
            names = shelf.codes.names[FACTS[kind]]
            if rng is not None and rng.random() < MISSED:
                continue
            if rng is not None and rng.random() < MISTAKEN:
                value = int(rng.integers(len(names)))
            sure = rng.uniform(0.5, 1.0) if rng is not None else 0.9
            own.append((slot_kind(kind), names[value].lower(), 1.0 if wanted else -1.0, sure))
        rows.append(own)
    said = list(dict.fromkeys(name for own in rows for _, name, _, _ in own))
    vectors = dict(zip(said, texts(said), strict=True)) if said else {}
    longest = 1 + max(map(len, rows))
    parts = np.zeros((len(queries), longest, fused.shape[1]), np.float32)
    kinds = np.zeros((len(queries), longest), np.int64)
    weights, quality = np.zeros((2, len(queries), longest), np.float32)
    parts[:, 0], kinds[:, 0], weights[:, 0], quality[:, 0] = fused, QUERY, 1.0, 1.0
    for row, own in enumerate(rows):
        for place, (kind, name, sign, sure) in enumerate(own, 1):
            parts[row, place], kinds[row, place] = vectors[name], kind
            weights[row, place], quality[row, place] = sign, sure
    return {"parts": parts, "kinds": kinds, "weights": weights, "quality": quality}


def fused_by(model: OnnxModel, queries: Sequence[Composed], views: np.ndarray) -> np.ndarray:
    """(batch, dim): the queries' vectors as attention fusion makes them; a part alone is itself."""
    given = tensors(queries, views, model.encode_texts)
    vectors, _ = model.fuse_many("attention", given)
    alone = (given["kinds"] > 0).sum(1) == 1
    return np.where(alone[:, None], given["parts"][:, 0], vectors)


class ResultTask(FusionTask):
    """As for fusion, of a query's vector and what was understood."""

    def batch(self, rng: np.random.Generator) -> Batch:
        queries = [self.composer.draw(rng) for _ in range(BATCH)]
        fused = fused_by(self.model, queries, self.seen.vectors)
        found = slot_tensors(queries, fused, self.composer.shelf, self.model.encode_texts, rng)
        answers = np.stack([self.composer.shelf.answers(query) for query in queries])
        return {
            **{name: torch.from_numpy(array) for name, array in found.items()},
            "answers": torch.from_numpy(answers),
            "plain": torch.tensor(rng.random() < 0.5),
        }


BATCH = 160


def main() -> None:
    args = options(__doc__, steps=1200).parse_args()
    found = material(args)
    torch.manual_seed(args.seed)
    network = AttentionFusion(FusionShape(dim=found.model.dim, kinds=max(KINDS.values()) + 1))
    train(ResultTask(network, Composer(found.shelf, RESULT_SHARES), found), "result", args)


if __name__ == "__main__":
    main()
