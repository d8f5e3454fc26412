"""Writes docs/api.md: every route with its examples and what a running server really answers to them.

python -m aisle.web.docs [PATH]
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from aisle import errors as core_errors
from aisle.app import App, Shop
from aisle.config import Config
from aisle.errors import AisleError
from aisle.models.registry import DEFAULT, SHIPPED
from aisle.store.judgements import LabelQuery, Pick
from aisle.web import errors as web_errors
from aisle.web.api.examples import EXAMPLE_PAIRS, EXAMPLE_PRODUCTS, EXAMPLES, PICTURE, Example
from aisle.web.api.table import ROUTES, SERVER_ROUTES, Route
from aisle.web.server import create_app

LINES_SHOWN = 48
"""Longest answer that is shown whole."""

WIDTH = 110
MEDIA_SHOWN = 400
"""Characters of the longest string that is shown whole."""

INTRODUCTION = """# API

Made by `python -m aisle.web.docs` from the route table and a running server; edit those, not this file. The schema is
at `/openapi.json`.

**Shops.** Every route under `/v1` and `/media` is about the default shop; the same routes about any shop are under
`/shops/{name}`. Behind a proxy set `AISLE_BASE_PATH`; the proxy may strip it or not.

**Keys.** A server on localhost needs none: it answers requests that name localhost in `Host`, come from no other site's
page and through no proxy. Anywhere else (or with a base path) a server starts only if each shop has a key. Send
`Authorization: Bearer KEY` or `X-API-Key: KEY`. Scopes are `search`, `write`, `label` (grading pairs) and `admin`, which includes all. A key
may hold a filter: it bounds every search made with it, and the key then opens nothing but searching. Visitors without a
key get what the key *named* `public` gives, searching only; `aisle keys create public --scopes search` opens a shop
to everyone, and revoking that key closes it.

**Limits.** Requests: `AISLE_RATE_LIMIT` a second and `AISLE_RATE_BURST` at once for each key, or address without one;
then 429 with `Retry-After`. Bodies: `AISLE_MAX_BODY_BYTES`; pictures: `AISLE_MAX_IMAGE_BYTES`; recordings: `AISLE_MAX_AUDIO_BYTES`
and 60 s; clips: `AISLE_MAX_VIDEO_BYTES` (sent to `/v1/video/frames`; elsewhere they are a body like any other) and 60 s.

**Pictures** are `data:image/…;base64,` URLs, http(s) URLs (public addresses only), or parts of a form:

```sh
curl http://127.0.0.1:8000/v1/search -F photo=@shoe.jpg \\
  -F 'query={"inputs": [{"type": "image", "value": "part:photo"}]}'
```

**Sound and clips** are named in the same ways. They are listened to and looked at in memory, and not kept.

**Speech while it is spoken**: a WebSocket at `/v1/audio/stream`. The client sends `{"type": "start", "format": "container", "language":
"en"}` (or `"format": "pcm16"`: 16-bit samples, 16 kHz, mono), the recording in binary messages as it grows, and `{"type": "end"}`; the
server tells `{"type": "partial", "text"}` as it changes, `{"type": "end_of_speech"}` once, then `{"type": "final", "text",
"transcripts", …}` or `{"type": "error", "error"}`, and closes. Up to 60 s.

**Answers** carry an `X-Request-Id`. **Errors** all have one shape:"""


def errors_table() -> Iterator[str]:
    """Every error a client can meet: its code, status and meaning."""
    yield "| code | status | when |\n|---|---|---|"
    found = [*vars(core_errors).values(), *vars(web_errors).values()]
    known = {kind for kind in found if isinstance(kind, type) and issubclass(kind, AisleError)} - {AisleError}
    for kind in sorted(known, key=lambda kind: (kind.status, kind.code)):
        yield f"| `{kind.code}` | {kind.status} | {(kind.__doc__ or '').splitlines()[0].replace('``', '`')} |"


async def document(web: FastAPI, values: Mapping[str, str]) -> str:
    """The whole document. ``values``: what stands in braces in examples' paths (a task's id, a picture's name)."""
    parts = [INTRODUCTION]
    transport = httpx.ASGITransport(app=web, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        mistake = await client.get("/v1/search", params={"limit": 500})
        parts += [fenced("json", body_text(mistake)), "\n".join(errors_table())]
        for route in (*ROUTES, *SERVER_ROUTES):
            parts.append(heading(route))
            for example in EXAMPLES[route.key]:
                answer = await client.request(route.method, **example.request(values))
                parts.append(shown(route, example, answer))
    return "\n\n".join(parts) + "\n"


def heading(route: Route) -> str:
    said = "\n".join(line.strip() for line in (route.endpoint.__doc__ or "").strip().splitlines())
    needs = f"Scope: `{route.scope}`." if route.scope else "Needs no key."
    return f"## {route.key}\n\n{said}\n\n{needs}"


def shown(route: Route, example: Example, answer: httpx.Response) -> str:
    """An example as the request that is sent and the answer that came."""
    lines = [f"{route.method} {example.path}", *(f"{name}: {value}" for name, value in example.headers.items())]
    if example.body is not None:
        lines += [f"Content-Type: {example.kind}", "", sent_text(example)]
    kind = answer.headers["Content-Type"].partition(";")[0]
    sent = fenced("http", "\n".join(lines))
    head = f"{answer.status_code} {answer.reason_phrase}, `{kind}`"
    return "\n\n".join((f"**{example.summary}**", sent, head, fenced("json", body_text(answer))))


def body_text(answer: httpx.Response) -> str:
    """The answer's body to read: indented, cut where it is long."""
    kind = answer.headers["Content-Type"].partition(";")[0]
    if kind == "application/json":
        text = pretty(shortened(answer.json()))
    elif kind.startswith("text/"):
        text = "\n".join(line if len(line) <= 160 else line[:159] + "…" for line in answer.text.strip().splitlines())
    else:
        text = f"({len(answer.content)} bytes)"
    lines = text.splitlines()
    return "\n".join(lines if len(lines) <= LINES_SHOWN else [*lines[:LINES_SHOWN], "…"])


def sent_text(example: Example) -> str:
    """The example's body to read."""
    return example.body.rstrip() if isinstance(example.body, str) else pretty(shortened(example.body))


def shortened(value: Any) -> Any:
    """The same with long media cut: nobody reads them."""
    if isinstance(value, dict):
        return {name: shortened(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shortened(one) for one in value]
    return value[:80] + "…" if isinstance(value, str) and len(value) > MEDIA_SHOWN else value


def pretty(value: Any, indent: int = 0) -> str:
    """JSON, broken into lines only where one line would be too long."""
    line = json.dumps(value, ensure_ascii=False)
    if indent + len(line) <= WIDTH or not isinstance(value, dict | list) or not value:
        return line
    margin = " " * (indent + 2)
    if isinstance(value, dict):
        names = {name: json.dumps(name, ensure_ascii=False) for name in value}
        inner = [f"{margin}{names[name]}: {pretty(one, indent + 2)}" for name, one in value.items()]
    else:
        inner = [margin + pretty(one, indent + 2) for one in value]
    start, end = "{}" if isinstance(value, dict) else "[]"
    return f"{start}\n" + ",\n".join(inner) + f"\n{' ' * indent}{end}"


def fenced(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"


def fill(shop: Shop) -> dict[str, str]:
    """Write the products that the examples are about, one with a picture; what stands in braces in their paths."""
    picture = shop.store.add_media(base64.b64decode(PICTURE.partition(",")[2]), ".png")
    pictured = {**EXAMPLE_PRODUCTS[0], "images": [str(shop.store.media_path(picture))]}
    task = shop.submit([pictured, *EXAMPLE_PRODUCTS[1:]])
    while shop.task(task)["state"] not in ("done", "failed"):
        time.sleep(0.02)
    queue = [Pick(LabelQuery(text), product, {"strategy": "random"}) for text, product in EXAMPLE_PAIRS]
    shop.store.judgements.add_round("random", queue)
    return {"task": task, "media": picture, "model": shop.models.add(SHIPPED[DEFAULT]).id}


def main(path: Path) -> None:
    """Write what a server over the examples' store answers."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        Shop.open("default", store).close()
        with App.open(Config(store=store), {"default": store}) as app:
            values = fill(app.shops["default"])
            path.write_text(asyncio.run(document(create_app(app), values)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/api.md"))
