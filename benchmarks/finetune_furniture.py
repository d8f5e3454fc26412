"""A shop's own fine-tuning, measured through the public door: furniture, which no shipped weight has seen.

    AISLE_DATA=… python -m benchmarks.finetune_furniture --minutes 20 --work scratch/furniture

Indexes the catalog, runs ``aisle train`` with no labels, and asks both models for held-out products (a tenth, by the hash of
their name, so that a series is held out whole) by words; the answer is the product's picture, titles and fields play no part.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aisle.learning.catalog_data import Catalog, Item, read_catalog
from aisle.learning.reporting import interval
from aisle.models import registry
from aisle.models.runtime import Model
from aisle.perception.image import Limits, decode
from aisle.store import Store


def aisle(*arguments: object) -> str:
    """The command line, in a process of its own."""
    command = [sys.executable, "-m", "aisle", *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def queries(item: Item, row: dict[str, str]) -> dict[str, str]:
    """The two ways to ask for a product: by what its label says, and by its description."""
    named = " ".join(filter(None, (row["name"], row["type"], row["color"].replace(",", " "))))
    return {"name type color": named, "type color": f"{row['type']} {row['color']}", "description": row["description"]}


def ranks(model: Model, texts: Sequence[str], wanted: Sequence[int], pictures: np.ndarray) -> np.ndarray:
    """(texts,) places, from 1, of the wanted row of ``pictures`` (n, dim); equal cosines count as before it."""
    near = model.encode_texts(list(texts)) @ pictures.T  # (texts, n)
    own = near[np.arange(len(texts)), list(wanted)][:, None]
    return (near >= own).sum(1)


def measure(
    model: Model, catalog: Catalog, rows: dict[str, dict[str, str]], pixels: list[np.ndarray]
) -> dict[str, np.ndarray]:
    """Ranks by "how it is asked, among what"."""
    held = catalog.rows("test")
    pictures = model.encode_images(pixels)
    asked = [queries(catalog.items[row], rows[catalog.items[row].id]) for row in held]
    found = {}
    for kind in ("name type color", "type color", "description"):
        chosen = [i for i, texts in enumerate(asked) if texts[kind].strip()]
        texts = [asked[i][kind] for i in chosen]
        found[f"{kind}, among held-out"] = ranks(model, texts, chosen, pictures[held])
        found[f"{kind}, among all"] = ranks(model, texts, [held[i] for i in chosen], pictures)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--work", type=Path, default=Path("scratch/furniture"))
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--depth", default="top")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--config", type=Path, help="a recipe as JSON")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    args = parser.parse_args()
    if args.data is None:
        parser.error("say where the data sets are: --data or AISLE_DATA")
    feed, store = args.data / "furniture" / "products.jsonl", args.work / "store"
    aisle("index", feed, "--store", store, "--json")
    options = ["--minutes", args.minutes, "--threads", args.threads, "--depth", args.depth, "--seed", args.seed]
    options += ["--config", args.config] if args.config else []
    trained = json.loads(aisle("train", "--store", store, *options, "--json"))
    with Store.open(store, create=False) as opened:
        catalog = read_catalog(opened)
    rows = {row["id"]: row for row in map(json.loads, feed.read_text(encoding="utf-8").splitlines())}
    pixels = [decode(item.pictures[0].read_bytes(), Limits(longest=320)) for item in catalog.items]
    models = {
        name: registry.load(folder)
        for name, folder in (("shipped", registry.SHIPPED["aisle-small"]), ("tuned", trained["folder"]))
    }
    found = {name: measure(model, catalog, rows, pixels) for name, model in models.items()}
    figures = {}
    print(
        f"{len(catalog.items)} products, {len(catalog.rows('test'))} held out; {trained['metrics']['seconds']} s, {trained['metrics']['steps']} steps"
    )
    for kind in found["shipped"]:
        was, now = ((found[name][kind] <= 10).astype(float) for name in ("shipped", "tuned"))
        first, then = ((found[name][kind] <= 1).mean() for name in ("shipped", "tuned"))
        low, high = interval(now - was)
        print(
            f"{kind:32} {len(was):4} queries  recall@1 {first:.3f} → {then:.3f}  recall@10 {was.mean():.3f} → {now.mean():.3f}"
            f"  ×{now.mean() / max(was.mean(), 1e-9):.2f}  gain {low:+.3f} … {high:+.3f}"
        )
        figures[kind] = {"queries": len(was), "before": was.mean(), "after": now.mean(), "gain": (low, high)}
    if args.json:
        args.json.write_text(json.dumps({"figures": figures, "run": trained["metrics"]}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
