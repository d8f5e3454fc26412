"""What the model sees, on what it never saw: four proofs, pictures alone deciding, beside the classics.

    python -m benchmarks.vision [--model FOLDER] [--alone] [--json FILE]        ($AISLE_DATA names the data)

a. grocery: a phone photo (photos_val) → its product among 81 iconic pictures
b. fashion, held out by title: words "{gender} {colour} {type}" → pictures; picture → type and colour of its neighbours
c. clothing photos of held-out senders → the fashion catalog: the same type in the first ten
d. composed, on held-out fashion: photo + "but in {colour}" → another product of that type and colour in the first five

Figures are means over queries with a 95 % bootstrap interval. Vectors are kept under scratch/vision by model version.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console

from aisle.cli.options import table
from aisle.evaluation import bootstrap
from aisle.fusion import fusion_of
from aisle.indexing import product_text
from aisle.models.registry import DEFAULT, SHIPPED, load
from aisle.models.runtime import Model
from aisle.types import InputType, Product, Signal
from benchmarks.encodings import KEPT, Encodings, Rows, by_model_main_object, encoders, unit_rows
from training import sources
from training.composing import UNSEEN_EDITS
from training.held_out import phrase, top
from training.lexicon import Lexicon
from training.sources import Picture, lines

ASKED = ("gender", "color", "type")
AT_LEAST = 5
FIRST = 10
BUT_IN = {language: wordings[0] for language, wordings in UNSEEN_EDITS.items()}

SAME_TYPE: Mapping[str, frozenset[str]] = {
    label: frozenset(types.split(", "))
    for label, types in {
        "T-Shirt": "Tshirts",
        "Polo": "Tshirts",  # the catalog has no type of its own for them
        "Longsleeve": "Tshirts, Sweaters, Sweatshirts, Tops",  # long-sleeved ones stand under each of these
        "Shirt": "Shirts",
        "Blouse": "Shirts, Tops",
        "Top": "Tops",
        "Undershirt": "Innerwear Vests",
        "Hoodie": "Sweatshirts",
        "Outwear": "Jackets, Sweaters, Sweatshirts",
        "Pants": "Trousers, Jeans, Track Pants, Leggings, Lounge Pants, Tights, Churidar, Capris",
        "Shorts": "Shorts, Lounge Shorts",
        "Dress": "Dresses, Tunics",
        "Skirt": "Skirts",
        "Shoes": "Casual Shoes, Sports Shoes, Formal Shoes, Heels, Flats, Sandals, Flip Flops, Sports Sandals",
        "Hat": "Caps, Hat",
    }.items()
}
"""Label of clothing_photos → the types of the fashion catalog that count as the same. Blazer and Body are left out: the
catalog has neither."""

NEAR: Mapping[str, str] = {
    color: family
    for family, colors in {
        "Blue": "Navy Blue, Turquoise Blue, Teal",
        "Grey": "Charcoal, Grey Melange, Steel, Silver, Metallic",
        "Brown": "Coffee Brown, Tan, Copper, Bronze, Rust, Mushroom Brown",
        "White": "Off White, Cream",
        "Red": "Maroon, Burgundy, Rust",
        "Pink": "Magenta, Peach, Rose, Mauve",
        "Purple": "Lavender, Mauve",
        "Green": "Olive, Sea Green, Lime Green, Fluorescent Green",
        "Beige": "Khaki, Taupe, Nude, Skin",
        "Yellow": "Mustard, Gold",
    }.items()
    for color in colors.split(", ")
}
"""Colours that people call by one name: shade → family (a colour not named here is its own)."""

Fusion = Callable[[Model, Sequence[Signal]], np.ndarray]


def averaging(model: Model, signals: Sequence[Signal]) -> np.ndarray:
    """Joint embedding: the weighted mean of the parts, as a unit vector (dim,)."""
    return unit_rows(sum(s.weight * s.vector for s in signals if s.vector is not None)[None])[0]


def own(model: Model, signals: Sequence[Signal]) -> np.ndarray:
    """The model's own way to make one query of the parts, as search does it: (dim,). The one place to plug a new one in."""
    vector = fusion_of(model, "attention").mix(signals).vector
    assert vector is not None
    return vector


FUSIONS: Mapping[str, Fusion] = {"averaging": averaging, "the model's fusion": own}


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over ``queries`` in [0, 1] with its 95 % bootstrap interval."""

    proof: str
    measure: str
    method: str
    queries: int
    value: float
    low: float
    high: float


def figure(proof: str, measure: str, method: str, values: Sequence[float] | np.ndarray) -> Figure:
    column = np.asarray(values, np.float64)[:, None]  # (queries, 1)
    low, high = bootstrap(column, rounds=400)
    return Figure(proof, measure, method, len(column), float(column.mean()), float(low[0]), float(high[0]))


@dataclass(frozen=True)
class Bench:
    """What every proof needs."""

    root: Path
    model: Model
    folder: Path
    lexicon: Lexicon
    encodings: Encodings
    encoders: Mapping[str, tuple[str, Rows]]

    @property
    def version(self) -> str:
        return f"{self.model.name}@{self.model.version}"

    def rows(self, name: str, paths: Sequence[Path]) -> np.ndarray:
        what, made = self.encoders[name]
        return self.encodings.rows(what, made, paths)

    def asked(self, name: str, paths: Sequence[Path]) -> np.ndarray:
        """Photos as queries: the model reads the whole and its main object together, as ``aisle.perception.senses`` does."""
        whole = self.rows(name, paths)
        if name != "model":
            return whole
        made = partial(by_model_main_object, str(self.folder))
        return unit_rows(whole + self.encodings.rows(f"{self.version}-objects", made, paths))


def grocery(bench: Bench) -> list[Figure]:
    """A phone photo → its product among the 81."""
    found = [p for p in sources.grocery(bench.root) if not p.photo]
    position = {p.product: i for i, p in enumerate(found)}
    shots = list(lines(bench.root / "grocery/photos_val.jsonl"))
    truth = np.array([position[f"grocery/{row['product']}"] for row in shots])
    photos = [bench.root / "grocery" / str(row["photo"]) for row in shots]
    held = sources.grocery_apart(bench.root)  # a model built with --apart never saw them
    apart = np.array([f"grocery/{row['product']}" in held for row in shots])
    proof = "a. grocery photo → 81 products"
    figures: list[Figure] = []

    def add(method: str, queries: np.ndarray, products: np.ndarray) -> None:
        right = top(queries, products, 5) == truth[:, None]  # (photos, 5)
        for measure, values in (("top-1", right[:, 0]), ("top-5", right.any(1))):
            figures.append(figure(proof, measure, method, values))
            figures.append(figure(proof, f"{measure}, the {len(held)} set apart", method, values[apart]))

    icons = [p.path for p in found]
    for name in bench.encoders:
        add(name, bench.rows(name, photos), bench.rows(name, icons))
    add("model + main object", bench.asked("model", photos), bench.rows("model", icons))
    texts = bench.model.encode_texts([product_text(Product(p.product, p.titles["en"])) for p in found])
    weights = bench.model.product_weights
    both = unit_rows(weights["image"] * bench.rows("model", icons) + weights["text"] * texts)
    add("model + main object, titles too", bench.asked("model", photos), both)
    common = truth == Counter(truth.tolist()).most_common(1)[0][0]
    return [*figures, figure(proof, "top-1", "most common", common)]


def near(color: str) -> str:
    return NEAR.get(color, color)


def words_to_pictures(bench: Bench, held: Sequence[Picture]) -> list[Figure]:
    """ "{gender} {colour} {type}" with at least five relevant → pictures: precision at min(10, relevant)."""
    proof = f"b. words → {len(held)} pictures"
    vectors = bench.rows("model", [p.path for p in held])
    exact = [tuple(p.facts.get(kind, "") for kind in ASKED) for p in held]
    merged = [(gender, near(color), kind) for gender, color, kind in exact]
    counts = Counter(exact)
    wanted = [kinds for kinds, count in sorted(counts.items()) if count >= AT_LEAST and all(kinds)]
    examples = [held[exact.index(kinds)] for kinds in wanted]
    queries = {language: [phrase(p, ASKED, language, bench.lexicon) for p in examples] for language in ("en", "zh")}
    queries |= {"en, as the data say": [" ".join(kinds) for kinds in wanted]}
    figures: list[Figure] = []
    for language, texts in queries.items():
        best = top(bench.model.encode_texts(texts), vectors, FIRST)  # (queries, 10)
        for measure, kinds, asked in (
            ("precision@min(10, relevant)", exact, wanted),
            ("the same, near colours merged", merged, [(g, near(c), t) for g, c, t in wanted]),
            ("the same, type alone right", [t for *_, t in exact], [t for *_, t in wanted]),
            ("the same, colour alone right (merged)", [c for _, c, _ in merged], [near(c) for _, c, _ in wanted]),
            ("the same, gender alone right", [g for g, *_ in exact], [g for g, *_ in wanted]),
        ):
            sizes = Counter(kinds)
            values = [
                np.mean([kinds[j] == kind for j in row[: min(FIRST, sizes[kind])]])
                for row, kind in zip(best, asked, strict=True)
            ]
            figures.append(figure(proof, f"{measure}, {language}", "model", values))
    chance = [counts[kinds] / len(held) for kinds in wanted]
    return [*figures, figure(proof, "precision@min(10, relevant)", "chance", chance)]


def neighbours(bench: Bench, held: Sequence[Picture], seen: Sequence[Picture]) -> list[Figure]:
    """A held-out picture → type and colour of the nearest training pictures: the first, and the vote of ten."""
    proof = f"b. picture → nearest of {len(seen)}"
    figures: list[Figure] = []
    for name in bench.encoders:
        best = top(bench.rows(name, [p.path for p in held]), bench.rows(name, [p.path for p in seen]), FIRST)
        for kind in ("type", "color"):
            asked = [i for i, p in enumerate(held) if p.facts.get(kind)]
            known = [p.facts.get(kind, "") for p in seen]
            one = [known[best[i, 0]] == held[i].facts[kind] for i in asked]
            vote = [Counter(known[j] for j in best[i]).most_common(1)[0][0] == held[i].facts[kind] for i in asked]
            figures.append(figure(proof, f"{kind}, nearest", name, one))
            figures.append(figure(proof, f"{kind}, vote of 10", name, vote))
            if kind == "color":
                close = [near(known[best[i, 0]]) == near(held[i].facts[kind]) for i in asked]
                figures.append(figure(proof, "color, nearest, near colours merged", name, close))
    for kind in ("type", "color"):
        common = Counter(p.facts.get(kind, "") for p in seen).most_common(1)[0][0]
        asked_of = [p.facts[kind] == common for p in held if p.facts.get(kind)]
        figures.append(figure(proof, f"{kind}, nearest", "most common", asked_of))
    return figures


def home_photos(bench: Bench, held: Sequence[Picture], seen: Sequence[Picture]) -> list[Figure]:
    """Held-out senders' photos → the whole fashion catalog: the share of the same type (SAME_TYPE) in the first ten."""
    labels = {str(row["photo"]): str(row["label"]) for row in lines(bench.root / "clothing_photos/photos.jsonl")}
    folder = bench.root / "clothing_photos"
    found = [p for p in sources.clothing(bench.root) if p.held]
    label = [labels[p.path.relative_to(folder).as_posix()] for p in found]
    photos = [p.path for p, name in zip(found, label, strict=True) if name in SAME_TYPE]
    label = [name for name in label if name in SAME_TYPE]
    types = np.array([p.facts.get("type", "") for p in (*held, *seen)])
    proof = f"c. home photo → {len(types)} pictures"
    figures: list[Figure] = []

    def add(method: str, queries: np.ndarray, products: np.ndarray, detailed: bool = False) -> None:
        best = types[top(queries, products, FIRST)]  # (photos, 10)
        right = [np.isin(row, list(SAME_TYPE[name])).mean() for row, name in zip(best, label, strict=True)]
        figures.append(figure(proof, "same type in 10", method, right))
        by = defaultdict(list)
        for name, value in zip(label, right, strict=True):
            by[name].append(value)
        figures.append(figure(proof, "same type in 10, mean of labels", method, [np.mean(v) for v in by.values()]))
        if detailed:
            figures.extend(figure(proof, f"same type in 10: {name}", method, by[name]) for name in sorted(by))

    def catalog(name: str) -> np.ndarray:
        return np.concatenate([bench.rows(name, [p.path for p in part]) for part in (held, seen)])

    for name in bench.encoders:
        add(name, bench.rows(name, photos), catalog(name))
    add("model + main object", bench.asked("model", photos), catalog("model"), detailed=True)
    constant = max(sorted(set(types)), key=lambda kind: sum(kind in SAME_TYPE[name] for name in label))
    return [*figures, figure(proof, "same type in 10", "most common", [constant in SAME_TYPE[n] for n in label])]


def composed(bench: Bench, held: Sequence[Picture]) -> list[Figure]:
    """Photo + "but in {colour}": another product of the photo's type in that colour among the first five."""
    vectors = bench.rows("model", [p.path for p in held])
    photos = bench.asked("model", [p.path for p in held])
    kinds = [(p.facts["type"], p.facts.get("color", "")) for p in held]
    colors = sorted({color for _, color in kinds if color and bench.lexicon.find("color", color)})
    there, rng = set(kinds), np.random.default_rng(3)
    asked: list[tuple[int, tuple[str, str]]] = []  # the photo shown and the (type, colour) wanted
    for i, (kind, color) in enumerate(kinds):
        others = [other for other in colors if other != color and (kind, other) in there]
        if others:
            asked.append((i, (kind, others[rng.integers(len(others))])))
    proof = f"d. photo + colour → {len(held)} pictures"
    figures: list[Figure] = []
    for language, pattern in BUT_IN.items():
        entries = {color: bench.lexicon.find("color", color) for color in colors}
        said = {color: pattern.format(entry.names[language][0].lower()) for color, entry in entries.items() if entry}
        texts = dict(zip(said, bench.model.encode_texts(list(said.values())), strict=True))

        def parts(
            i: int, color: str, texts: Mapping[str, np.ndarray] = texts, said: Mapping[str, str] = said
        ) -> tuple[Signal, Signal]:
            return (
                Signal(InputType.IMAGE, photos[i], "", 1.0),
                Signal(InputType.TEXT, texts[color], said[color], 1.0),
            )

        methods = {
            "photo only": np.stack([photos[i] for i, _ in asked]),
            "text only": np.stack([texts[color] for _, (_, color) in asked]),
        }
        for name, combine in FUSIONS.items():
            methods[name] = np.stack([combine(bench.model, parts(i, color)) for i, (_, color) in asked])
        for name, queries in methods.items():
            best = top(queries, vectors, 6)
            # The very picture shown is left out: another product is wanted.
            hits = [[kinds[j] for j in row if j != i][:5] for row, (i, _) in zip(best, asked, strict=True)]
            wanted = [want for _, want in asked]
            figures.append(
                figure(proof, f"right in 5, {language}", name, [w in h for h, w in zip(hits, wanted, strict=True)])
            )
            close = [
                any(t == kind and near(c) == near(color) for t, c in h)
                for h, (kind, color) in zip(hits, wanted, strict=True)
            ]
            figures.append(figure(proof, f"right in 5, near colours merged, {language}", name, close))
            share = [np.mean([got == w for got in h]) for h, w in zip(hits, wanted, strict=True)]
            figures.append(figure(proof, f"share of 5 right, {language}", name, share))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--weights", type=Path, help="folder of MobileNetV2 (default: weights beside the data)")
    parser.add_argument("--model", type=Path, default=SHIPPED[DEFAULT])
    parser.add_argument("--alone", action="store_true", help="without the baselines")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="abcd", help="letters of the proofs to run")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    args = parser.parse_args()
    if args.data is None:
        parser.error("name the data: --data or $AISLE_DATA")
    started, model = time.perf_counter(), load(args.model, threads=1)
    weights = None if args.alone else args.weights or args.data.parent / "weights"
    version = f"{model.name}@{model.version}"
    bench = Bench(
        args.data, model, args.model, Lexicon.load(), Encodings(KEPT, args.workers),
        encoders(args.model, version, weights),
    )  # fmt: skip
    own_pictures = list(sources.fashion(args.data))
    held, seen = [p for p in own_pictures if p.held], [p for p in own_pictures if not p.held]
    figures: list[Figure] = []
    figures += grocery(bench) if "a" in args.only else []
    figures += words_to_pictures(bench, held) + neighbours(bench, held, seen) if "b" in args.only else []
    figures += home_photos(bench, held, seen) if "c" in args.only else []
    figures += composed(bench, held) if "d" in args.only else []
    console = Console(width=150)
    console.print(
        table(
            "proof", "measure", "method", "n", "value", "95 %",
            rows=[(f.proof, f.measure, f.method, f.queries, f.value, f"{f.low:.3f}–{f.high:.3f}") for f in figures],
        )
    )  # fmt: skip
    spent = time.perf_counter() - started
    console.print(f"{version}, {platform.machine()}, {os.cpu_count()} cores, {date.today()}, {spent:.0f} s")
    if args.json:
        whole = {"model": version, "figures": [asdict(each) for each in figures]}
        args.json.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
