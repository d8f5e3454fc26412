"""What the shipped model may learn from: each data set read into pictures with facts, split once and for all.

Splits follow a hash, never the order of a file: a held-out title or sender stays held out when data are added.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

HELD = 0.15
"""Share of fashion titles and clothing senders that no training step ever sees."""

UNSEEN_TYPES = frozenset({"Umbrellas"})
"""Types held out of every source because the demo shop holds them out: an unseen type is one never seen anywhere."""


GROCERY_APART = 20
"""So many of the 81 grocery products a model can be trained without (``--apart``), to see what it makes of new ones."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture to learn from. ``product`` joins pictures of one thing; ``group`` joins variants of one product.

    ``facts`` are attribute → canonical English value (a lexicon entry); ``titles`` language → title. ``photo`` tells a
    customer's photo from a catalog picture.
    """

    path: Path
    source: str
    product: str
    facts: Mapping[str, str]
    group: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    photo: bool = False
    held: bool = False


def share(text: str) -> float:
    """A number in [0, 1) that depends on ``text`` alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64


def lines(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def fashion(root: Path) -> Iterator[Picture]:
    """Catalog pictures with gender, type, colour, season and usage; split by title."""
    folder = root / "fashion"
    for row in lines(folder / "products.jsonl"):
        text = {key: str(value) for key, value in row.items()}
        kinds = ("type", "color", "gender", "usage", "season")
        yield Picture(
            folder / text["image"],
            "fashion",
            f"fashion/{text['id']}",
            {kind: text[kind] for kind in kinds if text[kind] and text[kind] != "NA"},
            group=f"fashion/{text['title']}",
            titles={"en": text["title"]},
            held=share("fashion/" + text["title"]) < HELD or text["type"] in UNSEEN_TYPES,
        )


def grocery_apart(root: Path) -> frozenset[str]:
    """The products that ``--apart`` keeps out of training, by hash: as ``Picture.product``."""
    products = [f"grocery/{row['id']}" for row in lines(root / "grocery/products.jsonl")]
    return frozenset(sorted(products, key=share)[:GROCERY_APART])


def grocery(root: Path) -> Iterator[Picture]:
    """81 iconic pictures and phone photos of them in shops (photos_val is the test and isn't read here)."""
    folder = root / "grocery"
    products = {str(row["id"]): row for row in lines(folder / "products.jsonl")}

    def picture(row: dict[str, object], path: str, photo: bool, held: bool) -> Picture:
        key, title = f"grocery/{row['id']}", str(row["title"])
        facts = {"type": str(row["type"]), "item": title}
        return Picture(folder / path, "grocery", key, facts, key, {"en": title}, photo, held)

    for row in products.values():
        yield picture(row, str(row["image"]), photo=False, held=False)
    for shot in lines(folder / "photos_train.jsonl"):
        held = share(str(shot["photo"])) < 0.08  # for calibration: photos_val stays untouched
        yield picture(products[str(shot["product"])], str(shot["photo"]), photo=True, held=held)


def clothing(root: Path) -> Iterator[Picture]:
    """Phone photos of clothes at home; split by sender."""
    folder = root / "clothing_photos"
    for row in lines(folder / "photos.jsonl"):
        sender, label = str(row["sender"]), str(row["label"])
        facts = {"type": CLOTHING_TYPES[label]} | ({"gender": "Kids"} if row["kids"] else {})
        path = folder / str(row["photo"])
        held = share(f"clothing/{sender}") < HELD
        yield Picture(path, "clothing", f"clothing/{path.stem}", facts, photo=True, held=held)


CLOTHING_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "T-Shirt": "Tshirts",
        "Pants": "Trousers",
        "Longsleeve": "Long Sleeve Tops",
        "Shirt": "Shirts",
        "Shoes": "Shoes",
        "Dress": "Dresses",
        "Shorts": "Shorts",
        "Outwear": "Outerwear",
        "Hat": "Hat",
        "Skirt": "Skirts",
        "Blazer": "Blazers",
        "Undershirt": "Innerwear Vests",
        "Polo": "Polo Shirts",
        "Hoodie": "Sweatshirts",
        "Body": "Bodysuits",
        "Top": "Tops",
        "Blouse": "Blouses",
    }
)
"""The labels of clothing_photos in the words of the lexicon."""


def demo(shop: Path) -> Iterator[Picture]:
    """The demo shop's catalog pictures; held-out products and types are marked, its customer photos aren't read."""
    splits = {str(row["product"]): str(row["split"]) for row in lines(shop / "splits.jsonl")}
    for row in lines(shop / "products.jsonl"):
        key, images = str(row["id"]), row["images"]
        assert isinstance(images, list)
        facts = {k: str(row[k]) for k in ("type", "color", "material", "pattern", "gender") if row.get(k)}
        titles = {"en": str(row["title"])} | ({"zh": str(row["title_zh"])} if row.get("title_zh") else {})
        path = shop / images[0]  # variants stay apart: a shopper who shows the red one wants the red one
        yield Picture(path, "demo", f"demo/{key}", facts, titles=titles, held=splits[key] != "train")


SOURCES: tuple[Callable[[Path], Iterator[Picture]], ...] = (fashion, grocery, clothing)


def pictures(root: Path, shop: Path | None, apart: bool = False) -> list[Picture]:
    """Everything there is, in a fixed order; ``shop`` is the folder of a generated demo shop, ``apart`` leaves out
    ``grocery_apart``."""
    found = [picture for source in SOURCES for picture in source(root)] + (list(demo(shop)) if shop else [])
    out = grocery_apart(root) if apart else frozenset()
    return [picture for picture in found if picture.product not in out]
