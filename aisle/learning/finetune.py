"""Fine-tune a shop's model on the shop's own catalog, logs and labels: one run from the store to a candidate's folder.

A run has a folder of its own, named by everything that goes into it. The same command goes on where an interrupted one
stopped and ends with the same weights.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aisle.errors import InvalidRequest
from aisle.learning import forgetting
from aisle.learning.catalog_data import Catalog, Speaker, read_catalog, read_labels, read_logs, without_leaks
from aisle.learning.catalog_task import CatalogTask, Learner, Replay
from aisle.learning.checkpoint import load_towers
from aisle.learning.devices import crew, device_of, rank
from aisle.learning.reporting import Report, measure_candidate, tests_of
from aisle.learning.rewrite import rewrite
from aisle.learning.towers import Towers
from aisle.learning.tracking import Tracker
from aisle.learning.trainer import Settings, fit
from aisle.learning.validation import Validation
from aisle.learning.views import DEPTHS, Progress, draw, keep_below
from aisle.models.runtime import read_card
from aisle.store import Store
from aisle.understanding.lexicon import Lexicon

FOLDER = "training"
"""Runs lie in STORE/training, with the views that they share."""
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How much of the tuned weights is tried when they are averaged with the start's."""
INSPECTIONS = 20
CODE = "1"
"""Raised when the same recipe would train otherwise."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to fine-tune. What ``aisle tune`` searches and ``--config`` sets."""

    depth: str = "top"
    rate: float = 5e-4
    decay: float = 0.05
    temperature: float = 0.05
    batch: int = 96
    negatives: float = 0.5
    augmentation: float = 0.5
    views: int = 4
    epochs: int = 60
    steps: int | None = None
    patience: int = 6
    average: float = 0.99
    kept: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        for name, fine in {
            "depth": self.depth in DEPTHS,
            "rate": 0 < self.rate < 1,
            "temperature": 0.001 < self.temperature <= 1,
            "batch": 2 <= self.batch <= 4096,
            "negatives": 0 <= self.negatives < 1,
            "augmentation": 0 <= self.augmentation <= 1,
            "views": 1 <= self.views <= 64,
            "epochs": self.epochs >= 1,
            "steps": self.steps is None or self.steps >= 1,
            "patience": self.patience >= 1,
            "average": 0 <= self.average < 1,
            "kept": self.kept >= 0,
        }.items():
            if not fine:
                raise InvalidRequest(f"{name} can't be {getattr(self, name)!r}.", field=name)

    @staticmethod
    def of(values: Mapping[str, Any]) -> Recipe:
        """Raises InvalidRequest naming a field that there isn't."""
        known = {each.name for each in fields(Recipe)}
        for name in values:
            if name not in known:
                raise InvalidRequest(
                    f"A recipe has no {name!r}.", field=name, hint=f"It has {', '.join(sorted(known))}."
                )
        try:
            return Recipe(**values)
        except TypeError as error:
            raise InvalidRequest(f"The recipe can't be used: {error}.", field="config") from error


@dataclass(frozen=True, slots=True)
class Request:
    """One run. ``parent`` is the folder of the model to start from; ``bound`` how far an earlier test's recall may fall."""

    parent: Path
    recipe: Recipe = Recipe()
    logs: Path | None = None
    labels: Path | None = None
    minutes: float = 20.0
    bound: float = 0.02
    replay: bool = False
    name: str | None = None
    device: str = "auto"
    threads: int = 2
    tensorboard: Path | None = None
    wandb: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """A candidate: its ``folder``, where it comes from, and what it measures beside the model that it started from."""

    folder: Path
    run: Path
    parent: str
    data: str
    config: Mapping[str, Any]
    seed: int
    metrics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return bool(self.metrics["gate"]["passed"])


@dataclass(frozen=True, slots=True)
class Material:
    """What is read and drawn before training, and shared by the trials of a search."""

    catalog: Catalog
    speaker: Speaker
    towers: Towers
    tokenizer: str
    card: Mapping[str, Any]
    parent: str
    pixels: np.ndarray
    tests: tuple[forgetting.TestSet, ...]
    replay: Replay | None
    folder: Path
    """Where the views lie."""


def prepare(store: Store, request: Request, progress: Progress) -> Material:
    """Read the catalog, logs and labels, and draw the pictures' views. Raises InvalidRequest, NotFound."""
    card = read_card(request.parent)
    towers, tokenizer = load_towers(request.parent)
    tests = forgetting.earlier_tests(store.path, request.parent)
    pairs = (read_logs(request.logs) if request.logs else []) + (read_labels(request.labels) if request.labels else [])
    bare = read_catalog(store)
    catalog = replace(bare, pairs=tuple(without_leaks(pairs, bare.items, forgetting.tested_queries(tests))))
    if pairs and not any(pair.part == "train" for pair in catalog.pairs):
        raise InvalidRequest(
            "None of the logged or labelled lines can be trained on: their products aren't in the catalog or are held out.",
            field="--logs" if request.logs else "--labels",
            hint="The product is a product's id as the catalog has it.",
        )
    recipe, size = request.recipe, towers.image.shape.size
    parent = f"{card['name']}@{_version(request.parent, card)}"
    key = _digest(parent, bare.digest(), recipe.views, recipe.augmentation, recipe.seed)
    folder = store.path / FOLDER / f"views-{key}"
    pixels = draw(catalog.items, size, recipe.views, recipe.augmentation, recipe.seed, folder / "pixels.npy", progress)
    replay = forgetting.read_replay(request.parent / "replay.npz", size) if request.replay else None
    speaker = Speaker(catalog, Lexicon.load())
    return Material(catalog, speaker, towers, tokenizer, card, parent, pixels, tests, replay, folder)


def finetune(store: Store, request: Request, progress: Progress = lambda share, what: None) -> Outcome:
    """Train a candidate and measure it. Goes on with an interrupted run. Of several processes that train together only the
    first answers; the others end here. Raises InvalidRequest, NotFound."""
    started = time.monotonic()
    material = prepare(store, request, progress)
    config = asdict(request.recipe) | {name: getattr(request, name) for name in ("minutes", "replay", "bound", "name")}
    parent = material.parent
    run = store.path / FOLDER / f"run-{_digest(CODE, parent, material.catalog.digest(), config)}"
    if (run / "outcome.json").exists():
        return _read_outcome(run)
    tracker = Tracker(run, config, tensorboard=request.tensorboard, wandb=request.wandb)
    try:
        task, watch, begin = begin_run(material, request, run, tracker, started, progress)
        steps = fit(task, watch.settings, run, watch)
    finally:
        tracker.close()
    if rank():
        raise SystemExit(0)
    share, chosen = averaged(watch.validation, begin, watch.best or begin)
    task.module.load_state_dict(chosen)
    progress(0.0, "Measuring")
    name = request.name or material.card["name"].removesuffix("-tuned") + "-tuned"
    folder = run / "model"
    card = {**material.card, "name": name, "version": run.name.removeprefix("run-"), "parent": parent, "metrics": {}}
    rewrite(task.module.towers, request.parent, folder)
    (folder / "tokenizer.json").write_text(material.tokenizer, encoding="utf-8")
    (folder / "model.json").write_text(json.dumps(card), encoding="utf-8")
    report = measure_candidate(
        request.parent, folder, material.catalog, material.speaker, material.pixels, material.tests
    )
    metrics = {
        **report.metrics,
        "gate": forgetting.gate(report.earlier, report.before, report.after, request.bound),
        "validation": {"start": watch.first, "best": watch.validation.score, "share": share},
        "products": {part: len(material.catalog.rows(part)) for part in ("train", "validation", "test")},
        "pairs": sum(pair.part == "train" for pair in material.catalog.pairs),
        "replayed": len(material.replay or ()),
        "steps": steps,
        "seconds": round(time.monotonic() - started, 1),
    }
    _finish(store, request, material, task, folder, report, metrics)
    lineage = {"parent": parent, "data": material.catalog.digest(), "config": config, "seed": request.recipe.seed}
    (run / "outcome.json").write_text(json.dumps({**lineage, "metrics": metrics}, indent=2) + "\n", encoding="utf-8")
    (run / "checkpoint.pt").unlink(missing_ok=True)
    forget_views(store.path / FOLDER)
    return _read_outcome(run)


def _read_outcome(run: Path) -> Outcome:
    said = json.loads((run / "outcome.json").read_text(encoding="utf-8"))
    return Outcome(run / "model", run, said["parent"], said["data"], said["config"], said["seed"], said["metrics"])


class Watch:
    """The guide of a run: mines hard negatives, validates, keeps the best weights, stops early or when time is up."""

    def __init__(
        self, task: CatalogTask, settings: Settings, every: int, patience: int, validation: Validation, tracker: Tracker,
        deadline: float,
    ) -> None:  # fmt: skip
        self.task, self.settings, self.every, self.patience = task, settings, every, patience
        self.validation, self.tracker, self.deadline = validation, tracker, deadline
        self.judge: Callable[[int, Mapping[str, float]], bool] = lambda looks, values: True
        self.looks = 0
        self.best: dict[str, torch.Tensor] | None = None
        self.best_score = (-1.0, -1.0)
        self.first: Mapping[str, float] = {}
        self.stale = 0

    def begin(self) -> None:
        """Measure and mine before the first step."""
        self.task.module.eval()
        self.first = self.validation.measure()
        self.task.hard = self.task.mine()

    def inspect(self, step: int) -> bool:
        values = self.validation.measure()
        self.tracker.validation(step, values)
        self.looks += 1
        if self.validation.key(values) > self.best_score:
            self.best_score, self.stale = self.validation.key(values), 0
            self.best = {name: tensor.detach().clone() for name, tensor in self.task.module.state_dict().items()}
        else:
            self.stale += 1
        self.task.hard = self.task.mine()
        in_time = time.monotonic() < self.deadline
        return self.judge(self.looks, values) and self.stale < self.patience and in_time

    def logged(self, step: int, values: Mapping[str, float]) -> None:
        self.tracker.training(step, values)

    def state_dict(self) -> dict[str, Any]:
        hard = torch.from_numpy(self.task.hard) if self.task.hard is not None else None
        return {"best": self.best, "score": self.best_score, "stale": self.stale, "looks": self.looks, "hard": hard}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.best, self.best_score = state["best"], tuple(state["score"])
        self.stale, self.looks = state["stale"], state["looks"]
        self.task.hard = state["hard"].cpu().numpy() if state["hard"] is not None else None


def begin_run(
    material: Material, request: Request, run: Path, tracker: Tracker, started: float, progress: Progress
) -> tuple[CatalogTask, Watch, dict[str, torch.Tensor]]:
    """The task, its guide with a plan that fits the minutes, and the weights at the start."""
    recipe = request.recipe
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(request.threads)
    device = device_of(request.device)
    towers = material.towers.to(device)
    parts = keep_below(towers.image, material.pixels, recipe.depth, material.folder, device, progress)
    learner = Learner(towers, recipe.depth, recipe.temperature).to(device)
    task = CatalogTask(
        learner, material.tokenizer, material.catalog, material.speaker, parts,
        batch=recipe.batch, negatives=recipe.negatives, replay=material.replay,
    )  # fmt: skip
    begin = {name: tensor.detach().clone() for name, tensor in learner.state_dict().items()}
    validation = Validation(task, recipe.seed)
    deadline = started + request.minutes * 60
    plan = Settings(steps=1, rate=recipe.rate, decay=recipe.decay, average=recipe.average, seed=recipe.seed,
                    threads=request.threads, device=request.device, clip=1.0)  # fmt: skip
    watch = Watch(task, plan, 1, recipe.patience, validation, tracker, deadline)
    clock = time.monotonic()
    watch.begin()
    planned = _plan(task, recipe, run, time.monotonic() - clock, 0.8 * (deadline - time.monotonic()))
    team = crew(request.device)
    steps, watch.every = (team.agree(number) for number in planned)
    watch.settings = replace(
        plan, steps=steps, warmup=max(1, steps // 10), log_every=max(1, min(20, watch.every)), save_every=watch.every
    )
    return task, watch, begin


def _plan(task: CatalogTask, recipe: Recipe, run: Path, look_s: float, left_s: float) -> tuple[int, int]:
    """How many steps fit in ``left_s``, and after how many to look (``look_s`` each); a resumed run keeps its plan."""
    file = run / "plan.json"
    if file.exists():
        kept = json.loads(file.read_text(encoding="utf-8"))
        return kept["steps"], kept["every"]
    wanted = recipe.steps or max(20, recipe.epochs * len(task.training) // recipe.batch)
    looks = int(np.clip(0.2 * left_s / max(look_s, 1e-3), 3, INSPECTIONS))
    affordable = int((left_s - looks * look_s) / _step_seconds(task))
    steps = max(1, min(wanted, affordable))
    plan = {"steps": steps, "every": max(1, steps // looks)}
    file.write_text(json.dumps(plan) + "\n", encoding="utf-8")
    return plan["steps"], plan["every"]


def _step_seconds(task: CatalogTask) -> float:
    """One step with its batch, the gradients thrown away."""
    spent = []
    device = next(task.module.parameters()).device
    task.module.train()
    for number in range(2):
        clock = time.monotonic()
        batch = task.batch(np.random.default_rng([number]))
        terms = task.loss({name: tensor.to(device) for name, tensor in batch.items()})
        torch.stack(list(terms.values())).sum().backward()
        task.module.zero_grad(set_to_none=True)
        spent.append(time.monotonic() - clock)
    return max(1.15 * min(spent), 1e-3)  # and the optimiser's part


def averaged(
    validation: Validation, begin: Mapping[str, torch.Tensor], tuned: Mapping[str, torch.Tensor]
) -> tuple[float, dict[str, torch.Tensor]]:
    """The share of the tuned weights that validates best, the smaller of equals, and those weights."""
    module = validation.task.module
    best: tuple[tuple[float, float], float, dict[str, torch.Tensor]] | None = None
    for share in SHARES:
        state = forgetting.between(begin, tuned, share)
        module.load_state_dict(state)
        module.eval()
        values = validation.measure()
        key = validation.key(values)
        if best is None or key > best[0]:
            best = (key, share, state)
            validation.score = values
    assert best is not None
    return best[1], best[2]


def _finish(
    store: Store, request: Request, material: Material, task: CatalogTask, folder: Path, report: Report,
    metrics: Mapping[str, Any],
) -> None:  # fmt: skip
    """What goes with the weights: the parent's other files, calibration, metrics, test sets, pairs to replay."""
    for file in request.parent.iterdir():
        if file.is_file() and not (folder / file.name).exists() and file.suffix != ".md" and file.name != "replay.npz":
            shutil.copy2(file, folder / file.name)  # fusion and heads
    card = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    card["calibration"] = {**card["calibration"], **report.calibration}
    card["metrics"] = dict(metrics)
    (folder / "model.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for test in tests_of(material.catalog, material.speaker):
        forgetting.write_test(test, folder / forgetting.FOLDER)
    for test in (*material.tests, *tests_of(material.catalog, material.speaker)):
        if not (store.path / forgetting.FOLDER / f"{test.name}.jsonl").exists():
            forgetting.write_test(test, store.path / forgetting.FOLDER)
    rows = task.training
    rng = np.random.default_rng(request.recipe.seed)
    chosen = rng.permutation(rows)[: request.recipe.kept]
    texts = [material.speaker.full(material.catalog.items[row]) for row in chosen]
    kept = forgetting.read_replay(request.parent / "replay.npz", material.pixels.shape[2])
    pairs = forgetting.reservoir(
        kept, texts, np.asarray(material.pixels[chosen, 0]), request.recipe.kept, request.recipe.seed
    )
    forgetting.write_replay(pairs, folder / "replay.npz")


def forget_views(folder: Path) -> None:
    """Views take a lot of room and are soon drawn again."""
    for views in folder.glob("views-*"):
        shutil.rmtree(views, ignore_errors=True)


def _version(folder: Path, card: Mapping[str, Any]) -> str:
    """The version as the model at work tells it, weights and all."""
    from aisle.models import registry

    return registry.load(folder, threads=1).version if card.get("format") else str(card.get("version"))


def _digest(*what: object) -> str:
    return hashlib.blake2b(json.dumps(what, sort_keys=True, default=str).encode(), digest_size=5).hexdigest()
