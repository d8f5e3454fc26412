"""Folders of arrays on disk: they appear whole, by rename, and are checked byte for byte when they are opened.

Nothing waits for the disk: what a power cut leaves unwritten, the checksums find, and the database makes it anew.
"""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aisle.errors import StoreCorrupt
from aisle.index.arrays import Arrays

META = "meta.json"
CHUNK = 1 << 22


def write_folder(path: Path, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> None:
    """Write ``arrays`` as .npy files and ``meta`` beside them into ``path``, replacing nothing: it appears complete, by
    rename."""
    draft = path.with_name(path.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    files = {}
    for name, array in arrays.items():
        file = draft / f"{name}.npy"
        np.save(file, array, allow_pickle=False)
        files[name] = {"bytes": file.stat().st_size, "crc32": _checksum(file)}
    write_json(draft / META, {**meta, "files": files})
    draft.rename(path)


def read_folder(path: Path) -> tuple[Arrays, dict[str, Any]]:
    """The arrays of a folder, memory-mapped, and its meta. Raises StoreCorrupt if a file is missing, cut or changed."""
    meta = read_json(path / META)
    arrays: Arrays = {}
    for name, expected in meta["files"].items():
        file = path / f"{name}.npy"
        try:
            whole = file.stat().st_size == expected["bytes"] and _checksum(file) == expected["crc32"]
            if not whole:
                raise ValueError("its bytes have changed")
            arrays[name] = (
                np.load(file, mmap_mode="r", allow_pickle=False) if expected["bytes"] > 128 else np.load(file)
            )
        except (OSError, ValueError) as error:
            raise corrupt(file, error) from error
    return arrays, meta


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Replace ``path`` atomically by ``content`` with a checksum."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    sealed = json.dumps({"crc32": zlib.crc32(text.encode()), "content": text})
    draft = path.with_name(path.name + ".draft")
    draft.write_text(sealed, encoding="utf-8")
    draft.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """What ``write_json`` wrote. Raises StoreCorrupt."""
    try:
        sealed = json.loads(path.read_text(encoding="utf-8"))
        if zlib.crc32(sealed["content"].encode()) != sealed["crc32"]:
            raise ValueError("its bytes have changed")
        content = json.loads(sealed["content"])
        if not isinstance(content, dict):
            raise ValueError("it isn't an object")
        return content
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise corrupt(path, error) from error


def corrupt(path: Path, reason: object) -> StoreCorrupt:
    return StoreCorrupt(
        f"The index can't be read: {path.name}: {reason}.", field=str(path), hint="`aisle store rebuild` makes it anew."
    )


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            value = zlib.crc32(chunk, value)
    return value
