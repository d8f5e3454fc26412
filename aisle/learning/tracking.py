"""What a run tells while it trains: metrics.jsonl, a plot of the learning curves, TensorBoard and Weights & Biases."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from aisle.learning.devices import rank

MEASURED = "recall@10"
"""Lines of metrics.jsonl that have it are of the validation; the others are of the training loss."""


class Sink(Protocol):
    """Where values go, by step."""

    def log(self, step: int, values: Mapping[str, float]) -> None: ...
    def close(self) -> None: ...


class TensorBoard:
    """Event files in a folder; ``tensorboard --logdir`` shows them."""

    def __init__(self, folder: Path) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self._event, self._summary = Event, Summary
        self._writer = EventFileWriter(str(folder))

    def log(self, step: int, values: Mapping[str, float]) -> None:
        import time

        lines = [self._summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        self._writer.add_event(self._event(wall_time=time.time(), step=step, summary=self._summary(value=lines)))

    def close(self) -> None:
        self._writer.close()


class WeightsAndBiases:
    """A run of Weights & Biases. Nothing leaves the machine unless WANDB_MODE says so: ``wandb sync`` sends it later."""

    def __init__(self, folder: Path, config: Mapping[str, Any]) -> None:
        import wandb

        mode: Any = os.environ.get("WANDB_MODE", "offline")
        settings = wandb.Settings(silent=True, console="off", x_disable_stats=True, x_save_requirements=False)
        self._run = wandb.init(
            project="aisle", dir=str(folder), config=dict(config), mode=mode, settings=settings, name=folder.name
        )

    def log(self, step: int, values: Mapping[str, float]) -> None:
        self._run.log(dict(values), step=step)

    def close(self) -> None:
        self._run.finish()


class Tracker:
    """Validation goes to ``folder``/metrics.jsonl beside the trainer's own lines; all goes to the sinks."""

    def __init__(
        self, folder: Path, config: Mapping[str, Any], *, tensorboard: Path | None = None, wandb: bool = False
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._sinks: list[Sink] = []
        if rank():  # of several processes one tells
            return
        if tensorboard:
            self._sinks.append(TensorBoard(tensorboard))
        if wandb:
            self._sinks.append(WeightsAndBiases(folder, config))

    def training(self, step: int, values: Mapping[str, float]) -> None:
        """The trainer has written these itself."""
        for sink in self._sinks:
            sink.log(step, {f"train/{name}": value for name, value in values.items()})

    def validation(self, step: int, values: Mapping[str, float]) -> None:
        if rank():
            return
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"step": step, **{name: round(value, 5) for name, value in values.items()}}) + "\n")
        for sink in self._sinks:
            sink.log(step, {f"validation/{name}": value for name, value in values.items()})

    def close(self) -> None:
        for sink in self._sinks:
            sink.close()
        if not rank() and (self.folder / "metrics.jsonl").exists():
            draw_curves(self.folder / "metrics.jsonl", self.folder / "curves.svg")


def draw_curves(metrics: Path, picture: Path) -> None:
    """The loss and its terms on the left, what validation measured on the right, over steps. SVG or PNG by the suffix."""
    from matplotlib.figure import Figure

    lines = [json.loads(line) for line in metrics.read_text(encoding="utf-8").splitlines() if line.strip()]
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, title, chosen, names in (
        (
            left,
            "training loss",
            [x for x in lines if "total" in x],
            ("total", "text", "image", "words", "edits", "replay"),
        ),
        (right, "validation", [x for x in lines if MEASURED in x], (MEASURED, "recall@1", "MRR")),
    ):
        for name in names:
            points = [(line["step"], line[name]) for line in chosen if name in line]
            if points:
                axes.plot(*zip(*points, strict=True), label=name, marker="." if axes is right else None)
        axes.set_title(title)
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend(frameon=False, fontsize="small")
    figure.savefig(picture)
