"""A linear-chain conditional random field over tags of which only some may follow each other.

Lafferty, McCallum & Pereira 2001. Training and decoding see the same allowed transitions, so what is decoded is always a
well-formed sequence: no span that begins in its middle, none that changes its type, none left open (BIEOS).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

FORBIDDEN = -1e4


def follows(before: str, after: str, closed: bool) -> bool:
    """Whether tag ``after`` may stand behind ``before``; "" is the start and the end of the text.

    ``closed`` is BIEOS: a span of several pieces ends with E, one of a single piece is S.  In BIO a span needs no
    end. Tags seen to break the scheme (a lone B in BIEOS data) are learnt around, never decoded.
    """
    place, _, kind = before.partition("-")
    next_place, _, next_kind = after.partition("-")
    is_open = place in ("B", "I")
    if next_place in ("I", "E"):
        return is_open and kind == next_kind
    return not (is_open and closed)


def scheme(tags: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """All tags of the scheme that these belong to, O first, and whether it is closed (BIEOS)."""
    closed = any(tag[:2] in ("E-", "S-") for tag in tags)
    kinds = sorted({tag.partition("-")[2] for tag in tags} - {""})
    return ("O", *(f"{place}-{kind}" for kind in kinds for place in ("BIES" if closed else "BI"))), closed


class Crf(nn.Module):
    """Scores of transitions (tags + 1, tags + 1), the last row and column standing for start and end."""

    def __init__(self, tags: Sequence[str], closed: bool) -> None:
        super().__init__()
        edges = [*tags, ""]
        allowed = np.array([[follows(a, b, closed) for b in edges] for a in edges])  # (tags + 1, tags + 1)
        self.transitions = nn.Parameter(torch.zeros(len(edges), len(edges)))
        self.allowed: Tensor
        self.register_buffer("allowed", torch.from_numpy(allowed), persistent=False)

    def weights(self) -> Tensor:
        return self.transitions.masked_fill(~self.allowed, FORBIDDEN)  # (tags + 1, tags + 1)

    def loss(self, scores: Tensor, tags: Tensor, real: Tensor) -> Tensor:
        """Mean negative log-likelihood a piece. ``scores`` (batch, length, tags), ``tags`` and ``real`` (batch, length).

        Rows are padded at the end; ``real`` is boolean.
        """
        scores, edge = scores.float(), self.weights()
        inner, first, last = edge[:-1, :-1], edge[-1, :-1], edge[:-1, -1]
        whole = self.partition(scores, real)
        chosen = scores.gather(2, tags[..., None])[..., 0]  # (batch, length)
        moved = inner[tags[:, :-1], tags[:, 1:]]  # (batch, length - 1)
        end = tags.gather(1, real.sum(1, keepdim=True) - 1)[:, 0]  # (batch,)
        path = (chosen * real).sum(1) + (moved * real[:, 1:]).sum(1) + first[tags[:, 0]] + last[end]  # (batch,)
        # A row whose own tags break the scheme can't be reached by any weights: it would swamp the rest.
        sound = (whole - path) < -FORBIDDEN / 2
        return torch.where(sound, whole - path, torch.zeros_like(path)).sum() / (real * sound[:, None]).sum().clamp(
            min=1
        )

    def partial_loss(self, scores: Tensor, allowed: Tensor, real: Tensor) -> Tensor:
        """The same where only a part is known: ``allowed`` (batch, length, tags) says which tags each piece may have, and all
        sequences of them count as right (Tsuboi et al. 2008, "Training conditional random fields using incomplete annotations")."""
        right = self.partition(scores.masked_fill(~allowed, FORBIDDEN), real)
        missed = self.partition(scores, real) - right  # (batch,)
        sound = missed < -FORBIDDEN / 2
        return torch.where(sound, missed, torch.zeros_like(missed)).sum() / (real * sound[:, None]).sum().clamp(min=1)

    def partition(self, scores: Tensor, real: Tensor) -> Tensor:
        """(batch,): the logarithm of the summed weight of all sequences."""
        scores, edge = scores.float(), self.weights()
        inner, first, last = edge[:-1, :-1], edge[-1, :-1], edge[:-1, -1]
        total = first + scores[:, 0]  # (batch, tags)
        for i in range(1, scores.shape[1]):
            step = torch.logsumexp(total[:, :, None] + inner, dim=1) + scores[:, i]  # (batch, tags)
            total = torch.where(real[:, i, None], step, total)
        return torch.logsumexp(total + last, dim=1)

    @torch.no_grad()
    def decode(self, scores: np.ndarray) -> list[int]:
        """The best allowed sequence (Viterbi 1967) for ``scores`` (length, tags)."""
        if not len(scores):
            return []
        edge = self.weights().cpu().numpy().astype(np.float64)
        best = edge[-1, :-1] + scores[0]  # (tags,)
        back = []
        for row in scores[1:]:
            through = best[:, None] + edge[:-1, :-1]  # (tags, tags)
            back.append(through.argmax(0))
            best = through.max(0) + row
        path = [int((best + edge[:-1, -1]).argmax())]
        for came in reversed(back):
            path.append(int(came[path[-1]]))
        return path[::-1]
