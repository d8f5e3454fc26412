"""``aisle heads`` and ``aisle adapters``: train what stands on a pretrained backbone, and small parts beside it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from aisle.cli.options import JsonOption, answer, console, table
from aisle.errors import InvalidRequest

heads_app = typer.Typer(help="Classifiers, taggers and generators on a pretrained backbone.", no_args_is_help=True)
adapters_app = typer.Typer(help="Parameter-efficient adapters of a head's backbone.", no_args_is_help=True)

HeadArgument = Annotated[Path, typer.Argument(help="Folder of a head.")]
DataOption = Annotated[Path, typer.Option("--data", help="Labelled texts, .jsonl or .csv.")]
TextOption = Annotated[str, typer.Option("--text-field", help="The field or column of the text.")]
TargetOption = Annotated[
    str | None, typer.Option("--target-field", help="That of the answer; by task label, tags or target if left out.")
]


@heads_app.command("train")
def heads_train(
    task: Annotated[str, typer.Option("--task", help="classify, tag or generate.")],
    data: DataOption,
    out: Annotated[Path, typer.Option("--out", help="Folder for the head; an adapter may join one that is there.")],
    backbone: Annotated[
        str, typer.Option("--backbone", help="aisle-small, the folder of a model, or a name on the hub.")
    ] = "aisle-small",
    validation: Annotated[
        Path | None, typer.Option("--validation", help="Labelled texts to stop by; a tenth of the data if left out.")
    ] = None,
    method: Annotated[
        str, typer.Option("--method", help="full, frozen, lora, adalora, prefix or bottleneck.")
    ] = "full",
    name: Annotated[str, typer.Option("--name", help="The adapter's name.")] = "default",
    epochs: Annotated[float, typer.Option("--epochs", min=0, help="Passes over the data at most.")] = 8.0,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Texts a step.")] = 32,
    rate: Annotated[
        float | None, typer.Option("--rate", min=0, help="Highest learning rate; by method if left out.")
    ] = None,
    patience: Annotated[int, typer.Option("--patience", min=1, help="Validations without a better one.")] = 5,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same head.")] = 0,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of the processor.")] = 2,
    device: Annotated[str, typer.Option("--device", help="cpu, cuda or auto.")] = "cpu",
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Gradient checkpointing: less memory, more time.")
    ] = False,
    text_field: TextOption = "text",
    target_field: TargetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a head on labelled texts; the figures are of texts held back."""
    training = _training()
    plan = training.Plan(
        method=method,
        name=name,
        epochs=epochs,
        batch=batch,
        rate=rate,
        patience=patience,
        seed=seed,
        threads=threads,
        device=device,
        recompute=recompute,
    )
    examples = training.examples_of(task, data, text_field, target_field)
    held = training.examples_of(task, validation, text_field, target_field) if validation else None
    kept = training.train(task, backbone, examples, out, plan, held)
    figures = kept.figures[kept.adapters.active or ""]
    answer(figures, as_json, lambda: console.print(_figures(figures)))


@heads_app.command("evaluate")
def heads_evaluate(
    head: HeadArgument,
    data: DataOption,
    text_field: TextOption = "text",
    target_field: TargetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a head on labelled texts, beside always giving the commonest answer."""
    training = _training()
    kept = training.open_head(head)
    figures = kept.head.evaluate(training.examples_of(kept.head.task, data, text_field, target_field))
    answer(figures, as_json, lambda: console.print(_figures(figures)))


@heads_app.command("predict")
def heads_predict(
    head: HeadArgument,
    texts: Annotated[list[str] | None, typer.Argument(help="Texts; lines of standard input if left out.")] = None,
    beams: Annotated[int, typer.Option("--beams", min=1, help="A generator's width of search; 1 is greedy.")] = 1,
    choices: Annotated[
        Path | None, typer.Option("--choices", help="A generator writes nothing but one of these lines.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Let a head answer: a label, the tagged spans, or a text for each."""
    training = _training()
    from aisle.learning.heads.generator import Generator

    kept = training.open_head(head)
    given = texts or [line.rstrip("\n") for line in sys.stdin]
    if isinstance(kept.head, Generator):
        if choices and not choices.is_file():
            raise InvalidRequest(f"There is no file {choices}.", field="--choices")
        outputs = choices.read_text(encoding="utf-8").split("\n") if choices else None
        found: list[Any] = kept.head.choose(given, outputs, beams) if outputs else kept.head.write(given, beams)
    elif choices or beams > 1:
        raise InvalidRequest(f"A head of task {kept.head.task} doesn't write.", field="--beams")
    else:
        found = kept.head.predict(given)
    data = [{"text": text, "answer": one} for text, one in zip(given, found, strict=True)]

    def show() -> None:
        rows = [
            [text, one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)]
            for text, one in zip(given, found, strict=True)
        ]
        console.print(table("text", "answer", rows=rows))

    answer(data, as_json, show)


@heads_app.command("export")
def heads_export(
    head: HeadArgument,
    out: Annotated[Path, typer.Option("--out", help="Folder for head.onnx, its labels and its tokenizer.")],
    int8: Annotated[bool, typer.Option("--int8", help="Dynamic int8 quantisation: smaller, often faster.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a classifier as an ONNX file for serving without PyTorch."""
    training = _training()
    from aisle.learning.heads.export import export

    path = export(training.open_head(head), out, int8=int8)
    data = {"file": str(path), "bytes": path.stat().st_size}
    answer(data, as_json, lambda: console.print(f"{escape(str(path))}: {path.stat().st_size / 1e6:.2f} MB"))


@adapters_app.command("list")
def adapters_list(head: HeadArgument, as_json: JsonOption = False) -> None:
    """List a head's adapters and which one it wears."""
    training = _training()
    from aisle.learning.adapters.adapters import listed

    card = training.card_of(head)
    data = [
        {**{key: one[key] for key in ("name", "method", "parameters")}, "active": one["name"] == card["active"]}
        for one in listed(head / "adapters")
    ]
    rows = [[one["name"], one["method"], one["parameters"], "worn" if one["active"] else ""] for one in data]
    answer(data, as_json, lambda: console.print(table("name", "method", "parameters", "", rows=rows)))


@adapters_app.command("switch")
def adapters_switch(
    head: HeadArgument,
    name: Annotated[str | None, typer.Argument(help="The adapter to wear; none if left out.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Choose the adapter that a head wears when it is opened."""
    _training().choose(head, name)
    answer(
        {"active": name}, as_json, lambda: console.print(f"{escape(str(head))} wears {escape(name or 'no adapter')}.")
    )


@adapters_app.command("merge")
def adapters_merge(
    head: HeadArgument,
    name: Annotated[str, typer.Argument(help="An adapter of method lora or adalora.")],
    out: Annotated[Path, typer.Option("--out", help="A new folder.")],
    as_json: JsonOption = False,
) -> None:
    """Write a head whose backbone has an adapter added to its weights; nothing is left beside it."""
    _training().merged(head, name, out)
    answer({"head": str(out)}, as_json, lambda: console.print(f"Merged into {escape(str(out))}."))


def _figures(figures: dict[str, Any]) -> Any:
    return table("measure", "", rows=[[name, f"{v:.3f}" if isinstance(v, float) else v] for name, v in figures.items()])


def _training() -> Any:
    """The training code, or one clear message where the extra isn't installed."""
    try:
        from aisle.learning.heads import training
    except ModuleNotFoundError as error:
        raise InvalidRequest(
            f"This needs {error.name}, which isn't installed.", hint="pip install 'aisle[train]' brings it."
        ) from None
    return training
