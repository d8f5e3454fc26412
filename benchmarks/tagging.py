"""The tagger of queries on titles that people marked, beside a dictionary and a conditional random field trained on the same titles.

    python -m benchmarks.tagging [--folder FOLDER] [--tune CHECKPOINT]        ($AISLE_DATA names the data)

``zh_tags``: Chinese titles and queries, products (HC: type) and brands (HP) by character; its dev split is the test. ``en_attributes``:
titles with the values of some attributes; the fifth of the titles that training held out is the test, and of each title only the
kinds count that were marked in it. A span counts where both ends and the kind agree. The tagger sees the dictionary of the lexicon
alone: no catalog of its own. With ``--tune`` the weights of a checkpoint of ``training.tagger`` learn ``TUNING`` steps more from the
training titles of ``zh_tags`` alone: what a network that has learnt the rest as well makes of the labels that the random field has.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from aisle.learning.heads.data import Example, characters
from aisle.learning.heads.scores import spans
from aisle.learning.trainer import Settings, fit
from aisle.types import SlotKind
from aisle.understanding.graph import Graph
from aisle.understanding.tagging.tagger import SHIPPED, Tagger
from aisle.understanding.tagging.units import units
from benchmarks.heads import crfsuite
from benchmarks.timing import machine
from benchmarks.timing import table as markdown
from training import labelled
from training.marked import attributed_titles, tagged_titles
from training.ngrams import CountedNgrams
from training.phrases import Counted, names
from training.questions import Question
from training.sources import lines
from training.tagger import TABLES, Knowledge, TaggerNetwork, Tagging, export, graphs, one_of

Span = tuple[int, int, SlotKind]
Way = Callable[[Question], set[Span]]
TUNING = 150
HEADS = {"HC": SlotKind.TYPE, "HP": SlotKind.BRAND}


def tagger(folder: Path) -> Way:
    graph, network = Graph.build(()), Tagger(folder)

    def tagged(question: Question) -> set[Span]:
        own = units(question.text)
        found = network.read(own, graph.dictionary.find(question.text)).spans
        return {(own[t.first].start, own[t.last].end, t.kind) for t in found if t.kind in question.marked}

    return tagged


def tuned(checkpoint: Path, learnt: Sequence[Question], data: Path) -> Way:
    """The tagger after ``TUNING`` steps on ``learnt`` alone."""
    network = TaggerNetwork()
    queries = labelled.learnt(data)
    known = Knowledge(graphs(data), Counted(queries, list(names())), CountedNgrams(queries))
    task = Tagging(network, [(1.0, one_of(learnt))], known, size=64)
    task.module.load_state_dict(torch.load(checkpoint, weights_only=True)["average"])
    with tempfile.TemporaryDirectory() as folder:
        fit(task, Settings(TUNING, 4e-4, TABLES, warmup=30, average=0.98, threads=2), Path(folder))
        export(network, task.module["crf"], known, Path(folder), {"version": "tuned"})
        way = tagger(Path(folder))
        way(learnt[0])  # opened before the folder goes
    return way


def dictionary(learnt: Sequence[Question]) -> Way:
    """The longest names first, each as what it was marked as in most of the titles that hold it."""
    marked: dict[str, Counter[SlotKind]] = defaultdict(Counter)
    for question in learnt:
        for start, end, kind in question.spans:
            marked[question.text[start:end].lower()][kind] += 1
    titles = "\n".join(question.text.lower() for question in learnt)
    names = {
        name: kinds.most_common(1)[0][0]
        for name, kinds in marked.items()
        if 2 * kinds.most_common(1)[0][1] > titles.count(name)
    }
    longest = max(map(len, names))

    def tagged(question: Question) -> set[Span]:
        text, at, found = question.text.lower(), 0, set()
        while at < len(text):
            size = next((n for n in range(min(longest, len(text) - at), 0, -1) if text[at : at + n] in names), 0)
            if size and names[text[at : at + size]] in question.marked:
                found.add((at, at + size, names[text[at : at + size]]))
            at += max(1, size)
        return found

    return tagged


def crf(data: Path) -> Way:
    """python-crfsuite on windows of characters, as in ``benchmarks.heads``."""
    learnt, test = (
        [Example(str(row["text"]), tuple(row["tags"]), characters(str(row["text"]))) for row in lines(data / name)]
        for name in ("train.jsonl", "dev.jsonl")
    )
    answers = dict(zip((example.text for example in test), crfsuite(learnt, test), strict=True))
    return lambda question: {(s, e, HEADS[kind]) for s, e, kind in spans(answers[question.text])}


def scores(way: Way, test: Sequence[Question]) -> tuple[float, float, float]:
    """Precision, recall and F1 over all spans."""
    right = said = wanted = 0
    for question in test:
        found, marked = way(question), set(question.spans)
        right, said, wanted = right + len(found & marked), said + len(found), wanted + len(marked)
    return right / max(said, 1), right / max(wanted, 1), 2 * right / max(said + wanted, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--folder", type=Path, default=SHIPPED, help="a tagger's folder")
    parser.add_argument("--tune", type=Path, help="checkpoint.pt of a run's tags")
    args = parser.parse_args()
    if args.data is None:
        parser.error("name the data: --data or $AISLE_DATA")
    chinese = tagged_titles(args.data / "zh_tags/train.jsonl"), tagged_titles(args.data / "zh_tags/dev.jsonl")
    english = attributed_titles(args.data), attributed_titles(args.data, test=True)
    ours = tagger(args.folder)
    chinese_ways = {"python-crfsuite": crf(args.data / "zh_tags")}
    if args.tune:
        chinese_ways["tagger, tuned on these titles"] = tuned(args.tune, chinese[0], args.data)
    rows = []
    for name, (learnt, test), ways in (
        ("zh_tags dev", chinese, chinese_ways),
        ("en_attributes, a fifth of the titles", english, {}),
    ):
        for way, tagged in {"dictionary": dictionary(learnt), **ways, "tagger": ours}.items():
            rows.append([name, str(len(test)), way, *(f"{value:.3f}" for value in scores(tagged, test))])
    print(machine())
    print(markdown(["data", "titles", "way", "precision", "recall", "F1"], rows))


if __name__ == "__main__":
    main()
