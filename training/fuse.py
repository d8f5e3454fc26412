"""Train the fusion networks on the vectors of finished towers, and keep them in the model's folder. Minutes on one core."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aisle.indexing import product_text
from aisle.learning.checkpoint import load_towers
from aisle.learning.export import write
from aisle.learning.fusion_nets import AttentionFusion, DeepFusion, FusionShape
from aisle.learning.towers import ImageTower
from aisle.learning.trainer import Batch, Settings, fit
from aisle.models.registry import SHIPPED, load
from aisle.models.runtime import OnnxModel
from aisle.types import Product
from training.composing import EDITS, Composer, Shelf, caption_templates, tensors, token_tensors
from training.lexicon import Lexicon
from training.recipe import MIRRORED, Codes
from training.sources import Picture, pictures
from training.views import Activations, activations, draw_pool, key, scenery


class FusionTask:
    """InfoNCE over the whole training catalog: a query's answers against everything else that is sold.

    Half the time a product is its picture alone.
    """

    weights: Mapping[str, float] = {"answers": 1.0}

    def __init__(self, network: AttentionFusion | DeepFusion, composer: Composer, material: Material) -> None:
        self.module = nn.ModuleDict({"network": network})
        self.module.register_parameter("sharpness", nn.Parameter(torch.tensor(3.0)))
        self.composer, self.seen, self.model = composer, material.seen, material.model
        self.inputs = INPUTS[type(network)]
        self._images = torch.from_numpy(material.images)
        self._both = F.normalize(self._images + torch.from_numpy(material.told), dim=1)

    def batch(self, rng: np.random.Generator) -> Batch:
        queries = [self.composer.draw(rng) for _ in range(BATCH)]
        found = tensors(queries, self.seen.vectors, self.model.encode_texts)
        if "tokens" in self.inputs:
            found |= token_tensors(queries, self.seen.tokens, self.model.text_tokens)
        answers = np.stack([self.composer.shelf.answers(query) for query in queries])
        plain = torch.tensor(rng.random() < 0.6)
        return {
            **{name: torch.from_numpy(a) for name, a in found.items()},
            "answers": torch.from_numpy(answers),
            "plain": plain,
        }

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        vectors, _ = self.module["network"](*(batch[name] for name in self.inputs))  # (batch, dim)
        products = self._images if batch["plain"] else self._both  # (n, dim)
        logits = vectors @ products.T * self.module.sharpness.exp().clamp(max=60.0)  # (batch, n)
        positive = batch["answers"].float()  # (batch, n)
        mean = (logits.log_softmax(1) * positive).sum(1) / positive.sum(1)  # (batch,)
        return {"answers": -mean.mean()}


BATCH = 192
PARTS = ("parts", "kinds", "weights", "quality")
INPUTS: Mapping[type[nn.Module], tuple[str, ...]] = {
    AttentionFusion: PARTS,
    DeepFusion: (*PARTS, "tokens", "owners"),
}
NETWORKS: Mapping[str, type[AttentionFusion] | type[DeepFusion]] = {"attention": AttentionFusion, "deep": DeepFusion}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the image tower makes of views: ``vectors`` (views, dim) and ``tokens`` (views, places, width) float16."""

    vectors: np.ndarray
    tokens: np.ndarray


def seen_in(tower: ImageTower, below: Activations, kept: Path) -> Seen:
    """The views of a pool, from what the lower stages saw; ``kept`` for the next network."""
    if kept.exists():
        arrays = np.load(kept)
        return Seen(arrays["vectors"], arrays["tokens"])
    vectors, tokens = [], []
    with torch.no_grad():
        for start in range(0, len(below.lower), 256):
            part = (
                torch.from_numpy(np.array(rows[start : start + 256])).float() for rows in (below.small, below.lower)
            )
            _, unit, places = tower.upper(*part)
            vectors.append(unit.numpy())
            tokens.append(places.half().numpy())
    seen = Seen(np.concatenate(vectors), np.concatenate(tokens))
    np.savez(kept, vectors=seen.vectors, tokens=seen.tokens)
    return seen


def shelf_of(
    found: Sequence[Picture],
    tower: ImageTower,
    version: str,
    work: Path,
    teacher: Path,
    lexicon: Lexicon,
    root: Path,
    seed: int,
) -> tuple[Shelf, Seen]:
    """The training pictures as a shelf, and what a model's ``version`` sees in their views, from the towers' pools."""
    trained = [picture for picture in found if not picture.held]
    views: list[list[int]] = [[] for _ in trained]
    parts: list[Seen] = []
    offset, scenes = 0, scenery(found, 400, seed)
    for source in dict.fromkeys(picture.source for picture in trained):
        own = {key(picture): i for i, picture in enumerate(trained) if picture.source == source}
        pool = draw_pool([trained[i] for i in own.values()], scenes, teacher, work / source, seed)
        below = activations(pool, tower, work / source, source in MIRRORED, seed)
        parts.append(seen_in(tower, below, work / source / f"seen-{version}.npz"))
        for row, owner in enumerate(pool.owner):
            if (index := own.get(pool.names[owner])) is not None:
                views[index].append(offset + row)
        offset += len(pool.owner)
    shelf = Shelf(trained, Codes(trained, lexicon), lexicon, views, EDITS, caption_templates(root, lexicon))
    seen = Seen(np.concatenate([p.vectors for p in parts]), np.concatenate([p.tokens for p in parts]))
    return shelf, seen


def told(shelf: Shelf, model: OnnxModel) -> np.ndarray:
    """(n, dim): what the texts of the catalog's products say; zero for those that have none."""
    rows = np.zeros((len(shelf.catalog), model.dim), np.float32)
    named = [(row, shelf.pictures[i]) for row, i in enumerate(shelf.catalog) if "en" in shelf.pictures[i].titles]
    texts = [
        product_text(Product(p.product, p.titles["en"], attributes={k: v for k, v in p.facts.items() if k != "item"}))
        for _, p in named
    ]
    rows[[row for row, _ in named]] = model.encode_texts(texts)
    return rows


def export_network(network: AttentionFusion | DeepFusion, name: str, folder: Path) -> None:
    """The network as ``folder``'s file of that name: the inputs of ``forward`` → vectors (batch, dim), attention (batch, n)."""
    inputs = {
        "parts": torch.randn(2, 3, network.shape.dim),
        "kinds": torch.tensor([[1, 2, 0], [2, 2, 1]]),
        "weights": torch.ones(2, 3),
        "quality": torch.ones(2, 3),
        "tokens": torch.randn(2, 5, network.shape.tokens),
        "owners": torch.tensor([[1, 2, 2, 2, 0], [2, 2, 2, 1, 1]]),
    }
    taken = {each: inputs[each] for each in INPUTS[type(network)]}
    free = {each: {0: "batch", 1: "n" if each in PARTS else "places"} for each in taken}
    write(network, taken, ("vectors", "attention"), list(free.values()), folder / OnnxModel.FUSIONS[name])


@dataclass(frozen=True, slots=True)
class Material:
    """What networks on finished towers learn from: the training shelf, what the model ``seen`` in all views, and ``images`` and
    ``told`` (n, dim), the vectors of the catalog's pictures and of their texts (zero where there is none)."""

    model: OnnxModel
    shelf: Shelf
    seen: Seen
    images: np.ndarray
    told: np.ndarray


def options(about: str | None, steps: int) -> argparse.ArgumentParser:
    """What such a training is asked on the command line."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--shop", type=Path, help="a generated demo shop")
    parser.add_argument("--work", type=Path, default=Path("scratch/train"))
    parser.add_argument("--model", type=Path, default=SHIPPED["aisle-small"])
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    return parser


def material(args: argparse.Namespace) -> Material:
    """Everything that is read and seen before training."""
    lexicon, found = Lexicon.load(), pictures(args.data, args.shop)
    model, (towers, _) = load(args.model, args.threads), load_towers(args.model)
    assert isinstance(model, OnnxModel)
    teacher = args.weights or args.data.parent / "weights" / "tf2_mobilenet_v2_1.0_224_ptq.tflite"
    shelf, seen = shelf_of(found, towers.image, model.version, args.work, teacher, lexicon, args.data, args.seed)
    first = [shelf.views[i][0] if shelf.views[i] else -1 for i in shelf.catalog]  # a picture's first view is itself
    return Material(model, shelf, seen, seen.vectors[first], told(shelf, model))


def train(task: FusionTask, name: str, args: argparse.Namespace) -> None:
    """Fit the network and keep it in the model's folder under its name."""
    plan = Settings(args.steps, args.rate, warmup=50, average=0.99, seed=args.seed, threads=args.threads)
    fit(task, plan, args.work / f"{name}-{task.model.version}")
    export_network(task.module["network"], name, args.model)


def main() -> None:
    parser = options(__doc__, steps=2400)
    parser.add_argument("--network", choices=NETWORKS, default="attention")
    args = parser.parse_args()
    found = material(args)
    torch.manual_seed(args.seed)
    network = NETWORKS[args.network](FusionShape(dim=found.model.dim, tokens=found.seen.tokens.shape[2]))
    train(FusionTask(network, Composer(found.shelf), found), args.network, args)


if __name__ == "__main__":
    main()
