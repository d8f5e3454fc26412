"""The two labelled sets as frozen records. README.md says what each field means."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aisle.perception.text import detect_language
from aisle.types import Intent, Reference, SlotKind
from aisle.understanding.negation import negations
from benchmarks.understanding.drawing import texts
from training import labelled
from training.questions import Question

FOLDER = Path(__file__).parent
NAMES = ("real", "written")
REHEARSAL = "rehearsal"
"""Written as ``written`` is, by others and later. No test: may be looked at."""
DEVELOPMENT = "development"
"""What is held back of the queries labelled for training: no test; may be looked at."""


@dataclass(frozen=True, slots=True)
class LabelledSlot:
    """``value`` is the text as said, lower-cased; ``span`` its [start, end) in the query, None in a dialogue."""

    kind: SlotKind
    value: str
    span: tuple[int, int] | None
    negated: bool


@dataclass(frozen=True, slots=True)
class LabelledRange:
    """Inclusive bounds; where ``about`` is set, an amount was only neared ("around 300") and the bounds are the reader's choice."""

    field: str
    minimum: float | None
    maximum: float | None
    unit: str
    about: float | None


@dataclass(frozen=True, slots=True)
class LabelledQuantity:
    amount: float
    unit: str


@dataclass(frozen=True, slots=True)
class Example:
    """What was said, turn by turn, and what should be understood after the last turn. ``set`` is the set's name."""

    id: str
    set: str
    turns: tuple[str, ...]
    language: str
    intent: Intent
    slots: tuple[LabelledSlot, ...] = ()
    ranges: tuple[LabelledRange, ...] = ()
    sort: str | None = None
    quantities: tuple[LabelledQuantity, ...] = ()
    reference: Reference | None = None

    @property
    def is_dialogue(self) -> bool:
        return len(self.turns) > 1


def rows(name: str) -> list[dict[str, Any]]:
    """A set's lines as they are stored."""
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def load(name: str, data: Path | None = None) -> list[Example]:
    """A set's examples. ``real`` reads its texts from ``data`` ($AISLE_DATA); ValueError where they aren't those labelled."""
    if name == DEVELOPMENT:
        return development(data)
    if name != "real":
        return [example(row, name, tuple(row.get("turns") or (row["text"],))) for row in rows(name)]
    if data is None:
        raise ValueError("the real queries are read from $AISLE_DATA, which isn't set")
    labelled = rows(name)
    sources = {source: texts(data, source) for source in dict.fromkeys(row["source"] for row in labelled)}
    examples = []
    for row in labelled:
        text = sources[row["source"]][row["row"]]
        if hashlib.sha256(text.encode()).hexdigest() != row["sha256"]:
            raise ValueError(f"{row['id']}: row {row['row']} of {row['source']} isn't the query that was labelled")
        examples.append(example(row, name, (text,)))
    return examples


def development(data: Path | None) -> list[Example]:
    """The held-back part of ``training.labelled``: slots and intent (find where none is labelled: all the others were looked for
    something). What is negated isn't labelled there and is what our own rules say."""
    return [
        Example(
            f"d{place}",
            DEVELOPMENT,
            (question.text,),
            detect_language(question.text),
            question.intent or Intent.FIND,
            tuple(_labelled_slots(question)),
        )
        for place, question in enumerate(labelled.everything(data))
        if labelled.held(question.text)
    ]


def _labelled_slots(question: Question) -> Iterator[LabelledSlot]:
    denied = negations(question.text, [(start, end) for start, end, _ in question.spans])
    for (start, end, kind), cue in zip(question.spans, denied, strict=True):
        yield LabelledSlot(kind, question.text[start:end].lower(), (start, end), cue is not None)


def example(row: Mapping[str, Any], name: str, turns: tuple[str, ...]) -> Example:
    reference = row["reference"]
    return Example(
        row["id"],
        name,
        turns,
        row["language"],
        Intent(row["intent"]),
        tuple(
            LabelledSlot(
                SlotKind(slot["kind"]), slot["value"], tuple(slot["span"]) if slot["span"] else None, slot["negated"]
            )
            for slot in row["slots"]
        ),
        tuple(
            LabelledRange(bound["field"], bound["minimum"], bound["maximum"], bound["unit"], bound.get("about"))
            for bound in row["ranges"]
        ),
        row["sort"],
        tuple(LabelledQuantity(quantity["amount"], quantity["unit"]) for quantity in row["quantities"]),
        Reference(reference["place"], reference["than"]) if reference else None,
    )
