"""The detector of objects: the lower stages of aisle-small's image tower, a small pyramid on top, trained on composed scenes.

    python -m training.objects --held         # held-out scenes, for benchmarks/objects.py
    python -m training.objects                # cut-outs → scenes → training → aisle/perception/network/objects.onnx

No anchors: each place of three strides (8, 16, 32) says how likely a thing is there and how far its four sides lie (as FCOS, Tian et
al. 2019, arXiv:1904.01355). Places learn by how well they already do (task alignment, Feng et al. 2021, arXiv:2108.07755).
Every step depends on the seed and its number; an interrupted run goes on from its checkpoint.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aisle.learning.checkpoint import load_towers
from aisle.learning.export import write
from aisle.learning.towers import ImageTower
from aisle.learning.trainer import Settings, fit
from aisle.perception.objects import SHIPPED, Detector
from training.cutouts import Bank, build
from training.scenes import SIDE, pool

STRIDES = (8, 16, 32)
WIDTH = 48
BEST = 9
"""Places that learn a thing."""
NEAR, SHARP = 1.0, 4.0
"""How much a place's score and its overlap count for whether it learns a thing."""


class Pyramid(nn.Module):
    """What the tower's stages see, joined from the coarsest down (Lin et al. 2017, arXiv:1612.03144), and one head for all."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(width, WIDTH, 1) for width in widths)
        self.smooth = nn.ModuleList(_block() for _ in widths)
        self.last = _block()
        self.score = nn.Conv2d(WIDTH, 1, 1)
        self.sides = nn.Conv2d(WIDTH, 4, 1)
        self.scales = nn.Parameter(torch.full((len(widths),), 0.7))
        nn.init.constant_(self.score.bias, -3.5)  # things are few

    def forward(self, stages: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Stages from fine to coarse → scores in logits (batch, places), corners (batch, places, 4) in pixels."""
        joined: Tensor | None = None
        scores, corners = [], []
        for level in reversed(range(len(stages))):
            own = self.lateral[level](stages[level])  # (batch, WIDTH, h, w)
            joined = own if joined is None else own + F.interpolate(joined, scale_factor=2.0, mode="nearest")
            joined = self.smooth[level](joined)
            seen = self.last(joined)
            scores.insert(0, self.score(seen).flatten(1))  # (batch, h·w)
            far = (self.sides(seen) * 0.5 + self.scales[level]).clamp(min=-4.0, max=3.5).exp() * STRIDES[level]
            far = far.flatten(2).transpose(1, 2)  # (batch, h·w, 4) left, top, right, bottom
            spots = places(seen.shape[2], seen.shape[3], STRIDES[level]).to(far)
            corners.insert(0, torch.cat([spots - far[..., :2], spots + far[..., 2:]], dim=2))
        return torch.cat(scores, 1), torch.cat(corners, 1)


def _block() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(WIDTH, WIDTH, 3, padding=1, bias=False), nn.GroupNorm(6, WIDTH), nn.ReLU())


def places(height: int, width: int, stride: int) -> Tensor:
    """(height · width, 2): the middles of the cells in pixels, as x, y."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return (torch.stack([x.flatten(), y.flatten()], 1) + 0.5) * stride


class Finder(nn.Module):
    """(batch, size, size, 3) uint8 → logits (batch, places) and corners (batch, places, 4) in pixels."""

    def __init__(self, tower: ImageTower) -> None:
        super().__init__()
        self.lower, self.third, self.fourth = tower.lower, tower.third, tower.fourth
        self.pyramid = Pyramid(tower.shape.widths[1:])
        self.lower.requires_grad_(False)  # edges and textures hold for any picture

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        return self.pyramid(self.stages(pixels))

    def stages(self, pixels: Tensor) -> list[Tensor]:
        """(batch, width, size / stride, size / stride) for each stride."""
        x = pixels.permute(0, 3, 1, 2).float() / 63.75 - 2.0  # (batch, 3, size, size)
        with torch.no_grad():
            second = self.lower(x)
        third = self.third(second)
        return [second, third, self.fourth(third)]


class Served(nn.Module):
    """As ``aisle.perception.layouts`` reads it: (1, places, 5) corners in pixels and score in [0, 1]."""

    def __init__(self, finder: Finder) -> None:
        super().__init__()
        self.finder = finder

    def forward(self, pixels: Tensor) -> Tensor:
        logits, corners = self.finder(pixels)
        return torch.cat([corners, logits.sigmoid()[..., None]], 2)


def overlaps(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Boxes (…, 4) with boxes (…, 4) → IoU, and generalised IoU (Rezatofighi et al. 2019, arXiv:1902.09630)."""
    common = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0).prod(-1)
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).clamp(min=0).prod(-1)
    areas = (a[..., 2:] - a[..., :2]).clamp(min=0).prod(-1) + (b[..., 2:] - b[..., :2]).clamp(min=0).prod(-1)
    union = (areas - common).clamp(min=1e-6)
    iou = common / union
    return iou, iou - (hull - union) / hull.clamp(min=1e-6)


def assign(scores: Tensor, corners: Tensor, spots: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Which thing each place learns: scores (batch, places) in [0, 1], corners (batch, places, 4), ``spots`` (places, 2), ``boxes``
    (batch, things, 4), NaN where there is none → each place's target in [0, 1] and its thing's number, both (batch, places).

    A thing is learnt by the places in it that do best; their targets are their overlaps, the best place's the highest.
    """
    real = boxes.isfinite().all(2)  # (batch, things)
    boxes = boxes.nan_to_num()
    inside = ((spots > boxes[:, :, None, :2]) & (spots < boxes[:, :, None, 2:])).all(3) & real[
        :, :, None
    ]  # (batch, things, places)
    iou, _ = overlaps(corners[:, None], boxes[:, :, None])  # (batch, things, places)
    iou = iou * inside
    merit = scores[:, None].pow(NEAR) * iou.pow(SHARP) * inside
    # Before anything is learnt, what lies in the middle of a thing will do.
    middle, extent = (boxes[..., :2] + boxes[..., 2:]) / 2, (boxes[..., 2:] - boxes[..., :2]).clamp(min=1)
    away = ((spots - middle[:, :, None]) / extent[:, :, None]).pow(2).sum(3)  # (batch, things, places)
    merit = merit + 1e-9 * torch.exp(-away * 8) * inside
    top = merit.topk(BEST, dim=2)
    chosen = torch.zeros_like(merit).scatter_(2, top.indices, (top.values > 0).to(merit))
    merit = merit * chosen
    best, number = (iou * chosen + 1e-6 * chosen).max(1)  # of two things a place learns the one it overlaps more
    taken = best > 0
    own = merit.gather(1, number[:, None])[:, 0]  # (batch, places)
    peak, reach = merit.amax(2), (iou * chosen).amax(2)  # (batch, things)
    target = own / peak.gather(1, number).clamp(min=1e-12) * reach.gather(1, number).clamp(min=0.1)
    return torch.where(taken, target.clamp(0, 1), torch.zeros_like(target)), number


class Finding:
    """The task: scenes of a pool, each time framed and lit otherwise."""

    weights: Mapping[str, float] = {"score": 1.0, "sides": 2.0}

    def __init__(self, finder: Finder, folder: Path, size: int, batch: int) -> None:
        self.finder, self.size, self.count = finder, size, batch
        self.pixels = np.load(folder / "pixels.npy", mmap_mode="r")  # (scenes, SIDE, SIDE, 3)
        self.boxes = np.load(folder / "boxes.npy")  # (scenes, MOST, 4)

    @property
    def module(self) -> nn.Module:
        return self.finder

    def batch(self, rng: np.random.Generator) -> dict[str, Tensor]:
        chosen = rng.integers(len(self.boxes), size=self.count)
        made = [again(self.pixels[i], self.boxes[i], rng, self.size) for i in chosen]
        return {
            "pixels": torch.from_numpy(np.stack([pixels for pixels, _ in made])),
            "boxes": torch.from_numpy(np.stack([boxes for _, boxes in made])),
        }

    def loss(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return losses(*self.finder(batch["pixels"]), batch["boxes"], batch["pixels"].shape[1])


class Above:
    """The same with the tower still: what its stages see in each kept scene is worked out once, the pyramid learns from that."""

    weights = Finding.weights

    def __init__(self, finder: Finder, folder: Path, batch: int) -> None:
        self.finder, self.count = finder, batch
        self.stages = kept_stages(finder, folder)
        self.boxes = np.load(folder / "boxes.npy")[: len(self.stages[0])]

    @property
    def module(self) -> nn.Module:
        return self.finder.pyramid

    def batch(self, rng: np.random.Generator) -> dict[str, Tensor]:
        chosen = np.sort(rng.integers(len(self.boxes), size=self.count))
        seen = {f"stage{i}": torch.from_numpy(stage[chosen].astype(np.float32)) for i, stage in enumerate(self.stages)}
        return {**seen, "boxes": torch.from_numpy(self.boxes[chosen])}

    def loss(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        stages = [batch[f"stage{i}"] for i in range(len(self.stages))]
        return losses(*self.finder.pyramid(stages), batch["boxes"], SIDE)


def kept_stages(finder: Finder, folder: Path, batch: int = 20) -> list[np.ndarray]:
    """What each stage of the tower sees in each scene, (scenes, width, h, w) float16, worked out once and kept on disk."""
    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    files = [folder / f"stage{i}.npy" for i in range(len(STRIDES))]
    if not all(file.exists() for file in files):
        chunks: list[list[np.ndarray]] = []
        with torch.no_grad():
            for start in range(0, len(pixels), batch):
                seen = finder.stages(torch.from_numpy(np.array(pixels[start : start + batch])))
                chunks.append([stage.half().numpy() for stage in seen])
        for i, file in enumerate(files):
            np.save(file, np.concatenate([chunk[i] for chunk in chunks]))
    return [np.load(file, mmap_mode="r") for file in files]


def losses(logits: Tensor, corners: Tensor, boxes: Tensor, side: int) -> dict[str, Tensor]:
    """``logits`` (batch, places), ``corners`` (batch, places, 4) against ``boxes`` (batch, things, 4), NaN where there is none."""
    spots = torch.cat([places(side // s, side // s, s) for s in STRIDES]).to(corners)
    with torch.no_grad():
        target, number = assign(logits.sigmoid(), corners, spots, boxes)
        wanted = boxes.nan_to_num().gather(1, number[..., None].expand(-1, -1, 4))  # (batch, places, 4)
    total = target.sum().clamp(min=1)
    # As in varifocal loss (Zhang et al. 2021, arXiv:2008.13367): places that are easily told to be empty count little.
    chance = logits.sigmoid().detach()
    focus = torch.where(target > 0, target.clamp(min=0.2), 0.75 * chance.pow(2))
    score = (F.binary_cross_entropy_with_logits(logits, target, reduction="none") * focus).sum() / total
    _, giou = overlaps(corners, wanted)
    return {"score": score, "sides": ((1 - giou) * target).sum() / total}


def again(pixels: np.ndarray, boxes: np.ndarray, rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    """A kept scene framed, mirrored and lit anew: (size, size, 3) uint8 and boxes (MOST, 4), NaN where there is none."""
    from PIL import Image

    share = rng.uniform(0.55, 1.0) if rng.random() < 0.5 else 1.0
    part = np.array([SIDE * min(1.0, share * rng.uniform(0.85, 1.15)), SIDE * share])  # (2,) width, height
    start = rng.uniform(0, 1, 2) * (SIDE - part)
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture = picture.resize((size, size), Image.Resampling.BILINEAR, (*start, *(start + part)))
    seen = np.asarray(picture).astype(np.float32)
    if rng.random() < 0.5:
        seen = seen[:, :, rng.permutation(3)] if rng.random() < 0.3 else 255 - seen if rng.random() < 0.05 else seen
        seen = (seen - 128) * rng.uniform(0.7, 1.25) + 128 + rng.uniform(-30, 30) + rng.uniform(-12, 12, 3)
    moved = (boxes - np.tile(start, 2)) * np.tile(size / part, 2)  # (MOST, 4)
    cut = moved.clip(0, size)
    before, after = ((b[:, 2:] - b[:, :2]).prod(1) for b in (moved, cut))
    cut[~((after >= 0.35 * before) & ((cut[:, 2:] - cut[:, :2]).min(1) >= 8 * size / SIDE))] = np.nan
    if rng.random() < 0.5:
        seen, cut = seen[:, ::-1], np.stack([size - cut[:, 2], cut[:, 1], size - cut[:, 0], cut[:, 3]], 1)
    return np.ascontiguousarray(seen.clip(0, 255).astype(np.uint8)), cut.astype(np.float32)


def export(finder: Finder, size: int, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write(Served(finder), {"pixels": torch.zeros(1, size, size, 3, dtype=torch.uint8)}, ("objects",), [{}], path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--work", type=Path, default=Path("scratch/train/objects"))
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument(
        "--start", type=Path, default=Path("aisle/models/aisle-small"), help="folder of the image tower"
    )
    parser.add_argument("--begin", type=Path, help="a checkpoint to go on from, in a new run")
    parser.add_argument("--name", default="run")
    parser.add_argument("--held", action="store_true", help="only compose the scenes that figures are taken with")
    parser.add_argument("--scenes", type=int, default=1800)
    parser.add_argument("--still", type=int, default=500, help="steps with the tower still, before")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--train-size", type=int, default=192)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if args.held:
        held = args.work / "held.npz"
        build(args.data, held=True, often=4, seldom=3, teacher=teacher(args.data)).save(held)
        pool(Bank.load(held), args.work / "held", 150, seed=2)
        return
    bank = args.work / "train.npz"
    if not bank.exists():
        build(args.data, held=False, teacher=teacher(args.data)).save(bank)
    if not (args.work / "pool" / "done.txt").exists():
        pool(Bank.load(bank), args.work / "pool", args.scenes, args.seed)
    torch.manual_seed(args.seed)
    towers, _ = load_towers(args.start)
    finder = Finder(towers.image)
    if args.begin:
        finder.load_state_dict(torch.load(args.begin, weights_only=True)["average"])
    torch.set_num_threads(args.threads)
    about: dict[str, Any] = {
        "warmup": 30,
        "average": 0.99,
        "seed": args.seed,
        "threads": args.threads,
        "log_every": 10,
        "save_every": 50,
    }
    if args.still:
        fit(
            Above(finder, args.work / "pool", args.batch),
            Settings(args.still, 2e-3, **about),
            args.work / f"{args.name}-still",
        )
    plan = Settings(args.steps, args.rate, **about)
    fit(Finding(finder, args.work / "pool", args.train_size, args.batch), plan, args.work / args.name)
    export(finder, args.size, args.out)


def teacher(root: Path) -> Detector | None:
    """NanoDet-m beside the data, if OpenVINO is installed: it boxes what it knows in shop photos."""
    try:
        from benchmarks.nanodet import NanoDet
    except ImportError:
        return None
    return NanoDet.beside(root)


if __name__ == "__main__":
    main()
