"""An evaluation as one self-contained page: figures, plots, comparison, robustness, the best and worst examples as pictures.

Nothing is loaded from elsewhere: styles, plots and pictures are in the file. Light and dark; readable on a phone.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, Template

from aisle.errors import AisleError
from aisle.evaluation import plots
from aisle.evaluation.measuring import MAIN, Comparison, Measured, Outcome
from aisle.evaluation.robustness import Disturbed
from aisle.perception.image import decode, encode_jpeg
from aisle.types import Input, InputType

EXAMPLES = 6
"""Best and worst examples shown, each."""
HITS = 6
"""Hits shown of an example."""
LONGEST, QUALITY = 200, 80
HEAD = ("nDCG@10", "hit@1", "recall@10", "MRR")
TOLD: Mapping[str, str] = {
    "nDCG@10": "order of the first ten",
    "hit@1": "the first is right",
    "recall@10": "of the right ones in ten",
    "MRR": "1 / rank of the first right one",
}


@dataclass(frozen=True, slots=True)
class Card:
    """A product as the page shows it; ``picture`` is the encoded file, None where there is none."""

    title: str
    picture: bytes | None


Cards = Callable[[Sequence[str]], Mapping[str, Card]]
"""Ids → what is known of those that are there."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the page is about. ``name`` says which shop and model, ``source`` which labelled set; ``other`` and ``beside``
    are what it is compared with."""

    name: str
    source: str
    measured: Measured
    comparison: Comparison | None = None
    other: str = ""
    beside: Measured | None = None
    robustness: Sequence[Disturbed] = ()


def page(report: Report, cards: Cards) -> str:
    """The whole page as HTML; every value is escaped."""
    measured = report.measured
    runs = [each.recall_curve() for each in (measured, report.beside) if each is not None]
    main = [each.values[MAIN] for each in measured.outcomes]
    ordered = sorted(measured.outcomes, key=lambda each: (each.values[MAIN], each.values["MRR"], each.query.id))
    worst = [each for each in ordered if each.values[MAIN] < 0.999][:EXAMPLES]
    best = [each for each in reversed(ordered) if each.values[MAIN] > 0 and each not in worst][:EXAMPLES]
    slices = [(name, part.metrics[MAIN], *part.interval[MAIN]) for name, part in measured.slices.items()]
    return _template().render(
        report=report,
        measured=measured,
        today=date.today().isoformat(),
        head=[(name, TOLD[name], measured.metrics[name], measured.interval[name]) for name in HEAD],
        recall=plots.curve("Recall by how many hits one looks at, with 95 % intervals", runs, "hits looked at"),
        scores=plots.scores("How many queries have which nDCG@10", main),
        latencies=plots.latencies(
            "How many queries took how many milliseconds", [each.milliseconds for each in measured.outcomes]
        ),
        slices=plots.bars("nDCG@10 of each slice, with 95 % intervals", slices) if slices else "",
        drops=plots.drops(
            "nDCG@10 clean and disturbed",
            [(each.name, each.change.first, each.change.other) for each in report.robustness],
        )
        if report.robustness
        else "",
        changed=[
            (_asked(each.query.inputs, cards), each.before.values[MAIN], each.after.values[MAIN])
            for each in (report.comparison.changed[:12] if report.comparison else ())
        ],
        examples=[
            ("The worst", "what to look into first", [_example(each, cards) for each in worst]),
            ("The best", "", [_example(each, cards) for each in best]),
        ],
        main=MAIN,
    )


def thumbnail(data: bytes | None) -> str:
    """A picture's bytes → a small JPEG as a data URL; "" where there is none or it can't be read."""
    if data is None:
        return ""
    try:
        small = encode_jpeg(decode(data), LONGEST, QUALITY)
    except AisleError:
        return ""
    return "data:image/jpeg;base64," + base64.b64encode(small).decode()


def _asked(inputs: Sequence[Input], cards: Cards) -> list[dict[str, Any]]:
    """The parts of a query: words or a picture, and the weight where it isn't 1."""
    parts = []
    for part in inputs:
        weight = "" if part.weight == 1.0 else "not like" if part.weight == -1.0 else f"× {part.weight:g}"
        picture, words = "", ""
        if part.type is InputType.IMAGE and isinstance(part.value, bytes):
            picture = thumbnail(part.value)
        elif part.type is InputType.PRODUCT:
            card = cards([str(part.value)]).get(str(part.value))
            picture, words = thumbnail(card.picture if card else None), card.title if card else str(part.value)
        else:
            words = str(part.value)
        parts.append({"type": part.type, "picture": picture, "words": words, "weight": weight})
    return parts


def _example(outcome: Outcome, cards: Cards) -> dict[str, Any]:
    """A query beside its first hits, the right ones marked; where none of them is right, one that would have been."""
    relevant = outcome.query.relevant
    shown = list(outcome.ranked[:HITS])
    missed = [] if any(i in relevant for i in shown) else sorted(relevant, key=lambda i: (-relevant[i], i))[:1]
    known = cards([*shown, *missed])

    def hit(identifier: str, rank: int | None) -> dict[str, Any]:
        card = known.get(identifier)
        return {
            "id": identifier,
            "rank": rank,
            "title": card.title if card else identifier,
            "picture": thumbnail(card.picture) if card else "",
            "right": identifier in relevant,
        }

    def rank_of(identifier: str) -> int | None:
        return outcome.ranked.index(identifier) + 1 if identifier in outcome.ranked else None

    return {
        "id": outcome.query.id,
        "asked": _asked(outcome.query.inputs, cards),
        "value": outcome.values[MAIN],
        "relevant": len(relevant),
        "hits": [hit(identifier, rank) for rank, identifier in enumerate(shown, 1)],
        "missed": [hit(identifier, rank_of(identifier)) for identifier in missed],
    }


@lru_cache(maxsize=1)
def _template() -> Template:
    text = Path(__file__).with_name("report.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)
