"""The training loop: knows tasks, not modalities. A batch is a dict; a task answers named loss terms.

A step depends on the seed, its own number and what the guide decided before it, so an interrupted and resumed run ends
with the same weights. On several processes each draws batches of its own and all take the step of the mean gradient.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn

from aisle.learning.devices import Crew, crew, has_bfloat16

Batch = Mapping[str, Tensor]


class Task(Protocol):
    """What is learnt. ``module`` holds every weight; ``weights`` scales the named terms of ``loss``."""

    @property
    def module(self) -> nn.Module: ...
    @property
    def weights(self) -> Mapping[str, float]: ...
    def batch(self, rng: np.random.Generator) -> Batch: ...
    def loss(self, batch: Batch) -> Mapping[str, Tensor]: ...


class Guide(Protocol):
    """What watches a run: it validates, mines, and says when to stop.

    Every ``every`` steps ``inspect`` is called with the averaged weights in the module; it answers whether to go on, and no
    batch is made while it works. Its state is part of the checkpoint.
    """

    @property
    def every(self) -> int: ...
    def inspect(self, step: int) -> bool: ...
    def logged(self, step: int, values: Mapping[str, float]) -> None: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train. ``warmup`` is in steps; ``average`` is the decay of the moving average of the weights; tables of embeddings
    learn ``tables`` times as fast as the rest, for each of their rows is met rarely (Adam takes even steps, however rare).

    ``bfloat16`` is used where it is None and the hardware has it; ``device`` is PyTorch's name of one, or "auto".
    """

    steps: int
    rate: float = 1e-3
    tables: float = 1.0
    decay: float = 0.05
    warmup: int = 100
    clip: float = 2.0
    average: float = 0.998
    seed: int = 0
    threads: int = 2
    bfloat16: bool | None = None
    device: str = "cpu"
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


def fit(task: Task, settings: Settings, folder: Path, guide: Guide | None = None) -> int:
    """Train ``task.module`` in place; it ends with the averaged weights. Resumes from ``folder``/checkpoint.pt.

    Appends one JSON line per ``log_every`` steps to ``folder``/metrics.jsonl. Answers how many steps were taken: fewer than
    ``settings.steps`` when the guide said to stop.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(settings.threads)
    team = crew(settings.device)
    module = task.module.to(team.device).train()
    trained = [p for p in module.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(_groups(module, settings), lr=settings.rate, betas=(0.9, 0.98))
    average = Average(module, settings.average)
    checkpoint = folder / "checkpoint.pt"
    step, going = _resume(checkpoint, module, optimizer, average, guide)
    low = has_bfloat16(team.device) if settings.bfloat16 is None else settings.bfloat16
    _forget_after(folder / "metrics.jsonl", step, team)
    sums: dict[str, float] = {}
    with _bar(settings.steps, step, team) as progress, (folder / "metrics.jsonl").open("a", encoding="utf-8") as log:
        bar = progress.task_ids[0]
        for batch in _batches(task, settings, step, guide, team) if going else ():
            torch.manual_seed(settings.seed * 1_000_003 + step)
            rate = rate_at(step, settings)
            for group in optimizer.param_groups:
                group["lr"] = rate * group.get("times", 1.0)
            with torch.autocast(team.device.type, torch.bfloat16, enabled=low):
                terms = task.loss({name: tensor.to(team.device) for name, tensor in batch.items()})
            total = torch.stack([task.weights[name] * term.float() for name, term in terms.items()]).sum()
            optimizer.zero_grad(set_to_none=True)
            total.backward()
            team.average_gradients(trained)
            norm = nn.utils.clip_grad_norm_(trained, settings.clip)
            if torch.isfinite(norm):  # a broken step is left out rather than kept for ever in the weights
                optimizer.step()
            average.update(module, step)
            step += 1
            for name, term in {**terms, "total": total, "norm": norm}.items():
                sums[name] = sums.get(name, 0.0) + float(term.detach())
            if step % settings.log_every == 0:
                means = {name: round(value / settings.log_every, 4) for name, value in sums.items()}
                sums.clear()
                if team.leads:
                    log.write(json.dumps({"step": step, "rate": round(rate, 7), **means}) + "\n")
                    log.flush()
                    if guide:
                        guide.logged(step, {"rate": rate, **means})
            if guide and _due(step, settings, guide):
                going = bool(team.agree(_inspected(guide, step, module, average)))
            if team.leads and (step % settings.save_every == 0 or step == settings.steps or not going):
                _save(checkpoint, step, going, module, optimizer, average, settings, guide)
            progress.update(bar, completed=step, loss=float(total.detach()))
            if not going:
                break
    module.load_state_dict(average.state)
    module.eval()
    team.wait()
    return step


def _groups(module: nn.Module, settings: Settings) -> list[dict[str, Any]]:
    """Matrices; norms, biases and temperatures, which aren't decayed; and tables where they have a rate of their own."""
    trained = [p for p in module.parameters() if p.requires_grad]
    own = (each for each in module.modules() if isinstance(each, nn.Embedding)) if settings.tables != 1.0 else ()
    tables = {id(each.weight) for each in own}
    groups = [
        {"params": [p for p in trained if p.ndim >= 2 and id(p) not in tables], "weight_decay": settings.decay},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
    if tables:
        rare = [p for p in trained if id(p) in tables]
        groups.append({"params": rare, "weight_decay": 0.0, "times": settings.tables})  # decay would forget them
    return groups


def _due(step: int, settings: Settings, guide: Guide | None) -> bool:
    return guide is not None and (step % guide.every == 0 or step == settings.steps)


def _inspected(guide: Guide, step: int, module: nn.Module, average: Average) -> bool:
    """The guide's answer about the averaged weights; the module goes on with its own."""
    own = {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}
    module.load_state_dict(average.state)
    module.eval()
    try:
        with torch.no_grad():
            return guide.inspect(step)
    finally:
        module.load_state_dict(own)
        module.train()


def _batches(task: Task, settings: Settings, start: int, guide: Guide | None, team: Crew) -> Iterator[Batch]:
    """Each step's batch, the next one being made while this one is learnt (unless the guide has its say in between)."""
    own = [team.rank] if team.rank else []
    with ThreadPoolExecutor(1) as maker:
        make = lambda step: maker.submit(task.batch, np.random.default_rng([settings.seed, step, *own]))  # noqa: E731
        coming = None
        for step in range(start, settings.steps):
            batch = (coming or make(step)).result()
            ahead = step + 1 < settings.steps and not _due(step + 1, settings, guide)
            coming = make(step + 1) if ahead else None
            yield batch


def _forget_after(path: Path, step: int, team: Crew) -> None:
    """Drop what an interrupted run logged after its checkpoint: it will be logged again."""
    if team.leads and path.exists():
        lines = path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if json.loads(line)["step"] <= step]
        path.write_text("".join(line + "\n" for line in kept), encoding="utf-8")


def _save(
    path: Path,
    step: int,
    going: bool,
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: Average,
    settings: Settings,
    guide: Guide | None,
) -> None:
    partial = path.with_suffix(".partial")
    state = {
        "step": step,
        "going": going,
        "module": module.state_dict(),
        "optimizer": optimizer.state_dict(),
        "average": average.state,
        "settings": asdict(settings),
        "guide": guide.state_dict() if guide else {},
    }
    torch.save(state, partial)
    partial.replace(path)


def _resume(
    path: Path, module: nn.Module, optimizer: torch.optim.Optimizer, average: Average, guide: Guide | None
) -> tuple[int, bool]:
    """How many steps the checkpoint has behind it, and whether there are more to take."""
    if not path.exists():
        return 0, True
    state = torch.load(path, weights_only=True, map_location=next(module.parameters()).device)
    module.load_state_dict(state["module"])
    optimizer.load_state_dict(state["optimizer"])
    average.state = state["average"]
    if guide and state.get("guide"):
        guide.load_state_dict(state["guide"])
    return int(state["step"]), bool(state.get("going", True))


def _bar(steps: int, start: int, team: Crew) -> Progress:
    progress = Progress(
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.3f}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not team.leads,
    )
    progress.add_task("training", total=steps, completed=start, loss=float("nan"))
    return progress
