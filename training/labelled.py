"""Queries labelled one by one, to learn from: real ones (their labels alone are kept here) and ones written for this.

Those of ``asked`` say what they want of the shop; the rest all want to find something, which says nothing of other intents: these are
left open. All follow the guideline of ``benchmarks/understanding/README.md`` and none is among its test sets. A part is held back for
development: what may be looked at while rules and names grow, and what training is steered by.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from aisle.perception.text import detect_language
from aisle.types import Intent, SlotKind
from benchmarks.understanding.drawing import texts
from training.questions import Question

FOLDER = Path(__file__).with_name("labels")
DEVELOPMENT = 7
"""One query in so many is held back."""
MARK = re.compile(r"\{([^{}|]+)\|([a-z]+)\}")


def held(text: str) -> bool:
    """Whether a query is of the part for development."""
    return zlib.crc32(text.casefold().encode()) % DEVELOPMENT == 0


def parse(marked: str) -> Question:
    """A line of text in which parts are marked as {part|kind}. Raises ValueError for a kind that there is not."""
    text, spans, end = "", [], 0
    for match in MARK.finditer(marked):
        text += marked[end : match.start()]
        spans.append((len(text), len(text) + len(match[1]), SlotKind(match[2])))
        text += match[1]
        end = match.end()
    return Question(text + marked[end:], tuple(spans), None)


def written() -> list[Question]:
    """``labels/written.txt``: a query a line, as ``parse`` reads it."""
    return [parse(line) for line in (FOLDER / "written.txt").read_text(encoding="utf-8").splitlines() if line]


def asked() -> list[Question]:
    """``labels/asked.txt``: an intent and a text a line, the text as ``parse`` reads it."""
    found = []
    for line in (FOLDER / "asked.txt").read_text(encoding="utf-8").splitlines():
        intent, marked = line.split("\t")
        found.append(replace(parse(marked), intent=Intent(intent)))
    return found


def everything(root: Path | None) -> list[Question]:
    """All of them; the real ones only where ``root``, the folder of the data sets, is named."""
    return [*written(), *asked(), *(real(root) if root else ())]


def learnt(root: Path | None) -> list[Question]:
    """All of them but what is held back."""
    return [question for question in everything(root) if not held(question.text)]


def real(root: Path) -> list[Question]:
    """``labels/real.tsv``: source, row, CRC-32 of the text, and start-end:kind of each part, offsets in characters. Texts are read
    from the data sets; ValueError where one isn't the text that was labelled."""
    return list(_real(root))


def _real(root: Path) -> Iterator[Question]:
    sources: dict[str, list[str]] = {}
    for line in (FOLDER / "real.tsv").read_text(encoding="utf-8").splitlines():
        source, row, digest, parts = line.split("\t")
        if source not in sources:
            sources[source] = texts(root, source)
        text = sources[source][int(row)]
        if zlib.crc32(text.encode()) != int(digest, 16):
            raise ValueError(f"row {row} of {source} isn't the query that was labelled")
        spans = []
        for part in filter(None, parts.split(",")):
            place, kind = part.split(":")
            start, end = map(int, place.split("-"))
            spans.append((start, end, SlotKind(kind)))
        yield Question(text, tuple(spans), None)


class Mixed:
    """Draws questions whose parts are now and then those of others of the same kind and language: what stands around a word should tell
    what it is, not the word alone."""

    def __init__(self, questions: Sequence[Question], exchanged: float = 0.25) -> None:
        self.questions, self.exchanged = questions, exchanged
        self._languages = [detect_language(question.text) for question in questions]
        self._said: dict[tuple[str, SlotKind], list[str]] = {}
        for question, language in zip(questions, self._languages, strict=True):
            for start, end, kind in question.spans:
                self._said.setdefault((language, kind), []).append(question.text[start:end])

    def draw(self, rng: np.random.Generator) -> Question:
        place = int(rng.integers(len(self.questions)))
        question, language = self.questions[place], self._languages[place]
        text, spans, end = "", [], 0
        for start, stop, kind in question.spans:
            said, others = question.text[start:stop], self._said[language, kind]
            if rng.random() < self.exchanged:
                said = others[rng.integers(len(others))]
            text += question.text[end:start]
            spans.append((len(text), len(text) + len(said), kind))
            text += said
            end = stop
        return replace(question, text=text + question.text[end:], spans=tuple(spans), counted=True)
