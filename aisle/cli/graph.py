"""``aisle graph``: what the shop's knowledge graph holds, and what a person adds to it or takes out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from aisle.cli.options import STORE, JsonOption, StoreOption, answer, console, open_shop, open_store, table
from aisle.errors import InvalidRequest, NotFound

if TYPE_CHECKING:
    from aisle.understanding.graph import Concept, Graph

graph_app = typer.Typer(
    help="The knowledge graph: types, brands, values, synonyms, and what goes with what.", no_args_is_help=True
)

Kind = Annotated[
    str,
    typer.Argument(help="type, brand, color, material, pattern, size, audience, occasion, style or feature."),
]
Ends = Annotated[str, typer.Argument(help="A concept: kind:name, or the name of a type.")]
SHOWN = 30


@graph_app.command()
def show(
    concept: Annotated[
        str | None, typer.Argument(help="A name in any language; without it, the whole in figures.")
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only concepts of this kind.")] = None,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Show what is called so, with its names, its edges and where each comes from."""
    from aisle.app.graph import build_graph

    with open_store(store) as opened:
        graph = build_graph(opened)
    wanted = _kind(kind) if kind else None
    if concept is None:
        _show_all(graph, wanted, as_json)
        return
    found = [each for each in graph.called(concept) if wanted in (None, each.kind)]
    if not found:
        raise NotFound(f"Nothing is called {concept!r}.", field="concept", hint="`aisle graph add` makes a concept.")
    data = [_told(graph, each) for each in found]

    def view() -> None:
        for each in data:
            console.print(
                f"[bold]{escape(each['kind'])}:{escape(each['value'])}[/]  {each['count']} products, {each['origin']}"
            )
            for language, names in each["names"].items():
                console.print(f"  {language}: {escape(', '.join(names))}", soft_wrap=True)
            rows = [[e["relation"], e["concept"], e["weight"], e["count"], e["origin"]] for e in each["edges"][:SHOWN]]
            console.print(table("", "concept", "weight", "products", "origin", rows=rows))
            if len(each["edges"]) > SHOWN:
                console.print(f"[dim]and {len(each['edges']) - SHOWN} more; --json shows all[/]")

    answer(data, as_json, view)


def _show_all(graph: Graph, kind: Any, as_json: bool) -> None:
    counted = [(k, c) for k, c in graph.concepts.items() if kind in (None, k.kind)]
    if kind is not None:
        counted.sort(key=lambda each: (-graph.total(each[0]), each[0].value))
        rows = [[k.value, graph.total(k), str(c.origin)] for k, c in counted]
        data: Any = [dict(zip(("value", "products", "origin"), row, strict=True)) for row in rows]
        answer(data, as_json, lambda: console.print(table("concept", "products", "origin", rows=rows)))
        return
    kinds: dict[str, int] = {}
    relations: dict[str, int] = {}
    for key, _ in counted:
        kinds[key.kind] = kinds.get(key.kind, 0) + 1
    for edge in graph.edges:
        relations[edge.relation] = relations.get(edge.relation, 0) + 1
    data = {"products": graph.products, "concepts": kinds, "edges": relations, "names": len(graph.dictionary)}

    def view() -> None:
        console.print(table("concepts", "", rows=kinds.items()))
        console.print(table("edges", "", rows=relations.items()))

    answer(data, as_json, view)


def _told(graph: Graph, concept: Concept) -> dict[str, Any]:
    from aisle.understanding.graph import Relation
    from aisle.understanding.graph.concepts import SYMMETRIC

    edges = []
    for relation in Relation:
        ways = [(str(relation), edge, edge.target) for edge in graph.targets(concept.key, relation)]
        if relation not in SYMMETRIC:
            ways += [(f"← {relation}", edge, edge.source) for edge in graph.sources(concept.key, relation)]
        ways.sort(key=lambda way: (-way[1].count, -way[1].weight, way[2]))
        edges += [
            {"relation": name, "concept": str(other), "weight": e.weight, "count": e.count, "origin": str(e.origin)}
            for name, e, other in ways
        ]
    return {
        "kind": str(concept.kind),
        "value": concept.value,
        "count": graph.total(concept.key),
        "origin": str(concept.origin),
        "names": {language: list(names) for language, names in concept.names.items()},
        "written": {field: dict(spellings) for field, spellings in concept.written.items()},
        "edges": edges,
    }


@graph_app.command()
def categories(
    queries: Annotated[list[str], typer.Argument(help="What shoppers typed.")],
    field: Annotated[str, typer.Option("--field", help="The attribute whose values are the categories.")] = "type",
    data: Annotated[
        Path | None, typer.Option("--data", help="Queries with their categories to learn from, .jsonl or .csv.")
    ] = None,
    text_field: Annotated[str, typer.Option("--text-field", help="The field or column of the query.")] = "query",
    target_field: Annotated[str, typer.Option("--target-field", help="That of the category.")] = "category",
    limit: Annotated[int, typer.Option("--limit", min=1, help="Categories to show for each.")] = 5,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Tell which of the shop's categories a query means, and what speaks for it: a name or a labelled query."""
    from dataclasses import asdict

    from aisle.learning.heads.data import label, rows

    examples = [label(row, text_field, target_field) for row in rows(data)] if data else []
    with open_shop(store) as shop:
        known = shop.categories(field, [(each.text, str(each.target)) for each in examples])
        found = [(query, known.rank(query, limit)) for query in queries]
    told = [{"query": query, "categories": [asdict(each) for each in ranked]} for query, ranked in found]
    shown = [[query, each.name, f"{each.share:.3f}", each.because] for query, ranked in found for each in ranked]
    answer(told, as_json, lambda: console.print(table("query", "category", "share", "because of", rows=shown)))


@graph_app.command()
def add(
    kind: Kind,
    name: Annotated[str, typer.Argument(help="Its canonical name, or any name of a concept that is there.")],
    synonym: Annotated[list[str] | None, typer.Option("--synonym", help="A further name; may be given again.")] = None,
    broader: Annotated[
        list[str] | None, typer.Option("--broader", help="What it is a kind of; may be given again.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="Of the names given: en, zh, de …")] = "en",
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Add a concept, or names and what is broader to one that is there. It survives indexing."""
    from aisle.app.graph import build_graph
    from aisle.store import GraphEdit
    from aisle.understanding.graph.exchange import checked_edge

    _kind(kind)
    with open_store(store) as opened:
        graph = build_graph(opened)
        value = _canonical(graph, kind, name)
        edits = [] if graph.concept(_kind(kind), value) else [
            GraphEdit(kind, value, "concept"), GraphEdit(kind, value, "name", language, value)
        ]  # fmt: skip
        edits += [GraphEdit(kind, value, "name", language, each.strip()) for each in synonym or []]
        above = [_canonical(graph, kind, each) for each in broader or []]
        if graph.concept(_kind(kind), value):
            for each in above:
                checked_edge(graph, (kind, value), "broader", (kind, each))
        edits += [GraphEdit(kind, each, "concept") for each in above if graph.concept(_kind(kind), each) is None]
        edits += [GraphEdit(kind, value, "broader", kind, each) for each in above]
        opened.graph.put(edits)
    _done(f"{kind}:{value}", len(edits), as_json)


@graph_app.command()
def remove(
    kind: Kind,
    name: Annotated[str, typer.Argument(help="A name of the concept.")],
    synonym: Annotated[
        list[str] | None, typer.Option("--synonym", help="Only take this name away; may be given again.")
    ] = None,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Take a concept out of the graph, or names away from it. It stays out when the catalog is indexed again."""
    from aisle.app.graph import build_graph
    from aisle.store import GraphEdit

    with open_store(store) as opened:
        graph = build_graph(opened)
        value = _canonical(graph, kind, name)
        concept = graph.concept(_kind(kind), value)
        if concept is None:
            raise NotFound(f"There is no {kind} {name!r}.", field="name")
        edits = [GraphEdit(kind, value, "concept", removed=True)]
        if synonym:
            called = {each: language for language, names in concept.names.items() for each in names}
            if missing := [each for each in synonym if each not in called]:
                raise NotFound(f"{value!r} isn't called {missing[0]!r}.", field="--synonym")
            edits = [GraphEdit(kind, value, "name", called[each], each, removed=True) for each in synonym]
        opened.graph.put(edits)
    _done(f"{kind}:{value}", len(edits), as_json)


@graph_app.command()
def link(
    source: Ends,
    relation: Annotated[
        str,
        typer.Argument(help="broader, synonym, has_value, made_by, compatible_with, complements or implies."),
    ],
    target: Ends,
    weight: Annotated[float, typer.Option("--weight", help="Above 0, up to 1.")] = 1.0,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Add an edge, or give one another weight: aisle graph link Cameras complements "Memory Cards"."""
    _edge(source, relation, target, weight, False, store, as_json)


@graph_app.command()
def unlink(
    source: Ends,
    relation: Annotated[str, typer.Argument(help="As for link.")],
    target: Ends,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Take an edge out. It stays out when the catalog is indexed again."""
    _edge(source, relation, target, 1.0, True, store, as_json)


def _edge(source: str, relation: str, target: str, weight: float, removed: bool, store: Path, as_json: bool) -> None:
    from aisle.app.graph import build_graph
    from aisle.store import GraphEdit
    from aisle.understanding.graph.exchange import checked_edge

    with open_store(store) as opened:
        graph = build_graph(opened)
        ends = []
        for text in (source, target):
            kind, sign, name = text.partition(":")
            kind, name = (kind, name) if sign else ("type", text)
            ends.append((kind, _canonical(graph, kind, name)))
        checked_edge(graph, ends[0], "" if removed else relation, ends[1])
        opened.graph.put([GraphEdit(*ends[0], relation, *ends[1], weight=weight, removed=removed)])
    _done(f"{':'.join(ends[0])} {relation} {':'.join(ends[1])}", 1, as_json)


@graph_app.command("export")
def export_graph(
    form: Annotated[str, typer.Option("--format", help="json, csv or dot.")] = "json",
    out: Annotated[Path | None, typer.Option("--out", help="Write to this file instead of standard output.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only what people have added or removed.")] = False,
    store: StoreOption = STORE,
) -> None:
    """Write the graph as statements (JSON, CSV) or as a drawing for Graphviz (DOT)."""
    from aisle.app.graph import build_graph
    from aisle.understanding.graph.exchange import FORMATS, edited, statements

    if form not in FORMATS:
        raise InvalidRequest(f"{form!r} is no format.", field="--format", hint=f"One of {', '.join(FORMATS)}.")
    with open_store(store) as opened:
        text = FORMATS[form](edited(opened.graph.list()) if mine else statements(build_graph(opened)))
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


@graph_app.command("import")
def import_graph(
    file: Annotated[Path, typer.Argument(help="Statements as export writes them: .json or .csv.")],
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Take over what a file says and the graph doesn't; statements marked as removed are taken out. All of it or nothing."""
    from aisle.app.graph import build_graph
    from aisle.understanding.graph.exchange import news, read

    edits = read(file.read_text(encoding="utf-8-sig"), file.name)
    with open_store(store) as opened:
        taken = news(build_graph(opened), edits)
        opened.graph.put(taken)
    _done(str(file), len(taken), as_json)


def _kind(text: str) -> Any:
    from aisle.types import SlotKind

    if text not in list(SlotKind):
        raise InvalidRequest(f"{text!r} is no kind.", field="kind", hint=f"One of {', '.join(SlotKind)}.")
    return SlotKind(text)


def _canonical(graph: Graph, kind: str, name: str) -> str:
    """The canonical name of what is called so; the name itself where nothing is."""
    wanted = _kind(kind)
    name = name.strip()
    if (concept := graph.concept(wanted, name)) is not None:
        return concept.value
    return next((each.value for each in graph.called(name) if each.kind is wanted), name)


def _done(what: str, count: int, as_json: bool) -> None:
    answer({"changed": what, "edits": count}, as_json, lambda: console.print(f"{escape(what)}: {count} changed."))
