"""``python -m training.speech``: draw utterances, train on them, write the network beside the recogniser. Each step resumes."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from aisle.learning.export import write
from aisle.speech.ctc import SHIPPED
from aisle.speech.mel import BANDS
from training.speech import heard
from training.speech.languages import LANGUAGES, Language
from training.speech.mandarin import common_words
from training.speech.network import Hearing
from training.speech.train import Plan, averaged, train

VERSIONS = {"zh": "0.1.0", "en": "0.1.0"}
FILES = 70


class _Served(nn.Module):
    """The network with each output's weights composed once."""

    def __init__(self, network: Hearing) -> None:
        super().__init__()
        self.network = network
        self.output = nn.Linear(*reversed(network.output().shape))
        self.output.weight = nn.Parameter(network.output().detach())
        self.output.bias = nn.Parameter(network.bias.detach())

    def forward(self, features: Tensor) -> Tensor:
        return self.output(self.network.states(features)).log_softmax(-1)


def export(network: Hearing, language: Language, folder: Path, data: Path | None) -> None:
    """zh.onnx (weights int8, one scale an output) and zh.json, or another language's; and, of Chinese, words.tsv."""
    folder.mkdir(parents=True, exist_ok=True)
    features = torch.zeros(1, 200, BANDS)  # (batch, frames, bands)
    path = folder / f"{language.name}.onnx"
    write(_Served(network), {"features": features}, ("scores",), [{1: "frames"}], path)
    model = onnx.load(path)
    used = {name for node in model.graph.node for name in node.input}
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]  # nobody trains on from here
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    onnx.save(model, path)
    card = {
        "version": VERSIONS[language.name],
        "language": language.name,
        "rate": 16_000,
        "strides": language.strides,
        "units": list(language.units()),
    }
    path.with_suffix(".json").write_text(json.dumps(card, ensure_ascii=False) + "\n", encoding="utf-8")
    if language.name == "zh":
        words = "".join(f"{word}\t{count}\n" for word, count in common_words(data))
        (folder / "words.tsv").write_text(words, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", nargs="?", choices=("all", "draw", "train", "export"), default="all")
    parser.add_argument("--language", choices=LANGUAGES, default="zh")
    parser.add_argument(
        "--work", type=Path, help="where utterances and the state of training lie: scratch/speech-LANGUAGE"
    )
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("AISLE_DATA"), help="the data folder: real queries are spoken too"
    )
    parser.add_argument("--shop", type=Path, help="a generated demo shop: its training split's titles are spoken too")
    parser.add_argument("--files", type=int, default=FILES, help="files of a thousand utterances")
    parser.add_argument(
        "--part", default="0/1", help="I/N: draw every Nth file from the Ith on, for N processes at once"
    )
    parser.add_argument("--steps", type=int, default=Plan().steps)
    parser.add_argument(
        "--minutes", type=float, default=600.0, help="train at most so long, then stop and keep the state"
    )
    parser.add_argument(
        "--last", action="store_true", help="the minutes are all there is: the rate falls to nothing by their end"
    )
    parser.add_argument("--out", type=Path, default=SHIPPED)
    given = parser.parse_args()
    language = LANGUAGES[given.language]
    work = given.work or Path(f"scratch/speech-{language.name}")
    torch.set_num_threads(max(int(os.environ.get("OMP_NUM_THREADS", "0")), 1))
    if given.step in ("all", "draw"):
        first, step = map(int, given.part.split("/"))
        heard.draw(language, work, range(first, given.files, step), given.data, given.shop)
    done = given.step == "export"
    if given.step in ("all", "train"):
        done = train(work, language, Plan(steps=given.steps), given.minutes, given.last) and given.step == "all"
    if done:
        export(averaged(work, language), language, given.out, given.data)


if __name__ == "__main__":
    main()
