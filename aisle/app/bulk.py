"""Bulk writes that go on after their 202: the rows lie on disk first, so a task that was accepted survives a crash."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from aisle.errors import AisleError, StoreBusy
from aisle.store import Store

log = logging.getLogger("aisle")

FOLDER = "tasks"
KIND = "put_products"
ROWS = 200
"""Rows written at a time; progress moves by as much."""
REJECTED_SHOWN = 100
OVER = ("done", "failed")
RETRY_S = 2.0
"""Between two tries where another process keeps the store to itself."""

Done = TypeVar("Done")
Write = Callable[[Sequence[Mapping[str, Any]]], Any]


class BulkWrites:
    """One worker; tasks run in the order they came. ``write`` takes rows and answers with a WriteReport."""

    def __init__(self, store: Store, write: Write) -> None:
        self._store = store
        self._write = write
        self._folder = store.path / FOLDER
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="bulk")
        self._closing = threading.Event()

    def resume(self) -> None:
        """Go on with what an earlier process accepted and didn't finish. Writing rows again changes nothing."""
        for path in sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns):
            self._worker.submit(self._run, path.stem, path)

    def submit(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """The task's id; when it returns, the rows are on disk."""
        task = self._store.tasks.create(KIND)
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{task}.json"
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            json.dump([dict(row) for row in rows], file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        self._worker.submit(self._run, task, path)
        return task

    def close(self) -> None:
        """Stop after the rows in hand; what is left goes on at the next start."""
        self._closing.set()
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _run(self, task: str, path: Path) -> None:
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return  # another process that serves this store has done it
        try:
            if self._store.tasks.get(task).state not in OVER:  # else its process ended before the file was gone
                outcome = self._written(task, text)
                self._patiently(lambda: self._store.tasks.update(task, **outcome))
        except _Closing:
            return  # what is left goes on at the next start
        path.unlink(missing_ok=True)

    def _written(self, task: str, text: str) -> dict[str, Any]:
        """Write a task's rows; what its state is then. Raises ``_Closing``."""
        try:
            rows = json.loads(text)
            result: dict[str, Any] = {"written": 0, "unchanged": 0, "rejected": []}
            for start in range(0, len(rows), ROWS):
                if self._closing.is_set():
                    raise _Closing
                self._patiently(partial(self._store.tasks.update, task, "running", start / len(rows)))
                report = self._patiently(partial(self._write, rows[start : start + ROWS]))
                result["written"] += report.written
                result["unchanged"] += report.unchanged
                result["rejected"] += [list(row) for row in report.rejected]
        except _Closing:
            raise
        except AisleError as error:
            return {"state": "failed", "error": error.as_dict()["error"]}
        except Exception as error:
            log.exception("task %s failed", task)
            return {"state": "failed", "error": {"code": "error", "message": type(error).__name__}}
        return {"state": "done", "progress": 1.0, "result": {**result, "rejected": result["rejected"][:REJECTED_SHOWN]}}

    def _patiently(self, work: Callable[[], Done]) -> Done:
        """Do it, again and again while another process keeps the store to itself: a task that was accepted doesn't fail for that.
        Raises ``_Closing``."""
        while True:
            try:
                return work()
            except StoreBusy as error:
                log.warning("a task waits: %s", error)
                if self._closing.wait(RETRY_S):
                    raise _Closing from None


class _Closing(Exception):
    """The shop closes before a task is over."""
