"""Write a text about the text: a query from a title, a canonical name from a messy one.

A decoder backbone continues the text in its own tokens. An encoder or tower gives states, over which a small decoder of the
head's own (cross-attention, Vaswani et al. 2017) writes characters: nothing is lost to lower-casing or unknown tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aisle.errors import InvalidRequest
from aisle.learning.heads import scores
from aisle.learning.heads.backbone import Backbone, Decoder
from aisle.learning.heads.data import Example, label
from aisle.learning.heads.head import PREDICT_BATCH, Head
from aisle.learning.heads.writing import Allowed, Trie, write
from aisle.models.runtime import batched

BEGIN, END, UNKNOWN = 0, 1, 2
IGNORED = -100


class Writer(nn.Module):
    """A transformer decoder over a backbone's states; writes in an alphabet of ``size`` tokens."""

    def __init__(self, size: int, longest: int, states: int, width: int = 128) -> None:
        super().__init__()
        self.tokens = nn.Embedding(size, width)
        self.positions = nn.Embedding(longest + 1, width)
        self.bridge = nn.Sequential(nn.LayerNorm(states), nn.Linear(states, width))
        layer = nn.TransformerDecoderLayer(width, 4, 4 * width, 0.1, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerDecoder(layer, 2, nn.LayerNorm(width))
        nn.init.normal_(self.tokens.weight, std=0.05)
        nn.init.normal_(self.positions.weight, std=0.05)

    def forward(self, states: Tensor, real: Tensor, written: Tensor) -> Tensor:
        """(batch, length, states), (batch, length), (batch, t) → logits of what follows each: (batch, t, size)."""
        x = self.tokens(written) + self.positions(torch.arange(written.shape[1], device=written.device))
        future = torch.ones(written.shape[1], written.shape[1], dtype=torch.bool, device=written.device).triu(1)
        x = self.layers(x, self.bridge(states), tgt_mask=future, memory_key_padding_mask=~real)  # (batch, t, width)
        return x @ self.tokens.weight.T


class Generator(Head):
    """``config``: {"alphabet": [character, …], "longest": tokens of an output}; the alphabet is empty for a decoder."""

    task = "generate"
    metric = "exact"
    own = ("writer",)
    read = staticmethod(label)

    def __init__(self, backbone: Backbone, config: Mapping[str, Any]) -> None:
        super().__init__(backbone, config)
        self.longest = int(config["longest"])
        if self.decoder is not None:
            self.writer: nn.Module = nn.Identity()
            self.end = int(self.decoder.tokenizer.eos_token_id)
            self.longest = min(self.longest, backbone.length // 2)
        else:
            self.alphabet: list[str] = list(config["alphabet"])
            self.number = {character: i + 3 for i, character in enumerate(self.alphabet)}
            self.writer = Writer(len(self.alphabet) + 3, self.longest, backbone.width)
            self.end = END

    @property
    def decoder(self) -> Decoder | None:
        return self.backbone if isinstance(self.backbone, Decoder) else None

    @classmethod
    def learn_config(cls, examples: Sequence[Example]) -> dict[str, Any]:
        outputs = [str(example.target) for example in examples]
        if not any(outputs):
            raise InvalidRequest("Every output is empty: there is nothing to learn.", field="data")
        return {"alphabet": sorted(set("".join(outputs))), "longest": max(map(len, outputs)) + 1}

    def spell(self, output: str) -> list[int]:
        """An output's tokens, without its end."""
        if self.decoder is not None:
            # Written after a text, so a word begins with its space, as it would in running text.
            return list(self.decoder.tokenizer(" " + output, add_special_tokens=False)["input_ids"])[: self.longest - 1]
        return [self.number.get(character, UNKNOWN) for character in output][: self.longest - 1]

    def unspell(self, tokens: Sequence[int]) -> str:
        if self.decoder is not None:
            return str(self.decoder.tokenizer.decode(list(tokens), skip_special_tokens=True)).strip()
        return "".join(self.alphabet[token - 3] for token in tokens if token > UNKNOWN)

    def _prompt(self, text: str) -> list[int]:
        """The text as a decoder reads it; the end token tells it from its answer."""
        assert self.decoder is not None
        made = self.decoder.tokenizer(text, add_special_tokens=False)["input_ids"]
        return [*made[: self.backbone.length - self.longest - 1], self.end]

    def collate(self, examples: Sequence[Example]) -> Mapping[str, Tensor]:
        outputs = [[*self.spell(str(example.target)), self.end] for example in examples]
        if self.decoder is not None:
            prompts = [self._prompt(example.text) for example in examples]
            rows = [prompt + output for prompt, output in zip(prompts, outputs, strict=True)]
            hidden = [[IGNORED] * len(prompt) + output for prompt, output in zip(prompts, outputs, strict=True)]
            ids, _ = _padded(rows, self.end)
            return {"ids": ids, "wanted": _padded(hidden, IGNORED)[0]}
        tokens = self.backbone.tokenize([example.text for example in examples])
        written, _ = _padded([[BEGIN, *output[:-1]] for output in outputs], END)
        return {"ids": tokens.ids, "real": tokens.real, "written": written, "wanted": _padded(outputs, IGNORED)[0]}

    def loss(self, batch: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        wanted = batch["wanted"]  # (batch, t)
        if self.decoder is not None:
            logits = self.decoder.logits(batch["ids"])[:, :-1]  # (batch, t - 1, vocabulary)
            wanted = wanted[:, 1:]
        else:
            states = self.backbone.states(batch["ids"], batch["real"]).float()  # (batch, length, width)
            logits = self.writer(states, batch["real"], batch["written"])  # (batch, t, alphabet)
        return {"token": F.cross_entropy(logits.flatten(0, 1).float(), wanted.flatten(), ignore_index=IGNORED)}

    @torch.no_grad()
    def write(self, texts: Sequence[str], beams: int = 1, allowed: Allowed | None = None) -> list[str]:
        """An output for each text: greedy, or the best of ``beams``. ``allowed`` holds the tokens of ``spell``."""
        found: list[str] = []
        for chunk in batched(texts, PREDICT_BATCH):
            scorer = self._continue(chunk) if self.decoder is not None else self._write_over(chunk)
            found += map(self.unspell, write(scorer, len(chunk), self.end, self.longest, beams, allowed))
        return found

    def choose(self, texts: Sequence[str], outputs: Iterable[str], beams: int = 4) -> list[str]:
        """One of ``outputs`` for each text, and nothing else."""
        whole = [spelt for spelt in map(self.spell, outputs) if spelt]
        return self.write(texts, beams, Trie.of(whole, self.end))

    def _continue(self, texts: Sequence[str]) -> Any:
        prompts = [self._prompt(text) for text in texts]

        def scorer(rows: list[int], written: Tensor) -> Tensor:
            ids, real = _padded(
                [prompts[row] + tokens for row, tokens in zip(rows, written.tolist(), strict=True)], self.end
            )
            assert self.decoder is not None
            last = real.sum(1) - 1  # (rows,)
            logits = self.decoder.logits(ids.to(self.device)).cpu()  # (rows, length, vocabulary)
            return logits[torch.arange(len(rows)), last].float().log_softmax(1)

        return scorer

    def _write_over(self, texts: Sequence[str]) -> Any:
        tokens = self.backbone.tokenize(texts)
        real = tokens.real.to(self.device)  # (texts, length)
        states = self.backbone.states(tokens.ids.to(self.device), real).float()  # (texts, length, width)

        def scorer(rows: list[int], written: Tensor) -> Tensor:
            begun = torch.cat([torch.full((len(rows), 1), BEGIN), written], dim=1)  # (rows, t + 1)
            logits = self.writer(states[rows], real[rows], begun.to(self.device))[:, -1].cpu()  # (rows, alphabet)
            logits[:, [BEGIN, UNKNOWN]] = -torch.inf
            return logits.log_softmax(1)

        return scorer

    def answer(self, examples: Sequence[Example]) -> list[str]:
        return self.write([example.text for example in examples])

    def evaluate(self, examples: Sequence[Example]) -> dict[str, float]:
        wanted = [str(example.target) for example in examples]
        found = self.answer(examples)
        return {
            "exact": scores.accuracy(found, wanted),
            "character_f1": sum(map(scores.overlap, found, wanted)) / max(1, len(wanted)),
            "majority_exact": scores.accuracy([scores.majority(wanted)] * len(wanted), wanted),
        }


def _padded(rows: Sequence[Sequence[int]], filler: int) -> tuple[Tensor, Tensor]:
    """Rows of unequal length → (rows, longest), and which are real."""
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[filler] * (longest - len(row))] for row in rows], dtype=torch.long)
    lengths = torch.tensor([len(row) for row in rows])
    return ids, torch.arange(longest)[None] < lengths[:, None]
