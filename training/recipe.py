"""The task of aisle-small: pictures and texts of one thing come together, beside a teacher and attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn

from aisle.learning.losses import attribute, contrast, imitation, relation
from aisle.learning.towers import Towers
from training.lexicon import Lexicon
from training.sources import Picture
from training.texts import Pairs, describe
from training.views import SIZE, Activations, Pool, Teacher, key

KINDS = ("type", "item", "color", "gender", "usage", "season", "material", "pattern", "group")
HEADS = ("type", "item", "color", "gender", "usage", "material", "pattern")
FACETS = ("type", "item", "color", "gender")
"""Facts that can be read off the vector itself with a straight line: what shoppers filter by must be near in it."""
SHARES = {"fashion": 0.45, "grocery": 0.3, "clothing": 0.2, "demo": 0.2}
"""How often a source is drawn from, relative to the others that are there."""
MIRRORED = frozenset({"fashion", "clothing", "demo"})
"""Sources whose pictures may be seen in a mirror; packages of groceries carry text."""

TERMS = {
    "text": 1.0,
    "image": 1.0,
    "kind": 0.5,
    "pairs": 0.4,
    "imitation": 1.5,
    "relation": 0.7,
    "attributes": 1.0,
    "facets": 1.0,
}

NEAR = (
    {"Shoes", "Casual Shoes", "Sports Shoes", "Formal Shoes", "Heels", "Flats", "Sneakers", "Boots", "Loafers"},
    {"Sandals", "Flip Flops", "Sports Sandals", "Slippers", "Slides"},
    {"Shoes", "Sandals"},
    {"Casual Shoes", "Sneakers", "Sports Shoes"},
    {"Outerwear", "Jackets", "Coats", "Down Jackets", "Trench Coats", "Blazers"},
    {"Hat", "Caps", "Beanies", "Bucket Hats", "Sun Hats"},
    {"Long Sleeve Tops", "Sweaters", "Sweatshirts", "Tshirts", "Tops", "Shirts", "Cardigans"},
    {"Tshirts", "Polo Shirts", "Tops", "Innerwear Vests"},
    {"Tops", "Blouses", "Shirts", "Tunics", "Kurtis"},
    {"Kurtas", "Kurtis", "Tunics"},
    {"Trousers", "Jeans", "Track Pants", "Leggings", "Capris", "Lounge Pants"},
    {"Shorts", "Lounge Shorts"},
    {"Briefs", "Trunk", "Boxers"},
    {"Hoodies", "Sweatshirts"},
    {"Handbags", "Tote Bags", "Shoulder Bags", "Crossbody Bags", "Clutches", "Messenger Bag"},
    {"Backpacks", "Rucksacks", "Laptop Bag"},
    {"Mufflers", "Scarves", "Stoles"},
    {"Watches", "Smartwatches"},
)
"""Types that a shopper may call by each other's names: neither match nor mismatch."""


class Codes:
    """Facts as numbers: one vocabulary for each kind, −1 for unknown. Values of one lexicon entry are one number."""

    def __init__(self, pictures: Sequence[Picture], lexicon: Lexicon) -> None:
        self.names: dict[str, list[str]] = {kind: [] for kind in KINDS}
        index: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        self.table = np.full((len(pictures), len(KINDS)), -1, np.int64)  # (pictures, kinds)
        for row, picture in enumerate(pictures):
            for column, kind in enumerate(KINDS):
                value = (picture.group or picture.product) if kind == "group" else picture.facts.get(kind)
                if value is None:
                    continue
                entry = lexicon.find(kind, value)
                name = entry.key if entry else value
                if name not in index[kind]:
                    index[kind][name] = len(index[kind])
                    self.names[kind].append(name)
                self.table[row, column] = index[kind][name]
        types = self.names["type"]
        self.near = np.array([[a == b or any({a, b} <= group for group in NEAR) for b in types] for a in types])


class Learner(nn.Module):
    """The towers and what only training needs: temperatures (as logs), the teacher's projection, attribute heads."""

    def __init__(self, towers: Towers, sizes: Mapping[str, int]) -> None:
        super().__init__()
        self.towers = towers
        self.teacher = nn.Linear(towers.image.features, Teacher.DIM)
        self.heads = nn.ModuleDict(
            {f"to_{kind}": nn.Linear(towers.image.features, max(1, sizes[kind])) for kind in HEADS}
        )
        dim = towers.image.shape.dim
        self.facets = nn.ModuleDict({f"to_{kind}": nn.Linear(dim, max(1, sizes[kind])) for kind in FACETS})
        self.sharpness = nn.ParameterDict(
            {name: nn.Parameter(torch.tensor(2.7)) for name in ("text", "image", "kind", "pairs")}  # 1 / e^2.7 = 0.067
        )

    def temperature(self, name: str) -> Tensor:
        return torch.exp(-self.sharpness[name].clamp(max=3.7))  # ()


class CatalogTask:
    """See TERMS for the loss. ``pools`` holds the views of ``pictures`` (training part only, grouped by source).

    With ``below`` (what the lower stages see in each view, by source) only what lies above them is trained: a third of
    the work. Pieces of the activations are taken as crops of a picture would be.
    """

    weights = TERMS

    def __init__(
        self,
        towers: Towers,
        tokenizer: str,
        pictures: Sequence[Picture],
        pools: Mapping[str, Pool],
        lexicon: Lexicon,
        pairs: Pairs,
        products: int = 128,
        resolution: int = 128,
        below: Mapping[str, Activations] | None = None,
    ) -> None:
        self.resolution = resolution  # a first run on smaller pictures costs half as much and teaches nearly the same
        self.pictures, self.pools, self.lexicon, self.pairs, self.products = pictures, pools, lexicon, pairs, products
        self.codes = Codes(pictures, lexicon)
        self.module = Learner(towers, {kind: len(names) for kind, names in self.codes.names.items()})
        self.below = below
        if below:
            towers.image.lower.requires_grad_(False)
        self.size, self.length = towers.image.shape.size, towers.text.shape.length
        self._tokenizer = Tokenizer.from_str(tokenizer)
        self._near = torch.from_numpy(self.codes.near)  # (types, types)
        self._clean: list[list[int]] = [[] for _ in pictures]
        self._photos: list[list[int]] = [[] for _ in pictures]
        self._locate_views()
        self._chance = self._chances()  # (pictures,)
        sample = np.concatenate([pool.teacher[:: max(1, len(pool.teacher) // 4000)] for pool in pools.values()])
        self._mean = torch.from_numpy(sample.mean(0)).float()  # (1280,)
        self._deviation = torch.from_numpy(sample.std(0)).float() + 1.0  # (1280,)

    def _locate_views(self) -> None:
        iconic: dict[str, int] = {}
        for source, pool in self.pools.items():
            own = {key(picture): i for i, picture in enumerate(self.pictures) if picture.source == source}
            for row, (owner, photo) in enumerate(zip(pool.owner, pool.photo, strict=True)):
                if (index := own.get(pool.names[owner])) is not None:  # a pool may know more than may be learnt from
                    (self._photos if photo else self._clean)[index].append(row)
        for i, picture in enumerate(self.pictures):
            if not picture.photo:
                iconic[picture.product] = i
        # The catalog picture of each photo; a photo without one is its own.
        self._catalog = [iconic.get(picture.product, i) for i, picture in enumerate(self.pictures)]

    def _chances(self) -> np.ndarray:
        """Rare types are drawn more often than they occur: by the square root of how common they are."""
        kinds = self.codes.table[:, 1].copy()  # item where there is one
        kinds = np.where(kinds >= 0, kinds + 10_000, self.codes.table[:, 0])
        sources = np.array([picture.source for picture in self.pictures])
        chance = np.zeros(len(kinds))
        for source in self.pools:
            mine = sources == source
            _, inverse, counts = np.unique(kinds[mine], return_inverse=True, return_counts=True)
            weight = counts[inverse] ** -0.5
            chance[mine] = SHARES[source] * weight / weight.sum()
        return chance / chance.sum()

    def _view(self, picture: int, photo: bool, rng: np.random.Generator) -> tuple[str, int]:
        """One view of a picture: its source and its row there."""
        rows = (self._photos if photo else self._clean)[picture] or self._photos[picture]
        return self.pictures[picture].source, rows[rng.integers(len(rows))]

    def batch(self, rng: np.random.Generator) -> dict[str, Tensor]:
        chosen = rng.choice(len(self.pictures), self.products, p=self._chance)
        first = [self._view(self._catalog[i], rng.random() < 0.3, rng) for i in chosen]
        second = [self._view(i, True, rng) for i in chosen]
        described = [describe(self.pictures[i], self.lexicon, rng) for i in chosen]
        said = np.array([[kind in kinds for kind in KINDS] for _, kinds in described])
        drawn = [self.pairs.draw(rng) for _ in range(self.products // 2)]
        views = first + second
        teacher = [self.pools[source].teacher[self.pools[source].owner[row]] for source, row in views]
        return {
            **(self._activations(views, self.below, rng) if self.below else self._pixels(views, rng)),
            "teacher": torch.from_numpy(np.stack(teacher)),  # (2·products, 1280)
            "codes": torch.from_numpy(self.codes.table[chosen]),  # (products, kinds)
            "said": torch.from_numpy(said),  # (products, kinds)
            "texts": self._ids([text for text, _ in described]),  # (products, length)
            "pairs": self._ids([a for a, _ in drawn] + [b for _, b in drawn]),  # (products, length)
        }

    def _pixels(self, views: Sequence[tuple[str, int]], rng: np.random.Generator) -> dict[str, Tensor]:
        """Each view cropped to the tower's size, half of them mirrored where that may be."""
        pixels = []
        for source, row in views:
            y, x = rng.integers(0, SIZE - self.size + 1, 2)
            view = self.pools[source].pixels[row, y : y + self.size, x : x + self.size]  # (size, size, 3)
            pixels.append(view[:, ::-1] if source in MIRRORED and rng.random() < 0.5 else view)
        return {"pixels": self._reduced(torch.from_numpy(np.stack(pixels)))}  # (views, resolution, resolution, 3)

    @staticmethod
    def _activations(
        views: Sequence[tuple[str, int]], below: Mapping[str, Activations], rng: np.random.Generator
    ) -> dict[str, Tensor]:
        """A piece of seven eighths of what the lower stages see in each view, and of the small picture beside it."""
        lower, small = [], []
        for source, row in views:
            seen = below[source].lower[row]  # (width, h, w)
            side = seen.shape[1] * 7 // 8
            y, x = rng.integers(0, seen.shape[1] - side + 1, 2)
            scale = below[source].small.shape[-1] // seen.shape[1]
            lower.append(seen[:, y : y + side, x : x + side])
            small.append(below[source].small[row][:, scale * y : scale * (y + side), scale * x : scale * (x + side)])
        return {name: torch.from_numpy(np.stack(rows)) for name, rows in (("lower", lower), ("small", small))}

    def _reduced(self, pixels: Tensor) -> Tensor:
        if self.resolution == self.size:
            return pixels
        planes = pixels.permute(0, 3, 1, 2).float()  # (2·products, 3, size, size)
        small = F.interpolate(planes, (self.resolution, self.resolution), mode="bilinear", antialias=True)
        return small.permute(0, 2, 3, 1)  # (2·products, resolution, resolution, 3)

    def _ids(self, texts: list[str]) -> Tensor:
        rows = [encoding.ids[: self.length] for encoding in self._tokenizer.encode_batch_fast(texts)]
        ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)  # (texts, length)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = torch.tensor(row)
        return ids

    def _agreement(self, codes: Tensor, said: Tensor) -> tuple[Tensor, Tensor]:
        """Does picture i show what text j says? → yes (n, n), can't tell (n, n)."""
        pictures, texts = codes[:, None, :], codes[None, :, :]
        equal = (pictures == texts) & (pictures >= 0)  # (n, n, kinds)
        unknown = (pictures < 0) & ~equal
        types = codes[:, 0].clamp(min=0)  # (n,)
        near = self._near[types[:, None], types[None, :]]  # (n, n)
        unknown[:, :, 0] |= near & ~equal[:, :, 0]
        told = said[None, :, :]
        yes = (equal | ~told).all(2)
        return yes, (equal | unknown | ~told).all(2) & ~yes

    def _kinds(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Are pictures i and j of one type, whatever their source? → surely (n, n), surely not (n, n)."""
        types, items = codes[:, 0], codes[:, 1]  # (n,), (n,)
        known = (types[:, None] >= 0) & (types[None, :] >= 0)
        equal = known & (types[:, None] == types[None, :])
        near = self._near[types.clamp(min=0)[:, None], types.clamp(min=0)[None, :]]
        other = (items[:, None] >= 0) & (items[None, :] >= 0) & (items[:, None] != items[None, :])
        return equal & ~other, known & ~near & ~equal

    def loss(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        learner, towers = self.module, self.module.towers
        if self.below:
            features, images, _ = towers.image.upper(batch["small"].float(), batch["lower"].float())
        else:
            features, images = towers.image(batch["pixels"])  # (2n, features), (2n, dim)
        texts, pairs = towers.text(batch["texts"]), towers.text(batch["pairs"])  # (n, dim), (2m, dim)
        with torch.autocast("cpu", enabled=False):
            features, images, texts, pairs = features.float(), images.float(), texts.float(), pairs.float()
            teacher = F.normalize((batch["teacher"].float() - self._mean) / self._deviation, dim=1)  # (2n, 1280)
            codes, n, m = batch["codes"], len(texts), len(pairs) // 2
            yes, unsure = self._agreement(codes, batch["said"])  # (n, n), (n, n)
            same = codes[:, None, -1] == codes[None, :, -1]  # (n, n), one group
            alike, unlike = self._kinds(codes)  # (n, n), (n, n)
            itself = torch.eye(m, dtype=torch.bool)  # (m, m)
            labels = codes.repeat(2, 1)  # (2n, kinds)
            return {
                "text": (
                    contrast(images[:n], texts, yes, unsure, learner.temperature("text"))
                    + contrast(images[n:], texts, yes, unsure, learner.temperature("text"))
                )
                / 2,
                "image": contrast(images[:n], images[n:], same, None, learner.temperature("image")),
                "kind": contrast(images[:n], images[n:], alike, ~alike & ~unlike, learner.temperature("kind")),
                "pairs": contrast(pairs[:m], pairs[m:], itself, None, learner.temperature("pairs")),
                "imitation": imitation(learner.teacher(features), teacher),
                "relation": relation(images, teacher, 12.0, 12.0),
                "attributes": torch.stack(
                    [attribute(learner.heads[f"to_{kind}"](features), labels[:, KINDS.index(kind)]) for kind in HEADS]
                ).mean(),
                "facets": torch.stack(
                    [
                        attribute(learner.facets[f"to_{kind}"](images * 8.0), labels[:, KINDS.index(kind)])
                        for kind in FACETS
                    ]
                ).mean(),
            }
