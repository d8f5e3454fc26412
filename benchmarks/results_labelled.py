"""Y, the result vector, beside the query's vector on labelled sets, with words that the product itself reads.

    python -m benchmarks.results_labelled [--model FOLDER] [--queries 300]        ($AISLE_DATA names the data)

Each query is a photo with words beside it; the words are typed as a shopper would and read by the shipped tagger and the lexicon's
dictionary (no catalog's), so what is misheard counts. The photo is seen as search sees it, whole and main object; products are found by
their pictures alone.

- but in {colour}: held-out fashion, as in ``benchmarks.vision`` d, English and Chinese; right: another product of the type in that colour
- not {colour}: the photo's own colour is unwanted ("not", 不要); right: another product of its type and gender in any other colour
- two turns: "but in {colour}", then "for {use}", merged by the dialogue; right: type, gender, that colour and use
- word beside: a phone photo of groceries with its kind's name ("apple") → the very product; a photo of clothes at home with its
  label ("hoodie") → held-out fashion of the same type (``benchmarks.vision`` c)

"right in 5" is the share of queries with a right product among the first five ("first" for groceries), "share of 5" the mean share of
right ones. Differences to the query's vector are paired, with 95 % bootstrap intervals. ``heard``: the wish was understood as meant.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aisle.evaluation import paired
from aisle.fusion import fusion_of
from aisle.fusion.result import result_of
from aisle.models.registry import DEFAULT, SHIPPED, load
from aisle.types import InputType, Signal, Slot, SlotKind
from aisle.understanding.compound import Understander, words_of
from aisle.understanding.dialogue import say
from aisle.understanding.graph import Graph
from aisle.understanding.tagging.tagger import SHIPPED as TAGGER
from aisle.understanding.tagging.tagger import Tagger
from benchmarks.encodings import KEPT, Encodings, encoders
from benchmarks.timing import machine
from benchmarks.timing import table as markdown
from benchmarks.vision import BUT_IN, SAME_TYPE, Bench, averaging
from training import sources
from training.held_out import top
from training.lexicon import Lexicon
from training.sources import Picture, lines

NOT = {"en": "not {}", "zh": "不要{}的"}
FIRST = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A photo (dim,) and the ``words`` beside it, one a turn; ``right`` (products,) bool; ``wish`` is what should be heard; the
    product at ``shown`` is left out of what is found."""

    photo: np.ndarray
    words: tuple[str, ...]
    right: np.ndarray
    wish: tuple[SlotKind, str, bool]
    shown: int = -1


@dataclass(frozen=True, slots=True)
class Part:
    """Queries of one kind over ``products`` (n, dim); the first ``depth`` found are looked at."""

    name: str
    products: np.ndarray
    queries: Sequence[Asked]
    depth: int = FIRST


def read(reader: Understander, words: Sequence[str]) -> tuple[str, tuple[Slot, ...]]:
    """What is left to search by, and what was understood, after all turns."""
    if len(words) == 1:
        found = reader.understand(words[0])
        return found.words, found.compound.slots
    states = say((), words[0], reader)
    for turn in words[1:]:
        states = say(states, turn, reader)
    return words_of(states[-1]), states[-1].slots


def measured(part: Part, bench: Bench, reader: Understander) -> list[list[str]]:
    """A row of the table for each way to make the vector."""
    model, attention = bench.model, fusion_of(bench.model, "attention")
    ways: dict[str, list[np.ndarray]] = {name: [] for name in ("photo alone", "averaging", "query's vector", "Y")}
    heard = []
    for asked in part.queries:
        left, slots = read(reader, asked.words)
        photo = Signal(InputType.IMAGE, asked.photo, "", 1.0)
        said = [Signal(InputType.TEXT, model.encode_texts([left])[0], left, 1.0)] if left else []
        fused = attention.mix([photo, *said]).vector
        assert fused is not None
        ways["photo alone"].append(asked.photo)
        ways["averaging"].append(averaging(model, [photo, *said]))
        ways["query's vector"].append(fused)
        ways["Y"].append(result_of(fused, slots, model, lambda words: model.encode_texts([words])[0]))
        heard.append(asked.wish in {(slot.kind, slot.value, slot.negated) for slot in slots})
    values: dict[str, np.ndarray] = {}
    for name, vectors in ways.items():
        best = top(np.stack(vectors), part.products, part.depth + 1)
        hits = [
            [asked.right[at] for at in row if at != asked.shown][: part.depth]
            for row, asked in zip(best, part.queries, strict=True)
        ]
        values[name] = np.array([[any(row), np.mean(row)] for row in hits], float)  # (queries, 2)
    rows = []
    for name, own in values.items():
        cells = []
        for column in range(2):
            pair = paired(values["query's vector"][:, column], own[:, column])
            low, high = pair.interval
            gain = f" {pair.difference:+.3f} [{low:+.3f}, {high:+.3f}]" if name == "Y" else ""
            cells.append(f"{pair.other:.3f}{gain}")
        rows.append([part.name, str(len(own)), f"{np.mean(heard):.2f}", name, *cells])
    return rows


def evenly(asked: Sequence[Asked], count: int) -> list[Asked]:
    size = min(len(asked), count)
    return [asked[at * len(asked) // size] for at in range(size)]


def fashion(bench: Bench, count: int) -> list[Part]:
    """The parts over held-out fashion."""
    held = [p for p in sources.fashion(bench.root) if p.held and "type" in p.facts]
    paths = [p.path for p in held]
    products, photos = bench.rows("model", paths), bench.asked("model", paths)
    facts = {kind: np.array([p.facts.get(kind, "") for p in held]) for kind in ("type", "gender", "color", "usage")}
    names = {p.facts["color"]: bench.lexicon.find("color", p.facts["color"]) for p in held if "color" in p.facts}
    rng = np.random.default_rng(3)

    def others(at: int, *kinds: str) -> np.ndarray:
        """(products,) bool: those that share these facts with a product, itself left out."""
        same = np.arange(len(held)) != at
        for kind in kinds:
            same &= facts[kind] == facts[kind][at]
        return same

    colored, denied, turns = [], [], []
    for at in range(len(held)):
        own = facts["color"][at]
        alike = others(at, "type")
        there = sorted(c for c in set(facts["color"][alike]) - {own, ""} if names.get(c))
        if there:
            color = there[rng.integers(len(there))]
            colored.append((at, color, alike & (facts["color"] == color)))
        alike = others(at, "type", "gender")
        if names.get(own) and (right := alike & (facts["color"] != own) & (facts["color"] != "")).any():
            denied.append((at, own, right))
        pairs = sorted(
            (c, u) for c, u in set(zip(facts["color"][alike], facts["usage"][alike], strict=True))
            if names.get(c) and u not in ("", facts["usage"][at]) and c != own
        )  # fmt: skip
        if pairs:
            color, use = pairs[rng.integers(len(pairs))]
            turns.append((at, color, use, alike & (facts["color"] == color) & (facts["usage"] == use)))

    def named(color: str, language: str) -> str:
        entry = names[color]
        assert entry is not None
        return entry.names[language][0].lower()

    parts = []
    for language, pattern in BUT_IN.items():
        asked = [
            Asked(photos[at], (pattern.format(named(c, language)),), right, (SlotKind.COLOR, c, False), at)
            for at, c, right in colored
        ]
        parts.append(Part(f"photo + “{pattern}”", products, evenly(asked, count)))
    for language, pattern in NOT.items():
        asked = [
            Asked(photos[at], (pattern.format(named(c, language)),), right, (SlotKind.COLOR, c, True), at)
            for at, c, right in denied
        ]
        parts.append(Part(f"photo + “{pattern}”", products, evenly(asked, count)))
    asked = [
        Asked(photos[at], (f"but in {named(c, 'en')}", f"for {u.lower()}"), right, (SlotKind.COLOR, c, False), at)
        for at, c, u, right in turns
    ]
    return [*parts, Part("photo + two turns", products, evenly(asked, count))]


def grocery(bench: Bench, count: int) -> list[Part]:
    icons = [p for p in sources.grocery(bench.root) if not p.photo]
    place = {p.product: at for at, p in enumerate(icons)}
    shots = list(lines(bench.root / "grocery/photos_val.jsonl"))
    photos = bench.asked("model", [bench.root / "grocery" / str(shot["photo"]) for shot in shots])
    asked = []
    for photo, shot in zip(photos, shots, strict=True):
        at = place[f"grocery/{shot['product']}"]
        kind = icons[at].facts["type"]
        asked.append(Asked(photo, (kind.lower(),), np.arange(len(icons)) == at, (SlotKind.TYPE, kind, False)))
    return [Part("grocery photo + its kind", bench.rows("model", [p.path for p in icons]), evenly(asked, count), 1)]


def at_home(bench: Bench, count: int) -> list[Part]:
    held: list[Picture] = [p for p in sources.fashion(bench.root) if p.held and "type" in p.facts]
    labels = {str(row["photo"]): str(row["label"]) for row in lines(bench.root / "clothing_photos/photos.jsonl")}
    folder = bench.root / "clothing_photos"
    shots = [p for p in sources.clothing(bench.root) if p.held]
    shots = [p for p in shots if labels[p.path.relative_to(folder).as_posix()] in SAME_TYPE]
    shots = [shots[at * len(shots) // count] for at in range(min(count, len(shots)))]
    types = np.array([p.facts["type"] for p in held])
    asked = []
    for photo, shot in zip(bench.asked("model", [p.path for p in shots]), shots, strict=True):
        label = labels[shot.path.relative_to(folder).as_posix()]
        entry = bench.lexicon.find("type", label)
        right = np.isin(types, list(SAME_TYPE[label]))
        asked.append(Asked(photo, (label.lower(),), right, (SlotKind.TYPE, entry.key if entry else "", False)))
    return [Part("home photo + its label", bench.rows("model", [p.path for p in held]), asked)]


PARTS: Sequence[Callable[[Bench, int], list[Part]]] = (fashion, grocery, at_home)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"))
    parser.add_argument("--model", type=Path, default=SHIPPED[DEFAULT])
    parser.add_argument("--queries", type=int, default=300, help="of each kind, taken evenly")
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    if args.data is None:
        parser.error("name the data: --data or $AISLE_DATA")
    model = load(args.model, threads=1)
    made = encoders(args.model, f"{model.name}@{model.version}", None)
    bench = Bench(args.data, model, args.model, Lexicon.load(), Encodings(KEPT, args.workers), made)
    reader = Understander(Graph.build(()), Tagger(TAGGER))
    rows = [row for make in PARTS for part in make(bench, args.queries) for row in measured(part, bench, reader)]
    print(machine())
    print(markdown(["query", "n", "heard", "vector", "right in 5 (groceries: first)", "share of 5"], rows))


if __name__ == "__main__":
    main()
