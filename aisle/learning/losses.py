"""Losses as pure functions of tensors; each answers a scalar."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def contrast(rows: Tensor, columns: Tensor, positive: Tensor, ignored: Tensor | None, temperature: Tensor) -> Tensor:
    """Multi-positive InfoNCE, both ways (the "out" form of Khosla et al. 2020, arXiv:2004.11362).

    ``rows`` (n, dim) and ``columns`` (m, dim) are unit vectors; ``positive`` (n, m) says which belong together,
    ``ignored`` (n, m) which may be either and count as neither. Rows and columns without a positive are left out.
    """
    logits = rows @ columns.T / temperature  # (n, m)
    if ignored is not None:
        logits = logits.masked_fill(ignored & ~positive, -1e4)
    return (_one_way(logits, positive) + _one_way(logits.T, positive.T)) / 2


def _one_way(logits: Tensor, positive: Tensor) -> Tensor:
    weight = positive.float()  # (n, m)
    count = weight.sum(1)  # (n,)
    mean = (logits.log_softmax(1) * weight).sum(1) / count.clamp(min=1)  # (n,)
    return -(mean * (count > 0)).sum() / (count > 0).sum().clamp(min=1)


def imitation(student: Tensor, teacher: Tensor) -> Tensor:
    """1 − cosine between what the student predicts and the teacher's features, both (n, features)."""
    return 1.0 - F.cosine_similarity(student, teacher, dim=1).mean()


def relation(student: Tensor, teacher: Tensor, sharp_student: float, sharp_teacher: float) -> Tensor:
    """Kullback–Leibler divergence between who-is-near-whom of teacher and student in a batch (cf. arXiv:1904.05068).

    Both are (n, ·) unit rows of the same pictures; the sharps are inverse temperatures. Nobody is their own neighbour.
    """
    itself = torch.eye(len(student), dtype=torch.bool, device=student.device)  # (n, n)
    near_student = (student @ student.T * sharp_student).masked_fill(itself, -1e4).log_softmax(1)  # (n, n)
    near_teacher = (teacher @ teacher.T * sharp_teacher).masked_fill(itself, -1e4).softmax(1)  # (n, n)
    return F.kl_div(near_student, near_teacher, reduction="batchmean")


def attribute(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy (n, classes) against (n,), label −1 unknown; 0 when none is known. Smoothed by 0.1."""
    if not bool((labels >= 0).any()):
        return logits.sum() * 0.0
    return F.cross_entropy(logits, labels, ignore_index=-1, label_smoothing=0.1)
