"""Bulk writes that go on after their 202: the rows lie on disk first, so a task that was accepted survives a crash."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from aisle.errors import AisleError
from aisle.store import Store

log = logging.getLogger("aisle")

FOLDER = "tasks"
KIND = "put_products"
ROWS = 200
"""Rows written at a time; progress moves by as much."""
REJECTED_SHOWN = 100

Write = Callable[[Sequence[Mapping[str, Any]]], Any]


class BulkWrites:
    """One worker; tasks run in the order they came. ``write`` takes rows and answers with a WriteReport."""

    def __init__(self, store: Store, write: Write) -> None:
        self._store = store
        self._write = write
        self._folder = store.path / FOLDER
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="bulk")
        self._closing = False

    def resume(self) -> None:
        """Go on with what an earlier process accepted and didn't finish. Writing rows again changes nothing."""
        for path in sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns):
            self._worker.submit(self._run, path.stem, path)

    def submit(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """The task's id; when it returns, the rows are on disk."""
        task = self._store.tasks.create(KIND)
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{task}.json"
        partial = path.with_suffix(".part")
        with partial.open("w", encoding="utf-8") as file:
            json.dump([dict(row) for row in rows], file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        self._worker.submit(self._run, task, path)
        return task

    def close(self) -> None:
        """Stop after the rows in hand; what is left goes on at the next start."""
        self._closing = True
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _run(self, task: str, path: Path) -> None:
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return  # another process that serves this store has done it
        try:
            rows = json.loads(text)
            result: dict[str, Any] = {"written": 0, "unchanged": 0, "rejected": []}
            for start in range(0, len(rows), ROWS):
                if self._closing:
                    return
                self._store.tasks.update(task, "running", start / len(rows))
                report = self._write(rows[start : start + ROWS])
                result["written"] += report.written
                result["unchanged"] += report.unchanged
                result["rejected"] += [list(row) for row in report.rejected]
            result["rejected"] = result["rejected"][:REJECTED_SHOWN]
            self._store.tasks.update(task, "done", 1.0, result=result)
        except AisleError as error:
            said: Any = error.as_dict()["error"]
            self._store.tasks.update(task, "failed", error=said)
        except Exception as error:
            log.exception("task %s failed", task)
            self._store.tasks.update(task, "failed", error={"code": "error", "message": type(error).__name__})
        path.unlink(missing_ok=True)
