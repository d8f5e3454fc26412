"""Fit what model.json says about cosines: product weights and the probability of a good match, on held-out products.

Good means the same type (of grocery: the same item). Queries are words ("type", "colour type", "gender colour type", zh
and en) and drawn phone photos, or real ones where they are held out; products are those that training never saw.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aisle.learning.calibration import logistic
from aisle.models.registry import SHIPPED, load
from aisle.models.runtime import OnnxModel
from training.composing import UNSEEN_EDITS, Composer, Shelf
from training.held_out import Catalog, catalog, phone_photos, phrase, top
from training.lexicon import Lexicon
from training.recipe import Codes
from training.results import RESULT_SHARES, fused_by, slot_tensors
from training.sources import Picture, pictures
from training.views import decode, scenery

DEPTH = 50
QUERIES = 2000
KINDS = (("type",), ("color", "type"), ("gender", "color", "type"))


def label(picture: Picture) -> str:
    return f"{picture.source}/{picture.facts.get('item') or picture.facts['type']}"


class Judged:
    """Queries (q, dim) of one modality with the label each wants, and the catalog they are asked of."""

    def __init__(self, queries: np.ndarray, good: np.ndarray, shop: Catalog) -> None:
        """``good`` (q, n) says which products are right for each query."""
        self.queries, self.good, self.shop = queries, good, shop

    @classmethod
    def of(cls, queries: np.ndarray, wanted: Sequence[str], shop: Catalog) -> Judged:
        return cls(queries, np.array([label(p) for p in shop.pictures])[None, :] == np.array(wanted)[:, None], shop)

    def retrieved(self, image: float) -> tuple[np.ndarray, np.ndarray]:
        """Cosines (q, DEPTH) of the nearest products and whether each is good, with pictures weighing ``image``."""
        products = self.shop.vectors(image, 1 - image)
        best = top(self.queries, products, DEPTH)
        cosines = np.take_along_axis(self.queries @ products.T, best, 1)
        return cosines, np.take_along_axis(self.good, best, 1)


def made_by_networks(
    model: OnnxModel, held: Sequence[Picture], shop: Catalog, photos: np.ndarray, lexicon: Lexicon, seed: int
) -> dict[str, Judged]:
    """Drawn queries as the networks make vectors of them: a picture with words, and Y of what is shown. Good is what has
    the type of an answer. ``held`` are the first of the shop's pictures, ``photos`` (held, dim) drawn photos of them."""
    own = len(held)
    views = np.concatenate([shop.images[:own], photos])
    shelf = Shelf(held, Codes(held, lexicon), lexicon, [(i, own + i) for i in range(own)], UNSEEN_EDITS)
    composer, rng = Composer(shelf, RESULT_SHARES), np.random.default_rng(seed)
    queries = [composer.draw(rng) for _ in range(QUERIES)]
    types = np.array([label(p) for p in shop.pictures])
    good = np.stack([np.isin(types, types[:own][shelf.answers(query)]) for query in queries])  # (queries, n)
    fused = fused_by(model, queries, views)
    result, _ = model.fuse_many("result", slot_tensors(queries, fused, shelf, model.encode_texts, rng))
    shown = np.array([query.parts[0].kind == "image" for query in queries])
    both = shown & np.array([len(query.parts) > 1 for query in queries])
    vectors = {"fused": (fused, both), "result": (result, shown)}
    return {kind: Judged(rows[chosen], good[chosen], shop) for kind, (rows, chosen) in vectors.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--shop", type=Path, help="a generated demo shop")
    parser.add_argument("--model", type=Path, default=SHIPPED["aisle-small"])
    parser.add_argument("--seed", type=int, default=11)
    args = parser.parse_args()
    model, lexicon = load(args.model, threads=1), Lexicon.load()
    found = pictures(args.data, args.shop)
    iconic = [p for p in found if p.source == "grocery" and not p.photo]
    held = [p for p in found if p.held and not p.photo]
    shots = [p for p in found if p.held and p.photo and p.source == "grocery"]
    shop = catalog(held + iconic, model)
    words = [(phrase(p, kinds, lang, lexicon), label(p)) for p in held for kinds in KINDS for lang in ("en", "zh")]
    words = sorted(set(words))
    photos = phone_photos(held, scenery(found, 100, args.seed), args.seed)
    looks = model.encode_images([*photos, *(decode(p.path) for p in shots)])
    asked = {
        "text": Judged.of(model.encode_texts([text for text, _ in words]), [wanted for _, wanted in words], shop),
        "image": Judged.of(looks, [label(p) for p in (*held, *shots)], shop),
    }
    best, weight = 0.0, 0.5
    for image in np.arange(0.2, 1.01, 0.05):
        precision = {kind: float(judged.retrieved(image)[1][:, :10].mean()) for kind, judged in asked.items()}
        print(f"pictures weigh {image:.2f}: precision@10 " + ", ".join(f"{k} {v:.3f}" for k, v in precision.items()))
        if precision["image"] > best:  # words are searched as words too: for them the vector isn't alone
            best, weight = precision["image"], float(image)
    card = json.loads((args.model / "model.json").read_text(encoding="utf-8"))
    card["product_weights"] = {"image": round(weight, 2), "text": round(1 - weight, 2)}
    if isinstance(model, OnnxModel) and {"attention", "result"} <= model.fusions:
        asked |= made_by_networks(model, held, shop, looks[: len(held)], lexicon, args.seed)
    for kind, judged in asked.items():
        cosines, good = judged.retrieved(weight)
        slope, bias = logistic(cosines.ravel(), good.ravel())
        card["calibration"][kind] = [round(slope, 4), round(bias, 4)]
        print(
            f"{kind}: {good.size} pairs, {good.mean():.2f} good, even at cosine {-bias / slope:.3f}, slope {slope:.1f}"
        )
    (args.model / "model.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
