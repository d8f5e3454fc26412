"""Pictures of products as files named by their content: written whole or not at all, never changed."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from aisle.errors import InvalidRequest, NotFound

NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,5}")
STALE_S = 3600.0


class Media:
    """A folder ``ab/ab….jpg``: two characters of the hash keep folders short."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._incoming = path / "incoming"

    def prepare(self) -> None:
        """Make the folders and drop what writers that were killed left half written."""
        self._incoming.mkdir(parents=True, exist_ok=True)
        for left in self._incoming.iterdir():
            try:
                if left.stat().st_mtime < time.time() - STALE_S:
                    left.unlink()
            except FileNotFoundError:
                continue

    def add(self, data: bytes, suffix: str) -> str:
        """Keep bytes; on return they are on disk. The name is their SHA-256 and the suffix (``jpg`` or ``.jpg``)."""
        name = f"{hashlib.sha256(data).hexdigest()}.{suffix.removeprefix('.').lower()}"
        target = self._locate(name)
        if target.exists():
            return name
        temporary = self._incoming / secrets.token_hex(8)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if not target.parent.exists():
            target.parent.mkdir(exist_ok=True)
            _sync_folder(self.path)
        temporary.replace(target)
        _sync_folder(target.parent)
        return name

    def get(self, name: str) -> Path:
        """The file of a name. Raises ``InvalidRequest`` for what is no media name, ``NotFound`` where there is none."""
        path = self._locate(name)
        if not path.is_file():
            raise NotFound(f"There is no picture {name}.", field="media")
        return path

    def names(self) -> Iterator[str]:
        for folder in sorted(self.path.glob("[0-9a-f][0-9a-f]")):
            yield from sorted(file.name for file in folder.iterdir() if NAME.fullmatch(file.name))

    def intact(self, name: str) -> bool:
        """Whether the file is there and still has the content it is named by."""
        path = self._locate(name)
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == name.partition(".")[0]

    def _locate(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise InvalidRequest(
                f"{name[:80]!r} is no name of a picture.", field="media", hint="A name is 64 hex digits and a suffix."
            )
        return self.path / name[:2] / name


def _sync_folder(path: Path) -> None:
    """A rename is on disk only when its folder is."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
