"""Are the things in a picture found, and does it help to find products?

    python -m benchmarks.objects [--data DATA] [--detector FILE …] [--scenes FOLDER] [--model FOLDER]
                                 [--parts scenes rooms photos time]

Beside the shipped detector: the whole picture, its middle, what stands out from the border (``aisle.perception.salience``, and the
spectral residual of Hou & Zhang 2007), and NanoDet-m where OpenVINO and its weights are there.

- *scenes*: composed of things that training never saw; mean IoU of the first box and of the best of five with each picture's
  largest thing, and recall of all things by five boxes at IoU 0.5.
- *rooms*: the furniture in furniture/rooms that the shop sells (229 pairs) among the pictures of all 2,187 products. Each of at most five
  crops is asked, and a product's score is its best; recall@10, with 95 % bootstrap intervals over rooms of the difference to
  the whole picture. "+ whole" asks the whole picture too.
- *photos*: phone photos of groceries (photos_val) and of clothes (held-out senders) have one thing each: is the product (the type, by
  the nearest catalog picture) at 1 the right one, when the photo, or its first proposal with it, is asked?
- *time*: one thread, pictures of 640 × 480, p50 and p95 in ms of processor time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table
from scipy import ndimage

from aisle.cli.options import table
from aisle.errors import InvalidMedia
from aisle.models.registry import load
from aisle.models.runtime import Model
from aisle.perception.image import crop, decode
from aisle.perception.objects import Detector, OnnxDetector, iou, opened, propose
from aisle.types import Box
from benchmarks.nanodet import NanoDet

Propose = Callable[[np.ndarray], Sequence[Box]]
"""A picture → at most five boxes, the best first."""
BOXES = 5
PARTS = ("scenes", "rooms", "photos", "time")
WHOLE = Box(0.0, 0.0, 1.0, 1.0)
MIDDLE = Box(0.2, 0.2, 0.8, 0.8)
QUARTERS = (MIDDLE, *(Box(x, y, x + 0.5, y + 0.5) for y in (0.5, 0.0) for x in (0.0, 0.5)))
"""Five crops that nobody looked for: more crops alone find more."""


def spectral(image: np.ndarray) -> Box:
    """The box of what is unusual in the picture's spectrum (Hou & Zhang 2007), at 64 pixels, over three times the mean."""
    grey = np.asarray(Image.fromarray(image).convert("L").resize((64, 64), Image.Resampling.BILINEAR), float)
    spectrum = np.fft.fft2(grey)
    size = np.log(np.abs(spectrum) + 1e-9)
    rest = size - ndimage.uniform_filter(size, 3, mode="wrap")
    seen = ndimage.gaussian_filter(np.abs(np.fft.ifft2(np.exp(rest + 1j * np.angle(spectrum)))) ** 2, 2.5)
    mask = seen > 3 * seen.mean()
    if not mask.any():
        return WHOLE
    labels, _ = ndimage.label(ndimage.binary_dilation(mask, iterations=3))
    strongest = 1 + int(np.argmax(ndimage.sum_labels(seen, labels, np.arange(1, labels.max() + 1))))
    rows, columns = np.flatnonzero((labels == strongest).any(1)), np.flatnonzero((labels == strongest).any(0))
    return Box(columns[0] / 64, rows[0] / 64, (columns[-1] + 1) / 64, (rows[-1] + 1) / 64)


def by(detector: Detector) -> Propose:
    return lambda image: [each.region for each in propose(image, BOXES, detector)]


def corners(boxes: Sequence[Box]) -> np.ndarray:
    """(n, 4)."""
    return np.array([[b.x0, b.y0, b.x1, b.y1] for b in boxes]).reshape(-1, 4)


def scenes(ways: Mapping[str, Propose], folder: Path) -> list[list[object]]:
    """A row for each way: IoU of the first and of the best box with the largest thing, recall of all things at IoU 0.5."""
    pixels, truth = np.load(folder / "pixels.npy", mmap_mode="r"), np.load(folder / "boxes.npy")
    rows: list[list[object]] = []
    for name, way in ways.items():
        first, best, found, things = [], [], 0, 0
        for picture, boxes in zip(pixels, truth, strict=True):
            real = boxes[np.isfinite(boxes).all(1)] / picture.shape[0]
            if not len(real):
                continue
            made = corners(way(np.asarray(picture)))
            overlap = (
                np.stack([iou(box, made) for box in real]) if len(made) else np.zeros((len(real), 1))
            )  # (things, boxes)
            largest = int(np.argmax((real[:, 2:] - real[:, :2]).prod(1)))
            first.append(overlap[largest, 0])
            best.append(overlap[largest].max())
            found, things = found + int((overlap.max(1) >= 0.5).sum()), things + len(real)
        rows.append([name, len(first), float(np.mean(first)), float(np.mean(best)), found / things])
    return rows


@dataclass(frozen=True)
class Rooms:
    """Room pictures, the numbers of the products that stand in each, and the vectors of all products' pictures (n, dim)."""

    pictures: Sequence[np.ndarray]
    products: Sequence[Sequence[int]]
    vectors: np.ndarray

    @classmethod
    def read(cls, root: Path, model: Model) -> Rooms:
        rows = lines(root / "products.jsonl")
        number = {row["id"]: i for i, row in enumerate(rows)}
        stand: dict[str, list[int]] = {}
        for row in lines(root / "room_products.jsonl"):
            stand.setdefault(row["room"], []).append(number[row["product"]])
        vectors = encoded(model, [root / row["image"] for row in rows])
        return cls([decode((root / room).read_bytes()) for room in stand], list(stand.values()), vectors)

    def asked(self, way: Propose, model: Model) -> list[np.ndarray]:
        """The vectors of each room's crops, (boxes, dim) each."""
        return [
            model.encode_images([crop(picture, box) for box in list(way(picture)) or [WHOLE]])
            for picture in self.pictures
        ]

    def recalled(self, asked: Sequence[np.ndarray], depth: int = 10) -> np.ndarray:
        """(rooms, 2): how many of each room's products are among the first ``depth``, and how many there are."""
        found = []
        for vectors, wanted in zip(asked, self.products, strict=True):
            best = (self.vectors @ vectors.T).max(1)  # (products,)
            ranked = set(np.argsort(-best, kind="stable")[:depth].tolist())
            found.append((len(ranked & set(wanted)), len(wanted)))
        return np.array(found)


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def encoded(model: Model, paths: Sequence[Path]) -> np.ndarray:
    """(n, dim) vectors of pictures, a few at a time."""
    chunks = [paths[start : start + 64] for start in range(0, len(paths), 64)]
    return np.concatenate([model.encode_images([decode(path.read_bytes()) for path in chunk]) for chunk in chunks])


def interval(difference: np.ndarray, totals: np.ndarray, draws: int = 2000) -> tuple[float, float]:
    """95 % interval of the mean difference in recall over resampled rooms (Efron 1979)."""
    rng = np.random.default_rng(0)
    picked = rng.integers(len(totals), size=(draws, len(totals)))
    values = difference[picked].sum(1) / totals[picked].sum(1)
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def in_rooms(ways: Mapping[str, Propose], rooms: Rooms, model: Model) -> Table:
    """recall@10 of each way, alone and with the whole picture."""
    whole = rooms.asked(ways["whole picture"], model)
    base = rooms.recalled(whole)
    rows: list[list[object]] = []
    for name, way in ways.items():
        asked = rooms.asked(way, model)
        joined = [np.concatenate(pair) for pair in zip(asked, whole, strict=True)]
        for label, each in ((name, asked), (f"{name} + whole", joined)):
            found = rooms.recalled(each)
            low, high = interval(found[:, 0] - base[:, 0], found[:, 1])
            share = float(found[:, 0].sum() / found[:, 1].sum())
            rows.append([label, int(found[:, 0].sum()), int(found[:, 1].sum()), share, f"{low:+.3f} … {high:+.3f}"])
    return table("", "found", "pairs", "recall@10", "beside the whole picture", rows=rows)


def photos(ways: Mapping[str, Propose], root: Path, model: Model) -> list[list[object]]:
    """Accuracy at 1 of the product (groceries) and of the type (clothes, by the ten nearest catalog pictures' votes)."""
    from training.sources import clothing, fashion, share

    groceries = {row["id"]: root / "grocery" / row["image"] for row in lines(root / "grocery" / "products.jsonl")}
    sold = encoded(model, list(groceries.values()))
    shots = [(root / "grocery" / row["photo"], row["product"]) for row in lines(root / "grocery" / "photos_val.jsonl")]
    worn = [p for p in fashion(root) if share(p.product) < 0.4]
    types = [p.facts.get("type", "") for p in worn]
    dressed = encoded(model, [p.path for p in worn])
    known = set(types)
    clothes = [(p.path, p.facts["type"]) for p in clothing(root) if p.held and p.facts["type"] in known]
    rows: list[list[object]] = []
    for name, way in ways.items():
        right = []
        for path, product in shots:
            scores = sold @ _asked(path, way, model)
            right.append(list(groceries)[int(scores.argmax())] == product)
        typed = []
        for path, kind in clothes:
            near = np.argsort(-(dressed @ _asked(path, way, model)), kind="stable")[:10]
            votes = [types[i] for i in near]
            typed.append(max(votes, key=votes.count) == kind)
        rows.append([name, float(np.mean(right)), len(right), float(np.mean(typed)), len(typed)])
    return rows


def _asked(path: Path, way: Propose, model: Model) -> np.ndarray:
    """The vector that a photo is searched by: of the whole and of its first box together."""
    asked = [picture := decode(path.read_bytes())]
    with suppress(InvalidMedia):  # a box of a few pixels: the whole alone
        asked += [crop(picture, box) for box in list(way(picture))[:1]]
    vector = model.encode_images(asked).mean(0)
    return vector / np.linalg.norm(vector)


def timed(way: Propose, pictures: Sequence[np.ndarray]) -> tuple[float, float]:
    """p50 and p95 in ms of processor time: the machine may have other work."""
    way(pictures[0])
    taken = []
    for picture in pictures:
        start = time.process_time()
        way(picture)
        taken.append(1000 * (time.process_time() - start))
    return float(np.quantile(taken, 0.5)), float(np.quantile(taken, 0.95))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--scenes", type=Path, help="folder of held-out scenes, made by training.scenes.pool")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=["scenes", "rooms", "time"])
    parser.add_argument("--model", default="aisle-small", help="what encodes: a name, or a folder (a fine-tuned one)")
    parser.add_argument("--detector", action="append", default=[], help="another ONNX file to measure")
    args = parser.parse_args()
    console = Console(width=120)
    ways: dict[str, Propose] = {
        "whole picture": lambda image: [WHOLE],
        "middle": lambda image: [MIDDLE],
        "four quarters and the middle": lambda image: QUARTERS,
        "spectral residual": lambda image: [spectral(image)],
        "salience": by(opened("salience")),
        "aisle": by(opened("aisle")),
        **{Path(file).name: by(OnnxDetector(Path(file))) for file in args.detector},
    }
    nanodet = NanoDet.beside(args.data)
    if nanodet:
        ways["NanoDet-m"] = by(nanodet)
    else:
        console.print("NanoDet-m is left out: it needs openvino and ../weights/nanodet_m.xml beside the data.")
    if args.scenes and "scenes" in args.parts:
        console.print(
            table(
                "",
                "scenes",
                "IoU of the first",
                "IoU of the best",
                "recall of 5 at 0.5",
                rows=scenes(ways, args.scenes),
            )
        )
    model = load(args.model, threads=1)
    if "rooms" in args.parts:
        console.print(in_rooms(ways, Rooms.read(args.data / "furniture", model), model))
    if "photos" in args.parts:
        console.print(table("", "grocery at 1", "n", "clothing type at 1", "n", rows=photos(ways, args.data, model)))
    if "time" in args.parts:
        files = sorted((args.data / "furniture" / "rooms").iterdir())[:60]
        shown = [np.asarray(Image.fromarray(decode(file.read_bytes())).resize((640, 480))) for file in files]
        console.print(table("", "p50 ms", "p95 ms", rows=[[name, *timed(way, shown)] for name, way in ways.items()]))
    console.print(f"{platform.machine()}, load {os.getloadavg()[0]:.1f}; {time.strftime('%Y-%m-%d')}")


if __name__ == "__main__":
    main()
