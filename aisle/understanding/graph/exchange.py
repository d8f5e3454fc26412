"""The graph as a file and back: statements as JSON or CSV, a drawing as DOT."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aisle.errors import InvalidRequest
from aisle.store.graph import CONCEPT, NAME, GraphEdit
from aisle.types import SlotKind
from aisle.understanding.graph.concepts import Origin, Relation
from aisle.understanding.graph.graph import Graph


@dataclass(frozen=True, slots=True)
class Statement:
    """A line of an exported graph: an edit's fields (see ``aisle.store.graph``) with what the graph knows beside."""

    kind: str
    value: str
    relation: str
    target_kind: str = ""
    target: str = ""
    weight: float = 1.0
    count: int = 0
    origin: str = Origin.CATALOG.value
    removed: bool = False


FIELDS = tuple(Statement.__dataclass_fields__)


def statements(graph: Graph) -> Iterator[Statement]:
    """Everything the graph says: each concept, its names, then all edges."""
    for key, concept in graph.concepts.items():
        kind, value, origin = str(key.kind), key.value, str(concept.origin)
        yield Statement(kind, value, CONCEPT, count=concept.count, origin=origin)
        for language, names in concept.names.items():
            for name in names:
                yield Statement(kind, value, NAME, language, name, origin=origin)
    for edge in graph.edges:
        source, target = edge.source, edge.target
        yield Statement(
            str(source.kind), source.value, str(edge.relation), str(target.kind), target.value,
            edge.weight, edge.count, str(edge.origin),
        )  # fmt: skip


def edited(edits: list[GraphEdit]) -> Iterator[Statement]:
    """What people have changed, removals too."""
    for edit in edits:
        yield Statement(**asdict(edit), origin=str(Origin.PERSON))


def to_json(said: Iterator[Statement]) -> str:
    return json.dumps([asdict(each) for each in said], ensure_ascii=False, indent=1) + "\n"


def to_csv(said: Iterator[Statement]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(each) for each in said)
    return file.getvalue()


def to_dot(said: Iterator[Statement]) -> str:
    """For Graphviz: concepts are nodes, edges carry their relation."""
    lines = ["digraph graph_of_things {", "  rankdir=RL; node [shape=box, fontname=Helvetica];"]
    for each in said:
        source, target = (
            json.dumps(f"{a}:{b}", ensure_ascii=False)
            for a, b in ((each.kind, each.value), (each.target_kind, each.target))
        )
        if each.relation == CONCEPT:
            lines.append(f"  {source} [label={json.dumps(each.value, ensure_ascii=False)}];")
        elif each.relation != NAME:
            lines.append(f'  {source} -> {target} [label="{each.relation}"];')
    return "\n".join([*lines, "}", ""])


FORMATS: Mapping[str, Callable[[Iterator[Statement]], str]] = {"json": to_json, "csv": to_csv, "dot": to_dot}


def read(text: str, name: str) -> list[GraphEdit]:
    """The statements of a JSON or CSV file as edits. Raises InvalidRequest naming the statement that can't be read."""
    if name.endswith(".csv"):
        found: Any = list(csv.DictReader(io.StringIO(text)))
    else:
        try:
            found = json.loads(text)
        except ValueError as error:
            raise InvalidRequest(
                f"The file isn't JSON: {error}.", field="file", hint="A .csv file is read as CSV."
            ) from error
    if not isinstance(found, list):
        raise InvalidRequest(
            "The file is no list of statements.", field="file", hint="As `aisle graph export` writes it."
        )
    return [_edit(row, number) for number, row in enumerate(found, 1)]


def _edit(row: Any, number: int) -> GraphEdit:
    try:
        kind, value, relation, target_kind, target = (str(row.get(name) or "").strip() for name in FIELDS[:5])
        weight = float(row.get("weight") or 1.0)
        removed = str(row.get("removed") or "").lower() in ("true", "1", "yes")
        return GraphEdit(kind, value, relation, target_kind, target, weight, removed)
    except (AttributeError, ValueError) as error:
        raise InvalidRequest(f"Statement {number} can't be read: {error}.", field=f"file.{number}") from error


def news(graph: Graph, edits: list[GraphEdit]) -> list[GraphEdit]:
    """Those of the edits that say what the graph doesn't: what it says already isn't a person's word."""
    said = {_place(each): each.weight for each in statements(graph)}
    return [
        edit
        for edit in edits
        if (said.get(_place(edit)) is not None if edit.removed else said.get(_place(edit)) != edit.weight)
    ]


def _place(each: Statement | GraphEdit) -> tuple[str, ...]:
    return each.kind, each.value, each.relation, each.target_kind, each.target


def checked_edge(graph: Graph, source: tuple[str, str], relation: str, target: tuple[str, str]) -> None:
    """Raises InvalidRequest for an edge that can't be: between unknown concepts, to itself, or a circle of what is broader."""
    for kind, value in (source, target):
        if graph.concept(SlotKind(kind), value) is None:
            raise InvalidRequest(
                f"There is no {kind} {value!r}.", field=value, hint=f"`aisle graph add {kind} {value!r}` makes it."
            )
    if source == target:
        raise InvalidRequest("A concept has no edge to itself.", field="target")
    if (
        relation == Relation.BROADER
        and source[0] == target[0]
        and source[1] in graph.broader(SlotKind(target[0]), target[1])
    ):
        raise InvalidRequest(f"{source[1]!r} is broader than {target[1]!r} already.", field="target")
