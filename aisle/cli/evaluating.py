"""``aisle evaluate``: how good is this shop's search, for whom, and is the other model or setting better?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.progress import Progress

from aisle.cli.options import (
    STORE,
    JsonOption,
    StoreOption,
    answer,
    console,
    notes,
    open_shop,
    progress_bar,
    settings_patch,
    table,
)
from aisle.errors import InvalidRequest, NotFound

if TYPE_CHECKING:
    from aisle.app import Shop
    from aisle.evaluation import Comparison, Disturbed, Labelled, Measured, Paired
    from aisle.evaluation.measuring import Rank
    from aisle.models.runtime import Model
    from aisle.types import Product

BAR = 20
MOST = 10
"""Queries that changed most, as shown on the terminal."""


@dataclass
class Found:
    """What one ``aisle evaluate`` found out."""

    name: str
    measured: Measured
    other: str = ""
    beside: Measured | None = None
    comparison: Comparison | None = None
    robustness: list[Disturbed] = field(default_factory=list)
    unknown: int = 0

    def as_dict(self) -> dict[str, Any]:
        from aisle.evaluation.statistics import as_dict

        data: dict[str, Any] = {"shop": self.name, "relevant_not_in_store": self.unknown, **self.measured.as_dict()}
        if self.comparison is not None:
            data["comparison"] = {
                "with": self.other,
                "metrics": as_dict(self.comparison.metrics),
                "slices": as_dict(self.comparison.slices),
                "changed_most": [
                    {"query": each.query.id, "difference": each.difference} for each in self.comparison.changed
                ],
            }
        if self.robustness:
            data["robustness"] = [each.as_dict() for each in self.robustness]
        return data


def evaluate(
    labelled: Annotated[Path, typer.Argument(help="Labelled queries: JSON Lines, or TREC qrels with --queries.")],
    store: StoreOption = STORE,
    queries: Annotated[
        Path | None, typer.Option("--queries", help="Queries of TREC qrels: id, tab, words on each line.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="Measure the same products under this model, by name or folder.")
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option("--compare", help="Another store, model or setting (weights.dense=0.5) to set beside it."),
    ] = None,
    pictures_only: Annotated[
        bool, typer.Option("--pictures-only", help="Hide what products say: only what they show is searched.")
    ] = False,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Ask again with blurred, dark, mistyped, incomplete … queries.")
    ] = False,
    slices: Annotated[
        str | None,
        typer.Option("--slices", help="Labels to report apart, separated by commas; all that divide the set."),
    ] = None,
    depth: Annotated[int, typer.Option("--depth", min=10, max=1000, help="Hits to look at for each query.")] = 100,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first so many queries.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the disturbances and the intervals.")] = 0,
    html: Annotated[Path | None, typer.Option("--html", help="Write a report with plots and pictures here.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure search on labelled queries: quality with 95 % intervals, slices, latency; compare; disturb."""
    from aisle.config import PICTURES_ONLY, Config
    from aisle.evaluation import compare as side_by_side
    from aisle.evaluation import evaluate as measure
    from aisle.evaluation import robustness as disturb

    patch = PICTURES_ONLY if pictures_only else {}
    by = None if slices is None else [name.strip() for name in slices.split(",") if name.strip()]
    unlogged = Config(store=store, query_log_days=0)  # these aren't shoppers
    with ExitStack() as stack, progress_bar(as_json) as bar:
        own = stack.enter_context(open_shop(store, config=unlogged))
        asked = _read(labelled, queries, own)[:limit]
        shop = own if model is None and not patch else stack.enter_context(_variant(own, bar, model, patch))
        found = Found(_name(shop, store), _asked(measure, _rank(shop), asked, depth, by, bar, "Asking"))
        found.unknown = _unknown(own, asked)
        if compare is not None:
            other = stack.enter_context(_other(shop, compare, bar))
            found.other = compare
            found.beside = _asked(measure, _rank(other), asked, depth, by, bar, f"Asking {compare}")
            found.comparison = side_by_side(found.measured, found.beside)
        if robustness:
            task = bar.add_task("Disturbing", total=None)
            found.robustness = disturb(
                _rank(shop), found.measured, depth=depth, seed=seed,
                progress=lambda name: bar.update(task, description=f"Disturbing: {name}"),
            )  # fmt: skip
        if html is not None:
            _write(html, found, own, labelled)
    answer(found.as_dict(), as_json, lambda: _show(found))


def _read(path: Path, queries: Path | None, shop: Shop) -> list[Labelled]:
    from aisle.evaluation import read_labelled, read_trec, resolve

    for given, name in ((path, "labelled"), (queries, "--queries")):
        if given is not None and not given.is_file():
            raise InvalidRequest(f"There is no file {given}.", field=name)
    rows = read_labelled(path) if queries is None else read_trec(path, queries)
    return list(resolve(rows, shop.find))


def _rank(shop: Shop) -> Rank:
    return lambda query: [hit.id for hit in shop.search(query).hits]


def _asked(measure: Any, rank: Rank, asked: list[Labelled], depth: int, by: Any, bar: Progress, what: str) -> Measured:
    task = bar.add_task(escape(what), total=len(asked))
    found: Measured = measure(rank, asked, depth=depth, by=by, progress=lambda done: bar.update(task, completed=done))
    return found


def _name(shop: Shop, store: Path) -> str:
    return f"{store.name} · {shop.model.name}@{shop.model.version}"


def _unknown(shop: Shop, asked: list[Labelled]) -> int:
    """How many of the relevant products the store doesn't have: none of them can be found."""
    wanted = {i for query in asked for i in query.relevant}
    return len(wanted) - len(shop.store.fingerprints(wanted))


@contextmanager
def _variant(shop: Shop, bar: Progress, model: str | None, patch: Any) -> Iterator[Shop]:
    """The same products under another model or other settings, in a folder that goes when it is closed."""
    from aisle.app.variant import variant

    opened = _model(shop, model) if model is not None else None
    with TemporaryDirectory(prefix="aisle-evaluate-") as folder:
        task = bar.add_task("Indexing", total=shop.store.count())
        made = variant(
            shop, Path(folder), model=opened, patch=patch, progress=lambda done: bar.update(task, completed=done)
        )
        with made:
            yield made


def _model(shop: Shop, name: str) -> Model:
    """A version that the store keeps, by its id or alias; else a model by name or folder."""
    from aisle.app import model_files
    from aisle.app.models import find
    from aisle.models import registry

    try:
        entry = find(shop.store, name)
    except NotFound:
        return registry.load(name)
    return registry.load(model_files.folder_of(shop.store, entry) if entry.folder else name)


@contextmanager
def _other(shop: Shop, what: str, bar: Progress) -> Iterator[Shop]:
    """``what`` is a store's folder, a setting (name=value), or a model."""
    from aisle.config import Config
    from aisle.store.backup import DATABASE_FILE

    if (Path(what) / DATABASE_FILE).is_file():
        with open_shop(Path(what), config=Config(store=Path(what), query_log_days=0)) as other:
            yield other
        return
    is_setting = "=" in what and not Path(what).exists()
    model, patch = (None, settings_patch([what])) if is_setting else (what, {})
    with _variant(shop, bar, model, patch) as other:
        yield other


def _write(path: Path, found: Found, own: Shop, labelled: Path) -> None:
    """The report with the products' pictures, which ``own`` keeps also where a variant of it was measured."""
    from aisle.evaluation.report_page import Card, Report, page

    def card(product: Product) -> Card:
        file = own.media_path(product.images[0]) if product.images else None
        return Card(product.title, file.read_bytes() if file is not None and file.is_file() else None)

    def cards(ids: Sequence[str]) -> dict[str, Card]:
        return {id: card(product) for id, product in own.store.products(ids).items()}

    report = Report(
        found.name, labelled.name, found.measured, found.comparison, found.other, found.beside, found.robustness
    )
    path.write_text(page(report, cards), encoding="utf-8", errors="replace")
    notes.print(f"The report: {path}", style="dim", markup=False, soft_wrap=True)


# On the terminal


def _show(found: Found) -> None:
    measured = found.measured
    console.print(f"[bold]{escape(found.name)}[/]  {measured.queries} queries", highlight=False)
    console.print(table("metric", "value", "", "95 %", rows=_metrics(measured)))
    console.print(
        f"[dim]latency p50 {measured.p50_ms:.1f} ms, p95 {measured.p95_ms:.1f} ms, p99 {measured.p99_ms:.1f} ms · "
        f"{measured.per_second:.0f} queries a second, one after another[/]",
        highlight=False,
    )
    if found.unknown:
        notes.print(f"[yellow]{found.unknown} of the relevant products aren't in this store.[/]")
    if measured.slices:
        names = ("hit@1", "recall@10", "precision@min(10, relevant)", "nDCG@10", "MRR")
        rows = [
            [name, part.queries, *(_mean(part, metric) for metric in names)] for name, part in measured.slices.items()
        ]
        console.print()
        console.print(table("slice", "queries", *names, rows=rows))
    if found.comparison is not None:
        _show_comparison(found.comparison, found.other)
    if found.robustness:
        rows = [
            [each.name, each.queries, each.change.first, each.change.other, *_change(each.change)]
            for each in found.robustness
        ]
        console.print()
        console.print(table("disturbed", "queries", "clean", "nDCG@10", "change", "95 %", "p", rows=rows))


def _metrics(measured: Measured) -> list[list[object]]:
    return [
        [name, value, "█" * round(value * BAR) + "░" * (BAR - round(value * BAR)), _between(measured.interval[name])]
        for name, value in measured.metrics.items()
    ]


def _between(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.3f}–{interval[1]:.3f}"


def _mean(measured: Measured, metric: str) -> str:
    return f"{measured.metrics[metric]:.3f} ({_between(measured.interval[metric])})"


def _change(change: Paired) -> tuple[str, str, str]:
    low, high = change.interval
    return (
        f"{change.difference:+.3f}",
        f"{low:+.3f} to {high:+.3f}",
        f"{change.p:.4f}{' *' if change.significant else ''}",
    )


def _show_comparison(comparison: Comparison, other: str) -> None:
    rows = [
        [name, each.first, each.other, *_change(each), f"{each.wins} / {each.ties} / {each.losses}"]
        for name, each in {**comparison.metrics, **comparison.slices}.items()
    ]
    columns = ("this", "other", "change", "95 %", "p", "better / same / worse")
    console.print()
    console.print(table("metric", *columns, rows=rows, title=f"Beside {other}"))
    notes.print("[dim]p: paired randomisation test, two-sided; * below 0.05. Slices by nDCG@10.[/]")
    changed = [[each.query.id, _words(each.query), f"{each.difference:+.3f}"] for each in comparison.changed[:MOST]]
    if changed:
        console.print()
        console.print(table("changed most", "", "nDCG@10", rows=changed))


def _words(query: Labelled) -> str:
    from aisle.evaluation.slices import modality, words

    return words(query)[:60] or f"({modality(query)})"
