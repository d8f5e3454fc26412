"""Print how good a model is on what it never saw, beside baselines, as one table; --write keeps it in model.json."""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from aisle.models.registry import SHIPPED, load
from aisle.models.runtime import Model, resize
from training.held_out import catalog, phone_photos, phrase, top
from training.lexicon import Lexicon
from training.sources import Picture, lines, pictures
from training.views import Teacher, decode, scenery

Encoder = Callable[[Sequence[np.ndarray]], np.ndarray]
Row = tuple[str, str, str, float]
"""data, measure, method, value"""


def colours(images: Sequence[np.ndarray]) -> np.ndarray:
    """Baseline: (n, 512) unit rows of the colour histogram, 8 levels a channel, square-rooted (Hellinger)."""
    rows = []
    for image in images:
        small = resize(image, 64).astype(int) // 32  # (64, 64, 3)
        rows.append(np.bincount((small @ np.array([64, 8, 1])).ravel(), minlength=512))
    found = np.sqrt(np.array(rows, dtype=np.float32))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def features(weights: Path) -> Encoder:
    """Baseline: MobileNetV2's last features, unit rows (n, 1280)."""
    teacher = Teacher(weights / "tf2_mobilenet_v2_1.0_224_ptq.tflite")

    def encode(images: Sequence[np.ndarray]) -> np.ndarray:
        found = np.array([teacher(image) for image in images], dtype=np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    return encode


def hit_rates(queries: np.ndarray, products: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Share of queries whose product ``truth`` (q,) is the first, and is among the first five."""
    hits = top(queries, products, 5) == truth[:, None]  # (q, 5)
    return float(hits[:, 0].mean()), float(hits.any(1).mean())


def grocery(root: Path, found: list[Picture], model: Model, encoders: Mapping[str, Encoder]) -> list[Row]:
    """photos_val → 81 products, each its iconic picture and name."""
    iconic = [p for p in found if p.source == "grocery" and not p.photo]
    position = {p.product: i for i, p in enumerate(iconic)}
    shots = list(lines(root / "grocery/photos_val.jsonl"))
    photos = [decode(root / "grocery" / str(row["photo"])) for row in shots]
    truth = np.array([position[f"grocery/{row['product']}"] for row in shots])
    rows: list[Row] = []
    data = f"grocery photos_val ({len(shots)}) → 81"
    for name, encode in encoders.items():
        products = encode([decode(p.path) for p in iconic])
        if name == model.name:
            products = catalog(iconic, model).vectors(**model.product_weights)
        first, five = hit_rates(encode(photos), products, truth)
        rows += [(data, "top-1", name, first), (data, "top-5", name, five)]
    return [*rows, (data, "top-1", "most common", max(Counter(truth.tolist()).values()) / len(truth))]


def fashion(found: list[Picture], model: Model, encoders: Mapping[str, Encoder], lexicon: Lexicon) -> list[Row]:
    """Held-out titles: words → pictures, and phone photo → type by the nearest training picture."""
    own = [p for p in found if p.source == "fashion"]
    held, seen = [p for p in own if p.held], [p for p in own if not p.held]
    images = [decode(p.path) for p in held]
    vectors = model.encode_images(images)
    facts = ("gender", "color", "type")
    kinds = [tuple(p.facts.get(k, "") for k in facts) for p in held]
    common = [kind for kind, count in sorted(Counter(kinds).items()) if count >= 10 and all(kind)]
    data = f"fashion held out ({len(held)})"
    rows: list[Row] = []
    for language in ("en", "zh"):
        example = [held[kinds.index(kind)] for kind in common]
        queries = model.encode_texts([phrase(p, facts, language, lexicon) for p in example])
        best = top(queries, vectors, 10)
        right = np.array([[kinds[j] == kind for j in row] for row, kind in zip(best, common, strict=True)])
        types = np.array([[kinds[j][2] == kind[2] for j in row] for row, kind in zip(best, common, strict=True)])
        rows += [
            (
                data,
                f"{len(common)} queries “gender colour type”, {language} → pictures: precision@10",
                model.name,
                float(right.mean()),
            ),
            (data, f"the same, type right, {language}: precision@10", model.name, float(types.mean())),
        ]
    chance = float(np.mean([Counter(kinds)[kind] / len(kinds) for kind in common]))
    rows.append((data, "the same, all facts right: precision@10", "chance", chance))
    truth = np.array([p.facts["type"] for p in held])
    photos = phone_photos(held, scenery(found, 100, 5), 5)
    known = np.array([p.facts["type"] for p in seen])
    shown = [decode(p.path) for p in seen]
    for name, encode in encoders.items():
        library = encode(shown)
        for what, asked in (("picture", images), ("drawn phone photo", photos)):
            nearest = top(encode(asked), library, 1)[:, 0]
            rows.append(
                (data, f"{what} → type of the nearest of {len(seen)}", name, float((known[nearest] == truth).mean()))
            )
    rows.append((data, "picture → type", "most common", max(Counter(truth.tolist()).values()) / len(truth)))
    return rows


def demo(shop: Path, model: Model, encoders: Mapping[str, Encoder], found: list[Picture]) -> list[Row]:
    """The demo shop's customer photos → its product; the right picture among all, by what training has seen."""
    own = [p for p in found if p.source == "demo"]
    position = {p.product: i for i, p in enumerate(own)}
    shots = list(lines(shop / "customer_photos.jsonl"))
    photos = [decode(shop / str(row["photo"])) for row in shots]
    truth = np.array([position[f"demo/{row['product']}"] for row in shots])
    split = np.array([str(row["split"]) for row in shots])
    types = np.array([p.facts["type"] for p in own])
    rows: list[Row] = []
    for name, encode in encoders.items():
        products = encode([decode(p.path) for p in own])
        queries = encode(photos)
        if name == model.name:
            products = catalog(own, model).vectors(**model.product_weights)
        for part in sorted(set(split)):
            mine = split == part
            data = f"demo photos, {part.replace('_', ' ')} ({mine.sum()}) → {len(own)}"
            first, five = hit_rates(queries[mine], products, truth[mine])
            near = top(queries[mine], products, 10)
            same = float((types[near] == types[truth[mine]][:, None]).mean())
            rows += [(data, "top-1", name, first), (data, "top-5", name, five), (data, "same type in 10", name, same)]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--shop", type=Path, help="a generated demo shop")
    parser.add_argument("--model", type=Path, default=SHIPPED["aisle-small"])
    parser.add_argument("--alone", action="store_true", help="without the baselines")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    model, lexicon, found = load(args.model, threads=1), Lexicon.load(), pictures(args.data, args.shop)
    weights = args.weights or args.data.parent / "weights"
    encoders: dict[str, Encoder] = {model.name: model.encode_images}
    if not args.alone:
        encoders |= {"MobileNetV2": features(weights), "colour histogram": colours}
    rows = grocery(args.data, found, model, encoders) + fashion(found, model, encoders, lexicon)
    rows += demo(args.shop, model, encoders, found) if args.shop else []
    table = Table("data", "measure", "method", "value")
    for data, measure, method, value in rows:
        table.add_row(data, measure, method, f"{value:.3f}")
    Console(width=150).print(table)
    if args.write:
        card = json.loads((args.model / "model.json").read_text(encoding="utf-8"))
        card["metrics"] = {f"{d}: {m}": round(v, 4) for d, m, method, v in rows if method == model.name}
        (args.model / "model.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
