"""The pages' own files: styles, scripts, the icon. Read once, named by content, so browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

MEDIA_TYPES: Mapping[str, str] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}


@dataclass(frozen=True)
class Assets:
    """Name → content of every file, and a version that changes with any of them."""

    contents: Mapping[str, bytes]
    version: str

    @classmethod
    def load(cls) -> Assets:
        contents = dict(sorted(_walk(files("aisle.web").joinpath("static"), "")))
        digest = hashlib.sha256()
        for name, content in contents.items():
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        return cls(contents, digest.hexdigest()[:12])

    def media_type(self, name: str) -> str:
        return MEDIA_TYPES[name.rpartition(".")[2]]


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found = []
    for item in folder.iterdir():
        if item.is_dir():
            found += _walk(item, f"{prefix}{item.name}/")
        elif item.name.rpartition(".")[2] in MEDIA_TYPES:
            found.append((f"{prefix}{item.name}", item.read_bytes()))
    return found
