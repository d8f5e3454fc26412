"""The versions of a shop's model: which one is live, how another takes its place with no downtime, and the way back.

A promotion is a task. It embeds the whole catalog by the new model, beside the vectors in use and a batch at a time, so one
that is killed goes on where it was. What is written meanwhile is embedded as well; when nothing is missing, one transaction
makes the version live. Every process that serves the store then makes its views anew with the new model's vectors and
swaps them in whole. The vectors of the version before are kept until the next switch: a rollback takes the same road.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aisle.app import model_files
from aisle.app.filelock import FileLock
from aisle.app.model_files import Comparison
from aisle.config import Config
from aisle.errors import AisleError, Conflict, NotFound, StoreBusy
from aisle.indexing import Preparer
from aisle.models import registry
from aisle.models.runtime import Model
from aisle.perception.image import Limits
from aisle.store import PROMOTE, ROLLBACK, Lineage, ModelEntry, Store, Switch, Task
from aisle.store.backup import MODELS_FOLDER
from aisle.store.models import UNKNOWN

log = logging.getLogger("aisle")

BATCH = 128
"""Products embedded at a time; progress moves by as much."""
LAST = 16
"""So few products written at the last moment are embedded while other writers wait, so that the switch comes to pass."""
POLL_S = 0.05
LOCK = "models.lock"

Progress = Callable[[int, int], None]
"""Called with how many products are embedded, and of how many."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """What a switch did: ``embedded`` products were embedded for it, ``incomplete`` of them without a picture that can't be
    had any more."""

    model: str
    previous: str | None
    embedded: int
    incomplete: int


def live_model(store: Store, config: Config) -> Model | None:
    """The store's live model, opened; None where it has none or the configuration names a model. Raises NotFound where its
    files are gone."""
    live = store.registry.live
    if live is None or named(config):
        return None
    entry = store.registry.get(live)
    return registry.load(model_files.folder_of(store, entry), config.threads, config.device) if entry.folder else None


def named(config: Config) -> bool:
    """Whether the configuration names a model, which then serves whatever is live."""
    return "model" in config.model_fields_set


class Models:
    """``base``: the model that serves where no version is live; ``adopt`` makes the shop answer with another."""

    def __init__(
        self, store: Store, config: Config, base: Model, serving: Model, adopt: Callable[[Model], None]
    ) -> None:
        self._store = store
        self._config = config
        self._base = base
        self._serving = serving
        self._adopt = adopt
        self._following = threading.Lock()
        self._closing = False
        self._checked = 0

    # Looking

    def list(self) -> list[ModelEntry]:
        """Every version, the latest first."""
        return self._store.registry.list()

    def aliases(self) -> Mapping[str, str]:
        """``live`` and ``candidate`` → id, where there are such."""
        return self._store.registry.aliases()

    def history(self) -> Sequence[Switch]:
        """Every promotion and rollback, the oldest first."""
        return self._store.registry.history()

    def show(self, name: str) -> ModelEntry:
        """A version by its id, an alias, or as much of ``name@version`` as only one has. Raises NotFound, Conflict."""
        return find(self._store, name)

    def compare(self, a: str, b: str) -> Comparison:
        """Raises NotFound."""
        return model_files.compare(self._store, self.show(a), self.show(b))

    # Coming and going

    def add(
        self, folder: str | Path, lineage: Lineage = UNKNOWN, metrics: Mapping[str, Any] | None = None
    ) -> ModelEntry:
        """Take a model's folder into the store, as the candidate. Raises NotFound, InvalidRequest."""
        return model_files.add(self._store, Path(folder), lineage, metrics)

    def pull(self, source: str) -> ModelEntry:
        """``add`` for a folder, a .zip or a model of the hub. Raises NotFound, InvalidRequest."""
        return model_files.pull(self._store, source)

    def export(self, name: str, target: str | Path) -> Path:
        """Write a version to a new folder or .zip. Raises NotFound, Conflict."""
        return model_files.export(self._store, self.show(name), Path(target))

    # Switching

    def promote(self, name: str, *, force: bool = False, why: str = "") -> str:
        """Begin to make a version live; the id of the task, which goes on in the background (see ``wait``).

        A shipped model may be named too. Raises NotFound; Conflict when its lineage says that it forgot what it knew
        (unless ``force``), while another switch is under way, or where the configuration names a model.
        """
        entry = self._found(name)
        if entry.lineage.gate is False and not force:
            raise Conflict(
                f"{entry.id} didn't pass the forgetting gate: on what was known before it is worse than allowed.",
                field="model",
                hint="See `aisle models show`; insist with --force.",
            )
        return self._begin(PROMOTE, entry.id, why)

    def rollback(self, *, why: str = "") -> str:
        """Begin to go back to what was live before; the task's id. Done on return where the old vectors are all there.

        Raises Conflict where there is nothing to go back to, and as ``promote`` does.
        """
        previous = self._store.registry.previous()
        if previous is None:
            raise Conflict("No version was promoted that could be taken back.", field="model")
        task = self._begin(ROLLBACK, previous, why)
        if not self._store.model_vectors.missing(previous, limit=1):
            self.work()
        return task

    def wait(self, task: str, progress: Progress = lambda done, total: None) -> Promotion:
        """Do a task's work here, unless another process does, and return when it is done. Raises what it failed with."""
        while True:
            self.work(progress)
            found = self._store.tasks.get(task)
            if found.state == "failed":
                told = found.error or {}
                raise Conflict(str(told.get("message")), field=told.get("field"), hint=told.get("hint"))
            if found.state == "done":
                self.follow()
                return _promotion(found)
            if self._closing:
                raise Conflict("The shop is closing; the switch goes on when it is next served.", field="model")
            if found.result:
                progress(found.result["embedded"], found.result["total"])
            time.sleep(POLL_S)

    # In the background

    def work(self, progress: Progress = lambda done, total: None) -> None:
        """Go on with a switch that is under way, else embed what lacks a vector by the live model. One process at a time:
        where another is at it, this returns at once."""
        under_way = self._store.tasks.unfinished(PROMOTE, ROLLBACK)
        if not under_way and self._checked >= self._store.seq:
            return
        (self._store.path / MODELS_FOLDER).mkdir(exist_ok=True)
        lock = FileLock(self._store.path / MODELS_FOLDER / LOCK)
        try:
            if not lock.held:
                return
            for task in self._store.tasks.unfinished(PROMOTE, ROLLBACK):  # asked again: now nobody else is at it
                self._run(task, progress)
            self._keep_up()
        finally:
            lock.release()

    def follow(self) -> None:
        """Answer with the live model if that isn't so yet: another process may have made it live."""
        if named(self._config):
            return
        with self._following:
            live = self._store.registry.live
            if live is not None and live != self._serving.id:
                model = self._opened(self._store.registry.get(live))
                self._adopt(model)
                self._serving = model

    def close(self) -> None:
        """Stop after the batch in hand; what is left goes on at the next start."""
        self._closing = True

    def _found(self, name: str) -> ModelEntry:
        try:
            return self.show(name)
        except NotFound:
            if name not in registry.SHIPPED:
                raise
            return model_files.add(self._store, registry.SHIPPED[name], candidate=False)

    def _begin(self, kind: str, id: str, why: str) -> str:
        if named(self._config):
            raise Conflict(
                f"This shop is told to answer with the model {self._config.model}, whatever is live.",
                field="model",
                hint="Unset AISLE_MODEL, then promote.",
            )
        entry = self._store.registry.get(id)
        self._opened(entry)  # what can't be opened can't be live
        self._register_serving()
        with self._store.write():
            if any(task.result["model"] != id for task in self._store.tasks.unfinished(PROMOTE, ROLLBACK)):
                raise Conflict("Another switch of models is under way.", field="model", hint="Wait until it is done.")
            for task in self._store.tasks.unfinished(PROMOTE, ROLLBACK):
                return task.id
            total = self._store.model_vectors.count_missing(id)
            begun = {"model": id, "previous": None, "embedded": 0, "incomplete": 0, "total": total, "why": why}
            return self._store.tasks.create(kind, begun)

    def _register_serving(self) -> None:
        """Keep what serves as a version of its own, so that there is a way back to it, even after an update of Aisle."""
        if self._serving.id in {entry.id for entry in self.list()}:
            return
        if self._serving.folder is not None:
            model_files.add(self._store, self._serving.folder, candidate=False)
        else:
            self._store.registry.add(self._serving.name, self._serving.version, "")

    def _opened(self, entry: ModelEntry) -> Model:
        for model in (self._serving, self._base):
            if entry.id == model.id:
                return model
        folder = model_files.folder_of(self._store, entry)
        return registry.load(folder, self._config.threads, self._config.device)

    def _run(self, task: Task, progress: Progress) -> None:
        try:
            if self._embed(task, progress):
                self.follow()
                self._tidy()
        except StoreBusy as error:
            log.warning("the switch to %s waits: %s", task.result["model"], error)  # it stays under way
        except AisleError as error:
            told: Any = error.as_dict()["error"]
            self._store.tasks.update(task.id, "failed", error=told, result=task.result)
        except Exception as error:
            log.exception("the switch to %s failed", task.result["model"])
            self._store.tasks.update(task.id, "failed", error={"code": "error", "message": type(error).__name__})

    def _embed(self, task: Task, progress: Progress) -> bool:
        """Embed what is missing, then switch; False where it was stopped before."""
        store, state = self._store, dict(task.result)
        preparer = self._preparer(self._opened(store.registry.get(state["model"])))
        id = preparer.model.id
        # Where the model that serves is itself made live, no other's vectors are in use: each batch may be seen at once.
        keep = store.model_vectors.replace if id == self._serving.id else store.model_vectors.stage
        passed = 0
        while not self._closing:
            rows = store.model_vectors.missing(id, passed, BATCH)
            if len(rows) > LAST:
                made, incomplete = self._vectors(preparer, rows)
                with store.write():
                    self._note(task, state, keep(id, made), incomplete)
                passed = max(rows)
                progress(state["embedded"], state["total"])
                continue
            with store.write():  # nobody else writes now
                rows = store.model_vectors.missing(id, passed, LAST + 1)
                if len(rows) > LAST:
                    continue
                made, incomplete = self._vectors(preparer, rows)
                state["previous"] = store.registry.live or self._serving.id
                self._note(task, state, keep(id, made), incomplete)
                store.registry.switch(task.kind, id, state["why"], before=self._serving.id)
                store.tasks.update(task.id, "done", 1.0, state)
            progress(state["total"], state["total"])
            return True
        return False

    def _note(self, task: Task, state: dict[str, Any], embedded: int, incomplete: int) -> None:
        state["embedded"] += embedded
        state["incomplete"] += incomplete
        state["total"] = max(state["total"], state["embedded"])
        self._store.tasks.update(task.id, "running", state["embedded"] / max(state["total"], 1), state)

    def _vectors(self, preparer: Preparer, rows: Mapping[int, str]) -> tuple[dict[int, np.ndarray | None], int]:
        """The vectors of documents (number → product's id), and how many of them lack a picture."""
        products = self._store.products(rows.values())
        there = [seq for seq, id in rows.items() if id in products]
        if not there:
            return {}, 0
        vectors, incomplete = preparer.embed([products[rows[seq]] for seq in there])
        return dict(zip(there, vectors, strict=True)), incomplete

    def _preparer(self, model: Model) -> Preparer:
        config = self._config
        limits = Limits(max_bytes=config.max_image_bytes, max_pixels=config.max_image_pixels)
        return Preparer(self._store, model, limits=limits, fetch_timeout_s=config.fetch_timeout_s)

    def _keep_up(self) -> None:
        """Embed what a process that hadn't followed yet wrote by the model before, each as a change that views see."""
        seq = self._store.seq
        if self._store.registry.live == self._serving.id:
            preparer = self._preparer(self._serving)
            while rows := self._store.model_vectors.missing(preparer.model.id, self._checked, BATCH):
                if self._closing:
                    return
                self._store.model_vectors.replace(preparer.model.id, self._vectors(preparer, rows)[0])
                self._checked = max(rows)
        elif self._store.registry.live is not None and not named(self._config):
            return  # about to follow
        self._checked = max(self._checked, seq)

    def _tidy(self) -> None:
        """Keep only the vectors of the live version and of the one before."""
        last = self._store.registry.history()[-1]
        while not self._closing and self._store.model_vectors.tidy(last.model, {last.previous or last.model}):
            pass


def find(store: Store, name: str) -> ModelEntry:
    """A version by its id, an alias, or as much of ``name@version`` as only one has. Raises NotFound, Conflict."""
    id = store.registry.aliases().get(name, name)
    entries = store.registry.list()
    for entry in entries:
        if entry.id == id:
            return entry
    alike = [entry for entry in entries if name == entry.name or entry.id.startswith((f"{name}+", f"{name}@"))]
    if len(alike) == 1:
        return alike[0]
    known = ", ".join(entry.id for entry in alike or entries) or "none yet"
    if alike:
        raise Conflict(f"{name!r} may be any of {known}.", field="model", hint="Say more of its version.")
    raise NotFound(f"There is no model {name[:80]!r} in this store.", field="model", hint=f"There are: {known}.")


def _promotion(task: Task) -> Promotion:
    result = task.result
    return Promotion(result["model"], result["previous"], result["embedded"], result["incomplete"])
