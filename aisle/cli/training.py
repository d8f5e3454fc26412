"""``aisle train`` and ``aisle tune``: a shop makes its model better by its own catalog, logs and labels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from aisle.cli.options import STORE, JsonOption, StoreOption, answer, console, notes, open_shop, progress_bar, table
from aisle.errors import Conflict, InvalidRequest

if TYPE_CHECKING:
    from aisle.app import Shop
    from aisle.learning.finetune import Outcome, Recipe

ModelOption = Annotated[
    str | None, typer.Option("--model", help="Folder of the model to start from; the shop's live model if left out.")
]
LogsOption = Annotated[
    Path | None, typer.Option("--logs", help='What shoppers chose, JSON Lines: {"query", "product", "event", "time"}.')
]
LabelsOption = Annotated[
    Path | None, typer.Option("--labels", help='Graded answers, JSON Lines: {"query", "product", "grade"}; 0 is wrong.')
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="A recipe as JSON, such as the one that `aisle tune` keeps.")
]
ThreadsOption = Annotated[int, typer.Option("--threads", min=1, help="Threads to compute with.")]
DeviceOption = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or another name of PyTorch's.")]
SeedOption = Annotated[int | None, typer.Option("--seed", help="What chance begins with: the same gives the same.")]


def train(
    store: StoreOption = STORE,
    task: Annotated[
        str, typer.Option("--task", help="catalog, or understand: teach a language model to read queries.")
    ] = "catalog",
    data: Annotated[
        Path | None,
        typer.Option("--data", help='For understand: JSON Lines {"query", "answer"}, answers in the schema.'),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="For understand: a new folder for the language model.")
    ] = None,
    logs: LogsOption = None,
    labels: LabelsOption = None,
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, help="How long it may take in all.")] = 20.0,
    depth: Annotated[
        str | None, typer.Option("--depth", help="What of the image tower learns: head, top or all.")
    ] = None,
    config: ConfigOption = None,
    model: ModelOption = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Also train on the pairs that earlier runs kept beside the model.")
    ] = False,
    bound: Annotated[
        float, typer.Option("--bound", min=0, max=1, help="How far recall@10 of an earlier test set may fall.")
    ] = 0.02,
    promote: Annotated[
        bool, typer.Option("--promote", help="Make the candidate live if it forgot nothing and is no worse.")
    ] = False,
    name: Annotated[str | None, typer.Option("--name", help="What the candidate is called.")] = None,
    seed: SeedOption = None,
    device: DeviceOption = "auto",
    threads: ThreadsOption = 2,
    tensorboard: Annotated[
        Path | None, typer.Option("--tensorboard", help="A folder to write TensorBoard's event files to.")
    ] = None,
    wandb: Annotated[
        bool, typer.Option("--wandb", help="Keep a Weights & Biases run, offline unless WANDB_MODE says otherwise.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Fine-tune the model on the shop's own catalog, with no labels, and on logs and labels where there are any.

    The candidate is measured on held-out products beside the model it started from, and on the test sets of earlier runs.
    The same command goes on with an interrupted run. The task understand takes a language model's folder (--model) and
    pairs (--data) instead, trains it by LoRA and writes a folder (--out) for AISLE_LLM_MODEL.
    """
    if task == "understand":
        _understand(data, model, out, seed or 0, device, threads, as_json)
        return
    if task != "catalog":
        raise InvalidRequest(f"There is no task {task!r}.", field="--task", hint="Known tasks: catalog, understand.")
    _need_training()
    from aisle.learning.finetune import Request, finetune

    recipe = _recipe(config, depth=depth, seed=seed)
    with open_shop(store) as shop, progress_bar(as_json) as bar:
        request = Request(
            _parent(shop, model),
            recipe,
            logs,
            labels,
            minutes,
            bound,
            replay,
            name,
            device,
            threads,
            tensorboard,
            wandb,
        )
        outcome = finetune(shop.store, request, _progress(bar))
        entry = _register(shop, outcome)
        promoted = promote and _promote(shop, entry, outcome)
    told = {
        "model": entry, "folder": str(outcome.folder), "run": str(outcome.run), "promoted": promoted, "parent": outcome.parent,
        "data": outcome.data, "config": dict(outcome.config), "metrics": dict(outcome.metrics),
    }  # fmt: skip
    answer(told, as_json, lambda: _show(outcome, entry, promoted))


def tune(
    store: StoreOption = STORE,
    trials: Annotated[
        int, typer.Option("--trials", min=1, help="How many recipes to try, earlier ones included.")
    ] = 20,
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, help="How long it may take in all.")] = 60.0,
    logs: LogsOption = None,
    labels: LabelsOption = None,
    config: ConfigOption = None,
    model: ModelOption = None,
    seed: SeedOption = None,
    device: DeviceOption = "auto",
    threads: ThreadsOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Search for the recipe that trains best on this shop. Goes on with the search that the store keeps."""
    from aisle.learning.finetune import Request
    from aisle.learning.tuning import search

    recipe = _recipe(config, depth=None, seed=seed)
    with open_shop(store) as shop, progress_bar(as_json) as bar:
        request = Request(_parent(shop, model), recipe, logs, labels, minutes, device=device, threads=threads)
        found = search(shop.store, request, trials, _progress(bar))

    def show() -> None:
        searched = sorted({name for trial in found.trials for name in trial.values})
        rows = [
            [t.number, t.state, "" if t.score is None else t.score, *(_short(t.values.get(n, "")) for n in searched)]
            for t in found.trials
        ]
        console.print(table("trial", "", "recall@10", *searched, rows=rows))
        if found.importance:
            console.print(table("what mattered", "share", rows=[[n, v] for n, v in found.importance.items()]))
        console.print(f"The best recipe is kept: aisle train --config {escape(str(found.file))}", soft_wrap=True)

    answer(found.as_dict(), as_json, show)


def _understand(
    data: Path | None, model: str | None, out: Path | None, seed: int, device: str, threads: int, as_json: bool
) -> None:
    for name, given in (("--data", data), ("--model", model), ("--out", out)):
        if given is None:
            raise InvalidRequest(f"The task understand needs {name}.", field=name)
    assert data is not None and model is not None and out is not None
    _need_training()
    from aisle.learning import understanding
    from aisle.learning.devices import device_of

    plan = replace(understanding.PLAN, seed=seed, device=str(device_of(device)), threads=threads)
    figures = understanding.train(lambda: understanding.read_pairs(data), model, out, plan)
    rows = [[name, f"{v:.3f}" if isinstance(v, float) else v] for name, v in figures.items()]
    answer({"folder": str(out), "figures": figures}, as_json, lambda: console.print(table("measure", "", rows=rows)))


def _recipe(config: Path | None, **changes: Any) -> Recipe:
    _need_training()
    from aisle.learning.finetune import Recipe

    values: Mapping[str, Any] = {}
    if config is not None:
        try:
            values = json.loads(config.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InvalidRequest(f"There is no file {config}.", field="--config") from None
        except ValueError as error:
            raise InvalidRequest(f"{config} isn't JSON: {error}.", field="--config") from None
        if not isinstance(values, Mapping):
            raise InvalidRequest(f"{config} isn't a recipe.", field="--config", hint='Such as {"rate": 0.0005}.')
    return Recipe.of({**values, **{name: value for name, value in changes.items() if value is not None}})


def _need_training() -> None:
    try:
        import onnxscript  # noqa: F401
        import torch  # noqa: F401
    except ImportError as error:
        raise InvalidRequest(
            f"Training needs the train extra: {error.name} isn't installed.", hint='pip install "aisle[train]"'
        ) from error


def _parent(shop: Shop, model: str | None) -> Path:
    from aisle.models import registry

    if model is not None:
        return registry.SHIPPED.get(model, Path(model))
    return shop.model.folder or registry.SHIPPED[registry.DEFAULT]


def _register(shop: Shop, outcome: Outcome) -> str:
    """The candidate's id in the registry."""
    from aisle.store import Lineage

    lineage = Lineage(outcome.parent, outcome.data, outcome.config, outcome.seed, gate=outcome.passed)
    return shop.models.add(outcome.folder, lineage, outcome.metrics).id


def _promote(shop: Shop, entry: str, outcome: Outcome) -> bool:
    """Whether it is live now. A candidate that forgot, or that is worse, stays a candidate."""
    test = outcome.metrics["test"]["recall@10"]
    if not outcome.passed or test["after"] < test["before"]:
        return False
    try:
        shop.models.wait(shop.models.promote(entry, why="aisle train --promote"))
    except Conflict as refused:
        notes.print(escape(f"{refused.message} {refused.hint or ''}"))
        return False
    return True


def _show(outcome: Outcome, entry: str, promoted: bool) -> None:
    metrics = outcome.metrics
    rows = []
    for what in ("test", "test among all", "queries"):
        for name in ("recall@1", "recall@10", "MRR"):
            if what in metrics:
                one = metrics[what][name]
                low, high = one["gain interval"]
                rows.append(
                    [what, metrics[what]["queries"], name, one["before"], one["after"], f"{low:+.3f} … {high:+.3f}"]
                )
    console.print(table("held out", "queries", "", "before", "after", "gain, 95 %", rows=rows))
    for line in metrics["gate"]["tests"]:
        if not line["passed"]:
            console.print(
                f"[red]Forgot[/] {escape(line['test'])}: recall@10 {line['before']:.3f} → {line['after']:.3f}"
            )
    state = "is live" if promoted else "is a candidate" if outcome.passed else "was refused: it forgot too much"
    console.print(f"{escape(entry)} {state}.", soft_wrap=True)
    notes.print(f"[dim]Curves: {escape(str(outcome.run / 'curves.svg'))}[/]", soft_wrap=True)


def _progress(bar: Any) -> Any:
    task = bar.add_task("Reading", total=100)
    return lambda share, what: bar.update(task, completed=round(100 * share), description=what)


def _short(value: object) -> object:
    return f"{value:.4g}" if isinstance(value, float) else value
