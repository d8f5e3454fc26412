"""What is each piece of the text? A conditional random field over the states of the tokens that cover the pieces.

A piece (a character or a word) sees the state of its token, its place in it, and hashed n-grams of the pieces around it:
subword tokens blur where a span of characters ends, its own characters don't.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aisle.errors import InvalidRequest
from aisle.learning.heads import scores
from aisle.learning.heads.backbone import Backbone, Tokens
from aisle.learning.heads.crf import Crf, scheme
from aisle.learning.heads.data import Example, blanks, characters, tags
from aisle.learning.heads.head import PREDICT_BATCH, Head
from aisle.models.runtime import batched

GRAM_WIDTH = 32
GRAMS = ((0, 1), (-1, 1), (0, 2), (-1, 2), (-2, 1), (0, 3))
"""Windows around a piece, as the pieces from … up to: itself, with its neighbours, with two of them on either side."""


class Tagger(Head):
    """``config``: {"tags": [str, …], "closed": whether they are BIEOS rather than BIO, "buckets": of each
    window, "by": "character" or "word"}."""

    task = "tag"
    metric = "span_f1"
    own = ("grams", "place", "join", "mix", "out", "crf")
    read = staticmethod(tags)

    def __init__(self, backbone: Backbone, config: Mapping[str, Any]) -> None:
        super().__init__(backbone, config)
        self.tags: list[str] = list(config["tags"])
        width = 128
        self.buckets = int(config["buckets"])
        self.grams = nn.EmbeddingBag(self.buckets * len(GRAMS), GRAM_WIDTH, mode="sum")
        self.place = nn.Embedding(4, 16)  # alone in its token, first, inside, last
        self.join = nn.Linear(backbone.width + 16 + GRAM_WIDTH, width)
        self.drop = nn.Dropout(0.2)
        self.mix = nn.Conv1d(width, width, 5, padding=2)
        self.out = nn.Linear(width, len(self.tags))
        self.crf = Crf(self.tags, bool(config["closed"]))

    @classmethod
    def learn_config(cls, examples: Sequence[Example]) -> dict[str, Any]:
        names, closed = scheme(sorted({tag for example in examples for tag in example.target}))
        if len(names) < 2:
            raise InvalidRequest("Every tag is O: there is nothing to learn.", field="data")
        unknown = {tag for example in examples for tag in example.target} - set(names)
        if unknown:
            raise InvalidRequest(
                f"{min(unknown)!r} is no tag of BIO or BIEOS.", field="data", hint="Such as B-brand, O."
            )
        pieces = sum(len(example.units) for example in examples)
        return {
            "tags": list(names),
            "closed": closed,
            "buckets": 1 << min(14, max(6, (pieces // 8).bit_length())),
            "by": "character" if all(b - a == 1 for e in examples for a, b in e.units) else "word",
        }

    def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
        """→ scores (batch, pieces, tags)."""
        states = self.backbone.states(batch["ids"], batch["real"]).float()  # (batch, length, width)
        cover = batch["cover"]  # (batch, pieces), −1 where no token covers a piece
        index = cover.clamp(min=0)[..., None].expand(-1, -1, states.shape[2])  # (batch, pieces, width)
        state = states.gather(1, index) * (cover >= 0)[..., None]  # (batch, pieces, width)
        grams = self.grams(batch["grams"].flatten(0, 1)).view(*cover.shape, -1)  # (batch, pieces, 32)
        x = self.join(torch.cat([state, self.place(batch["place"]), grams], dim=2))  # (batch, pieces, 128)
        x = self.drop(F.gelu(x)) * batch["there"][..., None]
        x = x + F.gelu(self.mix(x.transpose(1, 2)).transpose(1, 2))  # (batch, pieces, 128)
        return self.out(self.drop(x))

    def collate(self, examples: Sequence[Example]) -> Mapping[str, Tensor]:
        tokens = self.backbone.tokenize([example.text for example in examples])
        size = max(1, *(len(example.units) for example in examples))
        shape = (len(examples), size)
        cover, place = torch.full(shape, -1), torch.zeros(shape, dtype=torch.long)  # (batch, pieces)
        wanted, there = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.bool)  # (batch, pieces)
        grams = torch.zeros(*shape, len(GRAMS), dtype=torch.long)  # (batch, pieces, grams)
        number = {tag: i for i, tag in enumerate(self.tags)}
        for row, example in enumerate(examples):
            count = len(example.units)
            there[row, :count] = True
            if count:
                found, where = _cover(example, tokens, row)
                cover[row, :count], place[row, :count] = torch.tensor(found), torch.tensor(where)
                grams[row, :count] = torch.tensor(_grams(example, self.buckets))
            if example.target:
                wanted[row, :count] = torch.tensor([number.get(tag, 0) for tag in example.target])
        there[:, 0] = True  # a text of no pieces still is a row of one, whose answer is dropped
        return {
            "ids": tokens.ids,
            "real": tokens.real,
            "cover": cover,
            "place": place,
            "grams": grams,
            "there": there,
            "tags": wanted,
        }

    def loss(self, batch: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        return {"tags": self.crf.loss(self(batch), batch["tags"], batch["there"])}

    @torch.no_grad()
    def answer(self, examples: Sequence[Example]) -> list[tuple[str, ...]]:
        found: list[tuple[str, ...]] = []
        for chunk in batched(examples, PREDICT_BATCH):
            batch = {name: tensor.to(self.device) for name, tensor in self.collate(chunk).items()}
            rows = self(batch).float().cpu().numpy()  # (batch, pieces, tags)
            for row, example in zip(rows, chunk, strict=True):
                found.append(tuple(self.tags[i] for i in self.crf.decode(row[: len(example.units)])))
        return found

    def predict(self, texts: Sequence[str]) -> list[list[dict[str, Any]]]:
        """The spans of each text: {"start", "end", "text", "tag"}, in characters. Pieces are as in the training data."""
        by = characters if self.config["by"] == "character" else blanks
        examples = [Example(text, units=by(text)) for text in texts]
        found = []
        for example, names in zip(examples, self.answer(examples), strict=True):
            marked = [(example.units[a][0], example.units[b - 1][1], kind) for a, b, kind in scores.spans(names)]
            found.append([{"start": a, "end": b, "text": example.text[a:b], "tag": kind} for a, b, kind in marked])
        return found

    def evaluate(self, examples: Sequence[Example]) -> dict[str, float]:
        wanted = [tuple(example.target) for example in examples]
        found = self.answer(examples)
        flat = [tag for row in wanted for tag in row]
        guess = [scores.majority(flat)] * len(flat)
        return {
            "accuracy": scores.accuracy([tag for row in found for tag in row], flat),
            **scores.span_scores(found, wanted),
            "majority_accuracy": scores.accuracy(guess, flat),
            "majority_span_f1": 0.0,
        }


def _cover(example: Example, tokens: Tokens, row: int) -> tuple[list[int], list[int]]:
    """For each piece the token that covers its first character, and its place in that token."""
    owner: dict[int, int] = {}
    for i, (start, end) in enumerate(tokens.spans[row]):
        for character in range(start, end):
            owner.setdefault(character, i)
    found, where = [], []
    for start, end in example.units:
        token = owner.get(start, -1)
        first, last = tokens.spans[row][token] if token >= 0 else (start, end)
        found.append(token)
        where.append(0 if (start <= first and end >= last) else 1 if start <= first else 3 if end >= last else 2)
    return found, where


def _grams(example: Example, buckets: int) -> list[list[int]]:
    """Buckets (pieces, grams) of the windows around each piece; each window has its own part of the table."""
    pieces = [example.text[a:b].lower() for a, b in example.units]
    padded = ["<", "<", *pieces, ">", ">", ">"]
    return [
        [
            part * buckets
            + zlib.crc32("\x00".join(padded[i + 2 + first : i + 2 + last]).encode("utf-8", "replace")) % buckets
            for part, (first, last) in enumerate(GRAMS)
        ]
        for i in range(len(pieces))
    ]
