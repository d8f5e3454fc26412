"""Clips made of real photos: does the whole clip find what its best frame finds, and more than any frame?

    python -m benchmarks.video [--shop SHOP] [--clips 200] [--json FILE]        ($AISLE_DATA names the data)

Each clip is three seconds at 12 frames a second, H.264: the camera looks at something else first (another photo), swings over with
motion blur, then pans, zooms and shakes over the photo in question. It is decoded, and frames are chosen, as a shopper's clip is.

a. grocery photos_val → their product among 81 iconic pictures, in the first five
b. clothing photos of held-out senders → the fashion catalog: share of the same type in the first ten
c. customers' photos of the demo shop (--shop SHOP, test split) → their product, in the first five

Methods: the clip as it is served; its frames as so many pictures through the fusion network; their mean; the frame that is chosen
beforehand; its sharpest; a frame drawn at random; the key frame that does best (an oracle knows it). Differences are paired, with 95 % bootstrap intervals.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import av
import numpy as np
from PIL import Image
from rich.console import Console
from scipy.ndimage import uniform_filter1d

from aisle.cli.options import table
from aisle.evaluation import bootstrap
from aisle.fusion import fusion_of
from aisle.models.registry import DEFAULT, SHIPPED, load
from aisle.models.runtime import Model
from aisle.perception.image import Limits, decode
from aisle.perception.senses import Senses
from aisle.perception.video import ClipLimits, agreement, read_here
from aisle.types import Input, InputType, Signal
from benchmarks.vision import SAME_TYPE
from training import sources
from training.held_out import top
from training.sources import lines

SIDE, FPS, FRAMES = 208, 12, 36
ELSEWHERE, SWING = 8, 4
ORACLE = "best frame (oracle)"
METHODS = ("as served", "fusion network", "mean of frames", "chosen frame", "sharpest frame", "random frame", ORACLE)


def rendered(photo: Path, other: Path, rng: np.random.Generator) -> tuple[bytes, np.ndarray]:
    """The clip's file, and one of its frames (h, w, 3) drawn at random, as they are before encoding."""
    shown, distraction = (Image.open(path).convert("RGB") for path in (photo, other))
    start, end, zoom = rng.uniform(0.1, 0.9, 2), rng.uniform(0.35, 0.65, 2), rng.uniform(0.6, 1.0, 2)
    light = rng.uniform(0.75, 1.2, 2)
    frames = []
    for number in range(FRAMES):
        along = max(0.0, (number - ELSEWHERE) / (FRAMES - ELSEWHERE))
        share = zoom[0] + (zoom[1] - zoom[0]) * along
        centre = start + (end - start) * min(1.0, 1.6 * along) + rng.normal(0, 0.012, 2)
        frame = _window(distraction if number < ELSEWHERE else shown, centre, share)
        blur = 25 if ELSEWHERE - SWING // 2 <= number < ELSEWHERE + SWING // 2 else int(rng.choice([1, 1, 3, 7]))
        frame = uniform_filter1d(frame.astype(np.float32), blur, axis=1) * (light[0] + (light[1] - light[0]) * along)
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
    return _encoded(frames), frames[rng.integers(FRAMES)]


def _window(picture: Image.Image, centre: np.ndarray, share: float) -> np.ndarray:
    width, height = picture.size
    side = share * min(width, height)
    left = np.clip(centre[0] * width - side / 2, 0, width - side)
    upper = np.clip(centre[1] * height - side / 2, 0, height - side)
    window = picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=(left, upper, left + side, upper + side))
    return np.asarray(window)


def _encoded(frames: Sequence[np.ndarray]) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "26", "preset": "veryfast"})
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        for number, frame in enumerate(frames):
            each = av.VideoFrame.from_ndarray(frame, format="rgb24")
            each.pts, each.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(each))
        container.mux(stream.encode(None))
    return out.getvalue()


@dataclass(frozen=True)
class Eyes:
    """What looks at pictures and clips as the server does."""

    model: Model
    senses: Senses

    @classmethod
    def of(cls, model: Model) -> Eyes:
        def nothing(*_: object) -> dict[str, np.ndarray]:
            return {}

        return cls(model, Senses(model, lambda text: model.encode_texts([text])[0], Limits(), nothing, nothing))

    def signal(self, part: Input) -> Signal:
        ((signal,), _) = self.senses.perceive([part])
        return signal

    def picture(self, data: bytes) -> np.ndarray:
        vector = self.signal(Input(InputType.IMAGE, data)).vector
        assert vector is not None
        return vector

    def queries(self, clip: bytes, stray: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Method → query vector (dim,); and the vectors (frames, dim) of the key frames."""
        frames = read_here(clip, ClipLimits())
        pictures = [frame.picture for frame in frames.frames]
        signals = [self.signal(Input(InputType.IMAGE, picture)) for picture in pictures]
        alone = np.stack([signal.vector for signal in signals])
        served = self.signal(Input(InputType.VIDEO, tuple(pictures))).vector
        network = fusion_of(self.model, "attention").mix(signals).vector
        mean = alone.mean(0)
        out = io.BytesIO()
        Image.fromarray(stray).save(out, "PNG")
        sharpest = max(range(len(alone)), key=lambda i: frames.frames[i].sharpness)
        chosen = int(agreement(alone).argmax())
        mean, stray_frame = mean / np.linalg.norm(mean), self.picture(out.getvalue())
        found = (served, network, mean, alone[chosen], alone[sharpest], stray_frame)
        names = tuple(name for name in METHODS if name != ORACLE)
        return dict(zip(names, found, strict=True)), alone


T = TypeVar("T")
Relevant = Sequence[np.ndarray]
"""For each photo (products,) bool: which are right."""


def measured(
    eyes: Eyes,
    photos: Sequence[Path],
    others: Sequence[Path],
    products: np.ndarray,
    right: Relevant,
    k: int,
    share: bool,
) -> dict[str, np.ndarray]:
    """Method → (photos,): whether one of the first ``k`` is right, or (``share``) how many of them are."""
    values: dict[str, list[float]] = {method: [] for method in METHODS}

    def score(query: np.ndarray, good: np.ndarray) -> float:
        hits = good[top(query[None], products, k)[0]]
        return float(hits.mean() if share else hits.any())

    for number, (photo, good) in enumerate(zip(photos, right, strict=True)):
        rng = np.random.default_rng(number)
        clip, stray = rendered(photo, others[rng.integers(len(others))], rng)
        queries, frames = eyes.queries(clip, stray)
        for method, query in queries.items():
            values[method].append(score(query, good))
        values[ORACLE].append(max(score(frame, good) for frame in frames))
    return {method: np.array(column) for method, column in values.items()}


def grocery(eyes: Eyes, root: Path, clips: int) -> dict[str, np.ndarray]:
    icons = [p for p in sources.grocery(root) if not p.photo]
    position = {p.product: i for i, p in enumerate(icons)}
    shots = _spread(list(lines(root / "grocery/photos_val.jsonl")), clips)
    products = eyes.model.encode_images([decode(p.path.read_bytes()) for p in icons])
    right = [np.arange(len(icons)) == position[f"grocery/{row['product']}"] for row in shots]
    others = [p.path for p in sources.clothing(root) if not p.held][:400]
    return measured(eyes, [root / "grocery" / str(r["photo"]) for r in shots], others, products, right, 5, False)


def clothing(eyes: Eyes, root: Path, clips: int) -> dict[str, np.ndarray]:
    labels = {str(row["photo"]): str(row["label"]) for row in lines(root / "clothing_photos/photos.jsonl")}
    folder = root / "clothing_photos"
    held = [p.path for p in sources.clothing(root) if p.held]
    photos = _spread([p for p in held if labels[p.relative_to(folder).as_posix()] in SAME_TYPE], clips)
    catalog = _spread([p for p in sources.fashion(root) if p.facts.get("type")], 2000)
    types = np.array([p.facts["type"] for p in catalog])
    products = np.concatenate(
        [
            eyes.model.encode_images([decode(p.path.read_bytes()) for p in catalog[i : i + 64]])
            for i in range(0, len(catalog), 64)
        ]
    )
    right = [np.isin(types, list(SAME_TYPE[labels[p.relative_to(folder).as_posix()]])) for p in photos]
    others = [root / "grocery" / str(row["photo"]) for row in lines(root / "grocery/photos_train.jsonl")][:400]
    return measured(eyes, photos, others, products, right, 10, True)


def demo(eyes: Eyes, shop: Path, clips: int) -> dict[str, np.ndarray]:
    splits = [row for row in lines(shop / "customer_photos.jsonl") if row["split"] != "train"]
    shots = _spread(splits or list(lines(shop / "customer_photos.jsonl")), clips)
    rows = {str(row["id"]): row for row in lines(shop / "products.jsonl")}
    ids = list(rows)
    pictures = [shop / str((rows[id].get("images") or [rows[id].get("image")])[0]) for id in ids]
    products = np.concatenate(
        [
            eyes.model.encode_images([decode(p.read_bytes()) for p in pictures[i : i + 64]])
            for i in range(0, len(pictures), 64)
        ]
    )
    right = [np.array([id == row["product"] for id in ids]) for row in shots]
    photos = [shop / str(row["photo"]) for row in shots]
    return measured(eyes, photos, photos[::-1], products, right, 5, False)


def _spread(rows: Sequence[T], count: int) -> Sequence[T]:
    """At most ``count`` of them, evenly."""
    return [rows[i] for i in np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int)]


def rows_of(proof: str, values: Mapping[str, np.ndarray]) -> list[dict[str, object]]:
    """One row a method: its mean, and how far the clip as served is from it."""
    served = values["as served"]
    found: list[dict[str, object]] = []
    for method, column in values.items():
        low, high = (float(end[0]) for end in bootstrap((served - column)[:, None], rounds=1000))
        found.append(
            {"proof": proof, "method": method, "clips": len(column), "value": round(float(column.mean()), 3)}
            | {
                "served minus it": round(float((served - column).mean()), 3),
                "low": round(low, 3),
                "high": round(high, 3),
            }
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shop", type=Path, help="the demo shop's folder (`aisle demo --prepare-only` makes it)")
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    root = Path(os.environ["AISLE_DATA"])
    eyes = Eyes.of(load(str(SHIPPED[DEFAULT]), threads=2))
    began = time.perf_counter()
    rows = rows_of("a. grocery, right in 5", grocery(eyes, root, args.clips))
    rows += rows_of("b. clothing at home, same type in 10", clothing(eyes, root, args.clips))
    if args.shop:
        rows += rows_of("c. demo shop, right in 5", demo(eyes, args.shop, args.clips))
    columns = list(rows[0])
    Console().print(table(*columns, rows=[[row[name] for name in columns] for row in rows]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{time.perf_counter() - began:.0f} s, {peak} MB at most")
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
