"""Adapters beside full fine-tuning on the same data: what is trained, memory, time a step, and what comes of it.

    python -m benchmarks.peft DATA [--texts 1500] [--epochs 3] [--json FILE]

The task is ``service/intents_en.csv`` (27 intents) on two backbones: aisle-small's text tower, pretrained, and a BERT made on the
spot with random weights (4 layers of width 256 over aisle-small's tokenizer), where only what is trained can help. Every
way sees the same texts, the same batches and as many steps; each runs in a process of its own. *memory* is what training
holds at its peak beyond the network: gradients, both moments of AdamW, the moving average and activations (the peak
resident size of the process less its size when the network was there). *step* is the median processor time of a step on
one thread. The last columns are of held-out texts. ``full, recomputed`` is full fine-tuning with gradient checkpointing.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from aisle.learning.heads import training
from aisle.learning.heads.data import Example
from aisle.models.registry import SHIPPED
from benchmarks.timing import machine
from benchmarks.timing import table as markdown

WAYS = {
    "full": ("full", False),
    "full, recomputed": ("full", True),
    "frozen (head alone)": ("frozen", False),
    **{name: (name, False) for name in training.METHODS},
}


def bert(folder: Path) -> str:
    """A random BERT that reads with aisle-small's tokenizer."""
    import torch
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=12000,
        hidden_size=256,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=1024,
        max_position_embeddings=64,
        pad_token_id=0,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    file = str(SHIPPED["aisle-small"] / "tokenizer.json")
    PreTrainedTokenizerFast(tokenizer_file=file, pad_token="[pad]", unk_token="[unk]").save_pretrained(folder)
    return str(folder)


def resident() -> float:
    """MB that the process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def one(data: Path, source: str, way: str, texts: int, epochs: float) -> dict[str, float | str]:
    """Train one way, here and now."""
    method, recompute = WAYS[way]
    with (data / "service" / "intents_en.csv").open(encoding="utf-8-sig", newline="") as file:
        examples = [Example(row["utterance"], row["intent"]) for row in csv.DictReader(file)]
    np.random.default_rng(0).shuffle(examples)  # type: ignore[arg-type]
    marks: list[float] = []
    start: list[float] = []

    class Timed(training.HeadTask):
        def loss(self, batch):  # type: ignore[no-untyped-def]
            if not start:
                start.append(resident())
            marks.append(time.process_time())
            return super().loss(batch)

    training.HeadTask = Timed  # type: ignore[misc]
    plan = training.Plan(method=method, epochs=epochs, threads=1, recompute=recompute, patience=99)
    with tempfile.TemporaryDirectory() as folder:
        kept = training.train("classify", source, examples[:texts], Path(folder) / "head", plan)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    figures = kept.figures[kept.adapters.active or ""]
    return {
        "way": way,
        "trained": figures["trained"],
        "memory MB": peak - start[0],
        "step ms": float(np.median(np.diff(marks))) * 1000,
        "accuracy": figures["accuracy"],
        "macro_f1": figures["macro_f1"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--texts", type=int, default=1500)
    parser.add_argument("--epochs", type=float, default=3.0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=2, metavar=("BACKBONE", "WAY"), help="One way in this process; prints JSON.")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(options.data, *options.one, options.texts, options.epochs)))
        return
    print(machine())
    found: dict[str, list[dict[str, float | str]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, source in {"aisle-small": "aisle-small", "random BERT": bert(Path(folder) / "bert")}.items():
            found[name] = []
            for way in WAYS:
                sizes = ["--texts", str(options.texts), "--epochs", str(options.epochs)]
                command = [sys.executable, "-m", "benchmarks.peft", str(options.data), *sizes, "--one", source, way]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                found[name].append(json.loads(done.stdout.splitlines()[-1]))
            rows = [
                [f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row.values()]
                for row in found[name]
            ]
            print(f"\n{name}\n\n{markdown(list(found[name][0]), rows)}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
