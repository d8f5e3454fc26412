"""Train a head, measure it, keep it, open it again.

A head's folder:

    head.json            task, config, where the backbone is, which adapter is worn, figures of the validation
    head.safetensors     the layers of the head itself
    backbone/            the backbone where it was trained itself; otherwise head.json names its source
    adapters/NAME/       adapters beside the frozen backbone, each with its own copy of the head's layers
    runs/NAME-KIND/      metrics.jsonl and the checkpoint that an interrupted run goes on from
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aisle.errors import Conflict, InvalidRequest, NotFound
from aisle.learning.adapters.adapters import Adapter, Adapters, fingerprint
from aisle.learning.adapters.methods import METHODS, Options
from aisle.learning.heads.backbone import open_backbone
from aisle.learning.heads.data import Example, rows, split
from aisle.learning.heads.head import Head
from aisle.learning.heads.registry import head_of
from aisle.learning.trainer import Settings, fit
from aisle.models.registry import SHIPPED

FULL, FROZEN = "full", "frozen"
WAYS = (FULL, FROZEN, *METHODS)
"""What of the backbone is trained: all, nothing, or an adapter beside it."""

CARD, WEIGHTS = "head.json", "head.safetensors"
NETWORK = "backbone.network"


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train. ``rate`` None is 5e-4 for all of a small backbone and 2e-3 where only little is trained.

    ``patience`` counts validations without a better one: two an epoch, at most twenty in all.
    """

    method: str = FULL
    name: str = "default"
    epochs: float = 8.0
    batch: int = 32
    rate: float | None = None
    patience: int = 5
    validation: float = 0.1
    seed: int = 0
    threads: int = 1
    device: str = "cpu"
    recompute: bool = False
    options: Options = field(default_factory=Options)


class Trainable(nn.Module):
    """What of a module is trained, as a module of its own: optimiser, average and checkpoint cost no more than that."""

    def __init__(self, whole: nn.Module) -> None:
        super().__init__()
        self._whole = (whole,)  # in a tuple, so that its weights aren't taken for ours
        for name, parameter in whole.named_parameters():
            if parameter.requires_grad:
                self.register_parameter(name.replace(".", "/"), parameter)

    def train(self, mode: bool = True) -> Trainable:
        self._whole[0].train(mode)
        return super().train(mode)

    def _apply(self, fn: Any, recurse: bool = True) -> Trainable:
        self._whole[0]._apply(fn)
        return self


class HeadTask:
    """Examples drawn at random, the head's losses, and an adapter's own penalty; ``taken`` counts the steps."""

    def __init__(self, head: Head, examples: Sequence[Example], batch: int, adapter: Adapter | None) -> None:
        self.head = head
        self.module: nn.Module = Trainable(head)
        self.weights: Mapping[str, float] = {"label": 1.0, "tags": 1.0, "token": 1.0, "penalty": 1.0}
        self._examples = examples
        self._size = min(batch, len(examples))
        self._built = adapter.built if adapter else None
        self.taken = 0

    def batch(self, rng: np.random.Generator) -> Mapping[str, Tensor]:
        chosen = rng.choice(len(self._examples), self._size, replace=False)
        return self.head.collate([self._examples[i] for i in chosen])

    def loss(self, batch: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        # The gradients of the step before are still there, and its weights are set: the moment AdaLoRA asks for.
        if self._built and self._built.allocate and self.taken:
            self._built.allocate(self.taken)
        self.taken += 1
        terms = dict(self.head.loss(batch))
        if self._built and self._built.penalty:
            terms["penalty"] = self._built.penalty()
        return terms


class Watch:
    """The guide of a run: keeps the best weights on the validation examples, stops when they get or can be no better."""

    def __init__(self, task: HeadTask, examples: Sequence[Example], every: int, patience: int) -> None:
        self.every = every
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Tensor] = {}
        self._task, self._examples, self._patience = task, examples, patience
        self._stale = 0

    def inspect(self, step: int) -> bool:
        head = self._task.head
        figures = head.evaluate(self._examples)
        value = figures[head.metric]
        better = all(value > old[head.metric] for old in self.history)
        self.history.append({"step": step, **figures})
        if better:
            self.best = {name: tensor.detach().clone() for name, tensor in self._task.module.state_dict().items()}
        self._stale = 0 if better else self._stale + 1
        return self._stale < self._patience and value < 1.0

    def logged(self, step: int, values: Mapping[str, float]) -> None: ...

    def state_dict(self) -> dict[str, Any]:
        return {"history": self.history, "best": self.best, "stale": self._stale, "taken": self._task.taken}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.history, self.best, self._stale = state["history"], state["best"], state["stale"]
        self._task.taken = state["taken"]


@dataclass(slots=True)
class Kept:
    """A head at work: where its backbone came from, its adapters, and its figures by adapter ("" is without one)."""

    head: Head
    source: str
    owns_backbone: bool
    adapters: Adapters
    figures: dict[str, Any]


def examples_of(task: str, path: Path, text: str = "text", target: str | None = None) -> list[Example]:
    """The labelled texts of a file; ``target`` is "label", "tags" or "target" by task. Raises NotFound, InvalidRequest."""
    kind = head_of(task)
    name = target or {"classify": "label", "tag": "tags"}.get(task, "target")
    found = []
    for number, row in enumerate(rows(path), 1):
        try:
            found.append(kind.read(row, text, name))
        except InvalidRequest as error:
            raise InvalidRequest(
                f"Row {number} of {path}: {error.message}", field=error.field, hint=error.hint
            ) from None
    if not found:
        raise InvalidRequest(f"{path} holds no rows.", field="data")
    return found


def train(
    task: str,
    source: str,
    examples: Sequence[Example],
    folder: Path,
    plan: Plan = Plan(),
    validation: Sequence[Example] | None = None,
) -> Kept:
    """Train a head on the backbone ``source`` into ``folder``; its best moment by the validation examples is kept.

    With an adapter method and a head of the same kind already there, another adapter joins it. Without ``validation`` a
    share of the examples is held back by text. Raises Conflict, InvalidRequest, NotFound.
    """
    if plan.method not in WAYS:
        raise InvalidRequest(f"There is no method {plan.method!r}.", field="method", hint=f"Known: {', '.join(WAYS)}.")
    learnt, held = (list(examples), list(validation)) if validation else split(examples, plan.validation, plan.seed)
    if not learnt or not held:
        raise InvalidRequest(f"{len(examples)} examples are too few to hold some back.", field="data")
    if source not in SHIPPED and Path(source).is_dir():
        source = str(Path(source).resolve())  # the head may be opened from elsewhere
    torch.manual_seed(plan.seed)
    steps = max(4, round(plan.epochs * len(learnt) / min(plan.batch, len(learnt))))
    config = head_of(task).learn_config(learnt)
    kept = _begin(task, source, config, folder, plan)
    head, adapter = kept.head, None
    if plan.method in METHODS:
        options = Options(**{**asdict(plan.options), "steps": steps, "seed": plan.seed})
        adapter = kept.adapters.add(plan.name, plan.method, options, _own(head))
    else:
        head.backbone.requires_grad_(plan.method == FULL)
    if plan.recompute:
        head.backbone.recompute()
    task_ = HeadTask(head, learnt, plan.batch, adapter)
    every = min(steps // 2, max(steps // 20, round(len(learnt) / plan.batch / 2), 1))
    watch = Watch(task_, held, every, plan.patience)
    # An interrupted run goes on only from its own kind: same data, same plan.
    kind = hashlib.blake2b(repr((task, source, config, plan, learnt)).encode("utf-8", "replace"), digest_size=4)
    run = folder / "runs" / f"{plan.name if adapter else plan.method}-{kind.hexdigest()}"
    started = time.perf_counter()
    taken = fit(task_, _settings(plan, steps), run, watch)
    seconds = time.perf_counter() - started
    (run / "checkpoint.pt").unlink(missing_ok=True)  # the run is over: another one begins anew
    if watch.best:
        task_.module.load_state_dict(watch.best)
    if adapter and adapter.built.finish:
        adapter.built.finish()
    head.cpu().eval()
    kept.figures[plan.name if adapter else ""] = {
        **head.evaluate(held),
        "method": plan.method,
        "trained": sum(parameter.numel() for parameter in task_.module.parameters()),
        "steps": taken,
        "seconds": round(seconds, 2),
        "examples": len(learnt),
        "held_out": len(held),
    }
    save(kept, folder)
    return kept


def _settings(plan: Plan, steps: int) -> Settings:
    rate = plan.rate or (5e-4 if plan.method == FULL else 2e-3)
    return Settings(
        steps=steps,
        rate=rate,
        decay=0.01,
        warmup=max(1, steps // 10),
        clip=1.0,
        average=min(0.99, 1 - 4 / steps),
        seed=plan.seed,
        threads=plan.threads,
        bfloat16=None if plan.device != "cpu" else False,
        device=plan.device,
        log_every=max(1, min(20, steps // 4)),
    )


def _begin(task: str, source: str, config: dict[str, Any], folder: Path, plan: Plan) -> Kept:
    """A new head, or the one in ``folder`` that another adapter joins."""
    if (folder / CARD).is_file():
        kept = open_head(folder)
        same = kept.head.task == task and kept.head.config == config and kept.source == source
        if plan.method not in METHODS or not same:
            raise Conflict(
                f"There is a head in {folder} already.",
                field="out",
                hint="Choose another folder; only an adapter for the same task, labels and backbone can join it.",
            )
        return kept
    head = head_of(task)(open_backbone(source), config)
    return Kept(head, source, plan.method == FULL, Adapters(head, NETWORK), {})


def _own(head: Head) -> tuple[str, ...]:
    """The head's layers that have weights."""
    return tuple(name for name in head.own if any(True for _ in head.get_submodule(name).parameters()))


def save(kept: Kept, folder: Path) -> None:
    """Write the head's folder; a file that is there is replaced."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    head, worn = kept.head, kept.adapters.active
    for name in kept.adapters.added:
        kept.adapters.save(name, folder / "adapters")
    kept.adapters.switch(None)
    own = {f"{name}.{key}": one for name in _own(head) for key, one in head.get_submodule(name).state_dict().items()}
    save_file({name: tensor.contiguous() for name, tensor in own.items()}, folder / WEIGHTS)
    if kept.owns_backbone:
        head.backbone.save(folder / "backbone")
    base = fingerprint(head)
    kept.adapters.switch(worn)
    card = {
        "task": head.task,
        "backbone": kept.source,
        "owns_backbone": kept.owns_backbone,
        "base": base,
        "active": worn,
        "figures": kept.figures,
        "config": head.config,
    }
    _write_card(folder, card)


def _write_card(folder: Path, card: Mapping[str, Any]) -> None:
    partial = folder / (CARD + ".partial")
    partial.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(folder / CARD)


def card_of(folder: Path) -> dict[str, Any]:
    """head.json of a head's folder. Raises NotFound, InvalidRequest."""
    path = folder / CARD
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(f"{folder} holds no head: {CARD} is missing.", field="head") from None
    except ValueError as error:
        raise InvalidRequest(f"{path} isn't JSON: {error}.", field="head") from None
    if not isinstance(card, dict) or not {"task", "backbone", "config", "base"} <= card.keys():
        raise InvalidRequest(f"{path} isn't a head's card.", field="head")
    return card


def open_head(folder: Path) -> Kept:
    """The head in ``folder`` with its adapters, the active one worn. Raises NotFound, InvalidRequest, Conflict."""
    from safetensors.torch import load_file

    card = card_of(folder)
    backbone = open_backbone(str(folder / "backbone") if card["owns_backbone"] else card["backbone"])
    head = head_of(card["task"])(backbone, card["config"])
    missing = head.load_state_dict(load_file(folder / WEIGHTS), strict=False).missing_keys
    if any(not name.startswith("backbone.") for name in missing):
        raise InvalidRequest(f"{folder / WEIGHTS} doesn't hold what {CARD} says.", field="head")
    if fingerprint(head) != card["base"]:
        raise Conflict(
            f"{card['backbone']} isn't the backbone that the head in {folder} was trained on.",
            field="backbone",
            hint="Its weights have changed since; train the head again.",
        )
    head.eval()
    adapters = Adapters(head, NETWORK)
    for found in sorted((folder / "adapters").glob("*/adapter.json")):
        adapters.load(found.parent)
    adapters.switch(card["active"])
    return Kept(head, card["backbone"], card["owns_backbone"], adapters, card["figures"])


def choose(folder: Path, name: str | None) -> None:
    """Which adapter the head in ``folder`` wears when it is opened. Raises NotFound."""
    card = card_of(folder)
    if name is not None and not (folder / "adapters" / name / "adapter.json").is_file():
        raise NotFound(
            f"There is no adapter {name!r} in {folder}.", field="name", hint="aisle adapters list shows them."
        )
    _write_card(folder, {**card, "active": name})


def merged(folder: Path, name: str, target: Path) -> Kept:
    """Write to ``target`` a head whose backbone has taken in the adapter. Raises Conflict, NotFound, InvalidRequest."""
    if target.exists() and any(target.iterdir()):
        raise Conflict(f"{target} isn't empty.", field="out", hint="Choose a new folder.")
    kept = open_head(folder)
    kept.adapters.merge(name)
    whole = Kept(kept.head, kept.source, True, kept.adapters, {"": kept.figures.get(name, {})})
    save(whole, target)
    return whole
