"""Writing token by token: greedy and beam search over any scorer, held to a set of outputs or to a callback."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

Allowed = Callable[[Sequence[int]], Iterable[int] | None]
"""Tokens written so far → those that may come next (the end among them), or None for any."""

Scorer = Callable[[list[int], Tensor], Tensor]
"""(which text each row belongs to, what is written so far (rows, t)) → log-probabilities of the next (rows, tokens)."""


@dataclass(slots=True)
class Trie:
    """Outputs as a tree of tokens: called with what is written, it answers what may come next."""

    end: int
    children: dict[int, Trie] = field(default_factory=dict)

    @classmethod
    def of(cls, outputs: Iterable[Sequence[int]], end: int) -> Trie:
        root = cls(end)
        for output in outputs:
            node = root
            for token in (*output, end):
                node = node.children.setdefault(token, cls(end))
        return root

    def __call__(self, written: Sequence[int]) -> Iterable[int]:
        node = self
        for token in written:
            if token not in node.children:
                return ()
            node = node.children[token]
        return node.children


def write(
    scorer: Scorer, texts: int, end: int, length: int, beams: int = 1, allowed: Allowed | None = None
) -> list[list[int]]:
    """For each text the best output, without its end token, of at most ``length`` tokens. ``beams`` = 1 is greedy.

    Hypotheses compare by their mean log-probability a token (Wu et al. 2016, arXiv:1609.08144, α = 1). Under ``allowed``
    nothing else is ever written; an output cut by ``length`` may be the beginning of an allowed one. Without any way on
    a text's output is empty.
    """
    alive: list[list[tuple[float, list[int]]]] = [[(0.0, [])] for _ in range(texts)]
    done: list[list[tuple[float, list[int]]]] = [[] for _ in range(texts)]
    for step in range(length):
        rows = [text for text in range(texts) for _ in alive[text]]
        if not rows:
            break
        written = [tokens for hypotheses in alive for _, tokens in hypotheses]
        scores = scorer(rows, torch.tensor(written, dtype=torch.long).view(len(rows), step))  # (rows, tokens)
        row = 0
        for text in range(texts):
            grown: list[tuple[float, list[int]]] = []
            for total, tokens in alive[text]:
                grown += [
                    (total + gain, [*tokens, token]) for gain, token in _next(scores[row], tokens, beams, allowed)
                ]
                row += 1
            grown.sort(key=lambda pair: (-pair[0], pair[1]))
            alive[text] = []
            for total, tokens in grown[:beams]:
                if tokens[-1] == end:
                    done[text].append((total / len(tokens), tokens[:-1]))
                elif step + 1 == length:
                    done[text].append((total / len(tokens), tokens))
                else:
                    alive[text].append((total, tokens))
            if len(done[text]) >= beams:
                alive[text] = []
    return [min(found, key=lambda pair: (-pair[0], pair[1]))[1] if found else [] for found in done]


def _next(scores: Tensor, written: Sequence[int], beams: int, allowed: Allowed | None) -> list[tuple[float, int]]:
    """The best ways on from one hypothesis; ``scores`` (tokens,)."""
    choice = None if allowed is None else allowed(written)
    if choice is None:
        best = scores.topk(min(beams, len(scores)))
        return list(zip(best.values.tolist(), best.indices.tolist(), strict=True))
    tokens = sorted(choice)
    ranked = sorted(zip(scores[tokens].tolist(), tokens, strict=True), key=lambda pair: (-pair[0], pair[1]))
    return ranked[:beams]
