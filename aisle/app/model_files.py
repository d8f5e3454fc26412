"""Folders of models in a store: taken in whole, compared, and handed out again.

A folder appears in ``STORE/models`` complete or not at all, and never changes afterwards.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aisle.errors import Conflict, InvalidRequest, NotFound
from aisle.models import registry
from aisle.models.hub import folder as hub
from aisle.models.hub.download import download, is_identifier
from aisle.store import CANDIDATE, Lineage, ModelEntry, Store
from aisle.store.backup import MODELS_FOLDER
from aisle.store.models import UNKNOWN
from aisle.types import EMPTY

MAX_UNPACKED = 64 << 30
"""Bytes that an archive may hold in all: a small file that unpacks to more is no model."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions side by side; each value is (a's, b's), None where one has none. ``lineage`` holds what differs;
    ``sizes`` are bytes of each file."""

    a: str
    b: str
    metrics: Mapping[str, tuple[Any, Any]]
    sizes: Mapping[str, tuple[int | None, int | None]]
    lineage: Mapping[str, tuple[Any, Any]]


def folder_of(store: Store, entry: ModelEntry) -> Path:
    """Where a version's files lie. Raises NotFound for one that the store never kept."""
    folder = store.path / MODELS_FOLDER / entry.folder
    if not entry.folder or not folder.is_dir():
        raise NotFound(
            f"The files of the model {entry.id} aren't in the store.",
            field="model",
            hint="Add its folder again with `aisle models add`, or restore a backup of the store.",
        )
    return folder


def add(
    store: Store,
    folder: Path,
    lineage: Lineage = UNKNOWN,
    metrics: Mapping[str, Any] | None = None,
    *,
    candidate: bool = True,
) -> ModelEntry:
    """Copy a model's folder into the store and register it; one that lies in the store's ``models`` is registered there.

    ``metrics``: what was measured; the card's where left out. The same files again are the same version: only what is told
    about it changes. With ``candidate`` the alias of that name is pointed at it. Raises NotFound and InvalidRequest for a
    folder that holds no model.
    """
    model = registry.load(folder)
    models = store.path / MODELS_FOLDER
    name = f"{_plain(model.name)}-{_plain(model.version)}"
    if folder.resolve().parent == models.resolve() and not folder.name.startswith("."):
        name = folder.name
    elif not (models / name).is_dir():
        with appearing(models / name) as draft:
            shutil.copytree(folder, draft, ignore=shutil.ignore_patterns(".*", "__pycache__"))
            _keep_name(draft, folder)
    told = model.card.get("metrics", EMPTY) if metrics is None else metrics
    entry = store.registry.add(model.name, model.version, name, lineage, told)
    if candidate and entry.id != store.registry.live:
        store.registry.point(CANDIDATE, entry.id)
    return entry


def pull(store: Store, source: str) -> ModelEntry:
    """Take in a model from a folder, a .zip that ``export`` wrote, or the hub (``owner/name``).

    Raises NotFound where there is none, or no network to ask the hub over; InvalidRequest for a broken archive.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        return add(store, path)
    if not path.is_file() and is_identifier(source):
        return add(store, download(source))
    if not path.is_file():
        raise NotFound(
            f"There is no model {source!r}.",
            field="source",
            hint="Name a model's folder, a .zip, or a model of the hub as owner/name.",
        )
    with appearing(store.path / MODELS_FOLDER / f"pulled-{secrets.token_hex(4)}", keep=False) as draft:
        _unpack(path, draft)
        return add(store, draft)


def export(store: Store, entry: ModelEntry, target: Path) -> Path:
    """Write a version to a new folder, or to an archive where ``target`` ends in .zip. Raises Conflict if it is there."""
    folder = folder_of(store, entry)
    if target.exists():
        raise Conflict(f"{target} is there already.", field="target", hint="Name a new folder or .zip.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with appearing(target) as draft:
        if target.suffix.lower() != ".zip":
            shutil.copytree(folder, draft)
            return target
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(folder))
    return target


def compare(store: Store, a: ModelEntry, b: ModelEntry) -> Comparison:
    """What two versions measure, weigh and come from."""
    both = [flattened(a.metrics), flattened(b.metrics)]
    sizes = [sizes_of(store, a), sizes_of(store, b)]
    lineages = [flattened(asdict(a.lineage)), flattened(asdict(b.lineage))]
    return Comparison(
        a.id,
        b.id,
        _beside(*both),
        _beside(*sizes),
        {name: pair for name, pair in _beside(*lineages).items() if pair[0] != pair[1]},
    )


def sizes_of(store: Store, entry: ModelEntry) -> dict[str, int]:
    """Bytes of each file of a version; none where the store doesn't keep it."""
    try:
        folder = folder_of(store, entry)
    except NotFound:
        return {}
    return {str(file.relative_to(folder)): file.stat().st_size for file in sorted(folder.rglob("*")) if file.is_file()}


def flattened(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one: ``{"a": {"b": 1}}`` → ``{"a.b": 1}``."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= flattened(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


@contextmanager
def appearing(target: Path, *, keep: bool = True) -> Iterator[Path]:
    """A path that doesn't exist, to be filled; when the block ends it becomes ``target`` (or, without ``keep``, goes)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        yield draft
        if keep:
            os.sync()  # what has its final name is on disk
            draft.replace(target)
    finally:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)


def _beside(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (a.get(name), b.get(name)) for name in sorted({*a, *b})}


def _plain(text: str) -> str:
    """Safe as a part of a folder's name."""
    return re.sub(r"[^\w.+-]", "-", text).lstrip(".") or "model"


def _keep_name(copy: Path, original: Path) -> None:
    """A model of the hub is called after the folder that it lies in: the store's copy says what it was called."""
    if not hub.is_hub_folder(original):
        return
    path = copy / "model.json"
    own = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    called = hub.card(original)
    said = {**own, "name": called["name"], "version": called["version"]}
    path.write_text(json.dumps(said, indent=2), encoding="utf-8")


def _unpack(path: Path, folder: Path) -> None:
    """Plain files only; ``extract`` keeps names that lead elsewhere inside the folder."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED:
                raise InvalidRequest(f"{path} unpacks to more than {MAX_UNPACKED >> 30} GB.", field="source")
            archive.extractall(folder)
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise InvalidRequest(f"{path} isn't a .zip that can be read: {error}.", field="source") from error
