"""Labelled queries: one JSON object a line (docs/evaluation.md), or TREC qrels beside a table of queries.

A line holds the query, ``inputs`` as the API takes them (a picture is a path beside the file or a data URL) or in short
words under ``query``, ``text``, ``title`` or ``name`` and a picture under ``photo`` or ``image``; the answer, ``relevant`` ids or
id → grade, ``product`` (one id), or ``where`` (a filter over the catalog's attributes whose matches are the relevant
ones); and any further columns with one plain value each, which are labels to slice by.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aisle.errors import AisleError, InvalidRequest
from aisle.types import EMPTY, Box, Input, InputType

TEXT_KEYS = ("query", "text", "title", "name")
IMAGE_KEYS = ("photo", "image")
KNOWN = frozenset({"id", "inputs", "relevant", "product", "where", "labels", *TEXT_KEYS, *IMAGE_KEYS})
PARTS = frozenset({"type", "value", "weight", "region"})
MAX_PARTS = 16
LABEL_CHARACTERS = 40
"""A longer value is a text of its own, not a label to slice by."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled query: its parts, the grade of each relevant product id (1 unless the set says otherwise), and labels
    to slice by. With ``where`` the relevant ones are whatever matches it; see ``resolve``."""

    id: str
    inputs: tuple[Input, ...]
    relevant: Mapping[str, float]
    labels: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    where: Mapping[str, Any] | None = None
    line: int = 0


def refused(name: str, line: int, message: str, hint: str | None = None) -> InvalidRequest:
    return InvalidRequest(f"{name}, line {line}: {message}", field=f"line {line}", hint=hint)


def read_labelled(path: Path) -> Iterator[Labelled]:
    """The queries of a JSON Lines file. Raises InvalidRequest naming the line that can't be used."""
    seen: set[str] = set()
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise refused(path.name, number, f"not JSON ({error}).") from error
            if not isinstance(row, dict):
                raise refused(path.name, number, "not an object.", 'Such as {"query": "red dress", "relevant": ["7"]}.')
            try:
                query = _labelled(row, path.parent, number)
            except InvalidRequest as error:
                raise refused(path.name, number, error.message, error.hint) from error
            except OSError as error:
                raise refused(path.name, number, f"the picture can't be read ({error.strerror}).") from error
            if query.id in seen:
                raise refused(
                    path.name,
                    number,
                    f"the id {query.id!r} is taken.",
                    "Ids tell queries apart; leave them out or count.",
                )
            seen.add(query.id)
            yield query


def _labelled(row: Mapping[str, Any], base: Path, number: int) -> Labelled:
    inputs = _inputs(row, base)
    if not inputs:
        keys = ", ".join(TEXT_KEYS + IMAGE_KEYS)
        raise InvalidRequest("there is no query.", hint=f"Give it as inputs, {keys}.")
    relevant, where = _relevant(row), row.get("where")
    if where is not None and (not isinstance(where, dict) or not where):
        raise InvalidRequest("where isn't a filter.", hint='Such as {"type": "Dresses", "color": ["Red", "Pink"]}.')
    if not relevant and where is None:
        raise InvalidRequest("there is no answer.", hint="Give it as relevant, product or where.")
    return Labelled(str(row.get("id", number)), inputs, relevant, _labels(row), where, number)


def _relevant(row: Mapping[str, Any]) -> dict[str, float]:
    answer = row.get("relevant", row.get("product"))
    if answer is None:
        return {}
    if isinstance(answer, Mapping):
        return {str(i): grade for i, given in answer.items() if (grade := _number(given, f"the grade of {i!r}")) > 0}
    ids = answer if isinstance(answer, list) else [answer]
    if any(isinstance(i, bool) or not isinstance(i, str | int) or i == "" for i in ids):
        raise InvalidRequest(
            "relevant isn't a list of ids, nor ids with grades.", hint='Such as ["7", "9"] or {"7": 2}.'
        )
    return dict.fromkeys(map(str, ids), 1.0)


def _labels(row: Mapping[str, Any]) -> dict[str, str]:
    given = row.get("labels", {})
    if not isinstance(given, dict):
        raise InvalidRequest("labels isn't an object.", hint='Such as {"language": "en"}.')
    plain = {**{name: value for name, value in row.items() if name not in KNOWN}, **given}
    labels = {name: str(value) for name, value in plain.items() if isinstance(value, str | int | float | bool)}
    return {name: value for name, value in labels.items() if 0 < len(value) <= LABEL_CHARACTERS}


def _number(value: object, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidRequest(f"{what} isn't a number: {value!r}.")
    return float(value)


def _inputs(row: Mapping[str, Any], base: Path) -> tuple[Input, ...]:
    given = row.get("inputs")
    if given is not None:
        if not isinstance(given, list) or len(given) > MAX_PARTS:
            raise InvalidRequest(f"inputs isn't a list of at most {MAX_PARTS} parts.")
        return tuple(_input(part, base) for part in given)
    picture = next((row[key] for key in IMAGE_KEYS if row.get(key)), None)
    words = next((row[key] for key in TEXT_KEYS if row.get(key)), None)
    parts = [] if picture is None else [{"type": "image", "value": picture}]
    parts += [] if words is None else [{"type": "text", "value": words if isinstance(words, str) else str(words)}]
    return tuple(_input(part, base) for part in parts)


def _input(part: Any, base: Path) -> Input:
    if not isinstance(part, Mapping) or not set(part) <= PARTS or part.get("type") not in ("text", "image", "product"):
        raise InvalidRequest(
            f"not a part of a query: {json.dumps(part, ensure_ascii=False)[:80]}",
            hint='Such as {"type": "text", "value": "without sleeves", "weight": -1}; types are text, image, product.',
        )
    kind, value = InputType(part["type"]), part.get("value")
    if not isinstance(value, str) or not value:
        raise InvalidRequest(f"the {kind} has no value.")
    weight = _number(part.get("weight", 1.0), "weight")
    region = part.get("region")
    if region is not None:
        if not isinstance(region, list) or len(region) != 4:
            raise InvalidRequest("region isn't [left, top, right, bottom].")
        region = Box(*(_number(edge, "region") for edge in region))
    return Input(kind, _picture(value, base) if kind is InputType.IMAGE else value, weight, region)


def _picture(value: str, base: Path) -> bytes:
    if not value.startswith("data:"):
        return (base / value).read_bytes()
    try:
        return base64.b64decode(value.partition(",")[2], validate=True)
    except binascii.Error:
        raise InvalidRequest("the picture's data URL isn't base64.") from None


def resolve(queries: Iterable[Labelled], find: Callable[[Mapping[str, Any]], Sequence[str]]) -> Iterator[Labelled]:
    """Queries with a ``where`` get what matches it as relevant, beside those named. ``find`` gives a filter's ids.

    Raises InvalidRequest naming the line whose filter is wrong or matches nothing: such a query can't be measured.
    """
    for query in queries:
        if query.where is None:
            yield query
            continue
        try:
            found = find(query.where)
        except AisleError as error:
            raise refused("where", query.line, error.message, error.hint) from error
        relevant = {**dict.fromkeys(found, 1.0), **query.relevant}
        if not relevant:
            raise refused(
                "where",
                query.line,
                f"no product matches {json.dumps(dict(query.where), ensure_ascii=False)}.",
                "Values are those of the cleaned catalog; aisle search --facets type,color lists them.",
            )
        yield replace(query, relevant=relevant)


def read_trec(qrels: Path, queries: Path) -> Iterator[Labelled]:
    """TREC: ``qrels`` lines ``query 0 document grade``, ``queries`` lines ``query<tab>words``; grades ≤ 0 aren't relevant.

    Queries nobody judged relevant are left out, as trec_eval does. Raises InvalidRequest naming the line.
    """
    grades: dict[str, dict[str, float]] = {}
    for number, line in _lines(qrels):
        cells = line.split()
        try:
            query, _, document, grade = cells[0], cells[1], cells[2], float(cells[3])
        except (IndexError, ValueError):
            raise refused(qrels.name, number, f"not “query 0 document grade”: {line[:80]!r}.") from None
        if grade > 0:
            grades.setdefault(query, {})[document] = grade
    known = set()
    for number, line in _lines(queries):
        identifier, tab, words = line.partition("\t")
        if not tab or not words.strip():
            raise refused(queries.name, number, f"not “query, tab, words”: {line[:80]!r}.")
        known.add(identifier)
        if identifier in grades:
            yield Labelled(identifier, (Input(InputType.TEXT, words.strip()),), grades[identifier], line=number)
    missing = [query for query in grades if query not in known]
    if missing:
        raise InvalidRequest(
            f"{qrels.name} judges {len(missing)} queries that {queries.name} doesn't hold, {missing[0]!r} first.",
            field="queries",
        )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, line.rstrip("\r\n")
