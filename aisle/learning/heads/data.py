"""Labelled texts: one Example for every task, read from JSON Lines or CSV."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aisle.errors import InvalidRequest, NotFound


@dataclass(frozen=True, slots=True)
class Example:
    """A text and what a head should answer: a label, an output text, or one tag for each of ``units``.

    ``units`` are character spans (start, end) of the text; only tagging has them.
    """

    text: str
    target: str | tuple[str, ...] = ""
    units: tuple[tuple[int, int], ...] = ()


def label(row: Mapping[str, Any], text: str, target: str) -> Example:
    """A row with one string as its answer."""
    if not isinstance(row.get(target), str | int | float):
        raise InvalidRequest(f"It has no {target!r}.", field=target, hint="Every row needs a text and an answer.")
    return Example(_text(row, text), str(row[target]))


def tags(row: Mapping[str, Any], text: str, target: str) -> Example:
    """A row with a list of tags: one for each of ``tokens`` where it has them, else for each character of the text."""
    given = row.get(target)
    if not isinstance(given, list) or not all(isinstance(tag, str) for tag in given):
        raise InvalidRequest(
            f"{target!r} isn't a list of strings.", field=target, hint='Such as ["B-HC", "E-HC", "O"].'
        )
    if isinstance(row.get("tokens"), list):
        tokens = [str(token) for token in row["tokens"]]
        example = Example(" ".join(tokens), tuple(given), words(tokens))
    else:
        example = Example(_text(row, text), tuple(given), characters(_text(row, text)))
    if len(example.units) != len(given):
        raise InvalidRequest(f"It has {len(given)} tags for {len(example.units)} pieces.", field=target)
    return example


def _text(row: Mapping[str, Any], name: str) -> str:
    if not isinstance(row.get(name), str):
        raise InvalidRequest(f"It has no {name!r}.", field=name, hint="Every row needs a text and an answer.")
    return str(row[name])


def characters(text: str) -> tuple[tuple[int, int], ...]:
    """The span of each character."""
    return tuple((i, i + 1) for i in range(len(text)))


def words(tokens: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """The span of each token in the tokens joined by a space."""
    spans, start = [], 0
    for token in tokens:
        spans.append((start, start + len(token)))
        start += len(token) + 1
    return tuple(spans)


def blanks(text: str) -> tuple[tuple[int, int], ...]:
    """The span of each word between blanks."""
    return tuple(match.span() for match in re.finditer(r"\S+", text))


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a .jsonl or .csv file. Raises NotFound, InvalidRequest with the line's number."""
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", field="data")
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix == ".csv":
            yield from csv.DictReader(file)
            return
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise InvalidRequest(f"Line {number} of {path} isn't JSON: {error}.", field="data") from None
            if not isinstance(row, dict):
                raise InvalidRequest(f"Line {number} of {path} isn't an object.", field="data")
            yield row


def split(examples: Sequence[Example], share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """Training and validation; equal texts stay on one side, so that validation doesn't see what was learnt."""
    texts = sorted({example.text for example in examples})
    np.random.default_rng(seed).shuffle(texts)
    aside = set(texts[: round(share * len(texts))])
    return [e for e in examples if e.text not in aside], [e for e in examples if e.text in aside]
