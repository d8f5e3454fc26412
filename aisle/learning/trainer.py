"""The training loop: knows tasks, not modalities. A batch is a dict; a task answers named loss terms.

A step depends on the seed and its own number alone, so an interrupted and resumed run ends with the same weights.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn

Batch = Mapping[str, Tensor]


class Task(Protocol):
    """What is learnt. ``module`` holds every weight; ``weights`` scales the named terms of ``loss``."""

    @property
    def module(self) -> nn.Module: ...
    @property
    def weights(self) -> Mapping[str, float]: ...
    def batch(self, rng: np.random.Generator) -> Batch: ...
    def loss(self, batch: Batch) -> Mapping[str, Tensor]: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train. ``warmup`` is in steps; ``average`` is the decay of the moving average of the weights."""

    steps: int
    rate: float = 1e-3
    decay: float = 0.05
    warmup: int = 100
    clip: float = 2.0
    average: float = 0.998
    seed: int = 0
    threads: int = 2
    bfloat16: bool = True
    log_every: int = 20
    save_every: int = 250


def rate_at(step: int, settings: Settings) -> float:
    """Linear warm-up, then half a cosine down to 1 % (Loshchilov & Hutter 2017, arXiv:1608.03983)."""
    if step < settings.warmup:
        return settings.rate * (step + 1) / settings.warmup
    progress = (step - settings.warmup) / max(1, settings.steps - settings.warmup)
    return settings.rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))


class Average:
    """Exponential moving average of weights and running statistics; early steps count for less."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}

    def update(self, module: nn.Module, step: int) -> None:
        keep = min(self.decay, (1 + step) / (10 + step))
        for name, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                self.state[name].lerp_(tensor.detach(), 1 - keep)
            else:
                self.state[name].copy_(tensor)


def fit(task: Task, settings: Settings, folder: Path) -> None:
    """Train ``task.module`` in place; it ends with the averaged weights. Resumes from ``folder``/checkpoint.pt.

    Appends one JSON line per ``log_every`` steps to ``folder``/metrics.jsonl.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(settings.threads)
    module = task.module.train()
    matrices = [p for p in module.parameters() if p.ndim >= 2]
    vectors = [p for p in module.parameters() if p.ndim < 2]  # norms, biases, temperatures: not decayed
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": settings.decay}, {"params": vectors, "weight_decay": 0.0}],
        lr=settings.rate,
        betas=(0.9, 0.98),
    )
    average = Average(module, settings.average)
    checkpoint = folder / "checkpoint.pt"
    start = _resume(checkpoint, module, optimizer, average)
    sums: dict[str, float] = {}
    with _bar(settings.steps, start) as progress, (folder / "metrics.jsonl").open("a", encoding="utf-8") as log:
        bar = progress.task_ids[0]
        for step, batch in _batches(task, settings, start):
            torch.manual_seed(settings.seed * 1_000_003 + step)
            rate = rate_at(step, settings)
            for group in optimizer.param_groups:
                group["lr"] = rate
            with torch.autocast("cpu", torch.bfloat16, enabled=settings.bfloat16):
                terms = task.loss(batch)
            total = torch.stack([task.weights[name] * term.float() for name, term in terms.items()]).sum()
            optimizer.zero_grad(set_to_none=True)
            total.backward()
            norm = nn.utils.clip_grad_norm_(module.parameters(), settings.clip)
            if torch.isfinite(norm):  # a broken step is left out rather than kept for ever in the weights
                optimizer.step()
            average.update(module, step)
            for name, term in {**terms, "total": total, "norm": norm}.items():
                sums[name] = sums.get(name, 0.0) + float(term.detach())
            if (step + 1) % settings.log_every == 0:
                means = {name: round(value / settings.log_every, 4) for name, value in sums.items()}
                log.write(json.dumps({"step": step + 1, "rate": round(rate, 7), **means}) + "\n")
                log.flush()
                sums.clear()
            if (step + 1) % settings.save_every == 0 or step + 1 == settings.steps:
                _save(checkpoint, step + 1, module, optimizer, average, settings)
            progress.update(bar, completed=step + 1, loss=float(total.detach()))
    module.load_state_dict(average.state)
    module.eval()


def _batches(task: Task, settings: Settings, start: int) -> Iterator[tuple[int, Batch]]:
    """Each step's batch, the next one being made while this one is learnt."""
    with ThreadPoolExecutor(1) as maker:
        make = lambda step: maker.submit(task.batch, np.random.default_rng([settings.seed, step]))  # noqa: E731
        coming = make(start) if start < settings.steps else None
        for step in range(start, settings.steps):
            assert coming is not None
            batch = coming.result()
            coming = make(step + 1) if step + 1 < settings.steps else None
            yield step, batch


def _save(
    path: Path, step: int, module: nn.Module, optimizer: torch.optim.Optimizer, average: Average, settings: Settings
) -> None:
    partial = path.with_suffix(".partial")
    state = {
        "step": step,
        "module": module.state_dict(),
        "optimizer": optimizer.state_dict(),
        "average": average.state,
        "settings": asdict(settings),
    }
    torch.save(state, partial)
    partial.replace(path)


def _resume(path: Path, module: nn.Module, optimizer: torch.optim.Optimizer, average: Average) -> int:
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    module.load_state_dict(state["module"])
    optimizer.load_state_dict(state["optimizer"])
    average.state = state["average"]
    return int(state["step"])


def _bar(steps: int, start: int) -> Progress:
    progress = Progress(
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.3f}"),
        TimeRemainingColumn(),
    )
    progress.add_task("training", total=steps, completed=start, loss=float("nan"))
    return progress
