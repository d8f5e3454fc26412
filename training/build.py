"""Make the shipped model: read, draw views, train, export. See README.md for what it needs and how long it takes."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import torch

from aisle.learning.export import export
from aisle.learning.towers import ImageShape, TextShape, Towers
from aisle.learning.trainer import Settings, fit
from aisle.models.registry import SHIPPED
from training.card import card
from training.lexicon import Lexicon
from training.recipe import CatalogTask
from training.sources import Picture, pictures
from training.texts import Pairs, captions, load_pairs, train_tokenizer
from training.views import Teacher, draw_pool, scenery

VOCABULARY = 12000
TEACHER = "tf2_mobilenet_v2_1.0_224_ptq.tflite"


def corpus(found: list[Picture], lexicon: Lexicon, pairs: Pairs, root: Path) -> Iterator[str]:
    """The texts that the tokenizer learns its pieces from: the lexicon counts most."""
    for entry in lexicon.entries:
        for names in entry.names.values():
            for name in names:
                yield from [name] * 20
    for picture in found:
        if not picture.held:
            yield from picture.titles.values()
    yield from pairs.titles
    yield from pairs.queries
    yield from captions(root)


def task_of(
    root: Path, shop: Path | None, work: Path, weights: Path, shape: ImageShape, seed: int, resolution: int
) -> tuple[CatalogTask, str]:
    """Everything that training needs, and the tokenizer; what is drawn is kept in ``work`` for the next run."""
    lexicon = Lexicon.load()
    found = pictures(root, shop)
    pairs = load_pairs(root, lexicon)
    kept = work / "tokenizer.json"
    if not kept.exists():
        work.mkdir(parents=True, exist_ok=True)
        kept.write_text(train_tokenizer(corpus(found, lexicon, pairs, root), VOCABULARY), encoding="utf-8")
    tokenizer = kept.read_text(encoding="utf-8")
    trained = [picture for picture in found if not picture.held]
    scenes, teacher = scenery(found, 400, seed), Teacher(weights / TEACHER)
    pools = {
        source: draw_pool([p for p in trained if p.source == source], scenes, teacher, work / source, seed)
        for source in dict.fromkeys(picture.source for picture in trained)
    }
    torch.manual_seed(seed)
    towers = Towers(shape, TextShape(vocabulary=VOCABULARY))
    return CatalogTask(towers, tokenizer, trained, pools, lexicon, pairs, resolution=resolution), tokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"), help="the data sets ($AISLE_DATA)")
    parser.add_argument("--weights", type=Path, help="folder of the teacher; default: weights beside the data")
    parser.add_argument("--shop", type=Path, help="a generated demo shop to learn from too")
    parser.add_argument("--work", type=Path, default=Path("scratch/train"), help="views, checkpoints and metrics")
    parser.add_argument("--run", default="run", help="name of this run: its checkpoint is resumed")
    parser.add_argument("--start", type=Path, help="checkpoint of another run whose weights to start from")
    parser.add_argument("--out", type=Path, default=SHIPPED["aisle-small"])
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resolution", type=int, default=128, help="side of the pictures while training, px")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if args.data is None:
        parser.error("say where the data sets are: --data or AISLE_DATA")
    weights = args.weights or args.data.parent / "weights"
    task, tokenizer = task_of(args.data, args.shop, args.work, weights, ImageShape(), args.seed, args.resolution)
    if args.start:
        begin(task, args.start)
    settings = Settings(steps=args.steps, rate=args.rate, seed=args.seed, threads=args.threads)
    fit(task, settings, args.work / args.run)
    export(task.module.towers, tokenizer, args.out, card())
    print(f"exported to {args.out}; next: python -m training.calibrate, python -m training.evaluate")


def begin(task: CatalogTask, checkpoint: Path) -> None:
    """Start from another run's averaged weights; what has another shape here (attribute heads) starts anew."""
    state = torch.load(checkpoint, weights_only=True)["average"]
    own = task.module.state_dict()
    task.module.load_state_dict(
        {k: state[k] if k in state and state[k].shape == v.shape else v for k, v in own.items()}
    )


if __name__ == "__main__":
    main()
