"""Which of these is the text? One linear layer over the pooled state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aisle.errors import InvalidRequest
from aisle.learning.heads import scores
from aisle.learning.heads.backbone import Backbone
from aisle.learning.heads.data import Example, label
from aisle.learning.heads.head import PREDICT_BATCH, Head
from aisle.models.runtime import batched


class Classifier(Head):
    """``config``: {"labels": [str, …]}."""

    task = "classify"
    metric = "macro_f1"
    own = ("norm", "out")
    read = staticmethod(label)

    def __init__(self, backbone: Backbone, config: Mapping[str, Any]) -> None:
        super().__init__(backbone, config)
        self.labels: list[str] = list(config["labels"])
        self.norm = nn.LayerNorm(backbone.width)
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(backbone.width, len(self.labels))
        nn.init.zeros_(self.out.weight)  # starts from no opinion
        nn.init.zeros_(self.out.bias)

    @classmethod
    def learn_config(cls, examples: Sequence[Example]) -> dict[str, Any]:
        labels = sorted({str(example.target) for example in examples})
        if len(labels) < 2:
            raise InvalidRequest(f"There are {len(labels)} labels; a classifier needs two.", field="data")
        return {"labels": labels}

    def forward(self, ids: Tensor, real: Tensor) -> Tensor:
        """(batch, length) twice → logits (batch, labels)."""
        return self.out(self.drop(self.norm(self.backbone.pooled(ids, real))))

    def collate(self, examples: Sequence[Example]) -> Mapping[str, Tensor]:
        tokens = self.backbone.tokenize([example.text for example in examples])
        place = {name: i for i, name in enumerate(self.labels)}
        wanted = [place.get(str(example.target), -100) for example in examples]
        return {"ids": tokens.ids, "real": tokens.real, "label": torch.tensor(wanted)}

    def loss(self, batch: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        return {"label": F.cross_entropy(self(batch["ids"], batch["real"]).float(), batch["label"])}

    @torch.no_grad()
    def probabilities(self, texts: Sequence[str]) -> Tensor:
        """(texts, labels)."""
        rows = [torch.zeros(0, len(self.labels))]
        for chunk in batched(texts, PREDICT_BATCH):
            tokens = self.backbone.tokenize(chunk)
            logits = self(tokens.ids.to(self.device), tokens.real.to(self.device))
            rows.append(logits.float().softmax(1).cpu())  # (batch, labels)
        return torch.cat(rows)

    def answer(self, examples: Sequence[Example]) -> list[str]:
        return [self.labels[i] for i in self.probabilities([e.text for e in examples]).argmax(1).tolist()]

    def evaluate(self, examples: Sequence[Example]) -> dict[str, float]:
        wanted = [str(example.target) for example in examples]
        found = self.answer(examples)
        guess = [scores.majority(wanted)] * len(wanted)
        return {
            "accuracy": scores.accuracy(found, wanted),
            "macro_f1": scores.macro_f1(found, wanted),
            "majority_accuracy": scores.accuracy(guess, wanted),
            "majority_macro_f1": scores.macro_f1(guess, wanted),
        }
