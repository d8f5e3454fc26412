"""What decides while training: recall of validation products by texts that fit them, and of what was chosen by queries."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aisle.learning.catalog_data import by_query
from aisle.learning.catalog_task import CatalogTask
from aisle.learning.forgetting import measures

GALLERY = 4000
"""Pictures searched at most: all validation products, and others."""
QUERIES = 2000


class Validation:
    """Fixed queries over a fixed gallery. ``score`` holds what the last chosen weights measured."""

    def __init__(self, task: CatalogTask, seed: int) -> None:
        rng = np.random.default_rng([seed, 1])
        catalog, speaker = task.catalog, task.speaker
        held = np.array(catalog.rows("validation"))
        place = {item.id: row for row, item in enumerate(catalog.items)}
        asked = {
            query: [place[product] for product in good]
            for query, good in sorted(by_query(catalog.pairs, "validation").items())[:QUERIES]
        }
        others = np.setdiff1d(np.arange(len(catalog.items)), held)
        wanted = np.array(sorted({row for good in asked.values() for row in good}), dtype=np.int64)
        extra = rng.permutation(others)[: max(0, GALLERY - len(held))]
        self.gallery = np.unique(np.concatenate([held, wanted, extra]))  # (gallery,)
        self.task = task
        self.score: Mapping[str, float] = {}
        self.texts, said = [], []
        for row in held[: QUERIES // 2]:
            item = catalog.items[row]
            self.texts.append(speaker.full(item))
            said.append(
                [speaker.token("title", item.title)]
                + [speaker.token(*f) for f in item.facts if f[0] in ("type", "color")]
            )
            text, tokens = speaker.describe(item, rng)
            self.texts.append(text)
            said.append(list(tokens))
        self.good, _ = task.meaning.fits(said, self.gallery)  # (texts, gallery)
        self.queries = list(asked)
        self.right = np.array([np.isin(self.gallery, good) for good in asked.values()]) if asked else None

    def measure(self) -> dict[str, float]:
        """recall@1, recall@10 and MRR, the mean of the catalog's and (where there are any) the shoppers' queries."""
        pictures = self.task.picture_vectors(self.gallery)  # (gallery, dim)
        kinds = [(self.texts, self.good)] + ([(self.queries, self.right)] if self.right is not None else [])
        found = []
        for texts, good in kinds:
            near = self.task.text_vectors(texts) @ pictures.T  # (texts, gallery)
            best = np.where(good, near, -2.0).max(1, keepdims=True)
            found.append({name: float(v.mean()) for name, v in measures(1.0 + (near > best).sum(1)).items()})
        values = {name: float(np.mean([each[name] for each in found])) for name in found[0]}
        if len(found) > 1:
            values["recall@10 of queries"] = found[1]["recall@10"]
        return values

    @staticmethod
    def key(values: Mapping[str, float]) -> tuple[float, float]:
        """What is compared: recall@10, and MRR between equals."""
        return (round(values["recall@10"], 6), round(values["MRR"], 6))
