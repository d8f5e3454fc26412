"""Parts of a labelled set that are reported apart: the set's own labels, and what the queries themselves tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from aisle.evaluation.labelled import Labelled
from aisle.types import InputType

MANY = 16
"""A label with more values than this is a name rather than a kind: it isn't sliced by unless asked for."""


def words(query: Labelled) -> str:
    return " ".join(str(part.value) for part in query.inputs if part.type is InputType.TEXT)


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def language(query: Labelled) -> str | None:
    said = words(query)
    return None if not said else "zh" if is_chinese(said) else "other than zh"


def length(query: Labelled) -> str | None:
    """How much was typed; a Chinese word is counted as two characters."""
    said = words(query)
    if not said:
        return None
    count = len(said.split()) if not is_chinese(said) else round(sum(map(str.isalnum, said)) / 2)
    return "1 word" if count <= 1 else "2–3 words" if count <= 3 else "4–6 words" if count <= 6 else "7 words or more"


def modality(query: Labelled) -> str:
    kinds = sorted({f"{part.type}" if part.weight >= 0 else f"minus {part.type}" for part in query.inputs})
    return " + ".join(kinds)


DERIVED: Mapping[str, Callable[[Labelled], str | None]] = MappingProxyType(
    {"language": language, "length": length, "modality": modality}
)
"""Slices that need no label; a label of the same name goes before."""


def slices(queries: Sequence[Labelled], names: Sequence[str] | None = None) -> dict[str, list[int]]:
    """``name=value`` → positions of the queries in it. Without ``names``: every label and derived slice that divides the
    set into 2 to MANY parts."""
    columns: dict[str, list[str | None]] = {}
    for name in dict.fromkeys([*DERIVED, *(label for query in queries for label in query.labels)]):
        derive = DERIVED.get(name, lambda _: None)
        columns[name] = [query.labels.get(name) or derive(query) for query in queries]
    found: dict[str, list[int]] = {}
    for name, column in columns.items():
        values = Counter(value for value in column if value is not None)
        divides = len(values) > 1 or None in column
        if (name in names) if names is not None else (divides and 1 <= len(values) <= MANY):
            for value in sorted(values):
                found[f"{name}={value}"] = [i for i, own in enumerate(column) if own == value]
    return found
