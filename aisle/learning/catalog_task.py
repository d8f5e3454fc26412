"""The task of fine-tuning on a shop: its pictures, what may be said of them, and what its shoppers chose come together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn

from aisle.learning.catalog_data import Catalog, Speaker, by_query
from aisle.learning.losses import contrast
from aisle.learning.towers import Towers
from aisle.learning.views import below, seen
from aisle.understanding.lexicon import Lexicon

TERMS: Mapping[str, float] = {"text": 1.0, "image": 0.3, "words": 0.3, "edits": 0.3, "replay": 0.5}
"""text: texts and queries with pictures; image: two views of one picture; words: the same texts with the products' own;
edits: a picture and another attribute with a picture that has it; replay: pairs of earlier runs."""

EDITS = {"en": ("but {}", "in {}", "{} instead", "same but {}"), "zh": ("换成{}", "要{}的", "但是{}", "{}")}
EDITED = ("color", "material", "pattern")
HARDEST = 16
"""How many of the nearest wrong products a product is set against."""


class Learner(nn.Module):
    """The towers and the learned temperatures of the losses. Norms keep their statistics: a shop's batches are too small
    and too alike to estimate them anew."""

    def __init__(self, towers: Towers, depth: str, temperature: float) -> None:
        super().__init__()
        self.towers = towers
        self.depth = depth
        sharp = float(np.log(1.0 / temperature))
        self.sharpness = nn.ParameterDict({name: nn.Parameter(torch.tensor(sharp)) for name in TERMS})
        learning = {id(p) for p in self._learning(towers, depth)}
        for parameter in towers.parameters():
            parameter.requires_grad_(id(parameter) in learning)

    @staticmethod
    def _learning(towers: Towers, depth: str) -> list[nn.Parameter]:
        image = towers.image
        stages: dict[str, list[nn.Module]] = {
            "all": [],
            "top": [image.lower],
            "head": [image.lower, image.third, image.fourth, image.colors],
        }
        frozen = {id(p) for module in stages[depth] for p in module.parameters()}
        return [p for p in towers.parameters() if id(p) not in frozen]

    def train(self, mode: bool = True) -> Learner:
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                module.eval()
        return self

    def temperature(self, name: str) -> Tensor:
        return torch.exp(-self.sharpness[name].clamp(max=4.0))  # ()


class Meaning:
    """Which items fit which texts, by tokens: a text fits an item that has everything it says."""

    def __init__(self, catalog: Catalog, lexicon: Lexicon) -> None:
        from aisle.learning.catalog_data import meanings

        tokens = [[catalog.vocabulary[fact] for fact in meanings(item, lexicon)] for item in catalog.items]
        self.has = padded(tokens)  # (items, ·)
        kinds = sorted({kind for kind, _ in catalog.vocabulary})
        self.kind = np.array([kinds.index(kind) for kind, _ in catalog.vocabulary] or [0])  # (tokens,)
        self.knows = np.zeros((len(tokens), len(kinds)), bool)  # (items, kinds)
        for row, own in enumerate(tokens):
            self.knows[row, self.kind[own]] = True
        groups: dict[str, int] = {}
        self.group = np.array([groups.setdefault(item.group, len(groups)) for item in catalog.items])  # (items,)

    def fits(self, said: Sequence[Sequence[int]], rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Texts' tokens and items' rows → fits (texts, rows), and where that can't be told because a value is unknown."""
        tokens = padded(said)  # (texts, ·)
        real = np.asarray(tokens >= 0)
        has = self.has[rows]  # (rows, ·)
        equal = (tokens[:, :, None, None] == has[None, None]).any(3) | ~real[:, :, None]  # (texts, ·, rows)
        unknown = ~self.knows[rows][:, self.kind[np.maximum(tokens, 0)]].transpose(1, 2, 0)  # (texts, ·, rows)
        yes = equal.all(1) & real.any(axis=1, keepdims=True)
        return yes, (equal | unknown).all(1) & ~yes


def padded(lists: Sequence[Sequence[int]]) -> np.ndarray:
    """(n, longest) int64, −1 where a list has ended."""
    rows = np.full((len(lists), max(map(len, lists), default=0) or 1), -1, np.int64)
    for row, own in zip(rows, lists, strict=True):
        row[: len(own)] = own
    return rows


@dataclass(frozen=True, slots=True)
class Replay:
    """Pairs of earlier runs: ``pixels`` (n, size, size, 3) uint8 and what was said of each."""

    texts: tuple[str, ...]
    pixels: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)


class CatalogTask:
    """See TERMS for the loss. ``parts`` are the views as ``keep_below`` keeps them, each (items, views, …)."""

    weights = TERMS

    def __init__(
        self,
        learner: Learner,
        tokenizer: str,
        catalog: Catalog,
        speaker: Speaker,
        parts: Sequence[np.ndarray],
        *,
        batch: int = 96,
        negatives: float = 0.5,
        replay: Replay | None = None,
    ) -> None:
        self.module, self.catalog, self.speaker, self.parts = learner, catalog, speaker, parts
        self.products, self.negatives, self.replay = batch, negatives, replay
        self.meaning = Meaning(catalog, speaker.lexicon)
        self.training = np.array(catalog.rows("train"))
        self.hard: np.ndarray | None = None  # (items, HARDEST) rows; −1 where there is none
        self._tokenizer = Tokenizer.from_str(tokenizer)
        self._length = learner.towers.text.shape.length
        place = {item.id: row for row, item in enumerate(catalog.items)}
        self.asked = [  # each query with the rows that it led to
            (query, {place[product]: weight for product, weight in good.items()})
            for query, good in sorted(by_query(catalog.pairs, "train").items())
        ]
        wrong: dict[str, list[int]] = {}
        for pair in catalog.pairs:
            if pair.part == "train" and pair.weight == 0:
                wrong.setdefault(pair.query, []).append(place[pair.product])
        self.wrong = wrong
        mass = np.array([sum(good.values()) for _, good in self.asked])
        self._chance = np.sqrt(mass) / np.sqrt(mass).sum() if len(mass) else mass  # a few queries make most of any log

    # Batches

    def batch(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """As many texts as products drawn; half of them queries where there are any."""
        queries = self._queries(self.products // 2, rng) if self.asked else []
        rows = self._drawn(self.products - len(queries), rng)
        described = [self.speaker.describe(self.catalog.items[row], rng) for row in rows]
        columns = np.concatenate([rows, [row for _, row, _ in queries], [w for _, _, wrong in queries for w in wrong]])
        columns = columns.astype(np.int64)  # (products,)
        yes, unsure = self.meaning.fits([said for _, said in described] + [()] * len(queries), columns)
        for i, (place, _, wrong) in enumerate(queries, len(rows)):
            good = list(self.asked[place][1])
            yes[i] = np.isin(columns, good)
            kin = np.isin(self.meaning.group[columns], self.meaning.group[good])
            unsure[i] = kin & ~np.isin(columns, wrong) & ~yes[i]
        texts = [text for text, _ in described] + [self.asked[place][0] for place, _, _ in queries]
        batch: dict[str, Tensor] = {
            "texts": self.ids(texts),  # (texts, length)
            "names": self.ids([self.speaker.full(self.catalog.items[row]) for row in columns]),  # (products, length)
            "yes": torch.from_numpy(yes),  # (texts, products)
            "unsure": torch.from_numpy(unsure),
            "group": torch.from_numpy(self.meaning.group[columns]),  # (products,)
        }
        views = self.parts[0].shape[1]
        for name in ("first", "second"):
            view = rng.integers(0, views, len(columns))
            for i, part in enumerate(self.parts):
                batch[f"{name}.{i}"] = torch.from_numpy(part[columns, view])  # (products, …)
        batch |= self._edits(columns, rng)
        return batch | (self._replayed(rng) if self.replay else {})

    def _drawn(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Rows of training products, a part of them the nearest wrong ones of others."""
        mined = int(count * self.negatives) if self.hard is not None else 0
        rows = rng.choice(self.training, count - mined, replace=count - mined > len(self.training))
        if self.hard is None or not mined:
            return rows
        near = self.hard[rng.choice(rows, mined)]  # (mined, HARDEST)
        picked = near[np.arange(mined), rng.integers(0, near.shape[1], mined)]
        return np.concatenate([rows, picked[picked >= 0]])

    def _queries(self, count: int, rng: np.random.Generator) -> list[tuple[int, int, list[int]]]:
        """(which query, a row that it led to, rows found wrong for it), queries drawn by how much came of them."""
        found = []
        for place in rng.choice(len(self.asked), count, p=self._chance):
            query, good = self.asked[place]
            rows, weights = list(good), np.array(list(good.values()))
            row = rows[rng.choice(len(rows), p=weights / weights.sum())]
            wrong = self.wrong.get(query, [])
            found.append((int(place), int(row), [int(w) for w in rng.permutation(wrong)[:2]]))
        return found

    def _edits(self, columns: np.ndarray, rng: np.random.Generator) -> dict[str, Tensor]:
        """Within the batch: a product, a word for another value of one attribute, and who is of its type and has that."""
        from_rows: list[int] = []
        words: list[str] = []
        tokens: list[tuple[int, int]] = []
        of_type: dict[str, list[int]] = {}
        facts = [dict(self.catalog.items[row].facts) for row in columns]
        for i, own in enumerate(facts):
            of_type.setdefault(own.get("type", "").casefold(), []).append(i)
        of_type.pop("", None)
        for i in rng.permutation(len(columns)):
            kin = [j for j in of_type.get(facts[i].get("type", "").casefold(), []) if j != i]
            if not kin or len(words) >= len(columns) // 4:
                continue
            j = kin[rng.integers(len(kin))]
            changed = [k for k in EDITED if k in facts[j] and facts[j][k] != facts[i].get(k)]
            if not changed:
                continue
            kind = changed[rng.integers(len(changed))]
            word, said = self.speaker.phrase_of(kind, facts[j][kind], rng)
            frames = EDITS["zh" if word[:1] > "\u2e7f" else "en"]
            from_rows.append(int(i))
            words.append(frames[rng.integers(len(frames))].format(word))
            tokens.append((said, self.speaker.token("type", facts[i]["type"])))
        if not words:
            return {}
        yes, unsure = self.meaning.fits(tokens, columns)
        return {
            "edit.from": torch.tensor(from_rows),  # (edits,)
            "edit.texts": self.ids(words),  # (edits, length)
            "edit.yes": torch.from_numpy(yes),  # (edits, products)
            "edit.unsure": torch.from_numpy(unsure),
        }

    def _replayed(self, rng: np.random.Generator) -> dict[str, Tensor]:
        assert self.replay is not None
        chosen = rng.choice(len(self.replay), min(len(self.replay), self.products // 4), replace=False)
        texts = [self.replay.texts[i] for i in chosen]
        same = np.array(texts)[:, None] == np.array(texts)[None]
        return {
            "replay.texts": self.ids(texts),  # (replayed, length)
            "replay.pixels": torch.from_numpy(self.replay.pixels[chosen]),  # (replayed, size, size, 3)
            "replay.yes": torch.from_numpy(same),  # (replayed, replayed)
        }

    def ids(self, texts: Sequence[str]) -> Tensor:
        """(texts, longest) token ids, 0 pads."""
        rows = [encoding.ids[: self._length] for encoding in self._tokenizer.encode_batch_fast(list(texts))]
        ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = torch.tensor(row)
        return ids

    # The loss

    def loss(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        learner, towers = self.module, self.module.towers
        first, second = (self._pictures(batch, name) for name in ("first", "second"))  # (products, dim) each
        texts, names = towers.text(batch["texts"]).float(), towers.text(batch["names"]).float()
        yes, unsure = batch["yes"], batch["unsure"]
        warm = {name: learner.temperature(name) for name in TERMS}
        same = batch["group"][:, None] == batch["group"][None, :]  # (products, products)
        itself = torch.eye(len(first), dtype=torch.bool, device=first.device)
        terms = {
            "text": (
                contrast(texts, first, yes, unsure, warm["text"]) + contrast(texts, second, yes, unsure, warm["text"])
            )
            / 2,
            "image": contrast(first, second, itself, same, warm["image"]),
            "words": contrast(texts, names, yes, unsure, warm["words"]),
        }
        if "edit.from" in batch:
            wanted = F.normalize(first[batch["edit.from"]] + towers.text(batch["edit.texts"]).float(), dim=1)
            terms["edits"] = contrast(wanted, second, batch["edit.yes"], batch["edit.unsure"], warm["edits"])
        if "replay.texts" in batch:
            with torch.no_grad():
                lower = below(towers.image, batch["replay.pixels"], learner.depth)
            looks, said = seen(towers.image, lower, learner.depth).float(), towers.text(batch["replay.texts"]).float()
            terms["replay"] = contrast(said, looks, batch["replay.yes"], None, warm["replay"])
        return terms

    def _pictures(self, batch: Mapping[str, Tensor], name: str) -> Tensor:
        parts = [batch[f"{name}.{i}"] for i in range(len(self.parts))]
        return seen(self.module.towers.image, parts, self.module.depth).float()

    # Looking at all of it

    @torch.no_grad()
    def picture_vectors(self, rows: np.ndarray) -> np.ndarray:
        """(rows, dim) float32: the pictures as they will be served."""
        device, found = next(self.module.parameters()).device, []
        for start in range(0, len(rows), 128):
            chosen = rows[start : start + 128]
            parts = [torch.from_numpy(np.array(part[chosen, 0])).to(device) for part in self.parts]
            found.append(seen(self.module.towers.image, parts, self.module.depth).float().cpu().numpy())
        return np.concatenate(found)

    @torch.no_grad()
    def text_vectors(self, texts: Sequence[str]) -> np.ndarray:
        """(texts, dim) float32."""
        device = next(self.module.parameters()).device
        chunks = (texts[start : start + 128] for start in range(0, len(texts), 128))
        return np.concatenate(
            [self.module.towers.text(self.ids(chunk).to(device)).float().cpu().numpy() for chunk in chunks]
        )

    def mine(self) -> np.ndarray:
        """(items, HARDEST) rows: the nearest training products that a product's own full text doesn't mean."""
        rows = self.training
        pictures = self.picture_vectors(rows)  # (rows, dim)
        hard = np.full((len(self.catalog.items), HARDEST), -1, np.int64)
        for start in range(0, len(rows), 512):
            own = rows[start : start + 512]
            near = self.text_vectors([self.speaker.full(self.catalog.items[row]) for row in own]) @ pictures.T
            near[self.meaning.group[own][:, None] == self.meaning.group[rows][None]] = -2.0
            best = np.argsort(-near, axis=1, kind="stable")[:, :HARDEST]  # (own, ≤ HARDEST)
            hard[own, : best.shape[1]] = np.where(np.take_along_axis(near, best, 1) > -2.0, rows[best], -1)
        return hard
