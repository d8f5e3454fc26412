"""How far a second annotator agrees with the first on the real queries: a reference, no bound.

``second.tsv`` holds, for each query of ``real.jsonl`` by its id, the start-end:kind of each part, offsets in characters. Who labelled them
(a large language model, like those that labelled the training's queries) saw the texts and the guideline alone. Parts are all that was
labelled: what is negated is the first annotator's, the rest isn't scored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from aisle.types import CompoundQuery, Slot, SlotKind
from benchmarks.understanding.matching import plain
from benchmarks.understanding.scoring import Judged, judge
from benchmarks.understanding.sets import Example

FILE = Path(__file__).with_name("second.tsv")
SCORED = ("slots strict", "slots lenient", *(kind.value for kind in SlotKind))


def second(examples: Sequence[Example]) -> list[Judged]:
    """The second annotator's parts, judged like an understanding's, in the order of ``examples`` (the real set)."""
    labelled = dict(line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines())
    judged = []
    for example in examples:
        answer = CompoundQuery(example.turns[0], slots=tuple(_slots(example, labelled[example.id])))
        found = judge(example, answer)
        judged.append(replace(found, shares={name: found.shares[name] for name in SCORED}))
    return judged


def _slots(example: Example, parts: str) -> Iterator[Slot]:
    unwanted = {plain(slot.value) for slot in example.slots if slot.negated}
    for part in filter(None, parts.split(",")):
        place, kind = part.split(":")
        start, end = map(int, place.split("-"))
        said = example.turns[0][start:end]
        yield Slot(SlotKind(kind), said, said, (start, end), negated=plain(said) in unwanted)
