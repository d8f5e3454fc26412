"""``aisle search``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from aisle.cli.options import STORE, JsonOption, StoreOption, answer, console, open_shop, table
from aisle.errors import InvalidRequest


def search(
    words: Annotated[
        str, typer.Argument(help="What to look for; leave it out to browse or to search by picture alone.")
    ] = "",
    image: Annotated[
        list[Path] | None, typer.Option("--image", help="A picture to search by; may be given again.")
    ] = None,
    voice: Annotated[Path | None, typer.Option("--voice", help="A recording of what is wanted.")] = None,
    video: Annotated[Path | None, typer.Option("--video", help="A clip of what is wanted.")] = None,
    like: Annotated[list[str] | None, typer.Option("--like", help="A product id: more like this.")] = None,
    without: Annotated[list[str] | None, typer.Option("--without", help="Words to stay away from.")] = None,
    filters: Annotated[str, typer.Option("--filter", help='A filter as JSON, e.g. {"price": {"lte": 50}}.')] = "{}",
    facets: Annotated[str, typer.Option("--facets", help="Attributes to count, separated by commas.")] = "",
    sort: Annotated[
        str, typer.Option("--sort", help="relevance, or an attribute, with :desc to turn it round.")
    ] = "relevance",
    offset: Annotated[int, typer.Option("--offset", min=0, help="How many hits to skip.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="How many hits to show.")] = 10,
    context: Annotated[
        list[str] | None,
        typer.Option("--context", help='What is known around it: SOURCE=JSON, e.g. weather={"temperature": 3}.'),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Show what each signal contributed to each hit, and each part's attention."),
    ] = False,
    counterfactual: Annotated[
        bool, typer.Option("--counterfactual", help="Also show what each part of the query did: the hits without it.")
    ] = False,
    locale: Annotated[
        str, typer.Option("--locale", help="Language that is spoken and typed, such as en or zh.")
    ] = "en",
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Search a store by words, speech, pictures, clips and products, alone or together."""
    from aisle.perception.signals import Consent
    from aisle.types import Explain, Input, InputType, Query, Reading
    from aisle.web.envelope import json_bytes

    tree = from_json(filters, "--filter", 'Such as {"color": ["Red"]}.')
    inputs = [Input(InputType.TEXT, words)] if words else []
    inputs += [Input(InputType.IMAGE, content(path, "--image")) for path in image or []]
    recording = content(voice, "--voice") if voice else None
    clip = content(video, "--video") if video else None
    inputs += [Input(InputType.PRODUCT, product) for product in like or []]
    inputs += [Input(InputType.TEXT, minus, -1.0) for minus in without or []]
    told = []
    for one in context or []:
        source, _, value = one.partition("=")
        # Who types it agrees to its use.
        told.append(
            Reading(source, from_json(value, "--context", 'Such as weather={"temperature": 3}.'), frozenset(Consent))
        )
    query = Query(
        inputs=tuple(inputs),
        filters=tree,
        facets=tuple(filter(None, facets.split(","))),
        sort=sort,
        offset=offset,
        limit=limit,
        locale=locale,
        explain=Explain.COUNTERFACTUAL if counterfactual else Explain.WHY if explain else Explain.NONE,
    )
    with open_shop(store) as shop:
        weights = shop.settings.context
        more = [Input(InputType.CONTEXT, one, weights.get(one.source, 0.0)) for one in told]
        if recording is not None:
            more.append(Input(InputType.AUDIO, shop.media.hear(recording, locale.lower()[:2]).transcripts))
        if clip is not None:
            more.append(Input(InputType.VIDEO, tuple(frame.picture for frame in shop.media.clip(clip).frames)))
        response = shop.search(replace(query, inputs=(*query.inputs, *more)))

    def show() -> None:
        said = response.interpretation
        for each in said.inputs:
            if each.type is InputType.AUDIO:
                console.print(f"Heard: [bold]{escape(each.words)}[/]")
        for before, after in said.corrections:
            console.print(f"Showing results for [bold]{escape(after)}[/] instead of {escape(before)}.")
        for step in said.relaxed:
            console.print(f"[dim]Relaxed: {escape(step)}[/]")
        if query.explain:
            parts = [[p.type, p.words, f"{p.weight:g}", f"{p.attention:.0%}"] for p in said.inputs]
            console.print(table("part", "words", "weight", "attention", rows=parts))
        rows = []
        for rank, hit in enumerate(response.hits, offset + 1):
            price = hit.product.attributes.get("price", "")
            why = ", ".join(f"{c.signal} {c.contribution:+.2f}" for c in hit.why)
            rows.append(
                [rank, hit.score, hit.id, hit.product.title + (" (weak match)" if hit.weak else ""), price, why]
            )
        console.print(table("", "score", "id", "title", "price", "why" if query.explain else "", rows=rows))
        for effect in response.counterfactual:
            part = escape(f"{effect.type} {effect.words}".strip())
            console.print(
                f"[bold]Without {part}[/]: {effect.overlap:.0%} the same, {effect.total} found, {len(effect.moved)} moved"
            )
            for one in effect.came:
                console.print(f"  [green]+[/] {one.rank} {escape(one.id)}  {escape(one.title)}")
            for id in effect.left:
                console.print(f"  [red]-[/] {escape(id)}")
        for name in response.degraded:
            console.print(f"[dim]Skipped: {escape(name)}[/]")
        for name, facet in response.facets.items():
            values = [f"{escape(v.value)} {v.count}" for v in facet.values[:12]]
            ends = [] if facet.minimum is None else [f"{facet.minimum:g} to {facet.maximum:g}"]
            console.print("  ".join([f"[bold]{escape(name)}[/]", *values, *ends]))
        exact = "" if response.total_is_exact else "about "
        spent = response.timings_ms.get("total", 0.0)
        console.print(f"[dim]{exact}{response.total} found in {spent:.1f} ms[/]")

    answer(json.loads(json_bytes(response)), as_json, show)


def content(path: Path, option: str) -> bytes:
    """A file's bytes. Raises InvalidRequest."""
    if not path.is_file():
        raise InvalidRequest(f"There is no file {path}.", field=option)
    return path.read_bytes()


def from_json(text: str, option: str, hint: str) -> Any:
    """What an option holds as JSON. Raises InvalidRequest."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"{option} isn't JSON: {error}.", field=option, hint=hint) from error
