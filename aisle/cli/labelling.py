"""``aisle label``: queue pairs for people to grade at /label, see how far they are and how far they agree, take it away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from aisle.cli.options import STORE, JsonOption, StoreOption, answer, console, notes, open_shop, open_store, table
from aisle.errors import InvalidRequest

if TYPE_CHECKING:
    from aisle.labelling.export import Label, PictureOf
    from aisle.store import Store

label_app = typer.Typer(
    help="Grade query–product pairs: the page is /label on the server of `aisle serve`.", no_args_is_help=True
)

QueriesOption = Annotated[
    Path | None,
    typer.Option("--queries", help="A file of queries: words, or JSON with query and image, a line each."),
]
SourceOption = Annotated[
    str, typer.Option("--from", help="Without --queries: log, catalog, or auto (the log, then the catalog).")
]
QueryCountOption = Annotated[int, typer.Option("--query-count", min=1, help="How many queries to take from there.")]
RoundOption = Annotated[str | None, typer.Option("--round", help="Only this round of labelling.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="File to write; standard output if left out.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="The same seed picks the same pairs.")]


@label_app.command()
def queue(
    count: Annotated[int, typer.Option("--count", min=1, max=100_000, help="How many pairs.")] = 100,
    strategy: Annotated[
        str,
        typer.Option("--strategy", help="mix, uncertainty, disagreement, margin, diversity or random."),
    ] = "mix",
    query_file: QueriesOption = None,
    source: SourceOption = "auto",
    query_count: QueryCountOption = 200,
    per_query: Annotated[int, typer.Option("--per-query", min=1, help="At most so many pairs of one query.")] = 5,
    depth: Annotated[int, typer.Option("--depth", min=1, help="Candidates a query from each of the two lists.")] = 20,
    overlap: Annotated[
        float, typer.Option("--overlap", min=0, max=1, help="Share of the pairs that two raters get.")
    ] = 0.2,
    seed: SeedOption = 0,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Queue the pairs that teach the model most, from what the live model and the words find."""
    with open_shop(store) as shop:
        desk = shop.labelling
        asked = desk.queries_in(query_file) if query_file else desk.queries(source, query_count, seed)
        made = desk.queue(asked, count, strategy=strategy, per_query=per_query, depth=depth, overlap=overlap, seed=seed)
        pairs = shop.store.judgements.pairs(made.id)
    shares: dict[str, int] = {}
    for pair in pairs:
        shares[pair.why["strategy"]] = shares.get(pair.why["strategy"], 0) + 1
    data = {"round": made.id, "pairs": len(pairs), "strategies": shares, **made.detail}

    def show() -> None:
        said = ", ".join(f"{name} {number}" for name, number in shares.items())
        console.print(f"Round {made.id}: {len(pairs)} pairs of {len(asked)} queries ({escape(said)}).")
        notes.print("[dim]Grade them at /label of `aisle serve`.[/]")

    answer(data, as_json, show)


@label_app.command()
def status(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """Show the rounds, and who has graded how much."""
    with open_store(store) as opened:
        said = opened.judgements
        rounds = [{**asdict(each), "progress": asdict(said.progress(round=each.id))} for each in said.rounds()]
        raters: dict[str, dict[str, int]] = {}
        for judgement in said.standing():
            counts = raters.setdefault(judgement.rater, {"graded": 0, "skipped": 0})
            counts["skipped" if judgement.grade is None else "graded"] += 1

    def show() -> None:
        rows = [
            [
                each["id"],
                each["strategy"],
                each["detail"].get("model", ""),
                each["progress"]["pairs"],
                each["progress"]["done"],
            ]
            for each in rounds
        ]
        console.print(table("round", "strategy", "model", "pairs", "done", rows=rows))
        if raters:
            people = [[name, counts["graded"], counts["skipped"]] for name, counts in sorted(raters.items())]
            console.print(table("rater", "graded", "skipped", rows=people))

    answer({"rounds": rounds, "raters": raters}, as_json, show)


@label_app.command()
def agreement(round: RoundOption = None, store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """Show how far raters agree beyond chance (Cohen's kappa), and the pairs they graded differently."""
    from aisle.labelling.agreement import agreements, disagreements

    with open_store(store) as opened:
        said = opened.judgements.standing(round)
        pairs = {pair.id: pair for pair in opened.judgements.pairs(round)}
    found, disputes = agreements(said), disagreements(said)
    data = {
        "agreements": [asdict(each) for each in found],
        "disagreements": [
            {**asdict(each), "query": asdict(pairs[each.pair].query), "product": pairs[each.pair].product}
            for each in disputes
        ],
    }

    def show() -> None:
        rows = [
            [f"{each.first}, {each.second}", each.pairs, each.agreed, _kappa(each.kappa), _kappa(each.weighted)]
            for each in found
        ]
        console.print(table("raters", "pairs", "agreed", "kappa", "weighted kappa", rows=rows))
        if disputes:
            differing = [
                [
                    each.pair,
                    pairs[each.pair].query.text or "(picture)",
                    pairs[each.pair].product,
                    ", ".join(f"{rater} {grade}" for rater, grade in each.grades.items()),
                    "settled" if each.settled else "wants a third look",
                ]
                for each in disputes
            ]
            console.print(table("pair", "query", "product", "grades", "", rows=differing))

    answer(data, as_json, show)


def _kappa(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _qrels(labels: list[Label], picture: PictureOf) -> Iterator[str]:
    from aisle.labelling.export import qrels

    return qrels(labels)


def _topics(labels: list[Label], picture: PictureOf) -> Iterator[str]:
    from aisle.labelling.export import topics

    return topics(labels, picture)


def _lines(labels: list[Label], picture: PictureOf) -> Iterator[str]:
    from aisle.labelling.export import labelled_lines

    return labelled_lines(labels, picture)


FORMATS: Mapping[str, Callable[[list[Label], PictureOf], Iterator[str]]] = {
    "jsonl": _lines,
    "qrels": _qrels,
    "topics": _topics,
}


@label_app.command()
def export(
    form: Annotated[
        str,
        typer.Option("--format", help="jsonl (for training and evaluation), qrels (TREC), or topics (its queries)."),
    ] = "jsonl",
    out: OutOption = None,
    round: RoundOption = None,
    store: StoreOption = STORE,
) -> None:
    """Write what raters have settled: the median grade of each pair; open disputes are left out."""
    from aisle.labelling.export import settled

    if form not in FORMATS:
        raise InvalidRequest(f"There is no format {form!r}.", field="--format", hint=f"One of {', '.join(FORMATS)}.")
    with open_store(store) as opened:
        labels = settled(opened.judgements.pairs(round), opened.judgements.standing(round))
        lines = list(FORMATS[form](labels, _picture_of(opened)))
    _write(lines, out)


@label_app.command()
def pseudo(
    clicks: Annotated[
        Path | None, typer.Option("--clicks", help="Clicks on logged searches: JSON Lines of query_id and product.")
    ] = None,
    agreed: Annotated[
        bool, typer.Option("--agreed/--no-agreed", help="Also label where the words and the model are both sure.")
    ] = True,
    query_file: QueriesOption = None,
    source: SourceOption = "auto",
    query_count: QueryCountOption = 200,
    confidence: Annotated[
        float, typer.Option("--confidence", min=0, max=1, help="Leave out labels less sure than this.")
    ] = 0.8,
    seed: SeedOption = 0,
    out: OutOption = None,
    store: StoreOption = STORE,
) -> None:
    """Write labels that nobody gave, each with its confidence as weight, for `aisle train --labels`."""
    from aisle.labelling.export import pseudo_lines

    with open_shop(store) as shop:
        desk = shop.labelling
        asked = []
        if agreed:
            asked = desk.queries_in(query_file) if query_file else desk.queries(source, query_count, seed)
        lines = list(pseudo_lines(desk.pseudo(asked, clicks, confidence), desk.picture))
    _write(lines, out)


def _picture_of(store: Store) -> PictureOf:
    return lambda name: str(store.media_path(name).absolute())


def _write(lines: list[str], out: Path | None) -> None:
    text = "".join(f"{line}\n" for line in lines)
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
    notes.print(f"[dim]{len(lines)} lines{f' in {escape(str(out))}' if out else ''}[/]")
