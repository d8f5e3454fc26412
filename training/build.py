"""Make the shipped model: read, draw views, train, export. See README.md for what it needs and how long it takes."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from aisle.learning.checkpoint import load_towers
from aisle.learning.export import export
from aisle.learning.towers import ImageShape, TextShape, Towers
from aisle.learning.trainer import Settings, fit
from aisle.models.registry import SHIPPED
from training.card import card
from training.lexicon import Lexicon
from training.recipe import MIRRORED, CatalogTask
from training.sources import Picture, pictures
from training.texts import Pairs, captions, load_pairs, train_tokenizer
from training.views import activations, draw_pool, scenery

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


@dataclass(frozen=True, slots=True)
class Plan:
    """Where things lie and how to train; ``start`` is a model's folder whose weights to go on from.

    ``upper`` trains what lies above the lower stages only, on activations that are computed once. ``apart`` keeps some
    grocery products out of training, to measure what the model makes of products that it never saw.
    """

    data: Path
    shop: Path | None
    work: Path
    teacher: Path
    start: Path | None = None
    upper: bool = False
    seed: int = 1
    resolution: int = 128
    products: int = 128
    apart: bool = False


def task_of(plan: Plan) -> tuple[CatalogTask, str]:
    """Everything that training needs, and the tokenizer; what is drawn is kept in ``plan.work`` for the next run."""
    lexicon = Lexicon.load()
    found = pictures(plan.data, plan.shop, plan.apart)
    pairs = load_pairs(plan.data, lexicon)
    torch.manual_seed(plan.seed)
    if plan.start:
        towers, tokenizer = load_towers(plan.start)
    else:
        towers = Towers(ImageShape(), TextShape(vocabulary=VOCABULARY))
        tokenizer = _tokenizer(plan.work / "tokenizer.json", corpus(found, lexicon, pairs, plan.data))
    trained = [picture for picture in found if not picture.held]
    scenes = scenery(found, 400, plan.seed)
    pools, below = {}, {}
    for source in dict.fromkeys(picture.source for picture in trained):
        folder = plan.work / source
        own = [picture for picture in trained if picture.source == source]
        pools[source] = draw_pool(own, scenes, plan.teacher, folder, plan.seed)
        if plan.upper:
            below[source] = activations(pools[source], towers.image, folder, source in MIRRORED, plan.seed)
    task = CatalogTask(
        towers, tokenizer, trained, pools, lexicon, pairs, plan.products, plan.resolution, below=below or None
    )
    return task, tokenizer


def _tokenizer(kept: Path, texts: Iterator[str]) -> str:
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(train_tokenizer(texts, VOCABULARY), encoding="utf-8")
    return kept.read_text(encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"), help="the data sets ($AISLE_DATA)")
    parser.add_argument("--weights", type=Path, help="folder of the teacher; default: weights beside the data")
    parser.add_argument("--shop", type=Path, help="a generated demo shop to learn from too")
    parser.add_argument("--work", type=Path, default=Path("scratch/train"), help="views, checkpoints and metrics")
    parser.add_argument("--run", default="run", help="name of this run: its checkpoint is resumed")
    parser.add_argument("--start", type=Path, help="folder of a model whose weights to go on from")
    parser.add_argument("--upper", action="store_true", help="train only above the lower stages, on kept activations")
    parser.add_argument("--out", type=Path, default=SHIPPED["aisle-small"])
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--products", type=int, default=128, help="products in a batch, each seen twice")
    parser.add_argument("--resolution", type=int, default=128, help="side of the pictures while training, px")
    parser.add_argument("--apart", action="store_true", help="keep 20 grocery products out, to measure unseen ones")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if args.data is None:
        parser.error("say where the data sets are: --data or AISLE_DATA")
    if args.apart and (args.out == SHIPPED["aisle-small"] or args.start == SHIPPED["aisle-small"]):
        parser.error(
            "--apart makes a model to measure with: give it --out and --work of its own, and nothing shipped to --start"
        )
    teacher = (args.weights or args.data.parent / "weights") / TEACHER
    task, tokenizer = task_of(
        Plan(
            args.data,
            args.shop,
            args.work,
            teacher,
            args.start,
            args.upper,
            args.seed,
            args.resolution,
            args.products,
            args.apart,
        )
    )
    settings = Settings(steps=args.steps, rate=args.rate, seed=args.seed, threads=args.threads)
    fit(task, settings, args.work / args.run)
    export(task.module.towers, tokenizer, args.out, card())
    print(f"exported to {args.out}; next: python -m training.calibrate, python -m training.evaluate")


if __name__ == "__main__":
    main()
