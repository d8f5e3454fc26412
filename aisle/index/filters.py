"""The JSON grammar of filters: an object in, a checked tree out.

    filter    = { field: condition, …, "and": [filter, …], "or": [filter, …], "not": filter }      all of them hold
    condition = value | [value, …] | { "eq": value, "in": [value, …], "gte" | "gt" | "lte" | "lt": bound, "exists": bool
    }

Text is compared without regard to case. A product that lacks a field matches no condition on it but ``exists: false``;
``not`` is a complement, so it does match ``{"not": {field: …}}``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from aisle.errors import InvalidRequest

MAX_DEPTH = 8
MAX_LEAVES = 200
MAX_VALUES = 1000
BOUNDS = ("gte", "gt", "lte", "lt")
OPERATORS = (*BOUNDS, "eq", "in", "exists")
COMBINATORS = ("and", "or", "not")

Scalar = str | float


@dataclass(frozen=True, slots=True)
class In:
    """The field has one of ``values`` (a multi-valued field: at least one)."""

    field: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """The field lies between the bounds; ``above`` and ``below`` say whether the bound itself counts."""

    field: str
    low: Scalar | None = None
    high: Scalar | None = None
    above: bool = True
    below: bool = True


@dataclass(frozen=True, slots=True)
class Exists:
    """The field has a value."""

    field: str


@dataclass(frozen=True, slots=True)
class Not:
    part: Filter


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; with no parts it matches everything."""

    parts: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds; with no parts it matches nothing."""

    parts: tuple[Filter, ...] = ()


Filter = In | Range | Exists | Not | And | Or


def parse(obj: Mapping[str, Any] | None, fields: Mapping[str, str]) -> Filter:
    """The filter object as a tree. ``fields`` maps each field that may be filtered to "text", "list", "number" or
    "date".

    Raises InvalidRequest naming the offending part, with the nearest known names where a field isn't known.
    """
    parser = _Parser(fields)
    return parser.object(obj if obj is not None else {}, "filters", 1)


def without(tree: Filter, field: str) -> Filter:
    """``tree`` with what was chosen in ``field`` lifted, for counting that field's facet disjunctively.

    Lifts the conditions that all matches must meet and that are about ``field`` alone. What was ruled out (``not``)
    stays, and so does an ``or`` that also speaks of other fields.
    """
    parts = [part for part in _conjuncts(tree) if isinstance(part, Not) or set(fields_of(part)) != {field}]
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def fields_of(tree: Filter) -> Iterator[str]:
    """Every field the tree speaks of, with repetition."""
    match tree:
        case And(parts) | Or(parts):
            for part in parts:
                yield from fields_of(part)
        case Not(part):
            yield from fields_of(part)
        case _:
            yield tree.field


def _conjuncts(tree: Filter) -> Iterator[Filter]:
    if isinstance(tree, And):
        for part in tree.parts:
            yield from _conjuncts(part)
    else:
        yield tree


class _Parser:
    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields
        self.leaves = 0

    def object(self, obj: Any, where: str, depth: int) -> Filter:
        if not isinstance(obj, Mapping):
            raise InvalidRequest(
                f"A filter is an object, not {_kind(obj)}.", field=where, hint='For example {"color": ["Red"]}.'
            )
        if depth > MAX_DEPTH:
            raise InvalidRequest(f"Filters nest {MAX_DEPTH} deep at most.", field=where, hint="Write it flatter.")
        parts = []
        for name, value in obj.items():
            place = f"{where}.{name}"
            if name in ("and", "or"):
                parts.append(self.several(name, value, place, depth))
            elif name == "not":
                parts.append(Not(self.object(value, place, depth + 1)))
            else:
                parts.append(self.condition(name, value, place))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def several(self, name: str, value: Any, where: str, depth: int) -> Filter:
        if not isinstance(value, list | tuple) or not value:
            raise InvalidRequest(f'"{name}" takes a list of at least one filter.', field=where)
        parts = tuple(self.object(part, f"{where}.{i}", depth + 1) for i, part in enumerate(value))
        return And(parts) if name == "and" else Or(parts)

    def condition(self, name: Any, value: Any, where: str) -> Filter:
        kind = self.fields.get(name)
        if kind is None:
            near = get_close_matches(str(name), [*self.fields, *COMBINATORS], n=3, cutoff=0.5)
            known = near or sorted(self.fields)[:12]
            raise InvalidRequest(
                f"There is no field {_short(name)} to filter by.",
                field=where,
                hint=f"Did you mean {', '.join(near)}?" if near else f"Fields are {', '.join(known) or 'none yet'}.",
            )
        if isinstance(value, Mapping):
            return self.operators(name, kind, value, where)
        return self.any_of(name, kind, value if isinstance(value, list | tuple) else [value], where)

    def operators(self, name: str, kind: str, conditions: Mapping[str, Any], where: str) -> Filter:
        unknown = [key for key in conditions if key not in OPERATORS]
        if unknown or not conditions:
            what = f"There is no condition {_short(unknown[0])}." if unknown else "A condition is missing."
            raise InvalidRequest(what, field=where, hint=f"Conditions are {', '.join(OPERATORS)}.")
        parts: list[Filter] = []
        if "eq" in conditions:
            parts.append(self.any_of(name, kind, [conditions["eq"]], f"{where}.eq"))
        if "in" in conditions:
            parts.append(self.any_of(name, kind, conditions["in"], f"{where}.in"))
        if "exists" in conditions:
            wanted = conditions["exists"]
            if not isinstance(wanted, bool):
                raise InvalidRequest('"exists" is true or false.', field=f"{where}.exists")
            self.count(where)
            parts.append(Exists(name) if wanted else Not(Exists(name)))
        if any(key in conditions for key in BOUNDS):
            parts.append(self.range(name, kind, conditions, where))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def any_of(self, name: str, kind: str, values: Any, where: str) -> In:
        if not isinstance(values, list | tuple) or len(values) > MAX_VALUES:
            raise InvalidRequest(f"A choice is a list of at most {MAX_VALUES} values.", field=where)
        self.count(where)
        return In(name, tuple(self.scalar(kind, value, where) for value in values))

    def range(self, name: str, kind: str, conditions: Mapping[str, Any], where: str) -> Range:
        if kind not in ("number", "date"):
            raise InvalidRequest(
                f"{name} holds words, so it has no range.", field=where, hint="Give a value or a list of values."
            )
        bounds = {key: self.scalar(kind, conditions[key], f"{where}.{key}") for key in BOUNDS if key in conditions}
        if {"gte", "gt"} <= bounds.keys() or {"lte", "lt"} <= bounds.keys():
            raise InvalidRequest("A range has one lower and one upper bound.", field=where)
        self.count(where)
        return Range(
            name,
            low=bounds.get("gte", bounds.get("gt")),
            high=bounds.get("lte", bounds.get("lt")),
            above="gt" not in bounds,
            below="lt" not in bounds,
        )

    def scalar(self, kind: str, value: Any, where: str) -> Scalar:
        if kind == "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InvalidRequest(
                    f"A number is needed here, not {_kind(value)}.",
                    field=where,
                    hint="For example 49.90, without quotes.",
                )
            return self.number(value, where)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return repr(value)
        if not isinstance(value, str):
            raise InvalidRequest(f"A text is needed here, not {_kind(value)}.", field=where)
        return value

    def number(self, value: float, where: str) -> float:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise InvalidRequest("A number must be finite.", field=where)
        return number

    def count(self, where: str) -> None:
        self.leaves += 1
        if self.leaves > MAX_LEAVES:
            raise InvalidRequest(
                f"A filter has at most {MAX_LEAVES} conditions.",
                field=where,
                hint="Use a list of values instead of many.",
            )


_KINDS: Mapping[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    tuple: "a list",
    dict: "an object",
    type(None): "null",
}


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "this")


def _short(name: Any) -> str:
    text = str(name)
    return repr(text if len(text) <= 60 else text[:57] + "…")
