"""Search for the recipe that trains best on a shop, with Optuna; the search is kept in the store and goes on there."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from aisle.learning.finetune import FOLDER, Recipe, Request, begin_run, forget_views, prepare
from aisle.learning.tracking import MEASURED, Tracker
from aisle.learning.trainer import fit
from aisle.learning.views import Progress
from aisle.store import Store

STUDY = "recipes"
TRIED = 5
"""So many trials run whole before any is cut short for being below their median."""
AUGMENTATIONS = (0.25, 0.5, 1.0)
"""Each has views of its own, drawn once."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One recipe tried: ``values`` of what is searched, ``score`` the best recall@10 on validation products."""

    number: int
    state: str
    score: float | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """``importance`` sums to 1 over what is searched (fANOVA, Hutter et al. 2014); empty until there are enough trials."""

    trials: tuple[Trial, ...]
    best: Recipe
    importance: Mapping[str, float]
    file: Path

    def as_dict(self) -> dict[str, Any]:
        return {
            "trials": [asdict(trial) for trial in self.trials],
            "best": asdict(self.best),
            "importance": dict(self.importance),
            "config": str(self.file),
        }


def search(store: Store, request: Request, trials: int, progress: Progress = lambda share, what: None) -> Found:
    """Try recipes until there are ``trials`` of them or the minutes are over. The best goes to STORE/training/best.json."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    started = time.monotonic()
    data = prepare(store, request, progress).catalog.digest()
    folder = store.path / FOLDER
    study = optuna.create_study(
        study_name=f"{STUDY}-{data}",  # scores on other data don't compare
        storage=f"sqlite:///{folder / 'tune.db'}",
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=request.recipe.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=TRIED, n_warmup_steps=2),
        load_if_exists=True,
    )
    _forget_unfinished(study)
    if not study.trials:
        study.enqueue_trial(_searched(request.recipe))  # first what would be trained without a search
    while len(_ended(study)) < trials:
        left = request.minutes * 60 - (time.monotonic() - started)
        waiting = trials - len(_ended(study))
        if left < 5 and _ended(study):
            break
        trial = study.ask()
        progress(1 - waiting / trials, f"Trial {trial.number + 1} of {trials}")
        _try(study, trial, store, replace(request, minutes=max(left, 5) / waiting / 60), folder)
    forget_views(folder)
    file = folder / "best.json"
    complete = [t for t in study.trials if t.state == optuna.trial.TrialState.COMPLETE]
    best = replace(request.recipe, **study.best_params) if complete else request.recipe
    file.write_text(json.dumps(asdict(best), indent=2) + "\n", encoding="utf-8")
    rows = tuple(Trial(t.number, t.state.name.lower(), t.value, t.params) for t in study.trials)
    return Found(rows, best, _importance(study, len(complete)), file)


def _try(study: Any, trial: Any, store: Store, request: Request, folder: Path) -> None:
    import optuna

    recipe = replace(
        request.recipe,
        rate=trial.suggest_float("rate", 5e-5, 3e-3, log=True),
        decay=trial.suggest_float("decay", 1e-3, 0.3, log=True),
        temperature=trial.suggest_float("temperature", 0.02, 0.2, log=True),
        depth=trial.suggest_categorical("depth", ["head", "top"]),
        negatives=trial.suggest_float("negatives", 0.0, 0.75),
        augmentation=trial.suggest_categorical("augmentation", AUGMENTATIONS),
    )
    run = folder / f"trial-{study.study_name.removeprefix(STUDY + '-')}-{trial.number}"
    request = replace(request, recipe=recipe)
    started, cut = time.monotonic(), False

    def judge(looks: int, values: Mapping[str, float]) -> bool:
        nonlocal cut
        trial.report(values[MEASURED], looks)
        cut = trial.should_prune()
        return not cut

    material = prepare(store, request, lambda share, what: None)
    tracker = Tracker(run, asdict(recipe))
    try:
        task, watch, _ = begin_run(material, request, run, tracker, started, lambda share, what: None)
        watch.judge = judge
        fit(task, watch.settings, run, watch)
    finally:
        tracker.close()
        (run / "checkpoint.pt").unlink(missing_ok=True)
    if cut:
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    else:
        study.tell(trial, watch.best_score[0])


def _searched(recipe: Recipe) -> dict[str, Any]:
    """The recipe's own values, those left out that the search wouldn't choose."""
    names = ["rate", "decay", "temperature", "negatives"]
    names += ["depth"] * (recipe.depth != "all") + ["augmentation"] * (recipe.augmentation in AUGMENTATIONS)
    return {name: getattr(recipe, name) for name in names}


def _ended(study: Any) -> list[Any]:
    return [trial for trial in study.trials if trial.state.is_finished() and trial.state.name != "FAIL"]


def _forget_unfinished(study: Any) -> None:
    """Trials that an interruption left open count as failed."""
    import optuna

    for trial in study.trials:
        if trial.state == optuna.trial.TrialState.RUNNING:
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)


def _importance(study: Any, complete: int) -> dict[str, float]:
    import optuna

    if complete < 4 or len({t.value for t in study.trials if t.value is not None}) < 2:
        return {}
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    return {
        name: round(v, 4) for name, v in optuna.importance.get_param_importances(study, evaluator=evaluator).items()
    }
