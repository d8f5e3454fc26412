"""The shapes of answers that aren't already words of ``aisle.types``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aisle.types import CompoundQuery


@dataclass(frozen=True, slots=True)
class SuggestionScope:
    """A filter to search under: ``{field: value}``."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class SuggestionAnswer:
    """``kind`` says what the text is: query, type, brand, category or product. ``count`` is how many products a search for it (under
    its ``scope``) finds, null where nobody has counted yet; ``image`` shows the first of them. ``personal`` says that this
    session's doings brought it up."""

    text: str
    kind: str
    count: int | None
    scope: SuggestionScope | None
    image: str | None
    personal: bool


@dataclass(frozen=True, slots=True)
class Suggestions:
    q: str
    suggestions: tuple[SuggestionAnswer, ...]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What is meant now, and the states that led there: the ``history`` of the next turn."""

    compound: CompoundQuery
    history: tuple[CompoundQuery, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A source's reading is kept for so many seconds."""

    source: str
    ttl_s: float


@dataclass(frozen=True, slots=True)
class RejectedRow:
    id: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did. It is on disk and can be found when this answer arrives."""

    written: int
    unchanged: int
    rejected: tuple[RejectedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Submitted:
    """A write that goes on in the background: ask for /v1/tasks/{task}."""

    task: str


@dataclass(frozen=True, slots=True)
class Deleted:
    deleted: int


@dataclass(frozen=True, slots=True)
class ModelSwitch:
    """A switch of models: ``embedded`` of ``total`` products are embedded, ``incomplete`` of them without a picture that
    can't be had any more."""

    model: str
    previous: str | None
    embedded: int
    incomplete: int
    total: int
    why: str


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """A version of the model: ``id`` is ``name@version``; ``lineage`` says where it comes from; ``created`` is in epoch
    seconds."""

    id: str
    name: str
    version: str
    aliases: tuple[str, ...]
    lineage: Mapping[str, object]
    metrics: Mapping[str, object]
    created: float


@dataclass(frozen=True, slots=True)
class Models:
    """``live``: the version that searches are answered with; null where the configured model answers."""

    live: str | None
    models: tuple[ModelAnswer, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """``state`` is queued, running, done or failed; ``progress`` runs from 0 to 1; times are in epoch seconds."""

    id: str
    kind: str
    state: str
    progress: float
    result: Written | ModelSwitch | None
    error: Mapping[str, object] | None
    created: float
    updated: float


@dataclass(frozen=True, slots=True)
class Health:
    status: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether each shop of this server can answer."""

    ready: bool
    shops: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    code: str
    message: str
    field: str | None
    hint: str | None


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    error: ErrorDetail
