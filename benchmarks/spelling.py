"""How well misspellings are put right: slips drawn in words of held-out titles, and real queries that find nothing.

    AISLE_DATA=… python -m benchmarks.spelling [--queries 1500]

The catalog is 90 % of the electronics titles; queries are one to three neighbouring words of the rest, one of them with a slip drawn
at random (a neighbouring key, two letters swapped, one doubled, halved, left out, put in, or spelled by ear; joined to the next word).
What was meant is known. Beside Aisle's reader stand the nearest word (rapidfuzz, ties by frequency) and the most frequent word
within two edits (Norvig 2007), both of which leave words alone that the catalog has. A word that the catalog lacks and that is
right all the same must stay: those are counted apart.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from aisle.config import SearchSettings
from aisle.index.embedded import EmbeddedIndex
from aisle.index.segment import Document
from aisle.perception.text import terms
from aisle.understanding.spelling import Speller, allowed_distance
from aisle.understanding.synonyms import Synonyms
from aisle.understanding.wording import Reader, general_words, surfaces
from benchmarks.timing import machine, table

KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
EAR = (
    ("ph", "f"), ("c", "k"), ("ck", "k"), ("ee", "ea"), ("ea", "ee"), ("tion", "shun"), ("s", "z"), ("ie", "ei"), ("er", "or"),
    ("le", "el"), ("ght", "t"), ("ou", "oo"), ("ss", "s"), ("ai", "ay"), ("ch", "tch"),
)  # fmt: skip
WORD = re.compile(r"[a-z]{4,}")


def slip(word: str, rng: random.Random) -> tuple[str, str]:
    """(the word with one slip, its kind)."""
    kind = rng.choice(("key", "swap", "double", "drop", "add", "ear"))
    at = rng.randrange(1, len(word))
    if kind == "key":
        row = next(row for row in KEYS if word[at] in row)
        place = row.index(word[at])
        near = row[max(0, place - 1) : place] + row[place + 1 : place + 2]
        return word[:at] + rng.choice(near) + word[at + 1 :], kind
    if kind == "swap" and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :], kind
    if kind == "double":
        return word[:at] + word[at] + word[at:], kind
    if kind == "add":
        return word[:at] + rng.choice("abcdefghijklmnopqrstuvwxyz") + word[at:], kind
    if kind == "ear":
        fitting = [(said, heard) for said, heard in EAR if said in word[1:]]
        if fitting:
            said, heard = rng.choice(fitting)
            place = word.index(said, 1)
            return word[:place] + heard + word[place + len(said) :], kind
    return word[:at] + word[at + 1 :], "drop"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--queries", type=int, default=1500)
    asked.add_argument("--seed", type=int, default=3)
    chosen = asked.parse_args()
    folder = Path(os.environ["AISLE_DATA"]) / "electronics"
    rng = random.Random(chosen.seed)
    lines = (folder / "products.jsonl").read_text(encoding="utf-8").splitlines()
    titles = sorted({json.loads(line)["title"] for line in lines})
    rng.shuffle(titles)
    cut = len(titles) // 10
    held, kept = titles[:cut], titles[cut:]
    settings = SearchSettings()
    index = EmbeddedIndex(None, 8, settings.searchable, "none")
    index.apply(1, [Document(str(i), None, {"title": terms(t)}, {"title": t}, None) for i, t in enumerate(kept)], [])
    snapshot = index.snapshot
    vocabulary = dict(snapshot.vocabulary())
    started = time.perf_counter()
    speller = Speller.fit(vocabulary, general_words())
    written = surfaces(kept)
    built = time.perf_counter() - started
    reader = Reader(snapshot, speller, written, Synonyms.parse([]), [])
    frequent = Counter(word for title in kept for word in set(WORD.findall(title.lower())))
    words = sorted(frequent)

    def near(word: str) -> list[tuple[str, int]]:
        found = process.extract(word, words, scorer=OSA.distance, score_cutoff=2, limit=30)
        return [(other, int(distance)) for other, distance, _ in found]

    def lacking(word: str) -> bool:
        return word not in frequent and len(word) > 3 and word.isalpha()

    def nearest(query: str) -> str:
        return " ".join(
            min(near(w), key=lambda n: (n[1], -frequent[n[0]]), default=(w, 0))[0] if lacking(w) else w
            for w in query.split()
        )

    def commonest(query: str) -> str:
        return " ".join(
            max(near(w), key=lambda n: frequent[n[0]], default=(w, 0))[0] if lacking(w) else w for w in query.split()
        )

    def alone(query: str) -> str:
        """Aisle's reader word by word: what the words beside a word are worth."""
        return " ".join(reader.read(word + " -").text.removesuffix(" -") for word in query.split())

    def ours(query: str) -> str:
        return reader.read(query).text

    systems: dict[str, Callable[[str], str]] = {
        "Aisle": ours, "Aisle, each word alone": alone, "nearest (rapidfuzz)": nearest, "most frequent within 2": commonest,
    }  # fmt: skip

    wrong: list[tuple[str, str, str]] = []
    right: list[str] = []
    strange: list[str] = []
    while len(wrong) < chosen.queries:
        parts = WORD.findall(rng.choice(held).lower())
        size = rng.choice((1, 2, 3))
        if len(parts) < size:
            continue
        at = rng.randrange(len(parts) - size + 1)
        meant = parts[at : at + size]
        unknown = [word for word in meant if word not in frequent and not any(map(snapshot.frequency, terms(word)))]
        if unknown:
            if allowed_distance(terms(unknown[0])[0]):
                strange.append(" ".join(meant))
            continue
        right.append(" ".join(meant))
        place = rng.randrange(size)
        if rng.random() < 0.1 and place + 1 < size:
            typed, kind = [*meant[:place], meant[place] + meant[place + 1], *meant[place + 2 :]], "joined"
        else:
            changed, kind = slip(meant[place], rng)
            typed = [*meant[:place], changed, *meant[place + 1 :]]
            if changed in frequent or any(map(snapshot.frequency, terms(changed))):
                continue  # a word of the catalog: nobody could tell
        wrong.append((" ".join(typed), " ".join(meant), kind))

    def same(found: str, meant: str) -> bool:
        return [terms(word)[:1] for word in found.split()] == [terms(word)[:1] for word in meant.split()]

    rows = []
    for name, system in systems.items():
        times, hits, kinds = [], [], Counter[str]()
        for typed, meant, kind in wrong:
            began = time.perf_counter()
            found = system(typed)
            times.append(time.perf_counter() - began)
            hits.append(same(found, meant))
            kinds[kind] += hits[-1]
        share = float(np.mean(hits))
        margin = 1.96 * (share * (1 - share) / len(hits)) ** 0.5
        many = Counter(kind for _, _, kind in wrong)
        rows.append(
            [
                name,
                f"{share:.3f} ± {margin:.3f}",
                f"{np.mean([not same(system(q), q) for q in right[: chosen.queries]]):.3f}",
                f"{np.mean([not same(system(q), q) for q in strange]):.3f}" if strange else "–",
                f"{np.percentile(times, 50) * 1000:.2f}",
                f"{np.percentile(times, 95) * 1000:.2f}",
                " ".join(f"{kind} {kinds[kind] / many[kind]:.2f}" for kind in sorted(many)),
            ]
        )
    print(f"{len(kept):,} titles; {len(wrong)} misspelled, {len(right)} right, {len(strange)} with a right word that the catalog lacks; "
          f"speller and writings built in {built:.1f} s\n")  # fmt: skip
    print(
        table(["", "put right @1", "right, changed", "right but unknown, changed", "p50 ms", "p95 ms", "by kind"], rows)
    )
    real(folder, reader, snapshot)
    print("\n" + machine())


def real(folder: Path, reader: Reader, snapshot: object) -> None:
    """Shoppers' own queries: how many find no product with all their words, and how many of these do once put right."""
    rows = [json.loads(line) for line in (folder / "queries_train.jsonl").read_text(encoding="utf-8").splitlines()]
    queries = sorted({row["query"] for row in rows})
    empty, mended, examples = 0, 0, []
    for query in queries:
        typed, read = reader.read(query, literal=True), reader.read(query)
        if not typed.query or _found(snapshot, typed):
            continue
        empty += 1
        if read.corrections and _found(snapshot, read):
            mended += 1
            examples.append(" ".join(f"{a}→{b}" for a, b in read.corrections))
    print(f"\nReal queries: {len(queries)} different, {empty} find no product with their words; of these {mended} do once put right "
          f"({', '.join(examples[:8])}).")  # fmt: skip


def _found(snapshot: object, wording: object) -> bool:
    matches = snapshot.lexical(wording.query)  # type: ignore[attr-defined]
    return bool((matches.coverage >= wording.coverage).any())  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
