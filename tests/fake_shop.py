"""A shop in a dictionary: what the doors are tested against, with no model and no disk index behind it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aisle.app.labelling import Labelling
from aisle.config import Config, SearchSettings
from aisle.errors import Conflict, InvalidMedia, InvalidRequest, NotFound
from aisle.store import Lineage, ModelEntry
from aisle.store.database import Database
from aisle.store.judgements import Judgements, LabelQuery, Pick
from aisle.types import (
    Box,
    CompoundQuery,
    Contribution,
    Facet,
    FacetValue,
    Hit,
    InputReport,
    InputType,
    Interpretation,
    Product,
    Query,
    Reading,
    Response,
    Transcript,
    Value,
)
from aisle.understanding.suggesting.suggest import Scope
from aisle.web.api.examples import EXAMPLE_PAIRS, EXAMPLE_PRODUCTS, PICTURE

CORE = ("id", "title", "description", "images", "group")
MEDIA_NAME = "0123abcd.png"


@dataclass(frozen=True)
class FakeKey:
    id: str
    name: str
    scopes: tuple[str, ...]
    filter: Mapping[str, Any] | None = None
    expires: float | None = None
    revoked: float | None = None


PUBLIC = FakeKey("0", "public", ("search",))


class FakeKeys:
    """Secrets are ``secret-NAME``."""

    def __init__(self, *keys: FakeKey) -> None:
        self.keys = list(keys)

    def list(self) -> Sequence[FakeKey]:
        return self.keys

    def verify(self, secret: str) -> FakeKey | None:
        return next((key for key in self.keys if secret == f"secret-{key.name}" and key.revoked is None), None)


@dataclass
class FakeStore:
    keys: FakeKeys


@dataclass(frozen=True)
class FakeSuggestion:
    text: str
    kind: str
    count: int | None
    scope: Scope | None = None
    image: str | None = None
    personal: bool = False


@dataclass(frozen=True)
class FakeReport:
    written: int
    unchanged: int
    rejected: tuple[tuple[str, str, str], ...]


def matches(tree: Mapping[str, Any], product: Product) -> bool:
    """The part of the filter language that the doors' tests use."""
    for name, wanted in tree.items():
        if name == "and":
            kept = all(matches(each, product) for each in wanted)
        elif name == "not":
            kept = not matches(wanted, product)
        else:
            value = product.attributes.get(name)
            if isinstance(wanted, Mapping):
                if not set(wanted) <= {"lte", "gte"}:
                    raise InvalidRequest("Not a range.", field=f"filters.{name}", hint="Use lte and gte.")
                kept = value is not None and value <= wanted.get("lte", value) and value >= wanted.get("gte", value)
            else:
                kept = value in (wanted if isinstance(wanted, list) else [wanted])
        if not kept:
            return False
    return True


def clean(value: Any) -> Value:
    """What a catalog would make of an attribute: a scalar, or a tuple of texts."""
    if isinstance(value, list | tuple):
        return tuple(map(str, value))
    return str(value) if isinstance(value, Mapping) else value


class FakeModels:
    """One version, which may be promoted and never rolled back."""

    def __init__(self) -> None:
        self.entry = ModelEntry("tiny@1", "tiny", "1", "tiny-1", Lineage(seed=7), {"R@1": 0.5}, 0.0)
        self.promoted: list[tuple[str, bool]] = []

    def list(self) -> Sequence[ModelEntry]:
        return [self.entry]

    def aliases(self) -> Mapping[str, str]:
        return {"candidate": self.entry.id}

    def show(self, name: str) -> ModelEntry:
        if name != self.entry.id:
            raise NotFound("There is no such model.", field="model")
        return self.entry

    def promote(self, name: str, *, force: bool = False, why: str = "") -> str:
        self.promoted.append((self.show(name).id, force))
        return "task-promote"

    def rollback(self, *, why: str = "") -> str:
        raise Conflict("Nothing was promoted.", field="model")


@dataclass
class FakeHearing:
    """Hears the bytes as they are: text."""

    said: bytearray = field(default_factory=bytearray)
    closed: bool = False

    @property
    def seconds(self) -> float:
        return float(len(self.said))

    def feed(self, chunk: bytes) -> bool:
        self.said += chunk
        return chunk.endswith(b".")

    def partial(self) -> str:
        return self.said.decode()

    def finish(self) -> tuple[Transcript, ...]:
        if not self.said:
            raise InvalidMedia("No speech was heard.", field="audio", hint="Speak up.")
        return (Transcript(self.said.decode(), 0.9),)

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeMedia:
    """Understands any recording in English as "red dress"; sees one thing in any photo, two frames in any clip."""

    heard: list[tuple[int, str]] = field(default_factory=list)
    hearings: list[FakeHearing] = field(default_factory=list)

    def hear(self, data: bytes, language: str) -> SimpleNamespace:
        if language != "en":
            raise InvalidRequest("Speech isn't understood here.", field="language", hint="Type it.")
        self.heard.append((len(data), language))
        transcripts = (Transcript("red dress", 0.8), Transcript("bread dress", 0.1))
        return SimpleNamespace(text="red dress", transcripts=transcripts, language="en", seconds=1.2, recogniser="fake")

    def listen(self, language: str, *, pcm: bool) -> FakeHearing:
        if language != "en":
            raise InvalidRequest("Speech isn't understood here.", field="language", hint="Type it.")
        self.hearings.append(FakeHearing())
        return self.hearings[-1]

    def speak(self, text: str, language: str) -> bytes:
        if text == "Red dress":
            raise Conflict("This shop doesn't read aloud.", field="input", hint="Let the browser speak.")
        return b"RIFF" + text.encode()

    def frames(self, data: bytes) -> SimpleNamespace:
        seen = tuple(SimpleNamespace(frame=frame, objects=self.objects(data)) for frame in self.clip(data).frames)
        return SimpleNamespace(frames=seen, best=1, seconds=2.0, has_sound=False)

    def said_in(self, data: bytes, language: str) -> tuple[Transcript, ...]:
        return ()

    def clip(self, data: bytes) -> SimpleNamespace:
        picture = base64.b64decode(PICTURE.partition(",")[2])
        frames = (SimpleNamespace(picture=picture, time_s=float(i), sharpness=10.0 + i) for i in range(2))
        return SimpleNamespace(frames=tuple(frames))

    def objects(self, data: bytes) -> tuple[SimpleNamespace, ...]:
        return (SimpleNamespace(region=Box(0.1, 0.1, 0.9, 0.9), confidence=0.9),)

    def picture(self, data: bytes) -> bytes:
        return b"small " + data[:4]


@dataclass
class FakeShop:
    """Finds products with all the words; pictures and vectors match everything. ``asked`` keeps the queries seen."""

    name: str
    folder: Path
    store: FakeStore = field(default_factory=lambda: FakeStore(FakeKeys()))
    models: FakeModels = field(default_factory=FakeModels)
    settings: SearchSettings = field(default_factory=SearchSettings)
    products: dict[str, Product] = field(default_factory=dict)
    asked: list[Query] = field(default_factory=list)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    on_search: Callable[[Query], None] = lambda query: None
    is_ready: bool = True
    readings: dict[tuple[str, str], Reading] = field(default_factory=dict)
    media: FakeMedia = field(default_factory=lambda: FakeMedia())

    @cached_property
    def labelling(self) -> Labelling:
        """The real desk, over a database of its own."""
        database = Database(self.folder / f"{self.name}.db")
        database.prepare()
        judgements = Judgements(database)
        judgements.add_round(
            "random", [Pick(LabelQuery(text), id, {"strategy": "random"}) for text, id in EXAMPLE_PAIRS]
        )
        kept = SimpleNamespace(
            judgements=judgements, products=lambda ids: {id: self.products[id] for id in ids if id in self.products}
        )
        return Labelling(kept, lambda: None)  # type: ignore[arg-type, return-value]

    def understand(
        self, text: str, locale: str = "en", history: Sequence[CompoundQuery] = (), shown: Sequence[str] = ()
    ) -> tuple[CompoundQuery, ...]:
        said = CompoundQuery(text, locale, leftover=text)
        return (*history, said)

    def search(self, query: Query, *, logged: bool = True) -> Response:
        self.asked.append(query)
        self.on_search(query)
        text = " ".join(str(part.value) for part in query.inputs if part.type is InputType.TEXT and part.weight > 0)
        words = text[:200].lower().split()
        found = [p for p in self.products.values() if all(w in p.title.lower() for w in words)]
        found = [p for p in found if matches(query.filters, p) and matches(query.scope, p)]
        page = found[query.offset : query.offset + query.limit]
        return Response(
            query_id=f"query-{len(self.asked)}",
            hits=tuple(Hit(p.id, 1.0, p, (Contribution("lexical", 1.0, 1.0),) if query.explain else ()) for p in page),
            total=len(found),
            total_is_exact=True,
            facets={name: self._facet(name, found) for name in query.facets},
            facets_are_exact=True,
            interpretation=Interpretation(
                text, query.locale, inputs=tuple(InputReport(p.type, p.weight, 1.0, "") for p in query.inputs)
            ),
            timings_ms={"retrieve": 1.5, "rank": 0.5},
        )

    def _facet(self, name: str, found: Sequence[Product]) -> Facet:
        values = [str(p.attributes[name]) for p in found if name in p.attributes]
        return Facet(tuple(FacetValue(v, values.count(v)) for v in sorted(set(values))))

    def put_signal(self, session: str, reading: Reading, ttl_s: float) -> None:
        self.readings[session, reading.source] = reading

    def suggest(self, prefix: str, *, locale: str, limit: int, **context: Any) -> Sequence[FakeSuggestion]:
        seen = [p for p in self.products.values() if matches(context.get("scope", {}), p)]
        titles = [p.title for p in seen if prefix.lower() in p.title.lower()]
        return [FakeSuggestion(title, "query", 1) for title in titles[:limit]]

    def product(self, id: str) -> Product:
        if id not in self.products:
            raise NotFound(f"There is no product {id[:80]!r}.", field="id")
        return self.products[id]

    def put_products(self, rows: Sequence[Mapping[str, Any]], *, partial: bool = False) -> FakeReport:
        written, unchanged, rejected = 0, 0, []
        for row in rows:
            old = self.products.get(row["id"])
            base = {} if old is None or not partial else {"title": old.title, **old.attributes, "images": old.images}
            row = {**base, **row}
            if not row.get("title"):
                rejected.append((row["id"], "no_title", "The product has no title."))
                continue
            attributes = {k: clean(v) for k, v in row.items() if k not in CORE and v is not None}
            images = tuple(row.get("images") or ())
            product = Product(row["id"], row["title"], row.get("description") or "", attributes, images)
            unchanged += product == old
            written += product != old
            self.products[product.id] = product
        return FakeReport(written, unchanged, tuple(rejected))

    def delete_products(self, ids: Sequence[str]) -> int:
        return sum(self.products.pop(id, None) is not None for id in ids)

    def submit(self, rows: Sequence[Mapping[str, Any]]) -> str:
        task = f"task-{len(self.tasks) + 1}"
        report = self.put_products(rows)
        result = {"written": report.written, "unchanged": report.unchanged, "rejected": list(report.rejected)}
        outcome = {"state": "done", "progress": 1.0, "result": result, "error": None}
        self.tasks[task] = {"id": task, "kind": "put_products", "created": 0.0, "updated": 0.0, **outcome}
        return task

    def task(self, id: str) -> Mapping[str, Any]:
        if id not in self.tasks:
            raise NotFound("There is no such task.", field="id")
        return self.tasks[id]

    def update_settings(self, patch: Mapping[str, Any]) -> SearchSettings:
        self.settings = SearchSettings.model_validate({**self.settings.model_dump(), **patch})
        return self.settings

    def media_path(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise NotFound("There is no such picture.", field="name")
        return path

    def fields(self) -> Mapping[str, str]:
        return {"type": "text", "color": "text", "brand": "text", "price": "number", "stock": "number"}

    def ready(self) -> bool:
        return self.is_ready

    def stats(self) -> Mapping[str, Any]:
        return {"products": len(self.products), "model": "none"}


@dataclass
class FakeApp:
    config: Config
    shops: Mapping[str, FakeShop]


def fake_app(media: Path, *keys: FakeKey, shops: Sequence[str] = ("default",), **config: Any) -> FakeApp:
    """An application whose shops hold the examples' products and one picture."""
    (media / MEDIA_NAME).write_bytes(base64.b64decode(PICTURE.partition(",")[2]))
    made = {name: FakeShop(name, media, FakeStore(FakeKeys(*keys))) for name in shops}
    for shop in made.values():
        shop.put_products([dict(row) for row in EXAMPLE_PRODUCTS])
    return FakeApp(Config(**{"rate_limit": 1000.0, "rate_burst": 10_000, **config}), made)
