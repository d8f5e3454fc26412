"""Task heads on aisle-small's text tower, beside what needs no network: span-F1, accuracy, macro-F1.

    python -m benchmarks.heads DATA [--only zh_tags intents queries] [--epochs 3] [--json FILE]

DATA holds ``zh_tags`` (Chinese titles and queries, products and brands tagged by character, BIEOS; its own dev split is the
test), ``service/intents_en.csv`` (customers' requests, 27 intents; a fifth of the texts is the test) and
``electronics/queries_train.jsonl`` (shoppers' queries with the category clicked; categories with at least 10 queries; a
fifth of the texts is the test). A tenth of what is left to learn from decides when to stop. One thread.

The baselines see the same texts: the dictionary marks, longest first, what was tagged in most of its occurrences in the
training titles; python-crfsuite (where installed) has windows of characters and their n-grams; *linear* is a
softmax regression on the tf-idf of words and character trigrams, *neighbour* the label of the nearest text by their cosine.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy import sparse

from aisle.learning.heads import scores, training
from aisle.learning.heads.data import Example, characters, rows, split
from benchmarks.timing import machine
from benchmarks.timing import table as markdown

Row = dict[str, float | str]


def zh_tags(data: Path, epochs: float) -> list[Row]:
    """Span-F1 on the dev titles."""
    learnt, test = (
        [Example(row["text"], tuple(row["tags"]), characters(row["text"])) for row in rows(data / "zh_tags" / name)]
        for name in ("train.jsonl", "dev.jsonl")
    )
    wanted = [tuple(example.target) for example in test]
    table: list[Row] = []

    def measure(name: str, answer: Callable[[], Sequence[Sequence[str]]]) -> None:
        started = time.process_time()
        measured = scores.span_scores(answer(), wanted)
        _note(table, {"way": name, **measured, "cpu_s": time.process_time() - started})

    measure("all O (majority)", lambda: [("O",) * len(tags) for tags in wanted])
    measure("dictionary", lambda: _dictionary(learnt, test))
    try:
        import pycrfsuite  # noqa: F401
    except ModuleNotFoundError:
        pass
    else:
        measure("python-crfsuite", lambda: crfsuite(learnt, test))
    measure("aisle-small + tagger", lambda: _head("tag", learnt, epochs).answer(test))
    return table


def _note(table: list[Row], row: Row) -> None:
    """Keep a row, and show it at once: a run that is cut short has said what it knew."""
    table.append(row)
    print(json.dumps(row), file=sys.stderr, flush=True)


def _dictionary(learnt: Sequence[Example], test: Sequence[Example]) -> list[tuple[str, ...]]:
    tagged: dict[str, Counter[str]] = defaultdict(Counter)
    for example in learnt:
        for start, end, kind in scores.spans(example.target):
            tagged[example.text[start:end]][kind] += 1
    titles = "\n".join(example.text for example in learnt)
    known = {
        piece: kinds.most_common(1)[0][0]
        for piece, kinds in tagged.items()
        if kinds.most_common(1)[0][1] * 2 > titles.count(piece)
    }
    longest = max(map(len, known))
    found = []
    for example in test:
        tags, at = ["O"] * len(example.text), 0
        while at < len(tags):
            sizes = range(min(longest, len(tags) - at), 0, -1)
            size = next((size for size in sizes if example.text[at : at + size] in known), 0)
            for i in range(size):
                place = "S" if size == 1 else "B" if i == 0 else "E" if i == size - 1 else "I"
                tags[at + i] = f"{place}-{known[example.text[at : at + size]]}"
            at += max(1, size)
        found.append(tuple(tags))
    return found


def crfsuite(learnt: Sequence[Example], test: Sequence[Example]) -> list[tuple[str, ...]]:
    import pycrfsuite

    trainer = pycrfsuite.Trainer(verbose=False, params={"c1": 0.1, "c2": 0.01, "max_iterations": 60})
    for example in learnt:
        trainer.append(_windows(example.text), list(example.target))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model")
        trainer.train(path)
        tagger = pycrfsuite.Tagger()
        tagger.open(path)
        return [tuple(tagger.tag(_windows(example.text))) for example in test]


def _windows(text: str) -> list[list[str]]:
    padded = f"<<{text.lower()}>>>"
    windows = [(0, 1), (-1, 0), (-2, -1), (1, 2), (2, 3), (-1, 1), (0, 2), (-1, 2), (-2, 1), (0, 3)]
    return [[f"{a},{b}={padded[i + 2 + a : i + 2 + b]}" for a, b in windows] for i in range(len(text))]


def intents(data: Path, epochs: float) -> list[Row]:
    """Which of 27 intents a customer's request has."""
    with (data / "service" / "intents_en.csv").open(encoding="utf-8-sig", newline="") as file:
        return _classes([Example(row["utterance"], row["intent"]) for row in csv.DictReader(file)], epochs)


def queries(data: Path, epochs: float) -> list[Row]:
    """Which category shoppers clicked after a query."""
    lines = [row for row in rows(data / "electronics" / "queries_train.jsonl") if row["category"]]
    common = Counter(row["category"] for row in lines)
    return _classes([Example(r["query"], r["category"]) for r in lines if common[r["category"]] >= 10], epochs * 6)


def _classes(examples: Sequence[Example], epochs: float) -> list[Row]:
    learnt, test = split(examples, 0.2, seed=1)
    wanted = [str(example.target) for example in test]
    table: list[Row] = []

    def measure(name: str, answer: Callable[[], Sequence[str]]) -> None:
        started = time.process_time()
        found = list(answer())
        right, mean = scores.accuracy(found, wanted), scores.macro_f1(found, wanted)
        _note(table, {"way": name, "accuracy": right, "macro_f1": mean, "cpu_s": time.process_time() - started})

    measure("majority", lambda: [scores.majority([str(e.target) for e in learnt])] * len(test))
    measure("tf-idf neighbour", lambda: _neighbour(learnt, test))
    measure("tf-idf linear", lambda: _linear(learnt, test))
    measure("aisle-small frozen", lambda: _head("classify", learnt, epochs, "frozen").answer(test))
    measure("aisle-small + classifier", lambda: _head("classify", learnt, epochs).answer(test))
    return table


def _features(learnt: Sequence[Example], test: Sequence[Example]) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """tf-idf unit rows of words and character trigrams: (learnt, features), (test, features)."""
    number: dict[str, int] = {}

    def counted(examples: Sequence[Example], grow: bool) -> sparse.csr_matrix:
        data, columns, starts = [], [], [0]
        for example in examples:
            text = f" {example.text.lower()} "
            for piece, times in Counter([*text.split(), *(text[i : i + 3] for i in range(len(text) - 2))]).items():
                column = number.setdefault(piece, len(number)) if grow else number.get(piece)
                if column is not None:
                    columns.append(column)
                    data.append(1 + np.log(times))
            starts.append(len(columns))
        return sparse.csr_matrix((data, columns, starts), shape=(len(examples), len(number)))

    one, other = counted(learnt, True), counted(test, False)
    idf = np.log((1 + one.shape[0]) / (1 + np.bincount(one.indices, minlength=one.shape[1]))) + 1  # (features,)

    def unit(rows_: sparse.csr_matrix) -> sparse.csr_matrix:
        rows_ = rows_ @ sparse.diags(idf)
        size = np.sqrt(np.asarray(rows_.multiply(rows_).sum(1)))[:, 0]  # (rows,)
        return sparse.csr_matrix(sparse.diags(1 / np.maximum(size, 1e-9)) @ rows_)

    return unit(one), unit(other)


def _neighbour(learnt: Sequence[Example], test: Sequence[Example]) -> list[str]:
    one, other = _features(learnt, test)
    return [str(learnt[int((one @ row.T).toarray()[:, 0].argmax())].target) for row in other]


def _linear(learnt: Sequence[Example], test: Sequence[Example]) -> list[str]:
    """Softmax regression by full-batch Adam, 150 steps."""
    one, other = _features(learnt, test)
    labels = sorted({str(example.target) for example in learnt})
    wanted = np.eye(len(labels), dtype=np.float64)[[labels.index(str(e.target)) for e in learnt]]  # (learnt, labels)
    weights = np.zeros((one.shape[1], len(labels)))  # (features, labels)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, 151):
        logits = one @ weights  # (learnt, labels)
        chance = np.exp(logits - logits.max(1, keepdims=True))
        chance /= chance.sum(1, keepdims=True)
        slope = one.T @ (chance - wanted) / len(learnt) + 1e-6 * weights
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        weights -= 0.1 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return [labels[i] for i in (other @ weights).argmax(1)]


def _head(task: str, learnt: Sequence[Example], epochs: float, method: str = "full") -> training.Head:
    with tempfile.TemporaryDirectory() as folder:
        plan = training.Plan(method=method, epochs=epochs, threads=1)
        return training.train(task, "aisle-small", learnt, Path(folder) / "head", plan).head


SETS: dict[str, Callable[[Path, float], list[Row]]] = {"zh_tags": zh_tags, "intents": intents, "queries": queries}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", nargs="*", choices=SETS, default=list(SETS))
    parser.add_argument("--epochs", type=float, default=3.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print(machine())
    found: dict[str, list[Row]] = {}
    for name in options.only:
        found[name] = SETS[name](options.data, options.epochs)
        columns = list(found[name][0])
        cells = [
            [f"{row[c]:.3f}" if isinstance(row[c], float) else str(row[c]) for c in columns] for row in found[name]
        ]
        print(f"\n{name}\n\n{markdown(columns, cells)}", flush=True)
        if options.json:
            options.json.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
