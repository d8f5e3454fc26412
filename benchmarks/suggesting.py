"""How fast suggestions come at 200,000 titles, and what they cost: beside a scan of all titles and rapidfuzz.

    AISLE_DATA=… python -m benchmarks.suggesting [--titles 200k]

Titles are the electronics catalog's and pairs of their halves; what is typed are beginnings of their words: one to three letters, whole
words, two words, words out of order, and words with a slip. Processor time is given too, for machines that do other things besides.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from aisle.understanding.suggesting.suggest import Personal, Suggester, Suggestion, SuggestionKind, plain
from benchmarks.timing import machine, resident_bytes, size_of, table

KINDS = ("1 letter", "2 letters", "3 letters", "a word", "two words", "out of order", "a slip")


def typed(title: str, kind: str, rng: random.Random) -> str:
    """What a shopper who wants the title types."""
    words = [word for word in plain(title).split() if word.isalnum()] or ["a"]
    word = rng.choice(words)
    match kind:
        case "1 letter" | "2 letters" | "3 letters":
            return word[: int(kind[0])]
        case "a word":
            return word
        case "two words":
            return " ".join(words[:2])
        case "out of order":
            return " ".join(rng.sample(words, min(2, len(words))))
        case _:
            return f"{word[:2]}q{word[2:]}"


def measured(call: Callable[[str], object], asked: list[str]) -> list[str]:
    walls, cpus = [], []
    for text in asked:
        cpu, wall = time.process_time(), time.perf_counter()
        call(text)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    found = [np.percentile(times, q) * 1000 for times in (walls, cpus) for q in (50, 95)]
    return [f"{value:.2f}" for value in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--titles", type=size_of, default=200_000)
    parser.add_argument("--asked", type=int, default=150, help="of each kind")
    chosen = parser.parse_args()
    rng = random.Random(5)
    lines = (Path(os.environ["AISLE_DATA"]) / "electronics" / "products.jsonl").read_text(encoding="utf-8").splitlines()
    own = sorted({json.loads(line)["title"] for line in lines})
    titles = dict.fromkeys(own)
    while len(titles) < chosen.titles:
        first, second = rng.choice(own).split(), rng.choice(own).split()
        titles[" ".join([*first[: len(first) // 2 + 1], *second[len(second) // 2 :], str(rng.randrange(10_000))])] = (
            None
        )
    kept = list(titles)[: chosen.titles]
    before, cpu, wall = sum(resident_bytes()), time.process_time(), time.perf_counter()
    suggester = Suggester.fit(Suggestion(title, SuggestionKind.PRODUCT, 1) for title in kept)
    built = time.perf_counter() - wall, time.process_time() - cpu
    grown = (sum(resident_bytes()) - before) / 2**20
    about = Personal(queries=tuple(rng.sample(kept, 5)))
    plains = [plain(title) for title in kept]

    def scan(text: str) -> list[str]:
        found = [title for title in plains if title.startswith(text) or f" {text}" in title]
        return found[:8]

    def fuzzy(text: str) -> object:
        return process.extract(text, plains, scorer=fuzz.partial_ratio, limit=8, processor=None)

    rows = []
    for kind in KINDS:
        asked = [typed(rng.choice(kept), kind, rng) for _ in range(chosen.asked)]
        rows.append([f"Aisle, {kind}", *measured(suggester.suggest, asked)])
    asked = [typed(rng.choice(kept), rng.choice(KINDS), rng) for _ in range(chosen.asked)]
    rows.append(["Aisle, all kinds", *measured(suggester.suggest, asked)])
    rows.append(
        [
            "Aisle, all kinds, a session's own first",
            *measured(lambda text: suggester.suggest(text, personal=about), asked),
        ]
    )
    rows.append(["scan of all titles (forgives nothing)", *measured(scan, asked[:40])])
    rows.append(["rapidfuzz partial_ratio", *measured(fuzzy, asked[:10])])
    print(f"{len(kept):,} titles: built in {built[0]:.1f} s ({built[1]:.1f} s of processor), {grown:.0f} MB\n")
    print(table(["", "p50 ms", "p95 ms", "p50 processor", "p95 processor"], rows))
    print("\n" + machine())


if __name__ == "__main__":
    main()
